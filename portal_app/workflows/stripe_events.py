"""What Stripe tells by itself: an event is a hint; what counts is what Stripe answers when it is asked.

An event is acted on before it is answered, so that Stripe sends it again when that fails. In a flood that would keep
Stripe waiting, so then it is kept first, answered, and acted on behind, until it has worked.
"""

import asyncio
from datetime import timedelta

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations.stripe.values import Event
from portal_app.models import StripeEvent
from portal_app.services import attempts, payment_settings, stripe_news
from portal_app.services.stripe_news import Told
from portal_app.workflows.sync_attempt import sync_attempt

AGAIN_AFTER = timedelta(minutes=1)


async def take_event(event: Event, *, busy: bool = False) -> None:
    """Act on a verified event, once; raises when it has to be sent again.

    While the portal is `busy`, or others wait already, it waits for its turn (`work_on`) and this returns. NotFound:
    it names a try of ours that is not here (yet). A StripeTrouble: Stripe could not be asked. Events about nothing of
    ours are kept as seen.
    """
    known, attempt, others_wait = await asyncio.to_thread(_whose, event)
    if known:
        return
    now = clock.now()
    row = StripeEvent(id=event.id, type=event.type[:80], received_at=now, attempt=attempt or "")
    if attempt is not None and not (busy or others_wait):
        await sync_attempt(attempt, row, thorough=stripe_news.is_thorough(event.type))
        return
    row.due_at = now if attempt is not None else None
    await asyncio.to_thread(_keep, row)


async def work_on(told: Told) -> None:
    """Act on all events that wait for one try; when that fails, they wait for another minute.

    Raises what went wrong then, mostly a StripeTrouble.
    """
    try:
        await sync_attempt(told.attempt, thorough=told.thorough)
    except Exception:
        await asyncio.to_thread(_put_off, told.attempt)
        raise


def _whose(event: Event) -> tuple[bool, str | None, bool]:
    """Return whether an event came before, which try it is about, and whether others wait; NotFound for a lost try."""
    with reading() as session:
        if stripe_news.is_known(session, event.id):
            return True, None, False
        keys = payment_settings.keys(session)
        waits = keys is not None and stripe_news.any_waits(session, keys.mark)
        if event.attempt and event.payment_intent_id:
            return False, attempts.find(session, event.attempt).public_id, waits
        if event.attempt:
            # A page without a payment: expired, or for saving a method, which leaves no row here.
            return False, attempts.known(session, event.attempt), waits
        intent = event.payment_intent_id
        return False, attempts.by_intent(session, intent) if intent else None, waits


def _keep(row: StripeEvent) -> None:
    with transaction() as session:
        stripe_news.keep(session, row)


def _put_off(attempt: str) -> None:
    with transaction() as session:
        stripe_news.put_off(session, attempt, clock.now() + AGAIN_AFTER)
