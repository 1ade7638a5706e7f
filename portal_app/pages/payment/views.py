"""A payment in the words of the one who paid."""

from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.payment_words import WHILE_UNDECIDED, bank_words, own_state_words
from portal_app.components.words import Words
from portal_app.money import Money
from portal_app.services.payment_words import paid_how
from portal_app.services.payments import Back, Part, PaymentFacts
from portal_app.services.refunds import CREDIT_NOTE


@dataclass(frozen=True)
class PaidFor:
    """What went, or was meant to go, to one invoice."""

    number: str = ""
    amount: str = ""
    href: str = ""


@dataclass(frozen=True)
class PaymentView:
    """One payment: what happened, what comes next, what it is for.

    `tone` is a notice's. `go_on` leads to Stripe's page where it still waits, `again` to the invoice to be paid.
    """

    heading: str = ""
    badge: str = ""
    tone: str = "processing"
    sentences: list[str] = field(default_factory=list)
    parts: list[PaidFor] = field(default_factory=list)
    backs: list[str] = field(default_factory=list)
    receipt: str = ""
    receipt_file: str = ""
    go_on: str = ""
    again: str = ""


def payment_view(facts: PaymentFacts, words: Words, *, left: bool = False, pays: bool = True) -> PaymentView:
    """Return a payment in words; `left` when its payer has just come back from Stripe's page without paying.

    `pays` says that the reader may pay.
    """
    heading, badge, tone, sentences = _said(facts, words, left=left)
    settled = facts.receipt_number and not facts.receipt_voided and facts.whole
    return PaymentView(
        heading=heading,
        badge=badge,
        tone=tone,
        sentences=[sentence for sentence in sentences if sentence],
        parts=[
            PaidFor(f"Invoice {part.number}".rstrip(), words.money(part.amount), routes.invoice(part.invoice_public_id))
            for part in _named(facts)
        ],
        backs=[_back(one, words) for one in facts.refunds],
        receipt=facts.receipt_number if settled else "",
        receipt_file=routes.receipt_file(facts.public_id) if settled else "",
        go_on=routes.checkout(facts.attempt) if facts.go_on else "",
        again=_again(facts) if pays else "",
    )


def _named(facts: PaymentFacts) -> list[Part]:
    """Return what it is for, without invoices that the office hides; nothing where all of it pays none."""
    if facts.state == "paid" and facts.credit == facts.amount:
        return []
    return [part for part in facts.parts if part.invoice_public_id]


def _again(facts: PaymentFacts) -> str:
    named = _named(facts)
    if facts.state not in ("failed", "returned", "expired") or not named or _is_settled(facts):
        return ""
    return routes.invoice(named[0].invoice_public_id) if len(facts.parts) == 1 else routes.INVOICES


