"""The state of the form in which the office records money it has taken itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.addresses import Id, part
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.payment_words import open_words
from portal_app.components.words import Words, clip
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.gate import STAFF, allow, caller
from portal_app.money import Money
from portal_app.services import business, recorded_payments, typed_amounts
from portal_app.services.actors import Staff
from portal_app.services.business import Look
from portal_app.services.recorded_payments import OpenInvoice, Recorded
from portal_app.services.rights import Permission

_TICK = "invoice_"
_FIELDS = "method|method_first|amount|day|reference|evidence"
# The id of the first way to pay, where the focus goes when none was chosen. Reflex sends its value by that as well.
FIRST_METHOD = "method-first"
Typed = Annotated[str, Field(max_length=600)]
RecordForm = Annotated[
    dict[
        Annotated[
            str, Field(pattern=rf"^(method|method_first|amount|day|reference|evidence|{_TICK}[A-Za-z0-9_-]{{1,64}})$")
        ],
        Annotated[str, Field(max_length=600)],
    ],
    Field(max_length=60),
]


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice that may be paid; `name` is its tick's in the form."""

    public_id: str = ""
    name: str = ""
    title: str = ""
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class RecordView:
    """What the form starts with; `number` tells one filling of the amount from the next."""

    customer: str = ""
    customer_href: str = ""
    invoices: list[InvoiceRow] = field(default_factory=list)
    amount: str = ""
    day: str = ""
    number: int = 0


@dataclass(frozen=True)
class Asked:
    """The question before more is recorded than the ticked invoices have left, and what will happen."""

    amount: str = ""
    question: str = ""
    what: str = ""


class RecordPaymentState(rx.State):
    """What the form shows; what is wrong stands at its field."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[RecordView] = rx.field(default_factory=RecordView)
    wrong: rx.Field[str] = rx.field("")
    amount_wrong: rx.Field[str] = rx.field("")
    day_wrong: rx.Field[str] = rx.field("")
    method_wrong: rx.Field[str] = rx.field("")
    asked: rx.Field[Asked] = rx.field(default_factory=Asked)

    _done: str = ""
    # What the office has typed as the amount; while that is empty it follows what is ticked.
    _typed: str = ""
    _draft: dict[str, str] | None = None

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def load(self) -> None:
        """Show the form for the customer, and perhaps the invoice, in the address."""
        self._done, self._typed, self.view, self.loaded = "", "", RecordView(), False
        self._calm()
        invoice = asked_for(self, "invoice")
        found, self.trouble = await attempt(_read, caller(self), part(self, 2), (invoice,), 0)
        if found is not None:
            self.view, self.loaded = found, True

    def _calm(self) -> None:
        self.wrong = self.amount_wrong = self.day_wrong = self.method_wrong = ""
        self._draft, self.asked = None, Asked()

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    def typed(self, amount: Typed) -> None:
        """Keep in mind that the office has typed an amount of its own; what was wrong with the one before is over."""
        self._typed, self.amount_wrong = amount.strip(), ""

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def choose(self, invoice: Id, on: bool) -> None:
        """Tick an invoice, or not; the amount follows what is ticked until the office has typed one."""
        chosen = {row.public_id for row in self.view.invoices if row.chosen} - {invoice} | ({invoice} if on else set())
        number = self.view.number + 1
        found, trouble = await attempt(_read, caller(self), part(self, 2), tuple(chosen), number)
        if found is not None:
            if self._typed:
                found = replace(found, amount=self.view.amount, number=self.view.number)
            else:
                self.amount_wrong = ""
            self.view = replace(found, day=self.view.day)
        else:
            self.trouble = trouble

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def record(self, form: RecordForm) -> rx.event.EventSpec | None:
        """Book what was typed and go to the payment; asks once where some of it would pay nothing."""
        if self._done:
            return rx.redirect(self._done)
        self._calm()
        if (missing := self._missing(form)) is not None:
            return rx.set_focus(missing)
        return await self._book(form, agreed=False)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def agree(self) -> rx.event.EventSpec | None:
        """Book what was asked about; a second press goes to the payment too and books nothing."""
        if self._done:
            return rx.redirect(self._done)
        draft = self._draft
        if draft is None:
            return None
        self._calm()
        return await self._book(draft, agreed=True)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    def think_again(self) -> rx.event.EventSpec:
        """Record nothing yet; the form is as it was."""
        self._calm()
        return rx.set_focus("amount")

    def _missing(self, form: dict[str, str]) -> str | None:
        """Say at their fields what was not chosen; returns the first of those fields, None without any."""
        if form.get("method") not in recorded_payments.METHODS:
            self.method_wrong = "Please choose how it was paid."
        try:
            date.fromisoformat(form.get("day", ""))
        except ValueError:
            self.day_wrong = "Please choose the day on which you took it."
        return FIRST_METHOD if self.method_wrong else "day" if self.day_wrong else None

    async def _book(self, form: dict[str, str], *, agreed: bool) -> rx.event.EventSpec | None:
        try:
            made = await asyncio.to_thread(_record, caller(self), part(self, 2), form, agreed=agreed)
        except _AmountWrong as error:
            self.amount_wrong = error.sentence
            return rx.set_focus("amount")
        except _Over as error:
            self._draft, self.asked = dict(form), error.asked
            return rx.set_focus("over")
        except PortalError as error:
            self.wrong = error.sentence
            return None
        self._done = f"{routes.office_payment(made)}?told=recorded"
        return rx.redirect(self._done)


class _AmountWrong(Invalid):
    """What was typed is no amount."""


class _Over(Exception):
    """More was typed than the ticked invoices have left, which is asked about once; nothing is written yet."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.question)
        self.asked = asked


