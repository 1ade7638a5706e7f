"""Reads what mail comes back, every few minutes, in one process; later with every failure in a row."""

import asyncio

from portal_app.database import reading
from portal_app.services import bounce_settings
from portal_app.tasks.turns import Rests, keep_at_it, take
from portal_app.workflows.read_bounces import read_bounces

LEASE = "bounces"
# Longer than a look can last.
LEASE_SECONDS = 180.0
LOOK_SECONDS = 5.0
AFTER_A_BUG_SECONDS = 300.0


async def watch_bounces() -> None:
    """Read for as long as the portal runs; whatever goes wrong is logged and tried again."""
    await keep_at_it(LEASE, _look, lambda: Rests(LOOK_SECONDS, LOOK_SECONDS, AFTER_A_BUG_SECONDS))


async def _look(holder: str) -> None:
    if await asyncio.to_thread(take_turn, holder):
        await read_bounces()


def take_turn(holder: str) -> bool:
    """Return whether it is time to look, and this process's turn."""
    with reading() as session:
        if not bounce_settings.is_due(session):
            return False
    return take(LEASE, holder, LEASE_SECONDS)
