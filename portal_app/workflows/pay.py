"""Paying: a try is written and committed, then Stripe is asked under its id; a page that is open already is used again.

Every function takes the acting contact; the services behind check rights, amounts and ownership.
"""

import asyncio
from dataclasses import dataclass

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import StripeTrouble
from portal_app.integrations.stripe.values import SavedMethod, SetupRequest
from portal_app.models.base import new_public_id
from portal_app.services import attempts, business, payment_settings, settlement
from portal_app.services.actors import Customer
from portal_app.services.attempts import InTheWay, Payer, Wanted
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.rights import Right
from portal_app.settings import get_settings
from portal_app.workflows.sync_attempt import end_page, sync_attempt

CLOSED = "Card payments are not set up here. Please pay by the details on your invoice."
UNREACHABLE = "We could not reach our payment service. Nothing has been charged; please try again in a moment."
# Somebody else may begin to pay the same invoice between two looks.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Begun:
    """A try that is under way: its public id, its state, and the address of Stripe's page where it goes on there."""

    attempt: str
    state: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved method in words, as `Visa ending in 4242`; `expires` is empty where it does not."""

    id: str
    words: str
    kind: str
    expires: str
    default: bool


async def pay_on_page(actor: Customer, wanted: Wanted) -> Begun:
    """Begin a payment on Stripe's page, or go back to the one that is open for exactly this.

    Raises Invalid with a sentence when it cannot be paid so, NotFound or NotAllowed; nothing is charged by this.
    """
    keys, payer = await _ready(actor)
    attempt_id = await _begin(actor, wanted, keys, payer)
    return await _opened(attempt_id)


async def pay_with_saved(actor: Customer, wanted: Wanted, method: str) -> Begun:
    """Charge one of the payer's saved methods at once.

    Where the bank wants to hear from the payer, it goes on at Stripe's page (`url`). An unknown outcome is left to the
    reconcile, which asks again under the same id: the state is `created` then.
    """
    keys, payer = await _ready(actor)
    await _own_method(keys, payer, method)
    attempt_id = await _begin(actor, wanted, keys, payer, method=method)
    try:
        state = await sync_attempt(attempt_id)
    except StripeTrouble:
        return Begun(attempt_id, attempts.CREATED)
    if state == attempts.FAILED and await asyncio.to_thread(_asks_for_payer, attempt_id):
        return await pay_on_page(actor, wanted)
    return Begun(attempt_id, state)


async def saved_methods(actor: Customer) -> list[Saved]:
    """Return the payer's saved methods, the default first; none without Stripe. Raises StripeTrouble."""
    found = await _known_payer(actor)
    if found is None:
        return []
    keys, payer = found
    methods = await StripeAccount(keys.secret, keys.base).payment_methods(payer.stripe_id)
    return [_in_words(method) for method in sorted(methods, key=lambda one: not one.default)]


async def remove_method(actor: Customer, method: str) -> None:
    """Take a saved method away; NotFound for one that is not the payer's."""
    keys, payer = await _ready(actor, make=False)
    await _own_method(keys, payer, method)
    await StripeAccount(keys.secret, keys.base).detach(method)


async def make_default(actor: Customer, method: str) -> None:
    """Make a saved method the one that is offered first; NotFound for one that is not the payer's."""
    keys, payer = await _ready(actor, make=False)
    await _own_method(keys, payer, method)
    await StripeAccount(keys.secret, keys.base).set_default(payer.stripe_id, method)


async def add_method(actor: Customer, back: str) -> str:
    """Return the address of Stripe's page that saves a method without paying; `back` is the portal's own path."""
    keys, payer = await _ready(actor)
    settings = get_settings()
    currency = (await asyncio.to_thread(business.look)).currency
    page = await StripeAccount(keys.secret, keys.base).create_setup(
        SetupRequest(
            attempt_id=new_public_id(),
            currency=currency,
            customer=payer.stripe_id,
            success_url=f"{settings.public_url}{back}",
            cancel_url=f"{settings.public_url}{back}",
            expires_at=(clock.now() + attempts.LASTS).replace(microsecond=0),
        )
    )
    return page.url


