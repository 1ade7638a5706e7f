"""What every page shares on which invoices are paid: saved methods, and the way on once a payment has begun."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app import logs, routes
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.money import Money
from portal_app.services import payers, payment_settings
from portal_app.services.actors import Customer
from portal_app.services.settlement import BANK_DEBITS
from portal_app.workflows import pay
from portal_app.workflows.pay import Begun, Saved

log = logs.get(__name__)
MethodId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,80}$")]
# An amount as a press brings it along that pays at once: what its button has said.
Seen = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,14}\.[A-Z]{3}$")]
OPENING, PAYING = "Opening Stripe’s page…", "Paying…"
NO_ANSWER = "No answer has come yet. Please check your connection and press again: nothing is paid twice."
ON_STRIPE = "You pay on the page of Stripe, our payment service."
ANOTHER_WAY = "Another way is paid on the page of Stripe, our payment service."
MOST_METHODS = 6


@dataclass(frozen=True)
class MethodRow:
    """A saved method: its id at Stripe, how people call it, and whether a bank is asked for the money."""

    id: str = ""
    words: str = ""
    debit: bool = False


def asking_button(*words: Any, meanwhile: str = OPENING, **props: Any) -> rx.Component:
    """Return a button that asks Stripe, for a section with `answers`; page.js has it say `meanwhile` once pressed.

    Its handler is to be `temporal`: what was pressed without a connection must not be paid minutes later.
    """
    return rx.el.button(
        rx.el.span(*words, class_name="when-ready"),
        rx.el.span(meanwhile, class_name="when-busy"),
        custom_attrs={"data-asks": True},
        **props,
    )


def answers(count: rx.Var[int]) -> rx.Component:
    """Return where page.js says that Stripe is asked, and that no answer comes; one that stays here raises `count`."""
    told = {"data-answers": count, "data-unanswered": NO_ANSWER}
    return rx.el.p(role="status", class_name="text problem", custom_attrs=told)


def seen_of(amount: Money) -> str:
    """Return an amount as a button that says it brings it along, such as `24000.GBP`."""
    return f"{amount.minor}.{amount.currency}"


def amount_seen(seen: Seen) -> Money:
    """Return the amount that a press has brought along."""
    minor, _, currency = seen.partition(".")
    return Money(int(minor), currency)


def way_on(begun: Begun) -> Any:
    """Return the way on: to Stripe's page, or to where it is said what came of it."""
    if begun.url:
        return rx.redirect(routes.checkout(begun.attempt), is_external=True)
    return rx.redirect(routes.payment(begun.attempt))


async def saved_methods(actor: Customer) -> list[Saved]:
    """Return what the payer has saved, the default first; nothing while Stripe cannot be asked."""
    try:
        return await pay.saved_methods(actor)
    except PortalError as trouble:
        log.warning("saved_methods_not_read", reason=trouble.sentence)
        return []


def offered(saved: Sequence[Saved], currency: str) -> list[MethodRow]:
    """Return what of the saved methods can pay in a currency, in their order."""
    fitting = [one for one in saved if one.pays_in(currency)][:MOST_METHODS]
    return [MethodRow(one.id, one.words, one.kind in BANK_DEBITS) for one in fitting]


def hint_of(methods: Sequence[MethodRow]) -> str:
    """Return what a press does: with what is saved at once, in any other way on Stripe's page."""
    if not methods:
        return ON_STRIPE
    debits = [one.debit for one in methods]
    if all(debits):
        saved = "A bank debit is sent off as soon as you press its button, and takes a few working days."
    elif any(debits):
        saved = "What is saved is charged as soon as you press its button; a bank debit takes a few working days then."
    else:
        saved = "A saved card is charged as soon as you press its button, and the receipt comes by e-mail."
    return f"{saved} {ANOTHER_WAY}"


async def may_have_saved(actor: Customer) -> bool:
    """Return whether Stripe knows the payer, who may have saved something there then."""
    return await asyncio.to_thread(_is_known, actor)


def _is_known(actor: Customer) -> bool:
    with reading() as session:
        keys = payment_settings.keys(session)
        return keys is not None and bool(payers.get(session, actor, keys).stripe_id)