def _read(actor: Staff, customer: str, chosen: tuple[str, ...], number: int) -> RecordView:
    words = Words(business.look())
    with reading() as session:
        name, found = recorded_payments.open_invoices(session, actor, customer)
    ticked = [one for one in found if one.public_id in chosen]
    currencies = {one.left.currency for one in ticked}
    amount = Money(sum(one.left.minor for one in ticked), currencies.pop()) if len(currencies) == 1 else None
    return RecordView(
        customer=clip(name, 80),
        customer_href=routes.office_customer(customer, "invoices"),
        invoices=[_row(one, one in ticked, words) for one in found],
        amount=typed_amounts.write(amount, words.look.locale) if amount else "",
        day=words.today.isoformat(),
        number=number,
    )


def _row(one: OpenInvoice, chosen: bool, words: Words) -> InvoiceRow:
    name = f"{_TICK}{one.public_id}"
    return InvoiceRow(one.public_id, name, f"Invoice {one.number}", open_words(one, words), chosen)


def _record(actor: Staff, customer: str, form: dict[str, str], *, agreed: bool) -> str:
    wanted = {name.removeprefix(_TICK) for name in form if name.startswith(_TICK)}
    look = business.look()
    with transaction() as session:
        name, found = recorded_payments.open_invoices(session, actor, customer)
        ticked = [one for one in found if one.public_id in wanted]
        if len(ticked) != len(wanted):
            raise Invalid("One of the invoices has been paid or changed meanwhile. Please load the page again.")
        currency = ticked[0].left.currency if ticked else look.currency
        if any(one.left.currency != currency for one in ticked):
            raise Invalid("These invoices are in different currencies: please record one payment for each.")
        amount = _typed(form.get("amount", ""), currency, look)
        if found and not agreed:
            _ask_about_more(ticked, Money(amount, currency), name, Words(look))
        payment = recorded_payments.record(
            session,
            actor,
            customer,
            Recorded(
                invoices=recorded_payments.spread(ticked, amount),
                amount_minor=amount,
                currency=currency,
                method=form["method"],
                paid_on=date.fromisoformat(form["day"]),
                reference=form.get("reference", ""),
                evidence=form.get("evidence", ""),
            ),
        )
        return payment.public_id


def _ask_about_more(ticked: Sequence[OpenInvoice], amount: Money, customer: str, words: Words) -> None:
    """Raise _Over where an amount is more than the ticked invoices have left."""
    left = sum(one.left.minor for one in ticked)
    if amount.minor <= left:
        return
    over, all_of_it = words.money(Money(amount.minor - left, amount.currency)), words.money(amount)
    named = f"{'invoice' if len(ticked) == 1 else 'invoices'} {', '.join(one.number for one in ticked)}"
    pays = f"{words.money(Money(left, amount.currency))} pays {named}. " if ticked else ""
    what = f"{pays}{over} stays as credit with {clip(customer, 80)}. The receipt is made out at once."
    raise _Over(Asked(all_of_it, f"{over} of {all_of_it} pays no invoice. Record it all the same?", what))


def _typed(text: str, currency: str, look: Look) -> int:
    try:
        amount = typed_amounts.read(text, currency, look.locale)
    except Invalid as error:
        raise _AmountWrong(error.sentence) from None
    if amount <= 0:
        raise _AmountWrong("Please type an amount above zero.")
    return amount
