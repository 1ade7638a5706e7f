"""What Stripe tells by itself: an event is a hint; what counts is what Stripe answers when it is asked."""

import asyncio

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations.stripe.values import Event
from portal_app.models import StripeEvent
from portal_app.services import attempts
from portal_app.workflows.sync_attempt import sync_attempt


async def take_event(event: Event) -> None:
    """Act on a verified event, once; raises when it has to be sent again.

    NotFound: it names a try of ours that is not here (yet). A StripeTrouble: Stripe could not be asked. Events about
    nothing of ours are kept as seen.
    """
    known, attempt = await asyncio.to_thread(_whose, event)
    if known:
        return
    row = StripeEvent(id=event.id, type=event.type[:80], received_at=clock.now())
    if attempt is None:
        await asyncio.to_thread(_keep, row)
        return
    await sync_attempt(attempt, row)


def _whose(event: Event) -> tuple[bool, str | None]:
    """Return whether an event was taken before, and which try it is about; raises NotFound for one we lost."""
    with reading() as session:
        if session.get(StripeEvent, event.id) is not None:
            return True, None
        if event.attempt and event.payment_intent_id:
            return False, attempts.find(session, event.attempt).public_id
        if event.attempt:
            # A page without a payment: expired, or for saving a method, which leaves no row here.
            return False, attempts.known(session, event.attempt)
        return False, attempts.by_intent(session, event.payment_intent_id) if event.payment_intent_id else None


def _keep(row: StripeEvent) -> None:
    with transaction() as session:
        if session.get(StripeEvent, row.id) is None:
            session.add(row)