async def _ready(actor: Customer, *, make: bool = True) -> tuple[StripeKeys, Payer]:
    """Return the keys and the payer as Stripe knows them; they are told to Stripe when it does not (`make`)."""
    actor.require(Right.VIEW_MONEY)
    actor.require(Right.PAY)
    keys, payer = await asyncio.to_thread(_look, actor)
    if keys is None or payer is None:
        raise Invalid(CLOSED)
    if payer.stripe_id:
        return keys, payer
    if not make:
        raise NotFound
    stripe = StripeAccount(keys.secret, keys.base)
    try:
        made = await stripe.create_customer(payer.contact_public_id, payer.email, payer.name)
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble
    await asyncio.to_thread(_remember, actor, keys, made)
    return keys, Payer(payer.contact_id, payer.contact_public_id, payer.email, payer.name, made)


def _look(actor: Customer) -> tuple[StripeKeys | None, Payer | None]:
    with reading() as session:
        keys = payment_settings.keys(session)
        return keys, attempts.payer(session, actor, keys) if keys else None


def _remember(actor: Customer, keys: StripeKeys, stripe_id: str) -> None:
    with transaction() as session:
        attempts.remember_payer(session, actor.contact_id, keys, stripe_id)


async def _known_payer(actor: Customer) -> tuple[StripeKeys, Payer] | None:
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return None
    keys, payer = await asyncio.to_thread(_look, actor)
    return (keys, payer) if keys is not None and payer is not None and payer.stripe_id else None


async def _own_method(keys: StripeKeys, payer: Payer, method: str) -> None:
    try:
        methods = await StripeAccount(keys.secret, keys.base).payment_methods(payer.stripe_id)
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble
    if method not in {one.id for one in methods}:
        raise NotFound


async def _begin(actor: Customer, wanted: Wanted, keys: StripeKeys, payer: Payer, method: str = "") -> str:
    """Write a new try, or return the open one that is for exactly this; other pages for these invoices are shut."""
    for _ in range(MOST_TRIES):
        try:
            return await asyncio.to_thread(_write, actor, wanted, keys, payer, method)
        except InTheWay as others:
            for public_id in others.attempts:
                try:
                    await end_page(public_id)
                except StripeTrouble as trouble:
                    raise Invalid(UNREACHABLE) from trouble
    raise Invalid("Somebody else is just paying this. Please look again in a moment.")


def _write(actor: Customer, wanted: Wanted, keys: StripeKeys, payer: Payer, method: str) -> str:
    way = attempts.SAVED if method else attempts.CHECKOUT
    with transaction() as session:
        if not method:
            same = attempts.same_open(session, actor, wanted, keys)
            if same:
                return same
        return attempts.begin(session, actor, wanted, keys, payer.stripe_id, way=way, method=method).public_id


async def _opened(attempt_id: str) -> Begun:
    try:
        await sync_attempt(attempt_id)
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble
    begun, problem = await asyncio.to_thread(_state, attempt_id)
    if begun.state == attempts.FAILED:
        raise Invalid(problem or UNREACHABLE)
    return begun


def _state(attempt_id: str) -> tuple[Begun, str]:
    with reading() as session:
        attempt = attempts.find(session, attempt_id)
        url = attempt.checkout_url if attempt.state == attempts.OPEN else ""
        return Begun(attempt.public_id, attempt.state, url), attempt.problem


def _asks_for_payer(attempt_id: str) -> bool:
    with reading() as session:
        return attempts.find(session, attempt_id).needs_payer


def _in_words(method: SavedMethod) -> Saved:
    words = settlement.words_for(method.kind, method.brand, method.bank, method.last4)
    expires = "" if method.expires is None else f"{method.expires.month:02d}/{method.expires.year % 100:02d}"
    return Saved(method.id, words, method.kind, expires, method.default)
