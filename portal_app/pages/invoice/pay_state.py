"""Paying an invoice: what may be paid and how, and the three ways to begin."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.addresses import Form
from portal_app.components.loading import public_id_in
from portal_app.components.paying import (
    ON_STRIPE,
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
from portal_app.components.payment_words import WHILE_UNDECIDED, bank_words, own_state_words
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.money import Money
from portal_app.services import (
    attempts,
    business,
    failed_tries,
    held_money,
    invoices,
    money_here,
    papers,
    pay_amounts,
    payment_settings,
    payments,
    taken_back,
    typed_amounts,
)
from portal_app.services.actors import Customer
from portal_app.services.attempts import Wanted
from portal_app.services.failed_tries import CAME_BACK, CLOSED, TO_CONFIRM, TO_PAY, FailedTry
from portal_app.services.pay_amounts import Parts
from portal_app.services.payment_words import paid_how
from portal_app.services.refunds import SUCCEEDED
from portal_app.services.rights import Right
from portal_app.services.taken_back import TakenBack
from portal_app.workflows import pay

# A line of the office's words with a name and a value that look like those of an account.
LONGEST_NAME, LONGEST_VALUE = 30, 50
# What is said of a payment that waits for its payer.
_WAITS = {
    TO_CONFIRM: (
        "Your payment of {amount} waits until your bank account is confirmed: see Stripe’s e-mail. Nothing is charged "
        "before that; paying in another way here calls it off."
    ),
    TO_PAY: (
        "Your payment of {amount} waits until you have paid it as Stripe’s page told you. If you have, nothing more "
        "needs to be done: it counts once the money has come. Paying in another way here calls it off."
    ),
}


@dataclass(frozen=True)
class PaidRow:
    """What a payment did for this invoice: when and how, how much, its state, and where it stands."""

    key: str = ""
    words: str = ""
    amount: str = ""
    badge: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True)
class TakenRow:
    """What a bank has taken back of this invoice: a sentence, where more is said of it, and the notice's tone."""

    words: str = ""
    href: str = ""
    tone: str = ""


@dataclass(frozen=True)
class HowRow:
    """A line of how to pay: a sentence, or what is called `words` and has a `value` to be copied from `key`."""

    words: str = ""
    value: str = ""
    key: str = ""


@dataclass(frozen=True)
class PayView:
    """How an invoice can be paid. `whole` is what the button says, empty where nothing can be paid online now.

    `seen` is the same as a press brings it along; `currency` is what it is paid in. `news` is what is on its way or
    being booked; `how` says how to pay where it is not done here. `failed` is what became of the last try where nothing
    came of it, and `failed_href` where more is said of it. `waits` says that nothing of `taken` needs to be paid yet.
    """

    whole: str = ""
    seen: str = ""
    currency: str = ""
    parts: bool = False
    part_hint: str = ""
    news: str = ""
    failed: str = ""
    failed_href: str = ""
    taken: list[TakenRow] = field(default_factory=list)
    waits: bool = False
    how: list[HowRow] = field(default_factory=list)
    paid: list[PaidRow] = field(default_factory=list)


class PayState(rx.State):
    """What the invoice's page offers; `wrong` is the sentence of the last refusal, `answers` counts those."""

    pay: rx.Field[PayView] = rx.field(default_factory=PayView)
    methods: rx.Field[list[MethodRow]] = rx.field(default_factory=list)
    asking: rx.Field[bool] = rx.field(False)
    part_hint: rx.Field[str] = rx.field("")
    hint: rx.Field[str] = rx.field(ON_STRIPE)
    wrong: rx.Field[str] = rx.field("")
    part_wrong: rx.Field[str] = rx.field("")
    answers: rx.Field[int] = rx.field(0)

    _public_id: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show how the invoice that the address names can be paid, with what the payer has saved."""
        wanted = public_id_in(self)
        if wanted != self._public_id:
            self.pay, self.methods, self.hint, self._public_id = PayView(), [], ON_STRIPE, wanted
        self.wrong = self.part_wrong = ""
        actor = caller(self)
        await self._refresh(actor)
        self.asking = bool(self.pay.whole) and not self.methods and await may_have_saved(actor)

    @rx.event
    @allow(CUSTOMER)
    async def load_methods(self) -> None:
        """Add what the payer has saved at Stripe, which the page does not wait for."""
        if self.pay.whole:
            self.methods = offered(await saved_methods(caller(self)), self.pay.currency)
        self.hint = hint_of(self.methods)
        self.asking = False

    async def _refresh(self, actor: Customer) -> None:
        """Read it anew; called by the live feed as well."""
        try:
            self.pay = await asyncio.to_thread(_read, actor, self._public_id)
            self.part_hint = self.pay.part_hint
        except PortalError:
            self.pay, self.methods = PayView(), []

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def on_page(self) -> Any:
        """Pay all that is left on Stripe's page."""
        return await self._begin(pay.pay_on_page(caller(self), Wanted((self._public_id,))))

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def part_on_page(self, form: Form) -> Any:
        """Pay a part on Stripe's page."""
        self.wrong = self.part_wrong = ""
        actor = caller(self)
        try:
            amount = await asyncio.to_thread(_amount, actor, self._public_id, form.get("amount", ""))
            return way_on(await pay.pay_on_page(actor, Wanted((self._public_id,), amount)))
        except PortalError as refusal:
            self.part_wrong, self.answers = refusal.sentence, self.answers + 1
            return rx.set_focus("amount")

    @rx.event
    @allow(CUSTOMER, right=Right.PAY)
    async def with_saved(self, method: MethodId, seen: Seen) -> Any:
        """Pay all that is left with a saved method; never another amount than the pressed button has said."""
        wanted = Wanted((self._public_id,), shown=amount_seen(seen))
        return await self._begin(pay.pay_with_saved(caller(self), wanted, method))

    async def _begin(self, begun: Any) -> Any:
        self.wrong = self.part_wrong = ""
        try:
            return way_on(await begun)
        except PortalError as refusal:
            self.wrong, self.answers = refusal.sentence, self.answers + 1
            await self._refresh(caller(self))
            return None


