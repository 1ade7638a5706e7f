"""Paying several invoices at once: all that is overdue, all that is due, or those that are ticked."""

import asyncio
from dataclasses import dataclass, replace
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app.components.addresses import Id
from portal_app.components.loading import asked_for
from portal_app.components.pay_bar import PICKED, Offer, PickedView
from portal_app.components.paying import (
    MethodId,
    MethodRow,
    Seen,
    amount_seen,
    hint_of,
    may_have_saved,
    offered,
    saved_methods,
    seen_of,
    way_on,
)
from portal_app.components.property_choice import chosen_place
from portal_app.components.words import Words, plural
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.money import Money
from portal_app.services import business, pay_amounts, payable, payment_settings
from portal_app.services.actors import Customer
from portal_app.services.attempts import MOST_INVOICES, Wanted
from portal_app.services.payable import EVERYTHING, Bundle
from portal_app.services.rights import Right
from portal_app.workflows import pay
from portal_app.workflows.pay import Saved

What = Annotated[str, Field(pattern=r"^(picked|(overdue|everything)\.[A-Z]{3})$")]
# Of the page.
HEADING = "invoices"
BY_DETAILS = "Pay by the details on your invoice."
TOO_MANY = f"At most {MOST_INVOICES} invoices can be paid at once."
MIXED = "These are in different currencies. Please pay them one currency at a time."
GONE = "What you were about to pay has changed. Please look at it again; nothing was charged."


@dataclass(frozen=True)
class _Shown:
    """What a press pays: exactly what the buttons have said."""

    invoices: tuple[str, ...]
    amount: Money


class PayManyState(rx.State):
    """What the list offers to pay at once; `wrong` is the sentence of the last refusal.

    `round` goes up when all ticks are to go; `answers` counts refusals.
    """

    offers: rx.Field[list[Offer]] = rx.field(default_factory=list)
    hint: rx.Field[str] = rx.field("")
    asking: rx.Field[bool] = rx.field(False)
    picked: rx.Field[list[str]] = rx.field(default_factory=list)
    bar: rx.Field[PickedView] = rx.field(default_factory=PickedView)
    round: rx.Field[int] = rx.field(0)
    wrong: rx.Field[str] = rx.field("")
    answers: rx.Field[int] = rx.field(0)

    _property: str = ""
    _shown: dict[str, _Shown] = {}
    _saved: list[Saved] = []

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show what can be paid of the list that the address names; what was ticked of the same property still is."""
        place = asked_for(self, "property")
        if place != self._property:
            self.picked = []
        self._property, self.wrong, self.round = place, "", self.round + 1
        actor = caller(self)
        await self._refresh(actor)
        self.asking = bool(self.offers) and not self._saved and await may_have_saved(actor)

    @rx.event
    @allow(CUSTOMER)
    async def load_methods(self) -> None:
        """Add what the payer has saved at Stripe, which the page does not wait for."""
        self._saved = await saved_methods(caller(self)) if self.offers else []
        self._offer_saved()
        self.asking = False

    def _offer_saved(self) -> None:
        """Put beside each amount what is saved and can pay it."""
        self.offers = [replace(one, method=self._method(one.key)) if one.first else one for one in self.offers]
        self.bar = replace(self.bar, method=self._method(PICKED))
        if self.offers:
            self.hint = hint_of([one.method for one in self.offers if one.method.id])

    def _method(self, key: str) -> MethodRow:
        shown = self._shown.get(key)
        fitting = offered(self._saved, shown.amount.currency) if shown else []
        return fitting[0] if fitting else MethodRow()

    async def _refresh(self, actor: Customer) -> None:
        """Read anew what can be paid and what is ticked; called by the live feed as well."""
        try:
            self.offers, self.hint, self._shown = await asyncio.to_thread(_read, actor, self._property)
        except PortalError:
            self.offers, self.hint, self._shown = [], "", {}
        if not self.offers:
            self._saved = []
        await self._count(actor)

    async def _count(self, actor: Customer) -> None:
        """Show what is ticked; what has been paid meanwhile is ticked no longer."""
        shown = None
        if self.picked:
            self.picked, self.bar, shown = await asyncio.to_thread(_picked, actor, self.picked)
        else:
            self.picked, self.bar = [], PickedView()
        self._shown = {key: one for key, one in self._shown.items() if key != PICKED} | (
            {PICKED: shown} if shown else {}
        )
        self._offer_saved()

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def pick(self, invoice: Id, on: bool) -> None:
        """Tick an invoice, or take its tick away."""
        self.wrong = ""
        others = [one for one in self.picked if one != invoice]
        if on and len(others) >= MOST_INVOICES:
            self.bar = PickedView(self.bar.count, "", TOO_MANY)
            return
        self.picked = [*others, invoice] if on else others
        await self._count(caller(self))

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def clear(self) -> rx.event.EventSpec:
        """Take all ticks away, and lead back to the list: the bar with the button is gone."""
        self.wrong, self.picked, self.round = "", [], self.round + 1
        await self._count(caller(self))
        return rx.set_focus(HEADING)

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def on_page(self, what: What) -> Any:
        """Pay it on Stripe's page."""
        return await self._begin(what)

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def with_saved(self, what: What, method: MethodId, seen: Seen) -> Any:
        """Pay it with a saved method; never another amount than the pressed button has said."""
        return await self._begin(what, method, amount_seen(seen))

    async def _begin(self, what: str, method: str = "", seen: Money | None = None) -> Any:
        self.wrong = ""
        actor, shown = caller(self), self._shown.get(what)
        if shown is None:
            self.wrong, self.answers = GONE, self.answers + 1
            return None
        wanted = Wanted(shown.invoices, shown=seen or shown.amount)
        try:
            begun = await (pay.pay_with_saved(actor, wanted, method) if method else pay.pay_on_page(actor, wanted))
            return way_on(begun)
        except PortalError as refusal:
            self.wrong, self.answers = refusal.sentence, self.answers + 1
            await self._refresh(actor)
            return None


