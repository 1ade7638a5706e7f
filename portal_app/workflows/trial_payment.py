"""A test payment: Stripe's own test card is charged a little and given it back, and what came of it is said."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import StripeTrouble
from portal_app.models.base import new_public_id
from portal_app.money import Money
from portal_app.services import business, payment_settings
from portal_app.services.actors import Staff
from portal_app.services.payment_settings import StripeKeys

log = logs.get(__name__)
NEEDS_TEST_KEY = (
    "A test payment needs a test key: with this one a real card would be charged. “Check now” looks at everything "
    "else without moving money."
)
# In minor units; above what Stripe takes at least (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
_AMOUNT = 500
_AMOUNTS = {"CZK": 2000, "HUF": 20000, "MXN": 2000, "THB": 2000, "UGX": 5000, "VND": 20000}
# Stripe sends its news within a second or two, if it can.
NEWS_SECONDS = 8.0
_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test payment: whether it arrived, and whether Stripe's own news of it came here.

    `back` is how the refund stands at Stripe (succeeded, pending), empty when there is none.
    """

    amount: Money
    arrived: bool
    back: str
    heard: bool


async def try_payment(actor: Staff) -> Trial:
    """Charge Stripe's test card, look at what became of it, and give it back; books nothing here.

    Raises Invalid without a key and with a live one, a StripeTrouble with a sentence when Stripe refuses.
    """
    keys = await asyncio.to_thread(_keys, actor)
    currency = (await asyncio.to_thread(business.look)).currency
    amount = Money(_AMOUNTS.get(currency, _AMOUNT), currency)
    began, trial_id = clock.now(), new_public_id()
    stripe = StripeAccount(keys.secret, keys.base)
    made = await stripe.charge_test_card(trial_id, amount.minor, currency, "Test payment of the portal")
    found = await stripe.payment_intent(made.id)
    arrived = found.status == "succeeded" and found.amount_received == amount.minor
    back = await _give_back(stripe, trial_id, made.id, amount) if arrived else ""
    heard = arrived and bool(keys.webhook_secret) and await _news_since(actor, began)
    trial = Trial(amount, arrived, back, heard)
    await asyncio.to_thread(_note, actor, trial)
    return trial


def _keys(actor: Staff) -> StripeKeys:
    with reading() as session:
        payment_settings.require_settings(actor)
        keys = payment_settings.keys(session)
    if keys is None:
        raise Invalid("No key is set yet: paste Stripe's secret key and save it first.")
    if keys.live:
        raise Invalid(NEEDS_TEST_KEY)
    return keys


async def _give_back(stripe: StripeAccount, trial_id: str, intent_id: str, amount: Money) -> str:
    try:
        return (await stripe.refund(f"back-{trial_id}", intent_id, amount.minor, amount.currency)).status
    except StripeTrouble as trouble:
        log.warning("test_payment_not_given_back", reason=trouble.sentence)
        return ""


async def _news_since(actor: Staff, began: datetime) -> bool:
    """Wait a little for an event of Stripe's that came after a moment."""
    end = time.monotonic() + NEWS_SECONDS
    while time.monotonic() < end:
        heard = await asyncio.to_thread(_last_heard, actor)
        if heard is not None and heard >= began:
            return True
        await asyncio.sleep(_LOOK_EVERY)
    return False


def _last_heard(actor: Staff) -> datetime | None:
    with reading() as session:
        return payment_settings.last_heard(session, actor)


def _note(actor: Staff, trial: Trial) -> None:
    facts = {"amount_minor": trial.amount.minor, "currency": trial.amount.currency, "arrived": trial.arrived}
    with transaction() as session:
        payment_settings.note_trial(session, actor, facts)
