"""What a payment pays now, and what of it is credit or gone. Read only."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, true
from sqlmodel import Session, col, select

from portal_app.models import Allocation, Invoice, Payment, PaymentReversal, Refund
from portal_app.money import Money
from portal_app.services.owed import CREDIT_NOTE, STANDS

# The contract's word for what gives again.
DISPUTE_WON = "dispute_won"


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment goes to one invoice, in minor units of the payment's currency."""

    invoice_id: int
    amount_minor: int


def standing(session: Session, payment: Payment, *, with_credited: bool = False) -> list[Share]:
    """Return what a payment pays now with money, by invoice, in the order in which they were first paid.

    `with_credited` counts what it has paid and was credited when the money went back: that is settled as well.
    Nothing of invoices that are cancelled, gone or another customer's by now.
    """
    return shares_of(session, payment, STANDS, with_credited=with_credited)


def shares_of(
    session: Session, payment: Payment, of: ColumnElement[bool], *, with_credited: bool = False
) -> list[Share]:
    """Return the same of the invoices that fulfil a condition, which may be on the payment as well."""
    money = true() if with_credited else col(Allocation.cause) != CREDIT_NOTE
    statement = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
        .join(Payment, col(Payment.id) == col(Allocation.payment_id))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(Allocation.payment_id == payment.id, money, of)
        .group_by(col(Allocation.invoice_id))
        .order_by(func.min(Allocation.id))
    )
    return [Share(invoice_id, int(amount)) for invoice_id, amount in session.exec(statement) if amount > 0]


def pays_minor(session: Session, invoice_id: int) -> int:
    """Return what all payments here pay of one invoice now, with money, in minor units of its currency."""
    statement = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .join(Payment, col(Payment.id) == col(Allocation.payment_id))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(Allocation.invoice_id == invoice_id, Allocation.cause != CREDIT_NOTE, STANDS)
    )
    return int(session.exec(statement).one())


def first_put(session: Session, payment: Payment) -> list[Share]:
    """Return what each invoice got of a payment when it arrived, whatever became of that since."""
    statement = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
        .where(Allocation.payment_id == payment.id, Allocation.cause == "payment")
        .group_by(col(Allocation.invoice_id))
        .order_by(func.min(Allocation.id))
    )
    return [Share(invoice_id, int(amount)) for invoice_id, amount in session.exec(statement)]


def taken_by(session: Session, payment: Payment, cause_id: str) -> list[Share]:
    """Return what was taken off a payment's invoices for one cause, as amounts above zero."""
    statement = (
        select(Allocation.invoice_id, Allocation.amount_minor)
        .where(
            Allocation.payment_id == payment.id,
            Allocation.cause_id == cause_id,
            Allocation.cause != CREDIT_NOTE,
            Allocation.amount_minor < 0,
        )
        .order_by(col(Allocation.id))
    )
    return [Share(invoice_id, -amount) for invoice_id, amount in session.exec(statement)]


def from_invoices_minor(session: Session, payment: Payment, going_minor: int) -> int:
    """Return what comes off the invoices of an amount that goes, and is counted as gone: what pays none goes first."""
    pays = sum(share.amount_minor for share in standing(session, payment))
    unspent = max(0, payment.amount_minor - (gone_minor(session, payment) - going_minor) - pays)
    return max(0, going_minor - unspent)


def credit_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment pays nothing: too much, or for what was cancelled or settled in another way since."""
    if payment.status in ("pending", "failed"):
        return 0
    pays = sum(share.amount_minor for share in standing(session, payment))
    return max(0, payment.amount_minor - gone_minor(session, payment) - pays)


def on_account(session: Session, customer_id: int) -> list[Money]:
    """Return what of a customer's money is here and pays nothing, by currency."""
    standing_for = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(Allocation.payment_id == Payment.id, Allocation.cause != CREDIT_NOTE, STANDS)
        .correlate(Payment)
        .scalar_subquery()
    )
    arrived = select(Payment).where(
        Payment.customer_id == customer_id,
        col(Payment.status).in_(("succeeded", "refunded")),
        col(Payment.amount_minor) > standing_for,
    )
    spare: dict[str, int] = {}
    for payment in session.exec(arrived):
        spare[payment.currency] = spare.get(payment.currency, 0) + credit_minor(session, payment)
    return [Money(minor, currency) for currency, minor in sorted(spare.items()) if minor]


def unused_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment may still be put to invoices.

    A refund that is not booked has not been taken off the invoices yet: until then its money stands there.
    """
    if payment.status in ("pending", "failed"):
        return 0
    pays = sum(share.amount_minor for share in standing(session, payment))
    return max(0, payment.amount_minor - gone_minor(session, payment, only_booked=True) - pays)


def gone_minor(session: Session, payment: Payment, *, only_booked: bool = False) -> int:
    """Return what of a payment is no longer here: given back (or `only_booked` so), or taken back by the bank."""
    counts = col(Refund.booked) if only_booked else col(Refund.status).in_(("asked", "pending", "succeeded"))
    refunds = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id, counts)
    return int(session.exec(refunds).one()) + taken_back_minor(session, payment)


def taken_back_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment a bank has taken back and not given again."""
    sign = case((col(PaymentReversal.reason) == DISPUTE_WON, -1), else_=1)
    reversals = select(func.coalesce(func.sum(PaymentReversal.amount_minor * sign), 0)).where(
        PaymentReversal.payment_id == payment.id
    )
    return int(session.exec(reversals).one())


def all_gone(session: Session, payment: Payment) -> bool:
    """Return whether nothing of a payment is here any more, counting what is on its way back."""
    return gone_minor(session, payment) >= payment.amount_minor
