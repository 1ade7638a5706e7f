"""Paying: a try is written and committed, then Stripe is asked under its id; a page that is open already is used again.

Every function takes the acting contact; the services behind check rights, amounts and ownership.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound as UnknownAtStripe
from portal_app.integrations.stripe.errors import StripeTrouble
from portal_app.integrations.stripe.values import SavedMethod
from portal_app.services import attempts, failed_tries, payers, payment_settings, settlement
from portal_app.services.actors import Customer, Guest
from portal_app.services.attempts import InTheWay, Wanted
from portal_app.services.payers import Payer
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.rights import Right
from portal_app.workflows.sync_attempt import end_page, sync_attempt

log = logs.get(__name__)
CLOSED = "Card payments are not set up here. Please pay by the details on your invoice."
UNSURE = (
    "We do not know yet what became of your last try, since our payment service does not answer. Please do not pay in "
    "another way: look here in a few minutes."
)
UNREACHABLE = "We could not reach our payment service. Nothing has been charged; please try again in a moment."
GONE = "That payment method is no longer saved here."
# Somebody else may begin to pay the same invoice between two looks.
MOST_TRIES = 3


class NoPage(Invalid):
    """Stripe makes no page for a try, which has ended by that; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A try that is under way: its public id, its state, and the address of Stripe's page where it goes on there."""

    attempt: str
    state: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved method in words, as `Visa ending in 4242`; `expires` is the last month of a card, such as `08/29`.

    What was saved more than once is one method here; `copies` are its ids at Stripe, its own first. `currencies` are
    all that it can pay in, none where it pays in any.
    """

    id: str
    words: str
    kind: str
    expires: str
    expired: bool
    default: bool
    copies: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()

    def pays_in(self, currency: str) -> bool:
        """Return whether it can pay in a currency."""
        return not self.currencies or currency in self.currencies


async def pay_on_page(actor: Customer, wanted: Wanted) -> Begun:
    """Begin a payment on Stripe's page, or go back to the one that is open for exactly this.

    Raises Invalid with a sentence when it cannot be paid so, NotFound or NotAllowed; nothing is charged by this. One
    who was deleted at Stripe is told to it anew.
    """
    keys, payer = await ready(actor)
    try:
        return await _on_page(actor, wanted, keys, payer)
    except NoPage:
        if await _is_known(keys, payer):
            raise
    return await _on_page(actor, wanted, keys, await _told_anew(keys, payer))


async def _on_page(actor: Customer, wanted: Wanted, keys: StripeKeys, payer: Payer) -> Begun:
    return await _opened(await _begin(lambda: _write(actor, wanted, keys, payer, "")))


async def _is_known(keys: StripeKeys, payer: Payer) -> bool:
    """Return whether Stripe still knows a payer; True as well while it cannot be asked."""
    try:
        await StripeAccount(keys.secret, keys.base).payment_methods(payer.stripe_id)
    except UnknownAtStripe:
        return False
    except StripeTrouble:
        return True
    return True


async def _told_anew(keys: StripeKeys, payer: Payer) -> Payer:
    try:
        return await renewed(keys, payer)
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble


async def pay_as_guest(guest: Guest) -> Begun:
    """Begin to pay all that is left of a guest's invoice on Stripe's page, which knows nothing of the account.

    Raises Invalid with a sentence when it cannot be paid so, NotAllowed for who may only look.
    """
    keys = await asyncio.to_thread(_keys)
    if keys is None:
        raise Invalid(CLOSED)
    return await _opened(await _begin(lambda: _write_as_guest(guest, keys)))


def _keys() -> StripeKeys | None:
    with reading() as session:
        return payment_settings.keys(session)


def _write_as_guest(guest: Guest, keys: StripeKeys) -> str:
    with transaction() as session:
        same = attempts.same_open_as_guest(session, guest, keys)
        return same or attempts.begin_as_guest(session, guest, keys).public_id


async def pay_with_saved(actor: Customer, wanted: Wanted, method: str) -> Begun:
    """Charge one of the payer's saved methods at once.

    Where the bank wants to hear from the payer, it goes on at Stripe's page (`url`). An unknown outcome is left to the
    reconcile, which asks again under the same id: the state is `created` then.
    """
    keys, payer = await ready(actor)
    copies = await _own_copies(keys, payer, method)
    attempt_id = await _begin(lambda: _write(actor, wanted, keys, payer, method, copies))
    try:
        state = await sync_attempt(attempt_id)
    except StripeTrouble:
        return Begun(attempt_id, attempts.CREATED)
    if state == attempts.FAILED and await asyncio.to_thread(_asks_for_payer, attempt_id):
        return await pay_on_page(actor, wanted)
    return Begun(attempt_id, state)


async def saved_methods(actor: Customer) -> list[Saved]:
    """Return what the payer can pay with at once, the default first; none without Stripe. Raises StripeTrouble.

    Each is to be offered only for what it can pay: see `Saved.pays_in`.
    """
    found = await known_payer(actor)
    if found is None:
        return []
    keys, payer = found
    try:
        methods = shown(await StripeAccount(keys.secret, keys.base).payment_methods(payer.stripe_id))
    except UnknownAtStripe:
        return []
    return [method for method in methods if not method.expired]


async def ready(actor: Customer, *, make: bool = True) -> tuple[StripeKeys, Payer]:
    """Return the keys and the payer as Stripe knows them; they are told to Stripe when it does not (`make`).

    Needs the rights to view money and to pay. Raises Invalid without keys, or when Stripe cannot be told.
    """
    actor.require(Right.VIEW_MONEY)
    actor.require(Right.PAY)
    keys, payer = await asyncio.to_thread(_look, actor)
    if keys is None or payer is None:
        raise Invalid(CLOSED)
    if payer.stripe_id:
        if make and not payer.is_told:
            await _tell_of_today(keys, payer)
        return keys, payer
    if not make:
        raise NotFound(GONE)
    stripe = StripeAccount(keys.secret, keys.base)
    try:
        made = await stripe.create_customer(payer.contact_public_id, payer.email, payer.name)
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble
    await asyncio.to_thread(_remember, keys, payer, made)
    return keys, replace(payer, stripe_id=made)


async def _tell_of_today(keys: StripeKeys, payer: Payer) -> None:
    """Tell Stripe a payer's name and address of today; without an answer they can pay all the same."""
    try:
        await StripeAccount(keys.secret, keys.base).update_customer(payer.stripe_id, payer.email, payer.name)
    except StripeTrouble as trouble:
        log.info("payer_not_told_anew", reason=trouble.sentence)
        return
    await asyncio.to_thread(_remember, keys, payer, payer.stripe_id)


