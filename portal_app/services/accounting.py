"""Everything posted, for the accountant: what came in, what was given or taken back, and what Stripe kept of it.

Derived from payments, refunds and reversals each time; nothing here is stored. A refund stands on the day on which
the money left, as it does at Stripe. Months that are closed stay as they are: what comes back later, of a refund that
fails or of Stripe's fee for a dispute, is a row of its own on its own day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, join, or_, select, true
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Allocation, Customer, Invoice, Payment, PaymentReversal, Refund
from portal_app.models.base import table_of
from portal_app.money import Money
from portal_app.services.actors import Actor, Staff
from portal_app.services.rights import Permission

BATCH = 400
LONGEST_PERIOD = timedelta(days=3660)
# What a row of the books can be about.
PAYMENT, FEE, REFUND, REFUND_FAILED, RETURNED, DISPUTED, DISPUTE_WON, MISTAKE = (
    "payment",
    "fee",
    "refund",
    "refund_failed",
    "returned",
    "disputed",
    "dispute_won",
    "mistake",
)
SOURCES = ("payments", "refunds", "failed_refunds", "reversals")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the last one included, as moments: from `since` to before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a source goes on: the moment and row that were read last."""

    at: datetime
    row: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of the books; `amount` is above zero for what came in and below for what went.

    `kind` is payment, fee, refund, refund_failed, returned, disputed, dispute_won or mistake; `treatment` of a refund
    credit_note, reopen or empty while nobody has decided.
    """

    at: datetime
    kind: str
    customer: str
    invoices: tuple[str, ...]
    amount: Money
    method: str
    receipt: str
    stripe_id: str
    reference: str
    treatment: str
    place: Place


def require(actor: Actor | None) -> None:
    """Raise NotAllowed for everybody but staff who may refund or change settings."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    if not actor.permissions & {Permission.REFUND, Permission.CHANGE_SETTINGS}:
        raise NotAllowed("Your role does not include this. Ask the owner of the portal.")


def period(first: date, last: date, zone: str) -> Period:
    """Return the days from first to last in the business's zone; Invalid when they make no period."""
    if last < first:
        raise Invalid("The last day comes before the first.")
    if last - first > LONGEST_PERIOD:
        raise Invalid("At most ten years at once.")
    return Period(clock.start_of(first, zone), clock.start_of(last + timedelta(days=1), zone))


def batch(
    session: Session, actor: Actor | None, source: str, days: Period, after: Place | None = None
) -> list[Posting]:
    """Return the next rows of one of SOURCES, oldest first; empty at its end.

    The place of the last one leads on. What Stripe kept of a payment, or kept or gave back for a dispute, is a row of
    its own with the same place.
    """
    require(actor)
    read = {
        "payments": _payments,
        "refunds": _refunds,
        "failed_refunds": _failed_refunds,
        "reversals": _reversals,
    }[source]
    return read(session, days, after)


_COLUMNS = (
    col(Customer.name),
    col(Payment.id).label("payment_id"),
    col(Payment.currency),
    col(Payment.method),
    col(Payment.method_words),
    col(Payment.receipt_number),
    col(Payment.reference),
    col(Payment.intent_id),
)


def _within(moment: Any, row_id: Any, days: Period, after: Place | None) -> ColumnElement[bool]:
    inside = and_(moment >= days.since, moment < days.until)
    if after is None:
        return inside
    return and_(inside, or_(moment > after.at, and_(moment == after.at, row_id > after.row)))


def _read(session: Session, columns: Sequence[Any], joined: Any, place: tuple[Any, Any], where: Any) -> list[Any]:
    moment, row_id = place
    statement = (
        select(*_COLUMNS, moment.label("at"), row_id.label("row_id"), *columns)
        .select_from(joined)
        .join(Customer, col(Customer.id) == col(Payment.customer_id))
        .where(where)
        .order_by(moment, row_id)
        .limit(BATCH)
    )
    return list(session.connection().execute(statement))


