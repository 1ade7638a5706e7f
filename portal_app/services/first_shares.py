"""What each invoice got first of payments, or was to get, and what became of that where it is gone. Read only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from portal_app.models import Allocation, AttemptPart, Invoice, PaymentReversal, Refund
from portal_app.services.owed import CREDIT_NOTE, DISPUTE_OF
from portal_app.services.refunds import FAILED

REFUNDED, RETURNED, DISPUTED, MOVED = "refunded", "returned", "disputed", "moved"


@dataclass(frozen=True, slots=True)
class First:
    """What of a payment an invoice got when it was first put to it, or was to get.

    `state` says for what it was taken off last: REFUNDED, RETURNED, DISPUTED, or MOVED where it pays others since.
    Empty where it never was, or came back and is credit. `here_minor` is what it has of it now.
    """

    invoice: Invoice
    amount_minor: int
    state: str
    here_minor: int = 0


def of(session: Session, payments: Sequence[Any]) -> dict[int, list[First]]:
    """Return this by payment, which may be a row with its `id` and `attempt_id`; two statements for all."""
    found: dict[int, dict[int, First]] = defaultdict(dict)
    known = [payment.id for payment in payments]
    put = (
        select(Allocation, Invoice, Refund.status, PaymentReversal.decided_at)
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .outerjoin(Refund, col(Refund.public_id) == col(Allocation.cause_id))
        .outerjoin(PaymentReversal, DISPUTE_OF)
        .where(col(Allocation.payment_id).in_(known), Allocation.cause != CREDIT_NOTE)
        .order_by(col(Allocation.id))
    )
    for row, invoice, refund, decided_at in session.exec(put):
        firsts = found[row.payment_id]
        first = firsts.get(row.invoice_id) or First(invoice, row.amount_minor, "")
        state = _state(row, refund, decided=decided_at is not None)
        here = first.here_minor + row.amount_minor
        firsts[row.invoice_id] = First(invoice, first.amount_minor, state, here)
    tried = {payment.attempt_id: payment.id for payment in payments if payment.attempt_id is not None}
    meant = (
        select(AttemptPart, Invoice)
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .where(col(AttemptPart.attempt_id).in_(tried))
        .order_by(col(AttemptPart.id))
    )
    for part, invoice in session.exec(meant):
        found[tried[part.attempt_id]].setdefault(part.invoice_id, First(invoice, part.amount_minor, ""))
    return {payment: list(firsts.values()) for payment, firsts in found.items()}


def _state(row: Allocation, refund: str | None, *, decided: bool) -> str:
    if row.amount_minor > 0:
        return ""
    states = {
        "refund": "" if refund == FAILED else REFUNDED,
        "return": RETURNED,
        "dispute": RETURNED if decided else DISPUTED,
        "let_go": MOVED,
    }
    return states.get(row.cause, "")


def payers_state(firsts: Sequence[First], state: str) -> str:
    """Return the state of a payment for who sees these shares of it alone, where theirs is another than its own."""
    if state in (DISPUTED, RETURNED) and stands(firsts):
        return "paid"
    states = {first.state for first in firsts}
    return states.pop() if len(states) == 1 and not states & {"", MOVED} else state


def stands(firsts: Sequence[First]) -> bool:
    """Return whether something of a payment stands for one of these invoices."""
    return any(first.here_minor > 0 for first in firsts)
