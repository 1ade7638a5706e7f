"""Customers with visits, quotes and invoices, written straight into the test's database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import SQLModel

from portal_app import database
from portal_app.models import (
    Customer,
    Invoice,
    InvoiceLine,
    Job,
    Location,
    Quote,
    QuoteLine,
    Recommendation,
    Technician,
    Visit,
    VisitTechnician,
)
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import Right

NOW = datetime(2026, 11, 22, 10, 51, tzinfo=UTC)
TODAY = date(2026, 11, 22)
LONDON = "Europe/London"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# What a unit cost is in these tests: a number that stands nowhere else.
COST = 777_123_777
Row = TypeVar("Row", bound=SQLModel)


def actor(
    customer_id: int = 1, rights: Iterable[Right] = tuple(Right), locations: Iterable[int] | None = None
) -> Actor:
    """Return a contact of a customer, with all rights unless told otherwise."""
    seen = None if locations is None else frozenset(locations)
    return Actor(1, customer_id, 1, 1, "Sarah Whitcombe", frozenset(rights), seen)


def add(row: Row) -> Row:
    """Write one row and return it."""
    with database.transaction() as session:
        session.add(row)
    return row


def customer(name: str = "Whitcombe", **columns: Any) -> int:
    """Write a customer and return its row number."""
    return add(Customer(name=name, **columns)).id or 0


def location(customer_id: int = 1, label: str = "", line: str = "", **columns: Any) -> int:
    """Write a property and return its row number."""
    address = {"line1": line, "city": "Bath"}
    return add(Location(customer_id=customer_id, label=label, address=address, **columns)).id or 0


def technician(name: str, **columns: Any) -> int:
    """Write a technician and return the row number."""
    return add(Technician(name=name, **columns)).id or 0


def visit(
    status: str,
    starts: datetime = NOW,
    *,
    customer_id: int = 1,
    title: str = "Boiler service",
    technicians: Iterable[int] = (),
    hours: float = 2,
    job: dict[str, Any] | None = None,
    **columns: Any,
) -> int:
    """Write a visit of a job of its own, its window `hours` long from `starts`, and return its row number."""
    times = {"window_start": starts, "window_end": starts + hours * HOUR} if status != "unscheduled" else {}
    with database.transaction() as session:
        told = {"opened_at": starts, "visited": status == "completed", **(job or {})}
        work = Job(customer_id=customer_id, title=title, **told)
        session.add(work)
        session.flush()
        row = Visit(job_id=work.id or 0, customer_id=customer_id, status=status, sort_at=starts, **{**times, **columns})
        session.add(row)
        session.flush()
        people = enumerate(technicians)
        session.add_all([VisitTechnician(visit_id=row.id or 0, technician_id=who, position=n) for n, who in people])
    return row.id or 0


def invoice(
    minor: int, due_on: date | None = None, *, status: str = "open", currency: str = "GBP", **columns: Any
) -> int:
    """Write an invoice whose whole amount is open, with one line that has a cost; returns its row number."""
    given = {"customer_id": 1, "issued_on": TODAY, "balance_minor": minor, "number": "INV-1", **columns}
    with database.transaction() as session:
        row = Invoice(status=status, currency=currency, total_minor=minor, due_on=due_on, **given)
        session.add(row)
        session.flush()
        session.add(InvoiceLine(invoice_id=row.id or 0, name="Part", total_minor=minor, unit_cost_minor=COST))
    return row.id or 0


def quote(minor: int, expires_on: date | None = None, *, status: str = "sent", **columns: Any) -> int:
    """Write a quote with one line that has a cost; returns its row number."""
    given = {"customer_id": 1, "issued_on": TODAY, "currency": "GBP", "number": "Q-1", **columns}
    with database.transaction() as session:
        row = Quote(status=status, total_minor=minor, expires_on=expires_on, **given)
        session.add(row)
        session.flush()
        session.add(QuoteLine(quote_id=row.id or 0, name="Part", total_minor=minor, unit_cost_minor=COST))
    return row.id or 0


def advice(visit_id: int, title: str = "New valve", *, customer_id: int = 1, **columns: Any) -> int:
    """Write a recommendation of a visit and return its row number."""
    given = {"external_id": title, "title": title, "currency": "GBP", **columns}
    return add(Recommendation(visit_id=visit_id, customer_id=customer_id, **given)).id or 0
