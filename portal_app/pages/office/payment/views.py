"""The words of one payment."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.payment_words import open_words, state_words, way_words
from portal_app.components.words import Words, clip
from portal_app.money import Money
from portal_app.services import typed_amounts
from portal_app.services.credit_use import Spare
from portal_app.services.payments import Back, PaymentFacts
from portal_app.services.recorded_payments import OpenInvoice

CREDIT_NOTE, REOPEN = "credit_note", "reopen"
_TREATMENTS = {
    CREDIT_NOTE: "The debt is gone as well (credit note).",
    REOPEN: "The invoice is open again.",
    "": "You have not said yet how it counts.",
}
_ELSEWHERE = (
    "It was begun in an account of Stripe’s whose key is not set here any more, so nothing is heard of it. Please look "
    "there, and say here what became of it."
)
_UNHEARD = (
    "It was asked for in an account of Stripe’s whose key is not set here any more, so nothing is heard of it. Please "
    "look there, and say here what became of it."
)
_USE_IT = "Use it: it pays what it was meant for as far as it goes, and the rest stays credit. Or give it back below."
_REFUNDS = {
    "asked": ("Being asked", "processing"),
    "pending": ("On its way", "processing"),
    "succeeded": ("Given back", "complete"),
    "failed": ("Did not go through", "overdue"),
}


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a payment."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class PartRow:
    """What of it goes to one invoice."""

    number: str = ""
    href: str = ""
    amount: str = ""


@dataclass(frozen=True)
class BackRow:
    """One refund; `undecided` asks how it counts, `unheard` what became of it: Stripe cannot be asked from here."""

    public_id: str = ""
    amount: str = ""
    sentence: str = ""
    state: str = ""
    tone: str = ""
    undecided: bool = False
    unheard: bool = False


@dataclass(frozen=True)
class ForRow:
    """An invoice that money which pays nothing may be used for."""

    public_id: str = ""
    title: str = ""
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class UseView:
    """What of a payment may be used for an invoice: `left` in words, empty where nothing is.

    `amount` is what the field starts with for the chosen invoice, `puts` tells one filling of the form from the next.
    """

    left: str = ""
    amount: str = ""
    puts: str = ""
    invoices: list[ForRow] = field(default_factory=list)


@dataclass(frozen=True)
class PaymentView:
    """One payment as the office sees it; `left` is what may still be given back, as a field shows it.

    `parts` is what it pays now or, where it is only `meant`, what it was begun for. `elsewhere`: the account that took
    it cannot be asked from here. `may_decide` what became of it then.
    """

    public_id: str = ""
    heading: str = ""
    customer: str = ""
    customer_href: str = ""
    state: str = ""
    tone: str = ""
    says: str = ""
    facts: list[Fact] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)
    meant: bool = False
    refunds: list[BackRow] = field(default_factory=list)
    held: str = ""
    held_word: str = ""
    held_note: str = ""
    left: str = ""
    left_words: str = ""
    by_hand: bool = False
    elsewhere: bool = False
    may_decide: bool = False
    may_give_back: bool = False
    may_look: bool = False
    may_undo: bool = False
    stripe_url: str = ""


def payment_view(
    facts: PaymentFacts, dashboard: str, words: Words, *, elsewhere: bool = False, may_undo: bool = False
) -> PaymentView:
    """Return the page; `dashboard` is where Stripe's own pages are, empty where there are none."""
    state, tone = state_words(facts)
    left = facts.left_to_refund
    # Without a receipt nothing was booked with it: it is with the bank, held, or did not come.
    meant = not facts.receipt_number
    givable = left is not None and left.minor > 0 and facts.dispute != "open"
    return PaymentView(
        public_id=facts.public_id,
        heading=words.money(facts.amount),
        customer=clip(facts.customer_name, 80),
        customer_href=routes.office_customer(facts.customer_public_id, "invoices"),
        state=state,
        tone=tone,
        says=_ELSEWHERE if elsewhere and facts.state == "with_bank" else _says(facts, words),
        facts=[Fact(name, value) for name, value in _facts(facts, words) if value],
        parts=[
            PartRow(part.number, routes.office_invoice(part.invoice_public_id), words.money(part.amount))
            for part in (facts.parts if meant else facts.pays)
        ],
        meant=meant,
        refunds=[_back(one, words, elsewhere=elsewhere) for one in facts.refunds],
        held=facts.held,
        held_word="Use it" if not facts.receipt_number else "It is put right",
        held_note=_USE_IT if not facts.receipt_number else "Press once you have put it right.",
        left=typed_amounts.write(left, words.look.locale) if left is not None and givable else "",
        left_words=words.money(left) if left is not None and givable else "",
        by_hand=not facts.intent_id,
        may_give_back=givable,
        elsewhere=elsewhere,
        may_undo=may_undo,
        may_decide=elsewhere and facts.state == "with_bank",
        may_look=bool(facts.attempt) and not elsewhere,
        stripe_url=f"{dashboard}/payments/{facts.intent_id}" if dashboard and facts.intent_id and not elsewhere else "",
    )


