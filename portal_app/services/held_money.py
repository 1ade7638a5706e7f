"""Invoices for which money has come that the office has yet to decide about: nobody is asked for them meanwhile."""

from collections.abc import Iterable

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from portal_app.errors import Invalid
from portal_app.models import AttemptPart, Invoice, Payment, PaymentAttempt
from portal_app.services.owed import WAITS_FOR_OFFICE

SENTENCE = "We have a payment for {invoice} already, and the office looks at it. Please do not pay it again meanwhile."


def of_customer(session: Session, customer_id: int) -> frozenset[int]:
    """Return the row ids of a customer's invoices that such money was meant for."""
    return frozenset(session.exec(_waiting().where(PaymentAttempt.customer_id == customer_id)))


def is_for(session: Session, invoice_id: int) -> bool:
    """Return whether such money was meant for an invoice."""
    return session.exec(_waiting().where(AttemptPart.invoice_id == invoice_id).limit(1)).first() is not None


def require_none(session: Session, invoice_ids: Iterable[int]) -> None:
    """Raise Invalid where such money was meant for one of these, naming it."""
    found = session.exec(_waiting().where(col(AttemptPart.invoice_id).in_(list(invoice_ids))).limit(1)).first()
    if found is not None:
        number = session.get_one(Invoice, found).number
        raise Invalid(SENTENCE.format(invoice=f"invoice {number}" if number else "this invoice"))


def _waiting() -> SelectOfScalar[int]:
    return (
        select(AttemptPart.invoice_id)
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
        .join(Payment, col(Payment.attempt_id) == col(PaymentAttempt.id))
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .where(WAITS_FOR_OFFICE, PaymentAttempt.customer_id == Invoice.customer_id)
    )
