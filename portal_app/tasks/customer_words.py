"""Keeps what the office finds customers and their records by up to date for as long as the portal runs."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from portal_app import logs
from portal_app.services import leases
from portal_app.workflows import customer_words as work

LOOK_SECONDS = 0.5
AFTER_TROUBLE_SECONDS = 5.0
log = logs.get(__name__)


async def customer_words() -> None:
    """Write what is due again and again until cancelled; at first, what was never indexed is made due."""
    holder = leases.new_holder()
    healed = False
    while True:
        try:
            if not healed:
                missing = await work.mark_missing()
                records = await work.write_missing_records()
                healed = True
                if missing or records:
                    log.info("customers_to_index", count=missing, records=records)
            await work.write_due(holder)
            await asyncio.sleep(LOOK_SECONDS)
        except SQLAlchemyError as error:
            log.error("customer_words_failed", reference=logs.reference(), exc_info=error)
            await asyncio.sleep(AFTER_TROUBLE_SECONDS)
