"""What a customer owes."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, case, col, func, select

from portal_app.models import Invoice
from portal_app.money import Money
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

UNPAID = ("open", "partially_paid")


@dataclass(frozen=True, slots=True)
class Owed:
    """The open balance in one currency: how many invoices, and the part whose due date has passed."""

    total: Money
    invoices: int
    overdue: Money
    overdue_invoices: int


@dataclass(frozen=True, slots=True)
class DueInvoice:
    """The invoice that is due first."""

    public_id: str
    number: str
    title: str
    due_on: date | None


def visible(actor: Customer):
    """Return what must hold of an invoice for this customer's contact to see it; drafts are never shown."""
    conditions = [
        Invoice.customer_id == actor.customer_id,
        col(Invoice.deleted_at).is_(None),
        col(Invoice.status) != "draft",
    ]
    if actor.locations is not None:
        conditions.append(col(Invoice.location_id).in_(actor.locations))
    return conditions


def _open(actor: Customer):
    return [*visible(actor), col(Invoice.status).in_(UNPAID), Invoice.balance_minor > 0]


def owed(session: Session, actor: Customer, today: date) -> list[Owed]:
    """Return what is open, one entry per currency, largest first; nothing without the right to view money."""
    if not actor.may(Right.VIEW_MONEY):
        return []
    late = col(Invoice.due_on) < today
    statement = (
        select(  # type: ignore[call-overload] - SQLModel types four columns at most
            Invoice.currency,
            func.sum(Invoice.balance_minor),
            func.count(),
            func.sum(case((late, Invoice.balance_minor), else_=0)),
            func.sum(case((late, 1), else_=0)),
        )
        .where(*_open(actor))
        .group_by(Invoice.currency)
    )
    rows = session.exec(statement).all()
    found = [
        Owed(Money(int(total), currency), count, Money(int(overdue or 0), currency), int(late_count or 0))
        for currency, total, count, overdue, late_count in rows
    ]
    return sorted(found, key=lambda entry: -entry.total.minor)


def due_first(session: Session, actor: Customer) -> DueInvoice | None:
    """Return the unpaid invoice with the earliest due date, or None."""
    if not actor.may(Right.VIEW_MONEY):
        return None
    statement = (
        select(Invoice)
        .where(*_open(actor))
        .order_by(col(Invoice.due_on).is_(None), col(Invoice.due_on), col(Invoice.id))
        .limit(1)
    )
    row = session.exec(statement).first()
    return DueInvoice(row.public_id, row.number, row.title, row.due_on) if row else None
