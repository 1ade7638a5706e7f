"""One try to pay brought in step with Stripe: webhook, return page and reconcile all come here, in any order."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal_app import clock, routes
from portal_app.database import reading, transaction
from portal_app.errors import NotFound
from portal_app.integrations.stripe import StripeAccount, values
from portal_app.integrations.stripe.errors import Declined, IdReused, NeedsAuthentication, Refused
from portal_app.integrations.stripe.errors import NotFound as UnknownAtStripe
from portal_app.integrations.stripe.values import CheckoutRequest, CheckoutSession
from portal_app.models import PaymentAttempt, StripeEvent
from portal_app.services import attempts, open_pages, payment_settings, settlement, stripe_news
from portal_app.services.payment_settings import StripeKeys
from portal_app.settings import get_settings
from portal_app.workflows.rolled_key import adopt

_LATE = "This was not charged: our payment service never heard of it in time."
_LOST = "Stripe never said what became of this. Nothing was booked; please look at Stripe before you try again."
# Longer than Stripe is waited for, tries of the library's own included.
_ON_ITS_WAY = timedelta(minutes=2)
_GONE = "Our payment service does not know this payment method, or its payer, any more."


@dataclass(frozen=True, slots=True)
class _Known:
    """What the portal knows of a try before it asks; `outdated` when it asks for what is no longer right."""

    public_id: str
    way: str
    state: str
    amount: int
    currency: str
    customer: str
    method: str
    checkout_id: str | None
    intent_id: str | None
    expires_at: datetime
    created_at: datetime
    description: str
    locale: str
    keys: StripeKeys | None
    back: str
    left: str
    email: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What Stripe knows of a try: its page and its payment, each None while there is none."""

    page: CheckoutSession | None = None
    intent: values.Payment | None = None
    problem: str = ""
    needs_payer: bool = False


async def sync_attempt(public_id: str, event: StripeEvent | None = None, *, thorough: bool = True) -> str:
    """Bring a try in step with Stripe and return its state; an event is kept in the same transaction, once.

    Without `thorough` Stripe is only asked for what went back where the payment itself says that something did.

    Raises NotFound for an unknown id, a StripeTrouble when Stripe cannot be asked (nothing has changed then). A try of
    another key or account is left as it is.
    """
    known = await asyncio.to_thread(_read, public_id)
    if known.keys is None:
        return known.state
    asked_at = clock.now()
    found = await _look_up(known, thorough=thorough)
    return await asyncio.to_thread(_apply, public_id, found, event, asked_at, thorough=thorough)


def _read(public_id: str) -> _Known:
    with reading() as session:
        attempt, keys = attempts.find(session, public_id), payment_settings.keys(session)
        guest = attempts.guest_of(session, attempt)
        page = routes.payment(public_id)
        return _Known(
            public_id=attempt.public_id,
            way=attempt.way,
            state=attempt.state,
            amount=attempt.amount_minor,
            currency=attempt.currency,
            customer=attempt.stripe_customer,
            method=attempt.stripe_method,
            checkout_id=attempt.checkout_id,
            intent_id=attempt.intent_id,
            expires_at=attempt.expires_at,
            created_at=attempt.created_at,
            description=str(attempt.wanted.get("description") or ""),
            locale=str(attempt.wanted.get("locale") or "").replace("_", "-"),
            keys=keys if keys is not None and keys.mark == attempt.key_mark else None,
            back=routes.shared_paid(guest[1].public_id) if guest else page,
            left=routes.shared(guest[1].public_id) if guest else f"{page}?left=1",
            email=guest[0].email if guest else "",
            outdated=_is_unasked_charge(attempt) and open_pages.is_outdated(session, attempt),
        )


def _is_unasked_charge(attempt: PaymentAttempt) -> bool:
    return (attempt.way, attempt.state) == (attempts.SAVED, attempts.CREATED)


async def _look_up(known: _Known, *, thorough: bool = True) -> _Found:
    """Return what Stripe knows; what it may never have heard of is asked again, word for word under the same id."""
    assert known.keys is not None
    stripe = StripeAccount(known.keys.secret, known.keys.base)
    if known.state == attempts.CREATED and not known.checkout_id and not known.intent_id:
        return await _ask_again(stripe, known)
    if known.way == attempts.SAVED and not known.intent_id:
        # It was given up without an answer, and something may have come of it after all.
        return _Found(intent=await _made(stripe, known))
    page = await stripe.checkout(known.checkout_id) if known.checkout_id else None
    intent_id = known.intent_id or (page.payment_intent_id if page else None)
    return _Found(page, await stripe.payment_intent(intent_id, thorough=thorough) if intent_id else None)


async def _ask_again(stripe: StripeAccount, known: _Known) -> _Found:
    """Return what comes of the work itself; a refusal for good is a problem, an unknown outcome is raised."""
    try:
        if known.way == attempts.SAVED:
            return await _charge_or_not(stripe, known)
        if _age(known) > attempts.KEY_LASTS:
            return _Found(problem=_LOST)
        page = await _open_page(stripe, known)
    except IdReused:
        raise
    except Declined as refusal:
        return await _declined(stripe, refusal)
    except Refused as refusal:
        # There never was a page or charge: its time is over, or the account or the method cannot take this.
        return _Found(problem=refusal.sentence)
    except UnknownAtStripe:
        return _Found(problem=_GONE)
    intent = await stripe.payment_intent(page.payment_intent_id) if page.payment_intent_id else None
    return _Found(page, intent)


