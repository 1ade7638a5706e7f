"""Fetches the bytes of the CRM's attachments, in one process, beside the poller: it never waits for them."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.services import crm_connection, crm_files, leases
from portal_app.settings import get_settings
from portal_app.workflows.crm_files import fetch_files

LEASE = "crm_files"
# As long as the slowest round may take: each file has its time limit.
LEASE_SECONDS = 240.0
LOOK_SECONDS = 1.0
AFTER_TROUBLE_SECONDS = 15.0
log = logs.get(__name__)


async def fetch_crm_files() -> None:
    """Look for files to fetch until cancelled; returns at once when the settings name no CRM."""
    if not get_settings().crm_url:
        return
    holder = leases.new_holder()
    try:
        while True:
            rest = await one_turn(holder)
            await asyncio.sleep(rest)
    finally:
        await asyncio.shield(asyncio.to_thread(_let_go, holder))


async def one_turn(holder: str) -> float:
    """Fetch what is wanted now, where no other process does; returns for how many seconds to rest."""
    try:
        connection_id = await asyncio.to_thread(_to_do, holder)
        if connection_id is not None:
            await fetch_files(connection_id)
    except SQLAlchemyError as error:
        log.warning("crm_files_turn_failed", error=type(error).__name__)
        return AFTER_TROUBLE_SECONDS
    except Exception as error:
        log.error("crm_files_turn_failed", reference=logs.reference(), exc_info=error)
        return AFTER_TROUBLE_SECONDS
    return LOOK_SECONDS


def _to_do(holder: str) -> int | None:
    """Return the connection that has files to fetch; None when there are none, or another process fetches them."""
    with reading() as session:
        row = crm_connection.get(session)
        connection_id = row.id if row else None
        if connection_id is None or not crm_files.wanted(session, connection_id, clock.now()):
            return None
    with transaction() as session:
        return connection_id if leases.acquire(session, LEASE, holder, LEASE_SECONDS) else None


def _let_go(holder: str) -> None:
    with transaction() as session:
        leases.release(session, LEASE, holder)
