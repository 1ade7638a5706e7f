"""The words of the customer's list of payments."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal_app import routes
from portal_app.components.payment_words import bank_words, own_state_words
from portal_app.components.words import Words
from portal_app.money import Money
from portal_app.services.payment_history import Entry

# More numbers than these would fill the row.
_MOST_NUMBERS = 4
_ICONS = {"card": "card", "bank": "bank"}


@dataclass(frozen=True)
class PaidRow:
    """One payment: what for, what became of it, how much; `receipt` is its number where the reader may have it."""

    key: str = ""
    icon: str = ""
    title: str = ""
    sub: str = ""
    figure: str = ""
    badge: str = ""
    tone: str = ""
    href: str = ""
    receipt: str = ""
    receipt_file: str = ""


@dataclass(frozen=True)
class PaymentsView:
    """The list with the cursor of what follows; `methods` says that there is a page of saved methods to go to.

    `credit` says what of it pays no invoice, empty where all of it does.
    """

    rows: list[PaidRow] = field(default_factory=list)
    next_cursor: str = ""
    methods: bool = False
    credit: str = ""


def credit_words(spare: Sequence[Money], words: Words) -> str:
    """Return in a line what of a customer's money pays no invoice, empty without any."""
    amounts = " and ".join(words.money(amount) for amount in spare)
    return f"You have {amounts} with us. Please ask us to use it or to give it back." if amounts else ""


def paid_row(entry: Entry, words: Words) -> PaidRow:
    """Return the row of one payment."""
    badge, tone = own_state_words(entry.state, own=entry.own)
    way = f"by {entry.guest}" if entry.guest else entry.method_words
    return PaidRow(
        key=entry.public_id,
        icon=_ICONS.get(entry.method, "cash"),
        title=_title(entry.invoices),
        sub=" · ".join(part for part in (_happened(entry, words), way, *_back(entry, words)) if part),
        figure=words.money(entry.amount),
        badge=badge,
        tone=tone,
        href=routes.payment(entry.public_id),
        receipt=entry.receipt_number,
        receipt_file=routes.receipt_file(entry.public_id) if entry.receipt_number else "",
    )


def _title(numbers: tuple[str, ...]) -> str:
    if not numbers:
        return "Payment"
    more = len(numbers) - _MOST_NUMBERS
    shown = ", ".join(numbers[:_MOST_NUMBERS]) + (f" and {more} more" if more > 0 else "")
    return f"{'Invoice' if len(numbers) == 1 else 'Invoices'} {shown}"


def _happened(entry: Entry, words: Words) -> str:
    day = words.long_day(words.day(entry.at))
    bank = bank_words(entry.guest, own=entry.own)
    by = f", expected by {words.long_day(entry.expected_on)}" if entry.expected_on else ""
    return {
        "paid": f"Arrived on {day}",
        "with_bank": f"With {bank} since {day}{by}",
        "failed": f"Tried on {day}",
        "returned": f"Paid on {day}, then taken back by {bank}",
        "mistaken": f"Written down for {day}, and it did not come",
        "refunded": f"Paid on {day}",
        "disputed": f"Paid on {day}; {bank} has asked for it back",
        "held": f"Received on {day}; the office looks at it",
    }.get(entry.state, day)


def _back(entry: Entry, words: Words) -> tuple[str, ...]:
    done = f"{words.money(entry.given_back)} given back" if entry.given_back else ""
    going = f"{words.money(entry.going_back)} on its way back to you" if entry.going_back else ""
    return done, going