def _look(actor: Customer) -> tuple[StripeKeys | None, Payer | None]:
    with reading() as session:
        keys = payment_settings.keys(session)
        return keys, payers.get(session, actor, keys) if keys else None


async def renewed(keys: StripeKeys, payer: Payer) -> Payer:
    """Return a payer whom Stripe does not know any more, told to it anew; raises StripeTrouble."""
    stripe, gone = StripeAccount(keys.secret, keys.base), payer.stripe_id
    made = await stripe.create_customer(payer.contact_public_id, payer.email, payer.name, instead_of=gone)
    await asyncio.to_thread(_replace, keys, payer, made)
    return replace(payer, stripe_id=made)


def _replace(keys: StripeKeys, payer: Payer, made: str) -> None:
    with transaction() as session:
        payers.forget(session, payer.stripe_id)
        session.flush()
        payers.remember(session, payer, keys, made)


def _remember(keys: StripeKeys, payer: Payer, stripe_id: str) -> None:
    with transaction() as session:
        payers.remember(session, payer, keys, stripe_id)


async def known_payer(actor: Customer) -> tuple[StripeKeys, Payer] | None:
    """Return the keys and a payer whom Stripe knows; None without keys, without the rights, or for a stranger to it."""
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return None
    keys, payer = await asyncio.to_thread(_look, actor)
    return (keys, payer) if keys is not None and payer is not None and payer.stripe_id else None


async def _own_copies(keys: StripeKeys, payer: Payer, method: str) -> tuple[str, ...]:
    """Return all ids of a saved method of the payer's own; NotFound for one that is not theirs."""
    try:
        methods = await StripeAccount(keys.secret, keys.base).payment_methods(payer.stripe_id)
    except UnknownAtStripe:
        raise NotFound(GONE) from None
    except StripeTrouble as trouble:
        raise Invalid(UNREACHABLE) from trouble
    for saved in shown(methods):
        if method in saved.copies:
            return saved.copies
    raise NotFound(GONE)


async def _begin(write: Callable[[], str]) -> str:
    """Let `write` write a new try, or find the open one that is for exactly this; other pages for it are shut."""
    for _ in range(MOST_TRIES):
        try:
            return await asyncio.to_thread(write)
        except InTheWay as others:
            for public_id in others.attempts:
                try:
                    await end_page(public_id)
                except StripeTrouble as trouble:
                    # It may have been charged, or paid on its page.
                    raise Invalid(UNSURE) from trouble
    raise Invalid("Another payment of this was begun, and may still come. Please finish that one, or try again later.")


def _write(
    actor: Customer, wanted: Wanted, keys: StripeKeys, payer: Payer, method: str, copies: tuple[str, ...] = ()
) -> str:
    way = attempts.SAVED if method else attempts.CHECKOUT
    with transaction() as session:
        if method:
            failed_tries.refuse_third(session, actor, wanted.invoices, copies)
        else:
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
        raise NoPage(problem or UNREACHABLE)
    return begun


def _state(attempt_id: str) -> tuple[Begun, str]:
    with reading() as session:
        attempt = attempts.find(session, attempt_id)
        url = attempt.checkout_url if attempt.state == attempts.OPEN else ""
        return Begun(attempt.public_id, attempt.state, url), attempt.problem


def _asks_for_payer(attempt_id: str) -> bool:
    with reading() as session:
        return attempts.find(session, attempt_id).needs_payer


def shown(methods: Sequence[SavedMethod]) -> list[Saved]:
    """Return saved methods in words, the default first, then the newest; each card and account once."""
    alike: dict[tuple[object, ...], list[SavedMethod]] = {}
    for method in sorted(methods, key=lambda one: not one.default):
        mark = (method.kind, method.fingerprint, method.expires) if method.fingerprint else (method.id,)
        alike.setdefault(mark, []).append(method)
    return [_in_words(copies) for copies in alike.values()]


def _in_words(copies: Sequence[SavedMethod]) -> Saved:
    method, ends = copies[0], copies[0].expires
    return Saved(
        id=method.id,
        words=settlement.words_for(method.kind, method.brand, method.bank, method.last4),
        kind=method.kind,
        expires=f"{ends - timedelta(days=1):%m/%y}" if ends else "",
        expired=ends is not None and ends <= clock.now().date(),
        default=method.default,
        copies=tuple(one.id for one in copies),
        currencies=settlement.BANK_DEBITS.get(method.kind, ()),
    )
