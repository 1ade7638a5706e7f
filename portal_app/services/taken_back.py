"""What of an invoice a payer's bank has taken back: while it has yet to decide, and for good. Read only."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portal_app.models import Allocation, Invoice, Payment, PaymentReversal
from portal_app.money import Money
from portal_app.services import attempts, ledger, reach
from portal_app.services.actors import Customer
from portal_app.services.owed import CREDIT_NOTE, OWN
from portal_app.services.rights import Right

_CAUSES = ("return", "dispute")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What of an invoice a bank took back, and when; `undecided` says that it may still give it again.

    `public_id` is the payment's, `method_words` how was paid, and `guest` by which guest: of theirs no method is told.
    `own` says that the reader has paid.
    """

    public_id: str
    amount: Money
    at: datetime
    method_words: str
    undecided: bool
    guest: str = ""
    own: bool = True


def of_invoice(session: Session, actor: Customer, invoice_public_id: str) -> list[TakenBack]:
    """Return what banks have taken back of an invoice and not given again, oldest first.

    What was taken for good is left out once money has come for the invoice after that. Nothing of an invoice that the
    reader may not see, nor of what was paid while it was another customer's. Needs the right to view money.
    """
    actor.require(Right.VIEW_MONEY)
    statement = (
        select(Allocation, Payment, attempts.GUEST)
        .join(Payment, col(Payment.id) == col(Allocation.payment_id))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(Invoice.public_id == invoice_public_id, OWN, *reach.within(Invoice, limited=reach.limited(actor)))
        .order_by(col(Allocation.id))
    )
    rows = session.exec(statement, params=reach.values(actor)).all()
    taken = [row for row in rows if row[0].cause in _CAUSES]
    if not taken:
        return []
    reversals = select(PaymentReversal).where(
        col(PaymentReversal.payment_id).in_([payment.id for _, payment, _ in taken]),
        col(PaymentReversal.source_id).in_([allocation.cause_id for allocation, *_ in taken]),
    )
    took, given_again = {}, set()
    for reversal in session.exec(reversals):
        if reversal.reason == ledger.DISPUTE_WON:
            given_again.add(reversal.source_id)
        else:
            took[reversal.source_id] = reversal
    came = (one.id or 0 for one, *_ in rows if one.amount_minor > 0 and one.cause != CREDIT_NOTE)
    newest = max(came, default=0)
    return [
        TakenBack(
            public_id=payment.public_id,
            amount=Money(-allocation.amount_minor, payment.currency),
            at=took[allocation.cause_id].at,
            method_words="" if guest else payment.method_words,
            undecided=undecided,
            guest=guest or "",
            own=payment.contact_id == actor.contact_id,
        )
        for allocation, payment, guest in taken
        for undecided in [allocation.cause == "dispute" and took[allocation.cause_id].decided_at is None]
        if allocation.cause_id not in given_again and (undecided or (allocation.id or 0) > newest)
    ]
