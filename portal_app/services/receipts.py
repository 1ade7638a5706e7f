"""Receipts as they were issued: numbered once money has settled, and never another after that.

Whom it is from and to and how it looks are written down with its number; the file that is made of it first is kept.
"""

from typing import Any

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Customer, Payment, PaymentReversal, Refund
from portal_app.models.base import table_of
from portal_app.services import business, paper_looks
from portal_app.services.money_here import DISPUTE_WON

_GONE = "gone_minor"


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
        names = {**business.issuer(about), "buyer": buyer}
        payment.receipt_names = {**names, _GONE: _gone_minor(session, payment)}
    if payment.receipt_look_id is None:
        payment.receipt_look_id = paper_looks.kept(session, about).id


def said(session: Session, payment: Payment) -> tuple[dict[str, Any], int]:
    """Return the names on a receipt, empty where none are written down, and what had gone before it was given.

    Money that was held may have gone back in part, or a bank taken some, before it could be used for anything.
    """
    names = dict(payment.receipt_names or {})
    gone = names.pop(_GONE, None)
    return names, _gone_minor(session, payment) if gone is None else int(gone)


def _gone_minor(session: Session, payment: Payment) -> int:
    at = payment.receipt_at or clock.now()
    refunds = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment.id, Refund.status != "failed", Refund.created_at <= at
    )
    sign = case((col(PaymentReversal.reason) == DISPUTE_WON, -1), else_=1)
    taken = select(func.coalesce(func.sum(PaymentReversal.amount_minor * sign), 0)).where(
        PaymentReversal.payment_id == payment.id, PaymentReversal.created_at <= at
    )
    return int(session.exec(refunds).one()) + int(session.exec(taken).one())


def keep(session: Session, payment_id: int, content_hash: str, instead_of: str) -> None:
    """Note under which hash the file of a receipt is kept, unless another was noted meanwhile."""
    c = table_of(Payment).c
    change = update(table_of(Payment)).where(c.id == payment_id, c.receipt_hash == instead_of)
    session.connection().execute(change.values(receipt_hash=content_hash))
