"""One payment's state: what is known of it, and the office's acts on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app.components.addresses import Id, part
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotFound, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.money import Money
from portal_app.pages.office.payment.views import PaymentView, UseView, asks, payment_view, use_view
from portal_app.services import (
    business,
    credit_use,
    mistakes,
    payment_settings,
    payments,
    recorded_payments,
    refunds,
    typed_amounts,
)
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt

# Where the focus goes: to what is said at the top, to the button that says it all the same, to the first treatment.
SAID, UNSURE, FIRST_TREATMENT = "said", "resolve-all-the-same", "treatment-first"
UNDO = "undo-now"
Treatment = Literal["credit_note", "reopen"]
RefundForm = Annotated[
    # Reflex sends what has an id by that as well: the first treatment has one.
    dict[
        Annotated[str, Field(pattern=r"^(amount|treatment|treatment_first|reason)$")],
        Annotated[str, Field(max_length=600)],
    ],
    Field(max_length=4),
]
MistakeForm = Annotated[
    dict[Annotated[str, Field(pattern=r"^mistake_reason$")], Annotated[str, Field(max_length=600)]], Field(max_length=1)
]
UseForm = Annotated[
    dict[Annotated[str, Field(pattern=r"^(invoice|use_amount|puts)$")], Annotated[str, Field(max_length=600)]],
    Field(max_length=3),
]


@dataclass(frozen=True)
class Asked:
    """What is about to be given back, and the question that is asked before."""

    amount: str = ""
    question: str = ""
    what: str = ""


class OfficePaymentState(rx.State):
    """What the page shows; `asked` is the question that stands before a refund."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PaymentView] = rx.field(default_factory=PaymentView)
    may_refund: rx.Field[bool] = rx.field(False)
    asked: rx.Field[Asked] = rx.field(default_factory=Asked)
    busy: rx.Field[bool] = rx.field(False)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")
    amount_wrong: rx.Field[str] = rx.field("")
    treatment_wrong: rx.Field[str] = rx.field("")
    # What the CRM still says of what is said to be put right there, empty while nobody has pressed that.
    unsure: rx.Field[str] = rx.field("")
    forms: rx.Field[int] = rx.field(0)
    # The question before what was recorded by mistake is taken back, and what is wrong with its reason.
    undoing: rx.Field[str] = rx.field("")
    mistake_wrong: rx.Field[str] = rx.field("")
    use: rx.Field[UseView] = rx.field(default_factory=UseView)
    use_wrong: rx.Field[str] = rx.field("")

    _draft: tuple[int, str, str, bool] | None = None
    _mistake: str = ""
    _chosen: str = ""
    # The form whose money was used last: a second press of it changes nothing.
    _used: tuple[str, str] = ("", "")

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the payment in the address."""
        self._calm()
        self.told = "Recorded." if asked_for(self, "told") == "recorded" else ""
        if part(self, 2) != self.view.public_id:
            self.view, self.use, self.loaded = PaymentView(), UseView(), False
            self._chosen = ""
        await self._refresh(caller(self))

    def _id(self) -> str:
        """Return the payment's own id: the address may name the try it came of."""
        return self.view.public_id or part(self, 2)

    def _calm(self) -> None:
        """Take back what was asked and said."""
        self._draft, self.asked, self.busy = None, Asked(), False
        self._mistake = self.undoing = self.mistake_wrong = ""
        self.told = self.wrong = self.unsure = self.amount_wrong = self.treatment_wrong = self.use_wrong = ""

    async def _refresh(self, actor: Staff) -> None:
        """Read it anew; called by the live feed as well, and leaves alone what is being typed."""
        found, self.trouble = await attempt(_read, actor, part(self, 2), self._chosen)
        if found is not None:
            (self.view, self.use), self.loaded = found, True
            self.may_refund = Permission.REFUND in actor.permissions
        elif self.trouble.empties:
            self.view, self.use, self.loaded = PaymentView(), UseView(), False
            self._draft, self.asked = None, Asked()

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def ask(self, form: RefundForm) -> rx.event.EventSpec | None:
        """Look at what was typed, and ask once before the money goes."""
        actor, treatment = caller(self), form.get("treatment", "")
        self._calm()
        if treatment not in refunds.TREATMENTS:
            self.treatment_wrong = "Please choose what happens to the invoice."
        try:
            amount, payer, by_hand = await asyncio.to_thread(_amount, actor, self._id(), form.get("amount", ""))
        except Invalid as error:
            self.amount_wrong = error.sentence
            return rx.set_focus("amount")
        except PortalError as error:
            self.wrong = error.sentence
            return rx.set_focus(SAID)
        if self.treatment_wrong:
            return rx.set_focus(FIRST_TREATMENT)
        words, elsewhere = Words(business.look()), self.view.elsewhere
        question, what = asks(amount, payer, treatment, by_hand, words, elsewhere=elsewhere)
        self.asked = Asked(words.money(amount), question, what)
        self._draft = (amount.minor, treatment, form.get("reason", ""), elsewhere)
        return rx.set_focus("refund-now")

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    def think_again(self) -> rx.event.EventSpec | None:
        """Give nothing back."""
        if self.busy:
            return None
        self._calm()
        return rx.set_focus("amount")

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def refund(self) -> AsyncIterator[rx.event.EventSpec | None]:
        """Give back what was asked about; a second press finds nothing left to do."""
        actor, draft, given = caller(self), self._draft, self.asked.amount
        if draft is None:
            return
        self._draft, self.busy = None, True
        yield
        amount, treatment, reason, elsewhere = draft
        try:
            refund = await give_back(actor, self._id(), amount, treatment, reason, elsewhere=elsewhere)
            said = await asyncio.to_thread(_came_of, actor, self._id(), refund)
        except PortalError as error:
            self._calm()
            self.wrong = f"Nothing was given back. {error.sentence}"
        else:
            self._calm()
            self.forms += 1
            self.told = said.format(amount=given)
        await self._refresh(actor)
        yield rx.set_focus(SAID)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def choose_invoice(self, invoice: Id) -> None:
        """Choose what money that pays nothing is to be used for; the amount follows."""
        self._chosen, self.use_wrong = invoice, ""
        await self._refresh(caller(self))

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def use_it(self, form: UseForm) -> rx.event.EventSpec | None:
        """Use money that pays nothing for an invoice; a second press of the same form uses no more."""
        actor, pressed = caller(self), (self._id(), form.get("puts", ""))
        if pressed == self._used:
            return None
        self._calm()
        try:
            self.told = await asyncio.to_thread(_use, actor, self._id(), form)
            self._used, self._chosen = pressed, ""
        except credit_use.AmountRefused as error:
            self.use_wrong = error.sentence
            return rx.set_focus("use_amount")
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)
        return rx.set_focus(SAID)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    def ask_mistake(self, form: MistakeForm) -> rx.event.EventSpec:
        """Ask once before what was recorded by mistake is taken back."""
        self._calm()
        reason = form.get("mistake_reason", "").strip()
        if not reason:
            self.mistake_wrong = "Please say what was wrong, for those who look at this later."
            return rx.set_focus("mistake_reason")
        self._mistake, self.undoing = reason, f"Take back that {self.view.heading} came from {self.view.customer}?"
        return rx.set_focus(UNDO)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    def keep_it(self) -> rx.event.EventSpec:
        """Take nothing back."""
        self._calm()
        return rx.set_focus("mistake_reason")

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def undo(self) -> rx.event.EventSpec | None:
        """Take back what was recorded by mistake; a second press finds nothing left to do."""
        reason = self._mistake
        if not reason:
            return None
        return await self._act("Taken back. It does not count any more.", mistakes.take_back, reason)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def treat(self, refund: Id, treatment: Treatment) -> rx.event.EventSpec:
        """Say how a refund that was made at Stripe counts."""
        return await self._act("Decided.", _treat, refund, treatment)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def settle(self, refund: Id, given_back: bool) -> rx.event.EventSpec:
        """Say what became of a refund of which Stripe cannot be asked from here."""
        return await self._act("Decided.", _settle, refund, given_back)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def resolve(self, sure: bool) -> rx.event.EventSpec:
        """Let held money pay what it was meant for; asks once where the CRM does not show yet what was put right."""
        try:
            return await self._act("Decided.", _resolve, sure)
        except recorded_payments.NotSeen as error:
            self.unsure = error.sentence
            return rx.set_focus(UNSURE)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def say(self, arrived: bool) -> rx.event.EventSpec:
        """Say what became of money with the bank of which Stripe cannot be asked from here."""
        return await self._act("Decided.", _say, arrived)

    @rx.event
    @allow(STAFF, permission=Permission.REFUND)
    async def look(self) -> AsyncIterator[None]:
        """Ask Stripe now what is so."""
        actor = caller(self)
        if self.busy:
            return
        self._calm()
        self.busy = True
        yield
        try:
            known = await asyncio.to_thread(_attempt, actor, self._id())
            await sync_attempt(known)
            self.told = "Stripe was asked. This is how it stands now."
        except PortalError as error:
            self.wrong = error.sentence
        self.busy = False
        await self._refresh(actor)

    async def _act(self, told: str, act: Callable[..., Any], *given: object) -> rx.event.EventSpec:
        actor = caller(self)
        self._calm()
        try:
            await asyncio.to_thread(_write, act, actor, self._id(), *given)
            self.told = told
        except recorded_payments.NotSeen:
            raise
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)
        return rx.set_focus(SAID)


