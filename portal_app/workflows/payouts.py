"""What Stripe paid out to the business's bank, asked each time: nothing of it is kept here."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta

from portal_app import clock
from portal_app.database import reading
from portal_app.errors import NotFound
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound as UnknownToStripe
from portal_app.integrations.stripe.values import Payout, PayoutPage
from portal_app.services import accounting, payment_settings, payout_lines
from portal_app.services.actors import Staff
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.payout_lines import Known

LOOKS_BACK = timedelta(days=730)
# The states of payouts whose money came back, or never left.
NEVER_ARRIVE = ("failed", "canceled")
_ID = re.compile("po_[A-Za-z0-9]{1,80}")


@dataclass(frozen=True, slots=True)
class FoundPayout:
    """A payout, and those of its lines' payments that the portal knows, by Stripe's payment intent."""

    payout: Payout
    known: dict[str, Known]


async def payouts(actor: Staff, cursor: str = "") -> PayoutPage | None:
    """Return payouts of the last two years with their fees, newest first, after a cursor; None while no key is set.

    For staff who may refund or change settings. Raises a StripeTrouble with a sentence when Stripe cannot be asked.
    """
    keys = await asyncio.to_thread(_keys, actor)
    if keys is None:
        return None
    return await StripeAccount(keys.secret, keys.base).payouts(clock.now() - LOOKS_BACK, cursor or None)


async def payout(actor: Staff, stripe_id: str) -> FoundPayout:
    """Return one payout by Stripe's id, for the same people; NotFound where there is none, or no key to ask with."""
    keys = await asyncio.to_thread(_keys, actor)
    if keys is None or not _ID.fullmatch(stripe_id):
        raise NotFound
    try:
        found = await StripeAccount(keys.secret, keys.base).payout(stripe_id)
    except UnknownToStripe:
        raise NotFound from None
    return FoundPayout(found, await asyncio.to_thread(_known, actor, found))


def _keys(actor: Staff) -> StripeKeys | None:
    accounting.require(actor)
    with reading() as session:
        return payment_settings.keys(session)


def _known(actor: Staff, found: Payout) -> dict[str, Known]:
    intents = {one.payment_intent_id for one in found.lines if one.payment_intent_id}
    with reading() as session:
        return payout_lines.known(session, actor, intents)
