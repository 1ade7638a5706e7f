"""Open pages at Stripe that ask for what is no longer right: each is shut there, and the next press makes another."""

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, false, func, not_, or_, true
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from portal_app.integrations.stripe.amounts import LEAST
from portal_app.models import (
    AttemptPart,
    Contact,
    ContactLocation,
    Customer,
    Invoice,
    LinkGuest,
    PaymentAttempt,
    SecureLink,
)
from portal_app.services import attempts, business, ledger, payment_settings
from portal_app.services.payment_settings import PayRules
from portal_app.services.rights import Right

_AMOUNT = col(AttemptPart.amount_minor)
_LEFT = col(Invoice.balance_minor) - col(Invoice.paid_here_minor) - col(Invoice.with_bank_minor)


def outdated(session: Session, mark: str, limit: int = 50) -> list[str]:
    """Return tries of one account whose page asks for more than is left, or for what is hidden, cannot be paid
    or is another customer's by now.

    And pages for all that was left when more is by now, for a part that the rules do not allow any more, and of those
    who may no longer pay, or see what they pay: contacts, and guests whom one of them has sent the invoice.
    """
    statement = _asking_wrongly(session).where(
        col(PaymentAttempt.state).in_((attempts.OPEN, *attempts.WAITING)), PaymentAttempt.key_mark == mark
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
        .outerjoin(Contact, col(Contact.id) == func.coalesce(PaymentAttempt.contact_id, LinkGuest.contact_id))
        .join(Customer, col(Customer.id) == col(PaymentAttempt.customer_id))
        .where(
            col(AttemptPart.live).is_(True),
            or_(closed, _AMOUNT > _LEFT, misfit, col(SecureLink.revoked_at).is_not(None), _shut_out(session)),
        )
        .distinct()
    )


def _shut_out(session: Session) -> ColumnElement[bool]:
    """Return what is true of who may no longer pay by their page, or sent it to a guest, as `guests.standing` has it.

    Rights that are narrowed to some of somebody's properties are looked at when they press the button, not here.
    """
    about = business.get(session)
    if about is not None and {Right.PAY, Right.VIEW_MONEY} & set(about.rights_off):
        return true()
    shut = about is not None and not about.portal_open
    # What the office itself has sent to a guest is nobody's of the account, and waits as well.
    waits = or_(col(Contact.id).is_(None), not_(col(Contact.tester))) if shut else false()
    here = exists().where(
        col(ContactLocation.contact_id) == col(Contact.id), col(ContactLocation.location_id) == col(Invoice.location_id)
    )
    return or_(
        not_(col(Customer.active)),
        not_(col(Customer.portal_access)),
        col(Customer.deleted_at).is_not(None),
        not_(col(Contact.active)),
        col(Contact.disabled_at).is_not(None),
        col(Contact.deleted_at).is_not(None),
        col(Contact.customer_id) != col(PaymentAttempt.customer_id),
        _lacks(Right.PAY),
        _lacks(Right.VIEW_MONEY),
        and_(not_(col(Contact.all_locations)), not_(here)),
        waits,
    )


def _lacks(right: Right) -> ColumnElement[bool]:
    """Return what is true of a contact without a right: their rights are kept as a list of words in JSON."""
    return cast(col(Contact.rights), String).not_like(f'%"{right.value}"%')


def _misfit(rules: PayRules) -> ColumnElement[bool]:
    """Return what is true of less than is left where that was not chosen, or may not be paid: see `pay_amounts`.

    Whoever has still to confirm their bank account has done all else, and what is left stays due.
    """
    online = case(LEAST, value=col(Invoice.currency), else_=1)
    too_small = and_(col(Invoice.currency) == rules.least_currency, rules.least_minor > _AMOUNT)
    refused = or_(too_small, online > _LEFT - _AMOUNT) if rules.parts_allowed else true()
    is_less = and_(col(PaymentAttempt.state) == attempts.OPEN, _AMOUNT < _LEFT)
    return and_(is_less, or_(col(PaymentAttempt.whole).is_(True), refused))