def _read(actor: Staff, public_id: str, chosen: str) -> tuple[PaymentView, UseView]:
    words = Words(business.look())
    with reading() as session:
        facts = payments.get(session, actor, public_id)
        elsewhere = recorded_payments.is_out_of_reach(session, actor, facts.public_id)
        may_use = Permission.EDIT_CUSTOMERS in actor.permissions and facts.credit is not None
        spare = credit_use.offered(session, actor, facts.public_id) if may_use else None
        may_undo = not facts.intent_id and mistakes.may(session, actor, facts.public_id)
        keys = payment_settings.keys(session)
        view = payment_view(facts, keys.dashboard if keys else "", words, elsewhere=elsewhere, may_undo=may_undo)
        return view, use_view(spare, chosen, words)


def _use(actor: Staff, public_id: str, form: dict[str, str]) -> str:
    """Use what was typed for the invoice that was chosen, and say so."""
    look = business.look()
    with transaction() as session:
        currency = payments.get(session, actor, public_id).amount.currency
        try:
            amount = typed_amounts.read(form.get("use_amount", ""), currency, look.locale)
        except Invalid as error:
            raise credit_use.AmountRefused(error.sentence) from None
        seen = form.get("puts", "")
        puts = int(seen) if seen.isascii() and seen.isdecimal() else -1
        invoice = credit_use.use(session, actor, public_id, form.get("invoice", ""), amount, puts)
        return f"{Money(amount, currency).show(look.locale)} was used for invoice {invoice.number}.".replace(" .", ".")


