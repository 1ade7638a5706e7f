"""What of an invoice is still to be paid, and what money that is here can pay of it."""

from sqlalchemy import and_, case, func, or_
from sqlmodel import Session, col, select

from portal_app.models import Allocation, Invoice, Payment
from portal_app.services.owed import OWN, UNPAID


def left_minor(invoice: Invoice) -> int:
    """Return what is still to be paid, in minor units; nothing of what is cancelled or closed."""
    return max(0, invoice.balance_minor - invoice.paid_here_minor) if invoice.status in UNPAID else 0


def payable_minor(invoice: Invoice) -> int:
    """Return what may be paid now: what is left, less what is already with the bank."""
    return max(0, left_minor(invoice) - invoice.with_bank_minor)


def room_minor(session: Session, invoice: Invoice) -> int:
    """Return what of an invoice money that is here can pay.

    What the CRM has just been told of may be in the balance that its poll brought, and count twice until the invoice is
    read back. Money is not turned away for that: what was paid here decides, as far as the balance allows it.
    """
    amount, before = col(Allocation.amount_minor), col(Allocation.balance_before_minor)
    final = and_(or_(before.is_(None), col(Allocation.by_hand)), col(Allocation.told_at).is_not(None))
    moved = or_(before != invoice.balance_minor, final)
    twice = and_(col(Allocation.booked_at).is_(None), amount > 0, moved)
    sums = (
        select(func.coalesce(func.sum(amount), 0), func.coalesce(func.sum(case((twice, amount), else_=0)), 0))
        .join(Payment, col(Payment.id) == col(Allocation.payment_id))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(Allocation.invoice_id == invoice.id, OWN)
    )
    here, in_doubt = session.exec(sums).one()
    if not in_doubt or invoice.status not in (*UNPAID, "paid"):
        return left_minor(invoice)
    counted_once = invoice.balance_minor - invoice.paid_here_minor + int(in_doubt)
    return max(0, min(invoice.total_minor - int(here), counted_once))