async def _declined(stripe: StripeAccount, refusal: Declined) -> _Found:
    """Return what came of a saved method that was refused; the failed payment itself where Stripe made one."""
    intent = await stripe.payment_intent(refusal.payment_intent_id) if refusal.payment_intent_id else None
    return _Found(intent=intent, problem=refusal.sentence, needs_payer=isinstance(refusal, NeedsAuthentication))


def _age(known: _Known) -> timedelta:
    return clock.now() - known.created_at


async def _charge_or_not(stripe: StripeAccount, known: _Known) -> _Found:
    """Charge a saved method while that is still what is wanted; else find out whether it was charged, and let it be."""
    if not known.outdated and _age(known) <= attempts.KEY_LASTS:
        return _Found(intent=await _charge(stripe, known))
    made = await _made(stripe, known)
    # An asking of a moment ago may still be on its way there.
    return _Found(intent=made, problem=_LATE if made is None and _age(known) > _ON_ITS_WAY else "")


async def _made(stripe: StripeAccount, known: _Known) -> values.Payment | None:
    try:
        return await stripe.payment_for(known.public_id, known.customer, known.created_at)
    except UnknownAtStripe:
        return None


async def _charge(stripe: StripeAccount, known: _Known) -> values.Payment:
    """Charge a saved method; the same answer however often."""
    return await stripe.charge_saved(
        known.public_id, known.amount, known.currency, known.customer, known.method, known.description
    )


async def _open_page(stripe: StripeAccount, known: _Known) -> CheckoutSession:
    """Make Stripe's page for a try, or get the one that was made."""
    portal = get_settings().public_url
    return await stripe.create_checkout(
        CheckoutRequest(
            attempt_id=known.public_id,
            amount=known.amount,
            currency=known.currency,
            description=known.description,
            customer=known.customer,
            email=known.email,
            success_url=f"{portal}{known.back}",
            cancel_url=f"{portal}{known.left}",
            expires_at=known.expires_at,
            locale=known.locale,
        )
    )


def _apply(
    public_id: str, found: _Found, event: StripeEvent | None, asked_at: datetime, *, thorough: bool = True
) -> str:
    with transaction() as session:
        attempt = attempts.lock(session, public_id)
        overtaken = attempts.is_overtaken(attempt, asked_at)
        if event is not None:
            if session.get(StripeEvent, event.id) is not None:
                return attempt.state
            session.add(event)
            if overtaken and stripe_news.is_thorough(event.type):
                # Whoever was faster may not have asked for what went back.
                event.due_at = clock.now()
        stripe_news.dealt_with(session, public_id, asked_at, thorough=thorough and not overtaken)
        if overtaken:
            return attempt.state
        if found.page is not None:
            attempts.opened(session, attempt, found.page.id, found.page.url, found.page.expires_at)
        if found.intent is not None:
            settlement.apply(session, attempt, found.intent, page=found.page.status if found.page else "")
        attempt.needs_payer = attempt.needs_payer or found.needs_payer
        if found.page is not None and found.page.status == "expired":
            settlement.page_over(session, attempt)
        if found.problem and attempt.state == attempts.CREATED:
            attempts.set_state(session, attempt, attempts.FAILED, found.problem)
        attempt.checked_at = asked_at
        return attempt.state


async def end_page(public_id: str) -> str:
    """Shut a try's page at Stripe, so that nobody pays twice; returns its state, which may turn out to be paid.

    A payment that waits until its payer has done something elsewhere is called off there. Of a try under a key that is
    not there any more nobody can ask; once its time is over it is in nobody's way.
    """
    known = await asyncio.to_thread(_read, public_id)
    if known.keys is None and known.expires_at < clock.now():
        # Perhaps it is only the same account's key that is another now.
        await adopt()
        known = await asyncio.to_thread(_read, public_id)
    if known.way == attempts.CHECKOUT and known.state == attempts.CREATED:
        # Whether there is a page only Stripe knows; where it makes none, the try has ended by this.
        await sync_attempt(public_id)
        known = await asyncio.to_thread(_read, public_id)
    if known.keys is None:
        return await asyncio.to_thread(_let_go, public_id)
    stripe = StripeAccount(known.keys.secret, known.keys.base)
    try:
        if known.checkout_id and known.state == attempts.OPEN:
            await stripe.expire_checkout(known.checkout_id)
        elif known.intent_id and known.state in attempts.WAITING:
            await stripe.call_off(known.intent_id)
    except UnknownAtStripe:
        raise NotFound from None
    return await sync_attempt(public_id)


def _let_go(public_id: str) -> str:
    with transaction() as session:
        attempt = attempts.lock(session, public_id)
        settlement.out_of_reach(session, attempt)
        return attempt.state
