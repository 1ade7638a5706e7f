"""Payments in the office's words, and their states in the customers'."""

from collections.abc import Iterable, Sequence

from portal_app.components.words import Words, clip
from portal_app.money import Money
from portal_app.services.owed import Owed
from portal_app.services.payments import PaymentFacts
from portal_app.services.recorded_payments import OpenInvoice

_STATES = {
    "begun": ("Begun", "scheduled"),
    "open": ("Page open", "scheduled"),
    "confirming": ("Bank account to be confirmed", "scheduled"),
    "instructed": ("Not paid in yet", "scheduled"),
    "with_bank": ("With the bank", "processing"),
    "paid": ("Arrived", "complete"),
    "failed": ("Did not go through", "overdue"),
    "expired": ("Not paid", "off"),
    "returned": ("Taken back by the bank", "overdue"),
    "mistaken": ("Recorded by mistake", "off"),
    "refunded": ("Refunded", "off"),
    "disputed": ("Disputed", "overdue"),
    "held": ("To decide", "overdue"),
}
_METHODS = {
    "card": "Cards",
    "us_bank_account": "US bank accounts (ACH)",
    "bacs_debit": "Bacs Direct Debit",
    "sepa_debit": "SEPA Direct Debit",
    "au_becs_debit": "Australian direct debit (BECS)",
    "acss_debit": "Canadian direct debit",
    "link": "Link",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "paypal": "PayPal",
    "klarna": "Klarna",
    "ideal": "iDEAL",
}

_PAYOUTS = {
    "paid": ("Paid out", "complete"),
    "pending": ("On its way", "processing"),
    "in_transit": ("On its way", "processing"),
    "failed": ("Came back", "overdue"),
    "canceled": ("Cancelled", "off"),
}

# Behind what a payer's bank is looking at.
WHILE_UNDECIDED = (
    "Nothing of that needs to be paid until it has decided. If you pay before that and it then lets the first payment "
    "stand, you have paid twice: ask us to give one back, or to use it."
)
_OWN_STATES = {
    "with_bank": ("With your bank", "processing"),
    "paid": ("Paid", "complete"),
    "failed": ("Did not go through", "overdue"),
    "returned": ("Taken back", "overdue"),
    "mistaken": ("Recorded by mistake", "off"),
    "refunded": ("Given back", "off"),
    "disputed": ("Disputed", "overdue"),
    "held": ("Being looked at", "processing"),
    "moved": ("Used elsewhere", "off"),
}


def with_bank_words(owed: Sequence[Owed], words: Words) -> str:
    """Return what of a debt is on its way from a bank already; nothing without any."""
    if owed and all(one.with_bank_minor >= one.total.minor for one in owed):
        return "All of it is with the bank already."
    amounts = _amounts([Money(one.with_bank_minor, one.total.currency) for one in owed], words)
    return f"{amounts} of it is with the bank already." if amounts else ""


def undecided_words(owed: Iterable[Owed], words: Words) -> str:
    """Return what of a debt need not be paid now, since a bank or the office looks at money for it; nothing without."""
    debts = list(owed)
    disputed = _amounts([Money(one.disputed_minor, one.total.currency) for one in debts], words)
    held = _amounts([Money(one.held_minor, one.total.currency) for one in debts], words)
    said = [f"A bank is looking at a payment of {disputed}: no need to pay that now."] if disputed else []
    if held:
        said.append(f"For {held} we have a payment that the office looks at: please do not pay that again meanwhile.")
    return " ".join(said)


def _amounts(amounts: Sequence[Money], words: Words) -> str:
    return " and ".join(words.money(one) for one in amounts if one.minor > 0)


def bank_words(guest: str, *, own: bool = True) -> str:
    """Return whose bank a payment comes from: a guest's, the reader's own, or another contact's of the account."""
    return f"the bank of {guest}" if guest else "your bank" if own else "the payer’s bank"


def own_state_words(state: str, *, own: bool = True) -> tuple[str, str]:
    """Return the state of a payment, or of its share of an invoice, as its account is told it, and its badge's tone.

    `own` says that the reader has paid.
    """
    if state == "with_bank" and not own:
        return "With the bank", "processing"
    return _OWN_STATES.get(state, ("", "off"))


def state_words(facts: PaymentFacts) -> tuple[str, str]:
    """Return a payment's state in a word, and the colour of its badge."""
    if facts.state == "paid" and facts.left_to_refund and facts.left_to_refund.minor < facts.amount.minor:
        return "Partly refunded", "complete"
    return _STATES.get(facts.state, (facts.state, "scheduled"))


def payout_words(status: str) -> tuple[str, str]:
    """Return the state of a payout of Stripe's in a word, and the colour of its badge."""
    return _PAYOUTS.get(status, (status.replace("_", " ").capitalize(), "scheduled"))


def way_words(facts: PaymentFacts) -> str:
    """Return how was paid, such as `Visa ending in 4242`, and by which guest."""
    way = facts.method_words or ("Bank" if facts.method == "bank" else "Card")
    return f"{way}, by {facts.guest}" if facts.guest else way


def invoices_words(facts: PaymentFacts) -> str:
    """Return what it pays, such as `Invoices 2290, 2291`."""
    return numbers_words([part.number for part in facts.parts])


def numbers_words(numbers: Sequence[str]) -> str:
    """Return invoices by their numbers, the first four of them: `Invoices 2290, 2291`."""
    if not numbers:
        return "No invoice"
    shown = ", ".join(numbers[:4]) + (f" and {len(numbers) - 4} more" if len(numbers) > 4 else "")
    return f"{'Invoice' if len(numbers) == 1 else 'Invoices'} {shown}"


def open_words(invoice: OpenInvoice, words: Words) -> str:
    """Return what an open invoice is for, when it is due, and what is left of it."""
    due = f"due {words.short_day(invoice.due_on)}" if invoice.due_on else ""
    return " · ".join(part for part in (clip(invoice.title, 60), due, f"{words.money(invoice.left)} left") if part)


def day_words(facts: PaymentFacts, words: Words) -> str:
    """Return the day it was paid."""
    return words.short_day(words.day(facts.at))


def stripe_method(kind: str) -> str:
    """Return a way to pay by Stripe's word as people call it."""
    return _METHODS.get(kind) or kind.replace("_", " ").capitalize()
