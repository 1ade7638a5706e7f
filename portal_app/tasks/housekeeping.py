"""Once an hour, in one process: what has had its day is removed."""

import asyncio

from portal_app import logs
from portal_app.database import transaction
from portal_app.services import housekeeping, leases
from portal_app.workflows import brand_pictures, files

LEASE = "housekeeping"
EVERY_SECONDS = 3600.0
FIRST_SECONDS = 60.0
MORE_SECONDS = 1.0
log = logs.get(__name__)


async def keep_house() -> None:
    """Tidy for as long as the portal runs; whatever goes wrong is logged and tried again an hour later."""
    holder = leases.new_holder()
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        removed = 0
        try:
            removed = await asyncio.to_thread(tidy_once, holder)
            await asyncio.to_thread(brand_pictures.remove_unused_files)
            await asyncio.to_thread(files.remove_unused_files)
        except Exception as error:
            log.error("housekeeping_failed", reference=logs.reference(), exc_info=error)
        await asyncio.sleep(MORE_SECONDS if removed else EVERY_SECONDS)


def tidy_once(holder: str) -> int:
    """Remove some of what is old; returns how many rows, 0 while another process does it."""
    with transaction() as session:
        if not leases.acquire(session, LEASE, holder, EVERY_SECONDS / 2):
            return 0
        return housekeeping.tidy(session)
