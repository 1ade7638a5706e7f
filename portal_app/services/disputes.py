"""What a payer's bank asks, takes back and gives again becomes the portal's books, each dispute by itself and once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.integrations.stripe.values import Dispute
from portal_app.models import Payment, PaymentReversal
from portal_app.services import activity, ledger, payment_mails
from portal_app.services.ledger import ACTOR, DISPUTE_WON, DISPUTED, RETURNED, REVERSALS

# What no money moves for: a question of the bank's, and what was prevented by a refund, which is told as one.
_OVER_WITHOUT_MONEY = ("warning_closed", "prevented")


def book(session: Session, payment: Payment, disputes: Sequence[Dispute]) -> None:
    """Book each of a payment's disputes, as Stripe has them; of none is said nothing, since it may not have been asked.

    The payment's row is locked by the caller.
    """
    if disputes:
        payment.dispute_due_at = _answer_by(disputes)
        # Stripe lists the newest first, and its moments are whole seconds.
        in_order = list(reversed(disputes))
        in_order.sort(key=lambda one: one.created)
        _note(session, payment, [_booked(session, payment, dispute) for dispute in in_order])


def never_came(session: Session, payment: Payment) -> None:
    """Take back what is here of money that was booked and has not come after all."""
    here = max(0, payment.amount_minor - ledger.gone_minor(session, payment))
    _reverse(session, payment, payment.intent_id or "", RETURNED, here, clock.now())
    _tell_taken(session, payment, RETURNED, here)
    _keep_what_is_here(session, payment)


def _booked(session: Session, payment: Payment, dispute: Dispute) -> str:
    """Book one and return what it is now: asked, open, won, lost, or nothing where it is over and took nothing."""
    if dispute.status in _OVER_WITHOUT_MONEY:
        return ""
    if dispute.status.startswith("warning"):
        return "asked"
    # A debit that comes back after it had cleared is a dispute at Stripe, lost as soon as it is made.
    reason = RETURNED if payment.method == "bank" else DISPUTED
    taken = _of(session, dispute.id, reason)
    if taken is None:
        taken = _reverse(
            session, payment, dispute.id, reason, _amount_minor(session, payment, dispute), _moved_at(dispute)
        )
        _tell_taken(session, payment, reason, taken.amount_minor)
    word = dispute.status if dispute.status in ("won", "lost") else "open"
    if word == "won":
        _won(session, payment, dispute, taken)
    elif word == "lost":
        _lost(session, payment, taken)
        word = "" if reason == RETURNED else word
    _fee(session, taken, dispute)
    return word


def _answer_by(disputes: Iterable[Dispute]) -> datetime | None:
    """Return by when the first of those that wait for an answer wants it; None where none does."""
    waiting = (one.due_by for one in disputes if one.status in ("needs_response", "warning_needs_response"))
    return min((due for due in waiting if due is not None), default=None)


def _note(session: Session, payment: Payment, words: Sequence[str]) -> None:
    """Note what all the disputes of a payment come to: what is to be done about it counts first.

    The office hears of a question of the bank's, which unanswered becomes a dispute, and that it was closed.
    """
    known = payment.dispute
    payment.dispute = next((word for word in ("open", "asked", "lost", "won") if word in words), "")
    if payment.dispute == known:
        return
    if payment.dispute == "asked":
        _log(session, payment, "payment.questioned")
        payment_mails.office(session, payment, "asked")
    elif known == "asked" and "" in words:
        _log(session, payment, "payment.question_closed")


def _of(session: Session, source: str, reason: str) -> PaymentReversal | None:
    known = select(PaymentReversal).where(PaymentReversal.source_id == source, PaymentReversal.reason == reason)
    return session.exec(known).first()


def _fee(session: Session, taken: PaymentReversal, dispute: Dispute) -> None:
    """Note once what Stripe took for a dispute; what it gives back stands beside what was won, on its own day."""
    won = _of(session, dispute.id, DISPUTE_WON)
    if taken.fee_minor is None and dispute.fee is not None:
        taken.fee_minor, taken.fee_currency = dispute.fee, dispute.fee_currency
    if won is not None and won.fee_minor is None and dispute.fee_back:
        won.fee_minor, won.fee_currency = -min(dispute.fee_back, taken.fee_minor or 0), dispute.fee_currency


def _reverse(
    session: Session, payment: Payment, source: str, reason: str, amount_minor: int, at: datetime
) -> PaymentReversal:
    """Book an amount that was taken back, or given again, and tell the CRM."""
    reversal = PaymentReversal(
        payment_id=payment.id or 0, source_id=source, reason=reason, amount_minor=amount_minor, at=at
    )
    session.add(reversal)
    session.flush()
    if reason == DISPUTE_WON:
        wanted = ledger.taken_by(session, payment, source)
        ledger.allocate(session, payment, wanted, "dispute_won", reversal.public_id)
    else:
        cause = "return" if reason == RETURNED else "dispute"
        ledger.take_back(session, payment, amount_minor, cause, source, reversal.public_id)
    # What is held all the while, the CRM was never told of.
    if payment.command_id:
        ledger.tell_crm(
            session,
            payment,
            REVERSALS,
            reversal.public_id,
            [],
            payment_id=payment.command_id,
            reason=reason,
            amount=ledger.amount_of(amount_minor, payment.currency),
            at=clock.iso(reversal.at),
        )
    return reversal


def _moved_at(dispute: Dispute) -> datetime:
    """Return when Stripe took the money of a dispute; of what it has not moved yet, the best that is known."""
    return dispute.withdrawn_at or dispute.created


def _amount_minor(session: Session, payment: Payment, dispute: Dispute) -> int:
    """Return what of a payment a dispute is over, in the payment's currency."""
    if dispute.currency == payment.currency:
        return dispute.amount
    # A bank may count in another currency: nobody can say which part that is, so all that is here is in question.
    return max(0, payment.amount_minor - ledger.gone_minor(session, payment))


