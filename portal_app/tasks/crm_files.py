"""Fetches the bytes of the CRM's attachments, in one process, beside the poller: it never waits for them."""

import asyncio

from portal_app import clock
from portal_app.database import reading
from portal_app.services import crm_connection, crm_files
from portal_app.settings import get_settings
from portal_app.tasks.turns import Rests, keep_at_it, take
from portal_app.workflows.crm_files import fetch_files

LEASE = "crm_files"
# As long as the slowest round may take: each file has its time limit.
LEASE_SECONDS = 240.0
LOOK_SECONDS = 1.0
AFTER_TROUBLE_SECONDS = 15.0


async def fetch_crm_files() -> None:
    """Look for files to fetch until cancelled; returns at once when the settings name no CRM."""
    if get_settings().crm_url:
        await keep_at_it(LEASE, look, lambda: Rests(LOOK_SECONDS, AFTER_TROUBLE_SECONDS, AFTER_TROUBLE_SECONDS))


async def look(holder: str) -> None:
    """Fetch what is wanted now, where no other process does."""
    connection_id = await asyncio.to_thread(_to_do, holder)
    if connection_id is not None:
        await fetch_files(connection_id)


def _to_do(holder: str) -> int | None:
    """Return the connection that has files to fetch; None when there are none, or another process fetches them."""
    with reading() as session:
        row = crm_connection.get(session)
        connection_id = row.id if row else None
        if connection_id is None or not crm_files.wanted(session, connection_id, clock.now()):
            return None
    return connection_id if take(LEASE, holder, LEASE_SECONDS) else None