def _amount(actor: Customer, public_id: str, typed: str) -> int:
    look = business.look()
    with reading() as session:
        currency = invoices.get(session, actor, public_id).head.total.currency
    return typed_amounts.read(typed, currency, look.locale)


def _read(actor: Customer, public_id: str) -> PayView:
    look = business.look()
    words = Words(look)
    with reading() as session:
        head = invoices.get(session, actor, public_id).head
        keys = payment_settings.keys(session)
        rules = payment_settings.rules(session)
        transfer = payment_settings.transfer_words(session) or papers.bank_words(session)
        facts = payments.of_invoice(session, actor, public_id)
        here = money_here.pays_minor(session, head.id)
        tried = failed_tries.latest(session, actor, public_id)
        gone = taken_back.of_invoice(session, actor, public_id)
        may = attempts.offers(session, actor, public_id)
        held = held_money.is_for(session, head.id)
    paid = [*(row for one in facts for row in _paid(one, head.id, words)), *_paid_elsewhere(head, here, words)]
    payable = head.payable
    news = _news(head, facts, words)
    if tried is not None and tried.kind in _WAITS:
        news, tried = _WAITS[tried.kind].format(amount=words.money(tried.amount)), None
    if payable.minor <= 0:
        return PayView(news=news, paid=paid)
    if held:
        waits = held_money.SENTENCE.format(invoice="this invoice")
        return PayView(news=f"{waits} {news}".strip(), paid=paid)
    failed = _failed(tried, words) if tried else ""
    told = PayView(
        news=news,
        paid=paid,
        failed=failed,
        failed_href=routes.payment(tried.public_id) if tried else "",
        taken=[_taken(one, payable, words) for one in gone],
        waits=any(one.undecided for one in gone),
    )
    if keys is None or not may:
        return replace(told, how=_how(transfer, head.number) if may else [])
    if pay_amounts.is_refused(payable):
        return replace(told, how=[HowRow(pay_amounts.refusal(payable, look.locale)), *_how(transfer, head.number)])
    parts = pay_amounts.parts_of(payable, rules)
    return replace(
        told,
        failed=failed and (f"{failed} You can try again here." if tried and tried.own else failed),
        whole=words.money(payable),
        seen=seen_of(payable),
        currency=payable.currency,
        parts=parts is not None,
        part_hint=_part_hint(parts, payable.currency, words) if parts else "",
        how=_how(transfer, head.number) if transfer else [],
    )


def _part_hint(parts: Parts, currency: str, words: Words) -> str:
    least, most = (words.money(Money(minor, currency)) for minor in (parts.least_minor, parts.most_minor))
    return f"At least {least}, at most {most}."


def _failed(tried: FailedTry, words: Words) -> str:
    """Return what became of a try, with its day, and that nothing was taken."""
    amount, day = words.money(tried.amount), words.long_day(words.day(tried.at))
    if not tried.own:
        return f"A payment of {amount} did not go through: we heard so on {day}. Nothing was taken."
    way = f" with {tried.method_words}" if tried.method_words else ""
    if tried.kind == CLOSED:
        return f"On {day} you began to pay {amount} and did not finish. Nothing was taken."
    why = f" {tried.problem}" if tried.problem else ""
    if tried.kind == CAME_BACK:
        return f"Your bank did not pay the {amount}{way}: we heard so on {day}.{why} Nothing was taken."
    return f"Your payment of {amount} on {day} did not go through.{why} Nothing was taken."


