"""Reads what mail comes back, every few minutes, in one process; later with every failure in a row."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from portal_app import logs
from portal_app.database import reading, transaction
from portal_app.services import bounce_settings, leases
from portal_app.workflows.read_bounces import read_bounces

LEASE = "bounces"
# Longer than a look can last.
LEASE_SECONDS = 180.0
LOOK_SECONDS = 5.0
AFTER_A_BUG_SECONDS = 300.0
log = logs.get(__name__)


async def watch_bounces() -> None:
    """Read for as long as the portal runs; whatever goes wrong is logged and tried again."""
    holder = leases.new_holder()
    try:
        while True:
            rest = await _one_turn(holder)
            await asyncio.sleep(rest)
    finally:
        await asyncio.shield(asyncio.to_thread(_let_go, holder))


async def _one_turn(holder: str) -> float:
    """Look when it is time; returns for how many seconds to rest."""
    try:
        if await asyncio.to_thread(take_turn, holder):
            await read_bounces()
    except SQLAlchemyError as error:
        log.warning("bounces_turn_failed", error=type(error).__name__)
    except Exception as error:
        log.error("bounces_turn_failed", reference=logs.reference(), exc_info=error)
        return AFTER_A_BUG_SECONDS
    return LOOK_SECONDS


def take_turn(holder: str) -> bool:
    """Return whether it is time to look, and this process's turn."""
    with reading() as session:
        if not bounce_settings.is_due(session):
            return False
    with transaction() as session:
        return leases.acquire(session, LEASE, holder, LEASE_SECONDS)


def _let_go(holder: str) -> None:
    with transaction() as session:
        leases.release(session, LEASE, holder)