def _read(actor: Customer, asked: str) -> tuple[list[Offer], str, dict[str, _Shown]]:
    """Return what can be paid with one press, how it is paid, and what each press stands for."""
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return [], "", {}
    words = Words(business.look())
    place = chosen_place(actor, Right.VIEW_MONEY, asked)
    with reading() as session:
        if payment_settings.keys(session) is None:
            return [], BY_DETAILS, {}
        found = payable.bundles(session, actor, words.today, place or None)
    currencies = [bundle.amount.currency for bundle in found]
    offers = [
        _offer(
            bundle,
            words,
            first=bundle.amount.currency not in currencies[:number],
            alone=currencies.count(bundle.amount.currency) == 1,
        )
        for number, bundle in enumerate(found)
    ]
    return offers, "", {one.key: _Shown(one.invoices, one.amount) for one in found}


def _offer(bundle: Bundle, words: Words, *, first: bool, alone: bool) -> Offer:
    amount = words.money(bundle.amount)
    said = f"Pay everything due ({amount})" if bundle.kind == EVERYTHING else f"Pay all overdue ({amount})"
    if bundle.left_out:
        said = f"Pay {amount} of what is {'due' if bundle.kind == EVERYTHING else 'overdue'}"
    elif bundle.more:
        said = f"Pay the first {len(bundle.invoices)} ({amount})"
    elif len(bundle.invoices) == 1:
        said = f"Pay {amount}" if alone else f"Pay what is overdue ({amount})"
    return Offer(bundle.key, said, f"Pay {amount} another way", first, seen_of(bundle.amount))


def _picked(actor: Customer, ids: list[str]) -> tuple[list[str], PickedView, _Shown | None]:
    """Return which of some invoices can still be paid, what is said of them, and what a press pays."""
    words = Words(business.look())
    with reading() as session:
        found = payable.picked(session, actor, ids) if payment_settings.keys(session) is not None else []
    left = tuple(entry.public_id for entry in found)
    if not found:
        return [], PickedView(), None
    count, amount = plural(len(found), "invoice", "invoices"), payable.sum_of(found)
    if amount is None:
        return list(left), PickedView(count, "", MIXED), None
    if pay_amounts.is_refused(amount):
        return list(left), PickedView(count, "", pay_amounts.refusal(amount, words.look.locale)), None
    return list(left), PickedView(count, words.money(amount), seen=seen_of(amount)), _Shown(left, amount)


refresh_on(PayManyState, "payment.", "payments.", "invoice.", "contact.", "customer.", "location.", "business.")