def _tell_taken(session: Session, payment: Payment, reason: str, amount_minor: int) -> None:
    _log(session, payment, "payment.returned" if reason == RETURNED else "payment.disputed")
    if reason == RETURNED:
        payment_mails.returned(session, payment, amount_minor)
    payment_mails.office(session, payment, reason, amount_minor)


def _won(session: Session, payment: Payment, dispute: Dispute, taken: PaymentReversal) -> None:
    if _of(session, dispute.id, DISPUTE_WON) is not None:
        return
    taken.decided_at = clock.now()
    # What is won brings back what it took.
    at = dispute.reinstated_at or clock.now()
    _reverse(session, payment, dispute.id, DISPUTE_WON, taken.amount_minor, at)
    _log(session, payment, "payment.dispute_won")
    payment_mails.office(session, payment, DISPUTE_WON, taken.amount_minor)
    payment.status, payment.receipt_voided_at = "succeeded", None
    if ledger.credit_minor(session, payment):
        # Its invoices were paid in another way meanwhile, perhaps.
        payment_mails.office(session, payment, "over")


def _lost(session: Session, payment: Payment, taken: PaymentReversal) -> None:
    known = taken.decided_at is not None
    taken.decided_at = taken.decided_at or clock.now()
    session.flush()
    _keep_what_is_here(session, payment)
    if taken.reason == DISPUTED and not known:
        _log(session, payment, "payment.dispute_lost")
        payment_mails.office(session, payment, "dispute_lost", taken.amount_minor)
        payment_mails.guests_dispute_lost(session, payment, taken.amount_minor)


def _keep_what_is_here(session: Session, payment: Payment) -> None:
    # A bank may want back a part alone: the rest is here, and what was received for it stands. While another part is in
    # question it may come back.
    undecided = select(PaymentReversal.id).where(
        PaymentReversal.payment_id == payment.id,
        PaymentReversal.reason == DISPUTED,
        col(PaymentReversal.decided_at).is_(None),
    )
    if session.exec(undecided).first() is not None:
        return
    if ledger.all_gone(session, payment):
        payment.status = "failed"
        payment.receipt_voided_at = payment.receipt_voided_at or clock.now()
        payment.held = payment.held if payment.command_id else ""
    elif payment.status == "failed":
        # A refund beside it has failed since, so that something is here after all.
        payment.status, payment.receipt_voided_at = "succeeded", None


def _log(session: Session, payment: Payment, kind: str) -> None:
    activity.record(session, ACTOR, kind, customer_id=payment.customer_id, subject=("payment", payment.id))
