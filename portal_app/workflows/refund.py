"""Giving money back: the refund is written and committed, then Stripe is asked under its id."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import KeyRefused, NotFound, Refused, StripeTrouble
from portal_app.integrations.stripe.values import Refund
from portal_app.services import payment_settings, payment_work, refunds
from portal_app.services.actors import Staff
from portal_app.services.attempts import KEY_LASTS
from portal_app.services.payment_settings import StripeKeys
from portal_app.workflows.sync_attempt import sync_attempt

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A refund that Stripe has to hear of."""

    public_id: str
    intent_id: str
    attempt: str
    amount: int
    currency: str
    asked_at: datetime
    keys: StripeKeys


async def give_back(
    actor: Staff, payment: str, amount_minor: int, treatment: str, reason: str, *, elsewhere: bool = False
) -> str:
    """Refund an amount and return the refund's public id; raises Invalid with Stripe's sentence when it will not.

    Without an answer it waits as `asked`, and the reconcile asks again under the same id. Once Stripe has taken it, it
    is on its way, even where Stripe then does not say what became of it. What was given back `elsewhere` is only
    written down.
    """
    public_id = await asyncio.to_thread(_ask, actor, payment, amount_minor, treatment, reason, elsewhere=elsewhere)
    try:
        await send(public_id, first=True)
    except StripeTrouble as trouble:
        log.warning("refund_not_in_step", refund=public_id, reason=trouble.sentence)
    return public_id


def _ask(actor: Staff, payment: str, amount_minor: int, treatment: str, reason: str, *, elsewhere: bool) -> str:
    with transaction() as session:
        return refunds.ask(session, actor, payment, amount_minor, treatment, reason, elsewhere=elsewhere).public_id


async def send(public_id: str, *, first: bool = False) -> None:
    """Tell Stripe of a refund that was asked for, and book what it says; raises Invalid, or a StripeTrouble.

    What the key may not do, or Stripe does not know, is refused for good only when it is asked for the `first` time:
    later on, an earlier asking may have gone through.
    """
    waiting = await asyncio.to_thread(_read, public_id)
    if waiting is None:
        return
    stripe = StripeAccount(waiting.keys.secret, waiting.keys.base)
    try:
        told = await _given(stripe, waiting) or await stripe.refund(
            waiting.public_id, waiting.intent_id, waiting.amount, waiting.currency
        )
    except (Refused, KeyRefused, NotFound) as refusal:
        if not first and not isinstance(refusal, Refused):
            raise
        await asyncio.to_thread(_refused, public_id, refusal.sentence)
        raise Invalid(refusal.sentence) from refusal
    await asyncio.to_thread(_taken, public_id, told)
    await sync_attempt(waiting.attempt)


async def _given(stripe: StripeAccount, waiting: _Waiting) -> Refund | None:
    """Return what came of an asking so long ago that Stripe would do it a second time; None for a younger one."""
    if clock.now() - waiting.asked_at <= KEY_LASTS:
        return None
    payment = await stripe.payment_intent(waiting.intent_id)
    return next((refund for refund in payment.refunds if refund.ours == waiting.public_id), None)


def _read(public_id: str) -> _Waiting | None:
    with reading() as session:
        keys = payment_settings.keys(session)
        found = payment_work.refund_to_send(session, public_id)
        if found is None or keys is None or keys.mark != found.key_mark:
            return None
        return _Waiting(
            public_id, found.intent_id, found.attempt, found.amount_minor, found.currency, found.asked_at, keys
        )


def _taken(public_id: str, told: Refund) -> None:
    with transaction() as session:
        refunds.taken(session, public_id, told.id, told.created)


def _refused(public_id: str, sentence: str) -> None:
    with transaction() as session:
        refunds.refused(session, public_id, sentence)
