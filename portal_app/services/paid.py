"""What has come for invoices, and what was taken back, with its day: what papers print of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Allocation, Invoice, Payment
from portal_app.services.crm_store import chunks
from portal_app.services.owed import CREDIT_NOTE, STANDS

_TAKEN_BACK = {
    "return": "Returned by the bank",
    "dispute": "Taken back by the bank",
    "dispute_won": "Dispute won",
    "refund": "Refund",
    "refund_failed": "Refund that failed",
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
        found += [_came(allocation, payment, zone) for allocation, payment in rows]
    return sorted(found, key=lambda one: one.day)


def _came(allocation: Allocation, payment: Payment, zone: str) -> Came:
    at = payment.paid_at if allocation.cause == "payment" else allocation.created_at
    return Came(
        invoice_id=allocation.invoice_id,
        day=clock.local(at, zone).date(),
        amount=allocation.amount_minor,
        currency=payment.currency,
        words=_TAKEN_BACK.get(allocation.cause) or payment.method_words or "Payment",
        reference=payment.receipt_number or payment.reference,
    )
