"""Open pages at Stripe that ask for what is no longer right: each is shut there, and the next press makes another."""

from sqlalchemy import ColumnElement, and_, case, or_, true
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from portal_app.integrations.stripe.amounts import LEAST
from portal_app.models import AttemptPart, Invoice, LinkGuest, PaymentAttempt, SecureLink
from portal_app.services import attempts, ledger, payment_settings
from portal_app.services.payment_settings import PayRules

_AMOUNT = col(AttemptPart.amount_minor)
_LEFT = col(Invoice.balance_minor) - col(Invoice.paid_here_minor) - col(Invoice.with_bank_minor)


def outdated(session: Session, mark: str, limit: int = 50) -> list[str]:
    """Return tries of one account whose page asks for more than is left, or for what is hidden, cannot be paid
    or is another customer's by now.

    And pages for all that was left when more is by now, for a part that the rules do not allow any more, and of guests
    who may no longer pay.
    """
    statement = _asking_wrongly(session).where(
        col(PaymentAttempt.state).in_((attempts.OPEN, attempts.CONFIRMING)), PaymentAttempt.key_mark == mark
    )
    return list(session.exec(statement.limit(limit)))


def is_outdated(session: Session, attempt: PaymentAttempt) -> bool:
    """Return whether a try asks for what is no longer right, wherever it has come to: see `outdated`."""
    return session.exec(_asking_wrongly(session).where(PaymentAttempt.id == attempt.id)).first() is not None


def _asking_wrongly(session: Session) -> SelectOfScalar[str]:
    closed = or_(
        col(Invoice.status).not_in(ledger.UNPAID),
        col(Invoice.deleted_at).is_not(None),
        col(Invoice.hidden_at).is_not(None),
        col(Invoice.currency) != col(PaymentAttempt.currency),
        col(Invoice.customer_id) != col(PaymentAttempt.customer_id),
    )
    misfit = _misfit(payment_settings.rules(session))
    return (
        select(PaymentAttempt.public_id)
        .join(AttemptPart, col(AttemptPart.attempt_id) == col(PaymentAttempt.id))
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .outerjoin(LinkGuest, col(LinkGuest.id) == col(PaymentAttempt.guest_id))
        .outerjoin(SecureLink, col(SecureLink.id) == col(LinkGuest.link_id))
        .where(
            col(AttemptPart.live).is_(True),
            or_(closed, _AMOUNT > _LEFT, misfit, col(SecureLink.revoked_at).is_not(None)),
        )
        .distinct()
    )


def _misfit(rules: PayRules) -> ColumnElement[bool]:
    """Return what is true of less than is left where that was not chosen, or may not be paid: see `pay_amounts`.

    Whoever has still to confirm their bank account has done all else, and what is left stays due.
    """
    online = case(LEAST, value=col(Invoice.currency), else_=1)
    refused = or_(rules.least_minor > _AMOUNT, online > _LEFT - _AMOUNT) if rules.parts_allowed else true()
    is_less = and_(col(PaymentAttempt.state) == attempts.OPEN, _AMOUNT < _LEFT)
    return and_(is_less, or_(col(PaymentAttempt.whole).is_(True), refused))
