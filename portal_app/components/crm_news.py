"""Asking the CRM at once for what somebody opens, when what is known of it is old."""

import asyncio

from portal_app.database import reading, transaction
from portal_app.services import crm_connection
from portal_app.settings import get_settings


async def ask_when_old(*, current: bool) -> None:
    """Ask the CRM when a page that was opened tells of something current, and what is known is older than a poll.

    Whoever looks, it is asked once in that time (`crm_connection.touch_if_stale`); what it says comes as any change.
    """
    if current:
        await asyncio.to_thread(_ask)


def _ask() -> None:
    interval = get_settings().crm_poll_seconds
    with reading() as session:
        stale = crm_connection.is_stale(session, interval)
    if stale:
        with transaction() as session:
            crm_connection.touch_if_stale(session, interval)
