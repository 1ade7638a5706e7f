"""The office's list of payments: newest first, of some kind, days or customer, and found by what somebody types.

Each term must be the beginning of a word of the customer or of the number of an invoice that it pays or is meant for,
or stand in its receipt's number or the name of the guest who paid, or be its amount. The list is walked along the days
and each payment is asked; whom and which invoices a term names is looked up in their words once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlmodel import Session, col
from sqlmodel import select as rows_of

from portal_app import clock
from portal_app.errors import NotAllowed
from portal_app.models import (
    Allocation,
    AttemptPart,
    Customer,
    CustomerWord,
    LinkGuest,
    Payment,
    PaymentAttempt,
    RecordWord,
    Refund,
)
from portal_app.services import invoice_search, payments
from portal_app.services.actors import Actor, Staff
from portal_app.services.business import look
from portal_app.services.customer_search import LAST_LETTER
from portal_app.services.customer_words import split
from portal_app.services.payments import PaymentFacts
from portal_app.services.rights import Permission

PAGE = 25
LONGEST = invoice_search.LONGEST
DISPUTED = ("open", "asked", "lost")
# No payment is so far ahead: with it the walk along the days has an end to begin at.
_AHEAD = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: `show` is all, decide, with_bank, paid, disputed, refunded or failed, both days included.

    `customer` is a public id. Days are the business's.
    """

    show: str = "all"
    typed: str = ""
    first: date | None = None
    last: date | None = None
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many payments wait for the office, are with the bank, and are or were disputed."""

    decide: int
    with_bank: int
    disputed: int


def listed(
    session: Session, actor: Actor, wanted: Wanted | None = None, after: str = "", limit: int = PAGE
) -> list[PaymentFacts]:
    """Return the payments after one of the list, newest first; for staff who may see customers."""
    staff = _require(actor)
    wanted = wanted or Wanted()
    statement = rows_of(Payment).where(*_days(wanted), *_kind(wanted.show), *_customer(session, wanted.customer))
    for term in invoice_search.terms_of(wanted.typed, look().locale):
        statement = statement.where(_has(term))
    last = session.exec(rows_of(Payment).where(Payment.public_id == after)).first() if after else None
    if last is not None:
        older = or_(col(Payment.paid_at) < last.paid_at, col(Payment.id) < last.id)
        # The first of the two lets the index be searched.
        statement = statement.where(col(Payment.paid_at) <= last.paid_at, older)
    statement = statement.order_by(col(Payment.paid_at).desc(), col(Payment.id).desc()).limit(limit)
    return payments.facts_of(session, staff, session.exec(statement).all())


def waiting(session: Session, actor: Actor) -> Waiting:
    """Return how many there are of those that the office has to look at; for staff who may see customers."""
    _require(actor)
    with_bank = select(func.count()).where(col(Payment.status) == "pending")
    disputed = select(func.count()).where(col(Payment.dispute).in_(DISPUTED))
    run = session.connection().execute
    return Waiting(payments.to_decide(session), run(with_bank).scalar_one(), run(disputed).scalar_one())


def customer_name(session: Session, actor: Actor, public_id: str) -> str:
    """Return the name of the customer whose payments are looked for, empty for none; for staff who may see them."""
    _require(actor)
    found = rows_of(Customer.name).where(Customer.public_id == public_id, col(Customer.deleted_at).is_(None))
    return session.exec(found).first() or "" if public_id else ""


def _require(actor: Actor) -> Staff:
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.VIEW_CUSTOMERS)
    return actor


def _days(wanted: Wanted) -> list[ColumnElement[bool]]:
    zone = look().zone
    until = clock.start_of(wanted.last + timedelta(days=1), zone) if wanted.last else clock.now() + _AHEAD
    days: list[ColumnElement[bool]] = [col(Payment.paid_at) < until]
    if wanted.first is not None:
        days.append(col(Payment.paid_at) >= clock.start_of(wanted.first, zone))
    return days


def _kind(show: str) -> list[ColumnElement[bool]]:
    # As an expression, so that the list is walked along its days and not put in order each time.
    dispute = func.coalesce(col(Payment.dispute), "")
    undecided = exists().where(
        col(Refund.payment_id) == col(Payment.id), col(Refund.treatment) == "", col(Refund.status) != "failed"
    )
    kinds: dict[str, ColumnElement[bool]] = {
        "with_bank": col(Payment.status) == "pending",
        "paid": col(Payment.status) == "succeeded",
        "refunded": col(Payment.status) == "refunded",
        "failed": col(Payment.status) == "failed",
        "disputed": dispute.in_(DISPUTED),
        "decide": or_(func.coalesce(col(Payment.held), "") > "", dispute.in_(("open", "asked")), undecided),
    }
    return [kinds[show]] if show in kinds else []


def _customer(session: Session, public_id: str) -> list[ColumnElement[bool]]:
    if not public_id:
        return []
    row_id = session.exec(rows_of(Customer.id).where(Customer.public_id == public_id)).first()
    return [col(Payment.customer_id) == (row_id or 0)]


def _has(term: str) -> ColumnElement[bool]:
    """Return whether a payment has a term."""
    here = look()
    low, high = invoice_search.amounts(term, here.currency, here.locale)
    guest = (
        select(col(LinkGuest.id))
        .join(PaymentAttempt, col(PaymentAttempt.guest_id) == col(LinkGuest.id))
        .where(
            col(PaymentAttempt.id) == col(Payment.attempt_id),
            col(LinkGuest.name).ilike(invoice_search.pattern(term), escape="\\"),
        )
        .correlate(Payment)
    )
    asked = [
        col(Payment.amount_minor).between(low, high),
        col(Payment.receipt_number).ilike(invoice_search.pattern(term), escape="\\"),
        guest.exists(),
    ]
    if words := split(term):
        asked += [_of_customers(words), *_of_invoices("".join(words))]
    return or_(*asked)


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    return and_(column >= word, column < word + LAST_LETTER)


def _of_customers(words: list[str]) -> ColumnElement[bool]:
    """Return whether the customer has words that begin so."""
    found = [
        col(Payment.customer_id).in_(
            select(col(CustomerWord.customer_id)).where(
                # Both of them: so its key is searched.
                col(CustomerWord.leads).in_((True, False)),
                _begins(col(CustomerWord.word), word),
            )
        )
        for word in words
    ]
    return and_(true(), *found)


def _of_invoices(number: str) -> list[ColumnElement[bool]]:
    """Return whether it pays, or was begun for, an invoice whose number begins so."""
    named = and_(col(RecordWord.kind) == "invoice", _begins(col(RecordWord.word), number))
    paid = select(col(Allocation.payment_id)).join(RecordWord, col(RecordWord.record_id) == col(Allocation.invoice_id))
    meant = select(col(AttemptPart.attempt_id)).join(
        RecordWord, col(RecordWord.record_id) == col(AttemptPart.invoice_id)
    )
    return [col(Payment.id).in_(paid.where(named)), col(Payment.attempt_id).in_(meant.where(named))]
