"""What has come for invoices, and what was taken back, with its day: what papers print of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Allocation, Invoice, Payment, PaymentReversal, Refund
from portal_app.services.crm_store import chunks
from portal_app.services.owed import CREDIT_NOTE, STANDS

_FAILED = "refund_failed"
_TAKEN_BACK = {
    "return": "Returned by the bank",
    "mistake": "Recorded by mistake",
    "dispute": "Taken back by the bank",
    "dispute_won": "Dispute won",
    "refund": "Refund",
    _FAILED: "Refund that failed",
    "let_go": "Used elsewhere since",
    CREDIT_NOTE: "Credit note",
}


@dataclass(frozen=True, slots=True)
class Came:
    """Money that has come and been put to one invoice, in minor units; below zero what was taken off it again.

    `words` such as `Visa ending in 4242`.
    """

    invoice_id: int
    day: date
    amount: int
    currency: str
    words: str
    reference: str


def of_invoices(session: Session, invoice_ids: Iterable[int], zone: str) -> list[Came]:
    """Return what has come for invoices the caller may see, oldest first; days are those of the business's zone.

    Nothing that does not stand for them: they are cancelled, or somebody else has paid whose invoices they were.
    """
    found: list[Came] = []
    for ids in chunks(invoice_ids):
        statement = (
            select(Allocation, Payment)
            .join(Payment, col(Payment.id) == col(Allocation.payment_id))
            .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
            .where(col(Allocation.invoice_id).in_(ids), STANDS)
        )
        rows = sorted(session.exec(statement), key=lambda row: row[0].id or 0)
        moments = _moments(session, [allocation for allocation, _ in rows])
        found += [_came(allocation, payment, zone, moments) for allocation, payment in rows]
    return sorted(found, key=lambda one: one.day)


def _moments(session: Session, allocations: list[Allocation]) -> dict[str, datetime]:
    """Return when what was taken back, or given again, was moved: by command, and of failed refunds by the refund."""
    commands = {one.command_id or one.cause_id for one in allocations if one.cause in _TAKEN_BACK} - {""}
    found: dict[str, datetime] = {}
    for ids in chunks(commands):
        reversals = select(PaymentReversal.public_id, PaymentReversal.at)
        found.update(session.exec(reversals.where(col(PaymentReversal.public_id).in_(ids))).all())
        for refund in session.exec(select(Refund).where(col(Refund.public_id).in_(ids))):
            found[refund.public_id] = refund.at
            if refund.failed_at is not None:
                found[f"{refund.public_id}:{_FAILED}"] = refund.failed_at
    return found


def _came(allocation: Allocation, payment: Payment, zone: str, moments: dict[str, datetime]) -> Came:
    if allocation.cause == "payment":
        at = payment.paid_at
    elif allocation.cause == _FAILED or (allocation.cause == CREDIT_NOTE and allocation.amount_minor < 0):
        # A credit note is taken back with the refund that it came of.
        at = moments.get(f"{allocation.cause_id}:{_FAILED}", allocation.created_at)
    else:
        at = moments.get(allocation.command_id, allocation.created_at)
    return Came(
        invoice_id=allocation.invoice_id,
        day=clock.local(at, zone).date(),
        amount=allocation.amount_minor,
        currency=payment.currency,
        words=_TAKEN_BACK.get(allocation.cause) or payment.method_words or "Payment",
        reference=payment.receipt_number or payment.reference,
    )
