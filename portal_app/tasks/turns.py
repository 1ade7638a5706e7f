"""Work that goes on for as long as the portal runs, in one process at a time: whoever holds the lease does it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from portal_app import logs
from portal_app.database import transaction
from portal_app.services import leases

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Rests:
    """For how many seconds to rest: usually, after the database was in trouble, and after a mistake of ours."""

    usual: float
    after_trouble: float
    after_a_bug: float


async def keep_at_it(lease: str, work: Callable[[str], Awaitable[None]], rests: Callable[[], Rests]) -> None:
    """Let `work` look, holder in hand, until cancelled; whatever goes wrong is logged and tried again.

    The lease is let go of at the end, so that another process need not wait for it to run out.
    """
    holder = leases.new_holder()
    try:
        while True:
            rest = await _one_turn(lease, holder, work, rests())
            await asyncio.sleep(rest)
    finally:
        await asyncio.shield(asyncio.to_thread(_let_go, lease, holder))


async def _one_turn(lease: str, holder: str, work: Callable[[str], Awaitable[None]], rests: Rests) -> float:
    """Work once; returns for how many seconds to rest."""
    try:
        await work(holder)
    except SQLAlchemyError as error:
        log.warning(f"{lease}_turn_failed", error=type(error).__name__)
        return rests.after_trouble
    except Exception as error:
        log.error(f"{lease}_turn_failed", reference=logs.reference(), exc_info=error)
        return rests.after_a_bug
    return rests.usual


def take(lease: str, holder: str, seconds: float) -> bool:
    """Return whether it is this process's turn; it holds the lease then."""
    with transaction() as session:
        return leases.acquire(session, lease, holder, seconds)


def _let_go(lease: str, holder: str) -> None:
    with transaction() as session:
        leases.release(session, lease, holder)
