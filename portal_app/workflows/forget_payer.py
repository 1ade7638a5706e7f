"""Somebody who may not come in any more: what they saved at Stripe is taken away there, and they are forgotten."""

import asyncio
from collections.abc import Callable

from sqlmodel import Session

from portal_app import logs
from portal_app.database import reading, transaction
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound
from portal_app.services import payers, payment_settings

log = logs.get(__name__)


async def forget_payer(stripe_id: str) -> None:
    """Take away all methods saved under one of Stripe's ids; raises StripeTrouble, and is then tried again.

    Pages on which they could still save one, paying or not, are shut before. Of one who was deleted there nothing is
    saved any more.
    """
    keys = await asyncio.to_thread(_keys)
    if keys is None:
        return
    stripe = StripeAccount(keys.secret, keys.base)
    try:
        for page in await stripe.open_checkouts(stripe_id):
            await stripe.expire_checkout(page)
        for method in await stripe.payment_methods(stripe_id):
            await stripe.detach(method.id)
    except NotFound:
        log.info("payer_gone_at_stripe")
        await asyncio.to_thread(_note, payers.forget, stripe_id)
    else:
        await asyncio.to_thread(_note, payers.emptied, stripe_id)


def _keys() -> payment_settings.StripeKeys | None:
    with reading() as session:
        return payment_settings.keys(session)


def _note(what: Callable[[Session, str], None], stripe_id: str) -> None:
    with transaction() as session:
        what(session, stripe_id)
