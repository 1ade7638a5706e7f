"""After money, read back: the invoices the CRM was told of are fetched, and from then on its balance counts."""

import asyncio
import random
from datetime import datetime

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.services import crm_connection, ledger
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import store_items

STREAM = "invoices"
_DICE = random.SystemRandom()


async def read_back(adapter: CrmAdapter) -> int:
    """Fetch what waits to be read back and return how many invoices that were; raises CrmError."""
    waiting = await asyncio.to_thread(_waiting)
    # One that the CRM cannot give must not keep the same others waiting each time.
    _DICE.shuffle(waiting)
    for external_id in waiting:
        told_before = clock.now()
        item = await adapter.get(STREAM, external_id)
        await asyncio.to_thread(_store, external_id, item, told_before)
    return len(waiting)


def _waiting() -> list[str]:
    with reading() as session:
        return ledger.to_read_back(session)


def _store(external_id: str, item: object, told_before: datetime) -> None:
    """Store the record and count it in one transaction."""
    with transaction() as session:
        connection = crm_connection.get(session)
        if connection is None:
            return
        if item is not None:
            how = Reading(connection.id or 0, connection.status_map, believe=True)
            store_items(session, how, STREAM, [item])  # type: ignore[list-item] - an Item, as the adapter gives it
        ledger.booked(session, external_id, told_before)
