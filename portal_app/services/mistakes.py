"""Money that was recorded by hand and never came: taken back as if it had not, with what was told of it."""

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Allocation, Payment, PaymentReversal, Refund
from portal_app.services import activity, ledger, payment_mails, recorded_payments
from portal_app.services.actors import Actor, Staff
from portal_app.services.rights import Permission

# The reason of the reversal, and the cause of what is taken off invoices. The contract has no such word: to the CRM it
# is money that was returned.
MISTAKE = "mistake"
LONGEST_REASON = 500


def may(session: Session, actor: Actor, public_id: str) -> bool:
    """Return whether a payment can still be taken back as a mistake; for staff who may see customers."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.VIEW_CUSTOMERS)
    payment = session.exec(select(Payment).where(Payment.public_id == public_id)).first()
    return payment is not None and not _why_not(session, payment)


def take_back(session: Session, actor: Actor, public_id: str, reason: str) -> None:
    """Take back money that was recorded by mistake: its invoices are open again, its receipt is void.

    Needs the permission to refund, and a reason. The CRM is told that the money was returned, and who got the receipt
    is written to. Raises Invalid for what came through Stripe, or was given back or used since.
    """
    payment = recorded_payments.locked_for_refunds(session, actor, public_id)
    if why := _why_not(session, payment):
        raise Invalid(why)
    if not reason.strip():
        raise Invalid("Please say what was wrong, for those who look at this later.")
    reversal = PaymentReversal(
        payment_id=payment.id or 0,
        source_id=f"{MISTAKE}:{payment.public_id}",
        reason=MISTAKE,
        amount_minor=payment.amount_minor,
        at=clock.now(),
    )
    session.add(reversal)
    session.flush()
    command_id = reversal.public_id
    taken = ledger.take_back(session, payment, payment.amount_minor, MISTAKE, reversal.source_id, command_id)
    payment.status, payment.receipt_voided_at = "failed", reversal.at
    payment.mistake = reason.strip()[:LONGEST_REASON]
    session.flush()
    ledger.tell_crm(
        session,
        payment,
        ledger.REVERSALS,
        command_id,
        [],
        payment_id=payment.command_id,
        reason=ledger.RETURNED,
        amount=ledger.amount_of(payment.amount_minor, payment.currency),
        at=clock.iso(reversal.at),
    )
    about = {"customer_id": payment.customer_id, "subject": ("payment", payment.id)}
    activity.record(session, actor, "payment.mistaken", **about)
    payment_mails.mistaken(session, payment, taken)


def _why_not(session: Session, payment: Payment) -> str:
    """Return why a payment cannot be taken back as a mistake, empty when it can."""
    if payment.recorded_by is None or payment.attempt_id is not None or payment.intent_id is not None:
        return "This money came through Stripe. It can be given back, but was not recorded by mistake."
    if payment.status != "succeeded" or payment.held:
        return "That has been decided already."
    given_back = select(Refund.id).where(Refund.payment_id == payment.id, Refund.status != "failed")
    if session.exec(given_back).first() is not None:
        return "Some of this money was given back since, so it was here."
    used = select(Allocation.id).where(Allocation.payment_id == payment.id, col(Allocation.cause) == ledger.USED)
    if session.exec(used).first() is not None:
        return "Some of this money was used for an invoice since. Please give it back instead."
    return ""
