"""Inviting many: one piece after the other, each in a transaction of its own, whether or not anybody looks on.

What was done is in the activity log, which is what the office's page shows. When the portal stops half way, asking for
the same again goes on with those who have not been invited.
"""

import asyncio

from portal_app import logs
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.services import bulk_invites, business
from portal_app.services.actors import Staff
from portal_app.services.bulk_invites import Chosen, Tally
from portal_app.services.customer_search import Place

PAUSE_SECONDS = 0.02
log = logs.get(__name__)
_running: dict[int, asyncio.Task[None]] = {}


def preview(actor: Staff, chosen: Chosen) -> Tally:
    """Return what would be done."""
    with reading() as session:
        return bulk_invites.preview(session, actor, chosen, business.look().country)


def is_running(actor: Staff) -> bool:
    """Return whether a bulk of this person is under way in this process."""
    task = _running.get(actor.member_id)
    return task is not None and not task.done()


async def start(actor: Staff, chosen: Chosen, expected: Tally) -> bool:
    """Begin in the background; False when one of this person's is under way already."""
    if is_running(actor):
        return False
    bulk = await asyncio.to_thread(_begin, actor, expected)
    # Kept here: a task that nobody holds may vanish.
    _running[actor.member_id] = asyncio.create_task(_run(actor, bulk, chosen))
    return True


async def wait(actor: Staff) -> None:
    """Wait until this person's bulk is over."""
    task = _running.get(actor.member_id)
    if task is not None:
        await task


def _begin(actor: Staff, expected: Tally) -> int:
    with transaction() as session:
        return bulk_invites.start(session, actor, expected)


async def _run(actor: Staff, bulk: int, chosen: Chosen) -> None:
    place: Place | None = None
    total = Tally()
    try:
        while True:
            piece = await asyncio.to_thread(_piece, actor, bulk, chosen, place, total)
            total, place = total.plus(piece.tally), piece.next
            if place is None:
                return
            await asyncio.sleep(PAUSE_SECONDS)
    except PortalError as error:
        log.warning("bulk_invite_stopped", bulk=bulk, reason=error.sentence)
        await asyncio.to_thread(_stop, actor, bulk, total)
    except Exception as error:
        log.error("bulk_invite_failed", bulk=bulk, reference=logs.reference(), exc_info=error)
        await asyncio.to_thread(_stop, actor, bulk, total)


def _piece(actor: Staff, bulk: int, chosen: Chosen, place: Place | None, total: Tally) -> bulk_invites.Piece:
    with transaction() as session:
        return bulk_invites.piece(session, actor, bulk, chosen, place, total, business.look().country)


def _stop(actor: Staff, bulk: int, total: Tally) -> None:
    with transaction() as session:
        bulk_invites.stopped(session, actor, bulk, total)
