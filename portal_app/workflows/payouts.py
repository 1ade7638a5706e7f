"""What Stripe paid out to the business's bank, asked each time: nothing of it is kept here."""

import asyncio
from datetime import timedelta

from portal_app import clock
from portal_app.database import reading
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.values import PayoutPage
from portal_app.services import accounting, payment_settings
from portal_app.services.actors import Staff
from portal_app.services.payment_settings import StripeKeys

LOOKS_BACK = timedelta(days=730)


async def payouts(actor: Staff, cursor: str = "") -> PayoutPage | None:
    """Return payouts of the last two years with their fees, newest first, after a cursor; None while no key is set.

    For staff who may refund or change settings. Raises a StripeTrouble with a sentence when Stripe cannot be asked.
    """
    keys = await asyncio.to_thread(_keys, actor)
    if keys is None:
        return None
    return await StripeAccount(keys.secret, keys.base).payouts(clock.now() - LOOKS_BACK, cursor or None)


def _keys(actor: Staff) -> StripeKeys | None:
    accounting.require(actor)
    with reading() as session:
        return payment_settings.keys(session)