def _amount(actor: Staff, public_id: str, typed: str) -> tuple[Money, str, bool]:
    look = business.look()
    with reading() as session:
        facts = payments.get(session, actor, public_id)
    minor = typed_amounts.read(typed, facts.amount.currency, look.locale)
    left = facts.left_to_refund
    if minor <= 0:
        raise Invalid("Please type an amount above zero.")
    if left is None or minor > left.minor:
        most = (left or Money(0, facts.amount.currency)).show(look.locale)
        raise Invalid(f"At most {most} of this payment can be given back.")
    return Money(minor, facts.amount.currency), facts.guest or facts.customer_name, not facts.intent_id


def _came_of(actor: Staff, public_id: str, refund: str) -> str:
    """Return in a sentence how a refund stands that was asked for a moment ago."""
    with reading() as session:
        facts = payments.get(session, actor, public_id)
    status = next((one.status for one in facts.refunds if one.public_id == refund), "")
    if status == "succeeded":
        return "{amount} was given back."
    if status == "asked":
        return "{amount} is to be given back. Stripe did not answer; it is asked again until it does, once only."
    return "{amount} is on its way back."


def _attempt(actor: Staff, public_id: str) -> str:
    with reading() as session:
        found = payments.get(session, actor, public_id).attempt
    if not found:
        raise NotFound("Stripe knows nothing of this payment: it was recorded here.")
    return found


def _write(act: Callable[..., Any], actor: Staff, public_id: str, *given: object) -> None:
    with transaction() as session:
        act(session, actor, public_id, *given)


def _treat(session: Session, actor: Staff, public_id: str, refund: str, treatment: str) -> None:
    _require_refund(session, actor, public_id, refund)
    refunds.treat(session, actor, refund, treatment)


def _settle(session: Session, actor: Staff, public_id: str, refund: str, given_back: bool) -> None:
    _require_refund(session, actor, public_id, refund)
    refunds.settle(session, actor, refund, given_back=given_back)


def _require_refund(session: Session, actor: Staff, public_id: str, refund: str) -> None:
    """Raise NotFound for a refund that is none of this payment's."""
    if refund not in [one.public_id for one in payments.get(session, actor, public_id).refunds]:
        raise NotFound


def _say(session: Session, actor: Staff, public_id: str, arrived: bool) -> None:
    recorded_payments.say_debit(session, actor, public_id, arrived=arrived)


def _resolve(session: Session, actor: Staff, public_id: str, sure: bool) -> None:
    recorded_payments.resolve_held(session, actor, public_id, sure=sure)


refresh_on(OfficePaymentState, "payment.", "invoice.", "business.")
