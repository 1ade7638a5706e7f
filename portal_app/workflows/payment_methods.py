"""Saved payment methods: added on Stripe's page without paying, the default chosen, taken away.

Stripe alone holds them; the portal asks each time and keeps no copy. Every function takes the acting contact, who needs
the rights to view money and to pay, and reaches nothing but what they have saved themselves.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound as UnknownAtStripe
from portal_app.integrations.stripe.errors import Refused, StripeTrouble
from portal_app.integrations.stripe.values import CheckoutSession, SavedMethod, SetupRequest
from portal_app.models.base import new_public_id
from portal_app.services import activity, attempts, business, payment_settings
from portal_app.services.actors import Customer
from portal_app.services.business import Look
from portal_app.services.payers import Payer
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.rights import Right
from portal_app.settings import get_settings
from portal_app.workflows import pay
from portal_app.workflows.pay import Saved

log = logs.get(__name__)
MOST = 20
TOO_MANY = f"You have {MOST} payment methods already. Please remove one before you add another."
UNREAD = "We could not ask our payment service for your payment methods. They are kept there; please try again soon."
NOT_BEGUN = "We could not reach our payment service, so nothing was added. Please try again in a moment."
UNSURE = "We could not reach our payment service, so we do not know whether that was done. Please look again soon."
WAITS = "Your bank has to confirm this payment method first. It appears here once that is done."


@dataclass(frozen=True, slots=True)
class Listed:
    """What a contact has saved, the default first; `open` says that the business takes payments by Stripe at all."""

    open: bool
    methods: tuple[Saved, ...] = ()


async def listed(actor: Customer) -> Listed:
    """Return what the contact has saved. Raises Invalid with a sentence when Stripe does not answer."""
    _require(actor)
    if not await asyncio.to_thread(_has_keys):
        return Listed(open=False)
    found = await pay.known_payer(actor)
    if found is None:
        return Listed(open=True)
    return Listed(True, tuple(pay.shown(await _methods(*found))))


async def add(actor: Customer, back: str) -> str:
    """Return the address of Stripe's page that saves a method without paying; `back` is the portal's own path.

    From a finished page Stripe leads to `back` with its id as `added`, for `added`; from one that was left, to `back`.
    """
    keys, payer = await pay.ready(actor)
    look = await asyncio.to_thread(business.look)
    try:
        payer, saved = await _present(keys, payer)
        if len(saved) >= MOST:
            raise Invalid(TOO_MANY)
        return (await _account(keys).create_setup(_wanted(payer, look, get_settings().public_url + back))).url
    except StripeTrouble as trouble:
        log.warning("payment_method_not_begun", reason=trouble.sentence)
        raise Invalid(NOT_BEGUN) from trouble


def _wanted(payer: Payer, look: Look, back: str) -> SetupRequest:
    return SetupRequest(
        attempt_id=new_public_id(),
        currency=look.currency,
        customer=payer.stripe_id,
        # Stripe puts the id in: https://docs.stripe.com/payments/checkout/custom-success-page.
        success_url=f"{back}?added={{CHECKOUT_SESSION_ID}}",
        cancel_url=back,
        expires_at=(clock.now() + attempts.LASTS).replace(microsecond=0),
        locale=look.locale.replace("_", "-"),
    )


async def added(actor: Customer, page_id: str) -> str:
    """Return the sentence of what came of one of Stripe's pages; empty where nothing of the contact's own did.

    The page may be opened again and by anybody: only what this very contact has saved is told, while they have it. The
    first method becomes the default.
    """
    _require(actor)
    found = await pay.known_payer(actor)
    if found is None:
        return ""
    keys, payer = found
    page = await _page(keys, page_id)
    if page is None or page.mode != "setup" or page.customer != payer.stripe_id or page.status != "complete":
        return ""
    if page.setup_status != "succeeded":
        return WAITS if page.setup_status in ("processing", "requires_action") else ""
    methods = await _methods(keys, payer)
    method = next((one for one in pay.shown(methods) if page.payment_method in one.copies), None)
    if method is None:
        return ""
    if not any(one.default for one in methods):
        with _told():
            await _account(keys).set_default(payer.stripe_id, method.id)
    await asyncio.to_thread(_note, actor, "payment_method.added", page.id)
    return f"{method.words} is saved. Nothing was charged."


async def remove(actor: Customer, method: str) -> str:
    """Take a saved method away, with all its copies, and return its words; NotFound for one that is not theirs."""
    keys, payer = await pay.ready(actor, make=False)
    saved = await _own(keys, payer, method)
    with _told():
        for copy in saved.copies:
            await _account(keys).detach(copy)
    await asyncio.to_thread(_note, actor, "payment_method.removed")
    return saved.words


async def make_default(actor: Customer, method: str) -> str:
    """Make a saved method the one that is offered first, and return its words; NotFound for one that is not theirs."""
    keys, payer = await pay.ready(actor, make=False)
    saved = await _own(keys, payer, method)
    with _told():
        await _account(keys).set_default(payer.stripe_id, saved.id)
    await asyncio.to_thread(_note, actor, "payment_method.made_default")
    return saved.words


def _require(actor: Customer) -> None:
    actor.require(Right.VIEW_MONEY)
    actor.require(Right.PAY)


def _has_keys() -> bool:
    with reading() as session:
        return payment_settings.keys(session) is not None


def _account(keys: StripeKeys) -> StripeAccount:
    return StripeAccount(keys.secret, keys.base)


@contextmanager
def _told() -> Iterator[None]:
    """Raise Stripe's troubles in the customer's words; what is gone there, or was taken away meanwhile, is NotFound."""
    try:
        yield
    except (UnknownAtStripe, Refused) as trouble:
        log.info("payment_method_refused", reason=trouble.sentence)
        raise NotFound(pay.GONE) from trouble
    except StripeTrouble as trouble:
        log.warning("payment_methods_not_reached", reason=trouble.sentence)
        raise Invalid(UNSURE) from trouble


async def _methods(keys: StripeKeys, payer: Payer) -> tuple[SavedMethod, ...]:
    """Return what a payer has saved; nothing where Stripe does not know them any more."""
    try:
        return await _account(keys).payment_methods(payer.stripe_id)
    except UnknownAtStripe:
        return ()
    except StripeTrouble as trouble:
        log.warning("payment_methods_not_read", reason=trouble.sentence)
        raise Invalid(UNREAD) from trouble


async def _own(keys: StripeKeys, payer: Payer, method: str) -> Saved:
    for saved in pay.shown(await _methods(keys, payer)):
        if method in saved.copies:
            return saved
    raise NotFound(pay.GONE)


async def _page(keys: StripeKeys, page_id: str) -> CheckoutSession | None:
    try:
        return await _account(keys).checkout(page_id)
    except (UnknownAtStripe, Refused):
        return None
    except StripeTrouble as trouble:
        log.warning("payment_methods_not_read", reason=trouble.sentence)
        raise Invalid(UNREAD) from trouble


async def _present(keys: StripeKeys, payer: Payer) -> tuple[Payer, list[Saved]]:
    """Return a payer whom Stripe still knows, with what they have saved: one deleted there begins anew."""
    try:
        return payer, pay.shown(await _account(keys).payment_methods(payer.stripe_id))
    except UnknownAtStripe:
        return await pay.renewed(keys, payer), []


def _note(actor: Customer, kind: str, page_id: str = "") -> None:
    """Write what was done into the log; what came of one of Stripe's pages once."""
    try:
        with transaction() as session:
            activity.record(session, actor, kind, once_key=f"{kind}:{page_id}" if page_id else None)
    except IntegrityError:
        log.info("payment_method_told_again", kind=kind)