def _taken(one: TakenBack, payable: Money, words: Words) -> TakenRow:
    """Return what a bank has taken back: that it still looks at it, or how much of it is to be paid again."""
    amount, day, href = words.money(one.amount), words.long_day(words.day(one.at)), routes.payment(one.public_id)
    way = f" {paid_how(one.method_words)}".rstrip()
    bank, whose = bank_words(one.guest, own=one.own), "your" if one.own else "their" if one.guest else "the"
    if one.undecided:
        looks = f"Since {day} {bank} is looking at {whose} payment of {amount}{way}: it has asked for the money back."
        return TakenRow(f"{looks} {WHILE_UNDECIDED}", href, "processing")
    again = words.money(one.amount if one.amount.minor < payable.minor else payable)
    return TakenRow(f"On {day} {bank} took back the {amount} paid{way}. {again} is to be paid again.", href, "overdue")


def _how(transfer: str, number: str) -> list[HowRow]:
    """Return how to pay by bank transfer, line by line, with what to write on it."""
    if not transfer:
        return [HowRow("Pay by the details on your invoice.")]
    reference = f"Payment reference: {number}" if number else ""
    lines = [line.strip() for line in (*transfer.splitlines(), reference)]
    return [_how_row(line, place) for place, line in enumerate(lines) if line]


def _how_row(line: str, place: int) -> HowRow:
    name, _, value = line.partition(": ")
    short = 0 < len(name) <= LONGEST_NAME and 0 < len(value.strip()) <= LONGEST_VALUE
    return HowRow(name, value.strip(), f"transfer-{place}") if short else HowRow(line)


def _news(head: invoices.Entry, facts: list[payments.PaymentFacts], words: Words) -> str:
    if head.with_bank:
        ways = [one for one in facts if one.state == "with_bank"]
        if len(ways) > 1:
            return _with_banks(head, ways, words)
        way = next(iter(ways), None)
        whose = bank_words(way.guest, own=way.own) if way else "your bank"
        since = f" since {words.long_day(words.day(way.at))}" if way else ""
        by = f", expected by {words.long_day(way.expected_on)}" if way and way.expected_on else ""
        return f"{words.money(Money(head.with_bank, head.total.currency))} is with {whose}{since}{by}."
    if head.in_booking.minor:
        return f"{words.money(head.in_booking)} is paid and being booked."
    return ""


def _with_banks(head: invoices.Entry, ways: list[payments.PaymentFacts], words: Words) -> str:
    """Return what several banks have: each has its own row below."""
    days = [one.expected_on for one in ways]
    by = f", all of it expected by {words.long_day(max(day for day in days if day))}" if all(days) else ""
    return f"{words.money(Money(head.with_bank, head.total.currency))} is with {len(ways)} banks{by}."


def _paid(facts: payments.PaymentFacts, invoice_id: int, words: Words) -> list[PaidRow]:
    """Return the row of what a payment did for the invoice with this row id, whatever became of that since."""
    part = next((one for one in (*facts.past, *facts.parts) if one.invoice_id == invoice_id), None)
    if part is None:
        return []
    badge, tone = own_state_words(part.state or facts.state, own=facts.own)
    way = (facts.method_words or "Payment") + (f", by {facts.guest}" if facts.guest else "")
    way += "" if part.state else _given_back(facts, words)
    row = PaidRow(
        facts.public_id,
        f"{words.short_day(words.day(facts.at))}, {way}",
        words.money(part.amount),
        badge,
        tone,
        routes.payment(facts.public_id),
    )
    return [row]


def _paid_elsewhere(head: invoices.Entry, here_minor: int, words: Words) -> list[PaidRow]:
    """Return the row of what was paid and is no payment of these: the office has it in its own books."""
    other = head.paid.minor - here_minor
    if other <= 0:
        return []
    how = "Paid to us in another way" if here_minor else "Paid to us"
    return [PaidRow("elsewhere", how, words.money(Money(other, head.total.currency)), *own_state_words("paid"))]


def _given_back(facts: payments.PaymentFacts, words: Words) -> str:
    """Return what of a payment has gone back, where it still says that it is paid."""
    gone = sum(one.amount.minor for one in facts.refunds if one.status == SUCCEEDED)
    if facts.state != "paid" or not gone:
        return ""
    return f"; {words.money(Money(gone, facts.amount.currency))} of {words.money(facts.amount)} was given back"


refresh_on(PayState, "payment.", "payments.", "invoice.", "contact.", "customer.")
