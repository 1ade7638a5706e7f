"""What a customer owes."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from portal_app.models import Invoice
from portal_app.money import Money
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

UNPAID = ("open", "partially_paid")
# A word of the CRM that nobody has mapped may mean a draft.
NEVER_SHOWN = ("draft", "unknown")


@dataclass(frozen=True, slots=True)
class Owed:
    """The open balance in one currency: how many invoices, the part whose due date has passed, the first due date.

    `number` is the invoice's where there is only one.
    """

    total: Money
    invoices: int
    overdue: Money
    overdue_invoices: int
    due_first: date | None
    number: str


def visible(actor: Customer) -> list[ColumnElement[bool]]:
    """Return what must hold of an invoice for this customer's contact to see it; drafts are never shown.

    Somebody limited to some properties sees those properties' invoices, and none that names no property.
    """
    conditions = [
        col(Invoice.customer_id) == actor.customer_id,
        col(Invoice.deleted_at).is_(None),
        col(Invoice.status).not_in(NEVER_SHOWN),
    ]
    if actor.locations is not None:
        conditions.append(col(Invoice.location_id).in_(actor.locations))
    return conditions


def owed(session: Session, actor: Customer, today: date) -> list[Owed]:
    """Return what is open, one entry per currency, largest first; nothing without the right to view money.

    One query over the customer's unpaid invoices alone, however many are paid. An invoice due today is not overdue.
    """
    if not actor.may(Right.VIEW_MONEY):
        return []
    late = col(Invoice.due_on) < today
    statement = (
        select(
            col(Invoice.currency),
            func.sum(Invoice.balance_minor),
            func.count(),
            func.sum(case((late, col(Invoice.balance_minor)), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.min(Invoice.due_on),
            func.max(Invoice.number),
        )
        .where(*visible(actor), col(Invoice.status).in_(UNPAID), col(Invoice.balance_minor) > 0)
        .group_by(col(Invoice.currency))
    )
    found = [
        Owed(
            total=Money(int(total), currency),
            invoices=count,
            overdue=Money(int(overdue), currency),
            overdue_invoices=int(late_count),
            due_first=due_first,
            number=number if count == 1 else "",
        )
        for currency, total, count, overdue, late_count, due_first, number in session.connection().execute(statement)
    ]
    return sorted(found, key=lambda entry: (-entry.total.minor, entry.total.currency))
