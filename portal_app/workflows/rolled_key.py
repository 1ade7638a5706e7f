"""A new key of the same Stripe account: what began under the old one goes on under it."""

import asyncio

from sqlmodel import Session

from portal_app.database import reading, transaction
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound, Refused
from portal_app.services import payment_settings, payment_work
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.payment_work import UnderOtherKey


async def adopt() -> None:
    """Let tries and payers of other keys go on under the key of now, where it opens the same account and mode.

    Stripe says whether it does: it is asked for one thing of each other key. Raises a StripeTrouble when it cannot be
    asked.
    """
    keys, others = await asyncio.to_thread(_read)
    if keys is None:
        return
    for other in others:
        if await _knows(StripeAccount(keys.secret, keys.base), other):
            await asyncio.to_thread(_adopt, other.key_mark, keys)


async def _knows(stripe: StripeAccount, other: UnderOtherKey) -> bool:
    try:
        if other.intent_id:
            await stripe.payment_intent(other.intent_id, thorough=False)
        elif other.checkout_id:
            await stripe.checkout(other.checkout_id)
        else:
            await stripe.payment_methods(other.payer_id)
    except (NotFound, Refused):
        return False
    return True


def _read() -> tuple[StripeKeys | None, tuple[UnderOtherKey, ...]]:
    with reading() as session:
        keys = payment_settings.keys(session)
        return keys, payment_work.under_other_keys(session, keys.mark) if keys else ()


def _adopt(mark: str, keys: StripeKeys) -> None:
    with transaction() as session:
        if _still(session, keys):
            payment_work.adopt(session, mark, keys.mark)


def _still(session: Session, keys: StripeKeys) -> bool:
    now = payment_settings.keys(session)
    return now is not None and now.mark == keys.mark
