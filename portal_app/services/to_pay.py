"""What somebody is to pay of an invoice now. Read only."""

from sqlmodel import Session, select

from portal_app.models import Invoice
from portal_app.services.owed import DISPUTED, HELD, UNPAID
from portal_app.services.room import payable_minor


def to_pay_minor(session: Session, invoice: Invoice, customer_id: int) -> int:
    """Return what a customer is to pay of it: nothing that is on its way, or that a bank or the office looks at.

    Nothing of one that is cancelled, gone or another customer's by now.
    """
    if invoice.customer_id != customer_id or invoice.deleted_at is not None or invoice.status not in UNPAID:
        return 0
    disputed, held = session.exec(select(DISPUTED, HELD).where(Invoice.id == invoice.id)).one()
    return max(0, payable_minor(invoice) - int(disputed) - int(held))
