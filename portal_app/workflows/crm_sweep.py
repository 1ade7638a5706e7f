"""The nightly id sweep of a CRM that does not tell of deletions: list, compare, fetch what was missed."""

import asyncio
from datetime import timedelta

from sqlmodel import Session

from portal_app import clock, logs
from portal_app.database import reading
from portal_app.integrations.crm.adapter import Capabilities
from portal_app.integrations.crm.errors import CrmBroken, CrmError, CrmRefused
from portal_app.integrations.crm.records import STREAMS
from portal_app.services import business, crm_connection, crm_cursors
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import store_items
from portal_app.services.crm_sweep import sweep
from portal_app.workflows.crm_pass import Pass

MOST_IDS = 5_000_000
# The sweep runs with the first pass after three in the morning, by the business's clock.
NIGHT = timedelta(hours=3)
log = logs.get(__name__)


async def sweep_when_due(this: Pass, capabilities: Capabilities) -> None:
    """Sweep every stream once a night when the CRM sends no tombstones; the first pass ever needs none."""
    if capabilities.deletes != "sweep" or not await _due(this):
        return
    for stream in STREAMS:
        if stream in capabilities.streams:
            await _sweep_stream(this, stream)
    await this.write(lambda session: _swept(session, this.connection_id))


async def _due(this: Pass) -> bool:
    if this.last_sweep_at is None:
        await this.write(lambda session: _swept(session, this.connection_id))
        return False
    zone = await asyncio.to_thread(_zone)
    return clock.local(clock.now() - NIGHT, zone).date() > clock.local(this.last_sweep_at - NIGHT, zone).date()


def _zone() -> str:
    with reading() as session:
        about = business.get(session)
        return about.zone if about else "UTC"


def _swept(session: Session, connection_id: int) -> None:
    crm_connection.get_one(session, connection_id).last_sweep_at = clock.now()


async def _sweep_stream(this: Pass, stream: str) -> None:
    """Compare one stream; a listing that does not end changes nothing and leaves a warning."""
    started = clock.now()
    try:
        listed = await _all_ids(this, stream)
    except CrmRefused:
        raise
    except CrmError as error:
        warning = f"The nightly look for deleted {stream} was not finished: {error.sentence}"
        await this.write(lambda session: crm_cursors.warn(session, this.connection_id, stream, warning))
        return
    how = Reading(this.connection_id, this.status_map)
    outcome = await this.write(lambda session: sweep(session, how, stream, listed, started))
    if outcome.deleted or outcome.warning:
        log.info("crm_swept", stream=stream, deleted=outcome.deleted, warning=outcome.warning)
    for external_id in outcome.missed:
        await _fetch_missed(this, stream, external_id)


async def _all_ids(this: Pass, stream: str) -> set[str]:
    listed: set[str] = set()
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = await this.adapter.ids(stream, cursor)
        listed.update(page.ids)
        cursor = page.next_cursor
        if cursor is None:
            return listed
        if cursor in seen or len(listed) > MOST_IDS:
            raise CrmBroken("the CRM's listing of ids never ends.")
        seen.add(cursor)


async def _fetch_missed(this: Pass, stream: str, external_id: str) -> None:
    """Fetch a record that the CRM lists and the portal does not have."""
    item = await this.adapter.get(stream, external_id)
    if item is not None:
        how = Reading(this.connection_id, this.status_map, believe=True)
        await this.write(lambda session: store_items(session, how, stream, [item]))