def _said(facts: PaymentFacts, words: Words, *, left: bool) -> tuple[str, str, str, tuple[str, ...]]:
    amount, day = words.money(facts.amount), words.long_day(words.day(facts.at))
    by = "That takes a few working days."
    if facts.expected_on:
        by = f"We expect it by {words.long_day(facts.expected_on)}."
    nothing = "Nothing has been charged."
    taken = words.money(facts.taken_back or facts.amount)
    asked_back = words.money(facts.undecided or facts.taken_back or facts.amount)
    since = f" on {words.long_day(words.day(facts.taken_at))}" if facts.taken_at else ""
    void = "; the receipt no longer counts" if facts.receipt_voided else ""
    way = f" {paid_how(facts.method_words)}".rstrip()
    way += f", from {facts.guest}" if facts.guest else ""
    bank = bank_words(facts.guest, own=facts.own)
    bank_ = bank[0].upper() + bank[1:]
    # Why a bank did not pay is for its own customer.
    why = facts.problem if facts.own else ""
    said = {
        "paid": (
            f"{amount} is paid",
            "Paid",
            "complete",
            (f"Thank you. It arrived on {day}{way}.", _over(facts, words)),
        ),
        "confirming": (
            f"{amount} waits for your bank account",
            "To be confirmed",
            "scheduled",
            (
                "Your bank account has to be confirmed first. Stripe, our payment service, sends it one or two small "
                "amounts within two working days, and writes to you how to go on.",
                nothing,
            ),
        ),
        "instructed": (
            f"{amount} waits until you pay it",
            "Not paid yet",
            "scheduled",
            (
                "Stripe, our payment service, has told you how: that page still stands. It counts as paid once the "
                "money has come there.",
                nothing,
            ),
        ),
        "with_bank": (
            f"{amount} is with {bank}",
            *own_state_words("with_bank", own=facts.own),
            (f"{bank_} has had it since {day}. {by}", f"It counts as paid once {bank} has confirmed it."),
        ),
        "failed": (
            f"{amount} did not go through",
            "Not paid",
            "overdue",
            (why, _still_to_be_paid(facts)),
        ),
        "returned": (
            f"{bank_} has taken back {taken}",
            "Not paid",
            "overdue",
            (why, f"{_SETTLED}{void}." if _is_settled(facts) else f"So it is to be paid again{void}."),
        ),
        "mistaken": (
            f"{amount} was recorded by mistake",
            "Does not count",
            "off",
            (f"It was written down as paid on {day}{way}, and it did not come{void}.",),
        ),
        "expired": ("Not paid", "Not paid", "off", (f"The page on which to pay {amount} is closed. {nothing}",)),
        "refunded": (f"{amount} was given back", "Given back", "off", (f"You had paid it on {day}{way}.",)),
        "disputed": (
            f"{asked_back} is disputed",
            "Disputed",
            "overdue",
            (
                f"{bank_} has asked for this money back{since}, and is looking at it. Until it has decided, this "
                "counts as not paid.",
                WHILE_UNDECIDED,
                _kept(facts, bank_, words),
            ),
        ),
        "held": (f"We have your payment of {amount}", "Being looked at", "processing", ("The office looks at it.",)),
    }
    if facts.state in said:
        return said[facts.state]
    reason = (f"That did not work: {facts.problem}",) if facts.problem else ()
    if facts.go_on and left:
        return f"{amount} is not paid yet", "Not paid", "off", (*reason, f"You came back without paying. {nothing}")
    if facts.go_on:
        return (
            f"{amount} is not paid yet",
            "Not paid",
            "scheduled",
            (*reason, f"{nothing} The page to pay still waits."),
        )
    return f"{amount} is being checked", "Being checked", "processing", ("We are asking our payment service about it.",)


_SETTLED = (
    "Nothing needs to be paid now: what it was for is paid in another way, is asked for no more, or has other money on "
    "its way"
)


def _is_settled(facts: PaymentFacts) -> bool:
    return bool(facts.parts) and not any(part.owed for part in facts.parts)


def _still_to_be_paid(facts: PaymentFacts) -> str:
    if _is_settled(facts):
        return f"{_SETTLED}."
    return "It is still to be paid; you can pay in another way." if facts.own else "It is still to be paid."


def _kept(facts: PaymentFacts, bank: str, words: Words) -> str:
    """Return what a bank keeps of a payment already, beside what it has yet to decide on."""
    if facts.undecided is None or facts.taken_back is None or facts.taken_back.minor <= facts.undecided.minor:
        return ""
    kept = Money(facts.taken_back.minor - facts.undecided.minor, facts.taken_back.currency)
    return f"{bank} keeps {words.money(kept)} of it already."


def _over(facts: PaymentFacts, words: Words) -> str:
    if not facts.credit or not facts.credit.minor:
        return ""
    how_much = "It" if facts.credit == facts.amount else f"{words.money(facts.credit)} of it"
    why = "more came than was left to pay, or what it paid was cancelled since"
    return f"{how_much} pays no invoice: {why}. Please ask us to use it or to give it back."


def _back(one: Back, words: Words) -> str:
    amount, day = words.money(one.amount), words.long_day(words.day(one.at))
    if one.status == "succeeded":
        after = f", which left {words.money(one.reopened)} to pay again" if one.reopened else ""
        if one.treatment == CREDIT_NOTE:
            after = ", and need not be paid again"
        return f"{amount} was given back on {day}{after}."
    if one.status == "failed":
        return f"{amount} could not be given back; please ask the office."
    return f"{amount} is on its way back to you since {day}."
