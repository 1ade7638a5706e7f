"""The last try to pay an invoice, where nothing came of it: what its payer is to know before the next one."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, exists, or_, select

from portal_app.errors import Invalid
from portal_app.models import Allocation, AttemptPart, Invoice, Payment, PaymentAttempt
from portal_app.money import Money
from portal_app.services import attempts
from portal_app.services.actors import Customer
from portal_app.services.owed import CREDIT_NOTE
from portal_app.services.rights import Right

MOST_DEBITS = 2
DECLINED, CLOSED, CAME_BACK, TO_CONFIRM, TO_PAY = "declined", "closed", "came_back", "to_confirm", "to_pay"


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A try that took nothing: `kind` is DECLINED, CLOSED (its page went unpaid), CAME_BACK (the bank did not pay),
    TO_CONFIRM (nothing yet: the payer's bank account has to be confirmed first) or TO_PAY (nor here: the payer has yet
    to pay as they were told).

    `amount` is this invoice's part of it, `problem` the sentence that was told at the time, perhaps none. `public_id`
    names its page, on which the reader may look it up. `own` says that it was the reader's own try: of others' is only
    told that the money did not come, not from where nor why.
    """

    public_id: str
    kind: str
    amount: Money
    at: datetime
    method_words: str
    problem: str
    own: bool = True


def latest(session: Session, actor: Customer, invoice_public_id: str) -> FailedTry | None:
    """Return the newest try for an invoice if it has failed, or waits, and nothing was paid since, else None.

    A contact is told of their own tries, and of debits that did not come whoever began them. Needs the right to view
    money; the caller has loaded the invoice for this very reader.
    """
    actor.require(Right.VIEW_MONEY)
    seen = or_(
        PaymentAttempt.contact_id == actor.contact_id,
        exists().where(col(Payment.attempt_id) == col(PaymentAttempt.id)),
    )
    newest = (
        select(func.max(AttemptPart.id))
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .where(
            Invoice.public_id == invoice_public_id,
            Invoice.customer_id == actor.customer_id,
            col(Invoice.hidden_at).is_(None),
            PaymentAttempt.customer_id == actor.customer_id,
            seen,
        )
    )
    part = session.get(AttemptPart, session.exec(newest).one() or 0)
    if part is None:
        return None
    attempt = session.get_one(PaymentAttempt, part.attempt_id)
    payment = session.exec(select(Payment).where(Payment.attempt_id == attempt.id)).first()
    kind = _kind(attempt, payment)
    if not kind or _paid_since(session, part, attempt):
        return None
    own = attempt.contact_id == actor.contact_id
    return FailedTry(
        public_id=payment.public_id if payment else attempt.public_id,
        kind=kind,
        amount=Money(part.amount_minor, attempt.currency),
        at=attempt.ended_at or attempt.checked_at or attempt.created_at,
        method_words=payment.method_words if payment and own else "",
        problem=attempt.problem if own else "",
        own=own,
    )


def refuse_third(session: Session, actor: Customer, invoice_public_ids: Sequence[str], copies: Collection[str]) -> None:
    """Raise Invalid where a bank has sent a debit of one saved method back twice for one of the contact's invoices.

    `copies` are the method's ids at Stripe, of which it has more than one when it was saved more than once.

    It would send a third one back as well, and each costs the business; both sides were told of those two.
    """
    statement = (
        select(AttemptPart.invoice_id, PaymentAttempt.stripe_method, PaymentAttempt.method)
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
        .join(Payment, col(Payment.attempt_id) == col(PaymentAttempt.id))
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .where(
            col(Invoice.public_id).in_(invoice_public_ids),
            Invoice.customer_id == actor.customer_id,
            Payment.method == "bank",
            Payment.status == "failed",
        )
    )
    tries = session.exec(statement)
    back = Counter(invoice for invoice, asked, known in tries if asked in copies or known.get("id") in copies)
    if max(back.values(), default=0) >= MOST_DEBITS:
        raise Invalid("Your bank has sent this back twice, so it is not asked again. Please pay in another way.")


def _kind(attempt: PaymentAttempt, payment: Payment | None) -> str:
    """Return what became of a try; empty while something may still come of it, or when money has come."""
    if payment is not None:
        # What had arrived and was taken back is told by the payment itself.
        return CAME_BACK if payment.status == "failed" and not payment.receipt_number else ""
    if attempt.state in attempts.WAITING:
        return TO_CONFIRM if attempt.state == attempts.CONFIRMING else TO_PAY
    if attempt.state == attempts.FAILED or (attempt.problem and attempt.state in (attempts.OPEN, attempts.EXPIRED)):
        return DECLINED
    return CLOSED if attempt.state == attempts.EXPIRED else ""


def _paid_since(session: Session, part: AttemptPart, attempt: PaymentAttempt) -> bool:
    """Return whether money has come for the invoice in another way after a try was begun."""
    later = select(Allocation.id).where(
        Allocation.invoice_id == part.invoice_id,
        Allocation.amount_minor > 0,
        Allocation.cause != CREDIT_NOTE,
        col(Allocation.created_at) > attempt.created_at,
    )
    return session.exec(later.limit(1)).first() is not None
