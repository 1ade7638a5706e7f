"""Receipts as they were issued: numbered once money has settled, and never another after that.

Whom it is from and to and how it looks are written down with its number; the file that is made of it first is kept.
"""

from sqlalchemy import update
from sqlmodel import Session

from portal_app import clock
from portal_app.models import Customer, Payment
from portal_app.models.base import table_of
from portal_app.services import business, paper_looks


def give(session: Session, payment: Payment) -> None:
    """Number the receipt of money that has settled; once."""
    if payment.receipt_number is None:
        payment.receipt_number, payment.receipt_at = f"R-{payment.id:05d}", clock.now()
        _fix(session, payment)


def is_fixed(payment: Payment) -> bool:
    """Return whether it is written down what a receipt shows; of those from before that was done it is not."""
    return payment.receipt_names is not None and payment.receipt_look_id is not None


def fix(session: Session, payment_id: int) -> None:
    """Write down what an earlier receipt shows, as it is today, so that it stays so from now on."""
    _fix(session, session.get_one(Payment, payment_id, with_for_update=True))


def _fix(session: Session, payment: Payment) -> None:
    about = business.get(session)
    if about is None:
        return
    if payment.receipt_names is None:
        buyer = session.get_one(Customer, payment.customer_id).name
        payment.receipt_names = {**business.issuer(about), "buyer": buyer}
    if payment.receipt_look_id is None:
        payment.receipt_look_id = paper_looks.kept(session, about).id


def keep(session: Session, payment_id: int, content_hash: str, instead_of: str) -> None:
    """Note under which hash the file of a receipt is kept, unless another was noted meanwhile."""
    c = table_of(Payment).c
    change = update(table_of(Payment)).where(c.id == payment_id, c.receipt_hash == instead_of)
    session.connection().execute(change.values(receipt_hash=content_hash))