def _payments(session: Session, days: Period, after: Place | None) -> list[Posting]:
    place = (col(Payment.paid_at), col(Payment.id))
    # What a bank took back did arrive: with a receipt, void since, or held all the while and without one.
    settled = or_(
        col(Payment.status).in_(("succeeded", "refunded")),
        col(Payment.receipt_number).is_not(None),
        col(Payment.id).in_(select(col(PaymentReversal.payment_id))),
    )
    columns = (col(Payment.amount_minor), col(Payment.fee_minor), col(Payment.fee_currency))
    rows = _read(session, columns, table_of(Payment), place, and_(settled, _within(*place, days, after)))
    numbers = _numbers(session, rows)
    found = []
    for row in rows:
        found.append(_posting(row, PAYMENT, row.amount_minor, row.currency, numbers, row.intent_id))
        if row.fee_minor:
            fee_currency = row.fee_currency or row.currency
            found.append(_posting(row, FEE, -row.fee_minor, fee_currency, numbers, row.intent_id))
    return found


def _refunds(session: Session, days: Period, after: Place | None) -> list[Posting]:
    # What is pending has left Stripe's balance as well. What was only asked for, or refused, never has.
    went = or_(col(Refund.status).in_(("pending", "succeeded")), col(Refund.failed_at).is_not(None))
    return _of_refunds(session, REFUND, col(Refund.at), went, days, after)


def _failed_refunds(session: Session, days: Period, after: Place | None) -> list[Posting]:
    return _of_refunds(session, REFUND_FAILED, col(Refund.failed_at), true(), days, after)


def _of_refunds(
    session: Session, kind: str, moment: Any, where: ColumnElement[bool], days: Period, after: Place | None
) -> list[Posting]:
    place = (moment, col(Refund.id))
    columns = (col(Refund.amount_minor), col(Refund.stripe_id), col(Refund.treatment))
    joined = join(table_of(Refund), table_of(Payment), col(Payment.id) == col(Refund.payment_id))
    rows = _read(session, columns, joined, place, and_(where, _within(*place, days, after)))
    numbers, sign = _numbers(session, rows), -1 if kind == REFUND else 1
    return [
        _posting(row, kind, sign * row.amount_minor, row.currency, numbers, row.stripe_id, row.treatment)
        for row in rows
    ]


def _reversals(session: Session, days: Period, after: Place | None) -> list[Posting]:
    place = (col(PaymentReversal.at), col(PaymentReversal.id))
    names = ("amount_minor", "reason", "source_id", "fee_minor", "fee_currency")
    columns = [table_of(PaymentReversal).c[name] for name in names]
    joined = join(table_of(PaymentReversal), table_of(Payment), col(Payment.id) == col(PaymentReversal.payment_id))
    rows = _read(session, columns, joined, place, _within(*place, days, after))
    numbers = _numbers(session, rows)
    found = []
    for row in rows:
        amount = row.amount_minor if row.reason == DISPUTE_WON else -row.amount_minor
        found.append(_posting(row, row.reason, amount, row.currency, numbers, row.source_id))
        if row.fee_minor:
            fee_currency = row.fee_currency or row.currency
            found.append(_posting(row, FEE, -row.fee_minor, fee_currency, numbers, row.source_id))
    return found


def _posting(
    row: Any,
    kind: str,
    minor: int,
    currency: str,
    numbers: dict[int, tuple[str, ...]],
    stripe_id: str | None,
    treatment: str = "",
) -> Posting:
    at = row.at
    return Posting(
        at=at,
        kind=kind,
        customer=row.name,
        invoices=numbers.get(row.payment_id, ()),
        amount=Money(minor, currency),
        method=row.method_words or row.method,
        receipt=row.receipt_number or "",
        stripe_id=stripe_id or "",
        reference=row.reference,
        treatment=treatment,
        place=Place(at, row.row_id),
    )


def _numbers(session: Session, rows: Sequence[Any]) -> dict[int, tuple[str, ...]]:
    return invoice_numbers(session, {row.payment_id for row in rows})


def invoice_numbers(session: Session, payment_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the numbers of the invoices that payments were ever put towards, by the payments' row ids."""
    statement = (
        select(col(Allocation.payment_id), col(Invoice.number))
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(col(Allocation.payment_id).in_(payment_ids))
        .order_by(col(Allocation.id))
    )
    found: dict[int, dict[str, None]] = {}
    for payment_id, number in session.connection().execute(statement):
        found.setdefault(payment_id, {})[number] = None
    return {payment_id: tuple(numbers) for payment_id, numbers in found.items()}