def use_view(spare: Spare | None, chosen: str, words: Words) -> UseView:
    """Return what the office may use for an invoice; where `chosen` is none of them, the first without a dispute is."""
    if spare is None:
        return UseView()
    first = next((one for one in spare.invoices if not one.disputed), None)
    on = next((one for one in spare.invoices if one.public_id == chosen), first)
    most = min(spare.credit.minor, on.left.minor) if on else spare.credit.minor
    return UseView(
        left=words.money(spare.credit),
        amount=typed_amounts.write(Money(most, spare.credit.currency), words.look.locale) if spare.invoices else "",
        puts=str(spare.puts),
        invoices=[
            ForRow(one.public_id, f"Invoice {one.number}".rstrip(), _for_words(one, words), one is on)
            for one in spare.invoices
        ],
    )


def _for_words(invoice: OpenInvoice, words: Words) -> str:
    disputed = "disputed: the payer’s bank may yet give that money again" if invoice.disputed else ""
    return " · ".join(part for part in (open_words(invoice, words), disputed) if part)


def _facts(facts: PaymentFacts, words: Words) -> list[tuple[str, str]]:
    day = words.full_date(words.day(facts.at))
    receipt = f"{facts.receipt_number} (void)" if facts.receipt_voided else facts.receipt_number
    return [
        ("How", way_words(facts)),
        ("Day", day if not facts.intent_id else f"{day}, {words.time(facts.at)}"),
        ("Expected by", words.full_date(facts.expected_on) if facts.expected_on else ""),
        ("Answer the dispute by", words.full_date(words.day(facts.dispute_due_at)) if facts.dispute_due_at else ""),
        ("Receipt", receipt),
        ("Stripe’s fee", words.money(facts.fee) if facts.fee else ""),
        ("After the fee", words.money(facts.net) if facts.net else ""),
        ("Pays no invoice yet", words.money(facts.credit) if facts.credit and facts.credit.minor else ""),
        ("Reference", facts.reference),
        ("Evidence", facts.evidence),
        ("What was wrong", facts.mistake),
        ("Why it failed", facts.problem),
        ("Stripe’s id", facts.intent_id),
    ]


def _says(facts: PaymentFacts, words: Words) -> str:
    """Return what the state means, where that is not plain from its word."""
    due = facts.dispute_due_at
    by = f" by {words.full_date(words.day(due))}, {words.time(due)}" if due else ""
    if facts.dispute == "asked":
        answer = f"Answer in Stripe’s dashboard{by}, or give the money back." if by else "Stripe shows how it stands."
        return f"The payer’s bank asks about this payment; no money has moved. {answer}"
    if facts.dispute == "open":
        answer = f"Answer the dispute in Stripe’s dashboard{by}." if by else "Stripe shows how the dispute stands."
        return f"The payer’s bank has asked for this money. {answer}"
    return {
        "with_bank": "The bank has not paid yet. Nothing is booked as paid until it has.",
        "returned": "The bank took this money back after it had arrived. Its invoices are open again.",
        "disputed": "The payer’s bank asked for this money and kept it. Its invoices are open again.",
        "failed": "The bank did not pay. Nothing was booked.",
        "refunded": "All of it has been given back.",
        "mistaken": "It was recorded by mistake and does not count. Its invoices are open again, its receipt is void.",
    }.get(facts.state, "The dispute was decided for you." if facts.dispute == "won" else "")


def _back(one: Back, words: Words, *, elsewhere: bool) -> BackRow:
    state, tone = _REFUNDS.get(one.status, (one.status, "scheduled"))
    unheard = elsewhere and one.status in ("asked", "pending")
    parts = [f"{words.moment(one.at)}.", _TREATMENTS.get(one.treatment, ""), one.reason, one.problem]
    parts += [_UNHEARD] if unheard else []
    return BackRow(
        public_id=one.public_id,
        amount=words.money(one.amount),
        sentence=" ".join(part for part in parts if part),
        state=state,
        tone=tone,
        undecided=not one.treatment and one.status != "failed",
        unheard=unheard,
    )


def asks(
    amount: Money, payer: str, treatment: str, by_hand: bool, words: Words, *, elsewhere: bool = False
) -> tuple[str, str]:
    """Return the question before money is given back to who paid it, and what will happen."""
    after = "The debt is gone as well." if treatment == CREDIT_NOTE else "The invoice is open again and can be chased."
    how = (
        "You give it back yourself, in cash or by transfer; here it is written down."
        if by_hand
        else "It goes back to where it came from, which cannot be undone; banks take up to ten days."
    )
    if elsewhere:
        how = "You have given it back at Stripe itself, in the account that took it; here it is only written down."
        return f"Write down that {words.money(amount)} went back to {payer}?", f"{how} {after}"
    return f"Give {words.money(amount)} back to {payer}?", f"{how} {after}"
