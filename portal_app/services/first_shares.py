"""What each invoice got first of payments, or was to get, and what became of that where it is gone. Read only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from portal_app.models import Allocation, AttemptPart, Invoice, Refund
from portal_app.services.owed import CREDIT_NOTE
from portal_app.services.refunds import FAILED

REFUNDED, RETURNED, DISPUTED, MOVED = "refunded", "returned", "disputed", "moved"
_DISPUTES = {"open": DISPUTED, "lost": RETURNED}


@dataclass(frozen=True, slots=True)
class First:
    """What of a payment an invoice got when it was first put to it, or was to get.

    `state` says for what it was taken off last: REFUNDED, RETURNED, DISPUTED, or MOVED where it pays others since.
    Empty where it never was, or came back and is credit.
    """

    invoice: Invoice
    amount_minor: int
    state: str


def of(session: Session, payments: Sequence[Any]) -> dict[int, list[First]]:
    """Return this by payment, which may be a row with its `id`, `attempt_id` and `dispute`; two statements for all."""
    found: dict[int, dict[int, First]] = defaultdict(dict)
    known = {payment.id: payment for payment in payments}
    put = (
        select(Allocation, Invoice, Refund.status)
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .outerjoin(Refund, col(Refund.public_id) == col(Allocation.cause_id))
        .where(col(Allocation.payment_id).in_(known), Allocation.cause != CREDIT_NOTE)
        .order_by(col(Allocation.id))
    )
    for row, invoice, refund in session.exec(put):
        firsts = found[row.payment_id]
        first = firsts.get(row.invoice_id) or First(invoice, row.amount_minor, "")
        state = _state(row, refund, known[row.payment_id].dispute)
        firsts[row.invoice_id] = First(invoice, first.amount_minor, state)
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


def _state(row: Allocation, refund: str | None, dispute: str) -> str:
    if row.amount_minor > 0:
        return ""
    states = {
        "refund": "" if refund == FAILED else REFUNDED,
        "return": RETURNED,
        "dispute": _DISPUTES.get(dispute, ""),
        "let_go": MOVED,
    }
    return states.get(row.cause, "")


def payers_state(firsts: Sequence[First], state: str) -> str:
    """Return the state of a payment for who sees these shares of it alone, and none of them stands; or its own."""
    states = {first.state for first in firsts}
    return states.pop() if len(states) == 1 and not states & {"", MOVED} else state
