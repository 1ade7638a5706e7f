"""Jobs, visits, quotes and invoices of one customer, written straight into the test's database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from portal_app import database
from portal_app.models import (
    CrmConnection,
    Invoice,
    Job,
    Location,
    Quote,
    Recommendation,
    Technician,
    Visit,
    VisitTechnician,
)
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

LONDON = "Europe/London"
NOW = datetime(2026, 11, 25, 10, 51, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Return a time of NOW's day (UTC, which is London's in November), or of another day."""
    return NOW.replace(hour=hour, minute=minute) + timedelta(days=days)


def save(row: SQLModel) -> int:
    """Write one row and return its number."""
    with database.transaction() as session:
        return keep(session, row)


def keep(session: Session, row: SQLModel) -> int:
    """Add one row in the caller's transaction and return its number."""
    session.add(row)
    session.flush()
    return getattr(row, "id", 0) or 0


def add_visit(
    customer_id: int,
    title: str = "Annual boiler service",
    status: str = "scheduled",
    start: datetime | None = None,
    *,
    technicians: tuple[int, ...] = (),
    job: dict[str, Any] | None = None,
    **fields: Any,
) -> int:
    """Write a visit of two hours' window with its job; returns the visit's row."""
    start = start or at(10)
    window = {"window_start": start, "window_end": start + timedelta(hours=2)}
    with database.transaction() as session:
        job_id = keep(session, Job(customer_id=customer_id, title=title, opened_at=start, **(job or {})))
        values: dict[str, Any] = {"sort_at": start, **window, **fields}
        row = Visit(job_id=job_id, customer_id=customer_id, status=status, **values)
        visit_id = keep(session, row)
        for position, technician_id in enumerate(technicians):
            session.add(VisitTechnician(visit_id=visit_id, technician_id=technician_id, position=position))
        return visit_id


def add_invoice(customer_id: int, number: str = "2291", **fields: Any) -> int:
    """Write an open invoice of 240.00 pounds, due in three days."""
    values: dict[str, Any] = {
        "status": "open",
        "currency": "GBP",
        "total_minor": 24000,
        "balance_minor": 24000,
        "issued_on": TODAY - timedelta(days=11),
        "due_on": TODAY + timedelta(days=3),
        **fields,
    }
    return save(Invoice(customer_id=customer_id, number=number, **values))


def add_quote(customer_id: int, number: str = "1048", **fields: Any) -> int:
    """Write a quote of 2,046.00 pounds that waits for an answer."""
    values: dict[str, Any] = {
        "status": "sent",
        "currency": "GBP",
        "total_minor": 204600,
        "issued_on": TODAY - timedelta(days=4),
        "expires_on": TODAY + timedelta(days=10),
        **fields,
    }
    return save(Quote(customer_id=customer_id, number=number, **values))


def add_advice(customer_id: int, visit_id: int, title: str = "A filter", **fields: Any) -> int:
    """Write an open recommendation."""
    values: dict[str, Any] = {"external_id": title, "currency": "GBP", **fields}
    return save(Recommendation(visit_id=visit_id, customer_id=customer_id, title=title, **values))


def add_location(customer_id: int, label: str, **fields: Any) -> int:
    """Write a property."""
    address = {"line1": f"1 {label} Road", "city": "Bath"}
    return save(Location(customer_id=customer_id, label=label, **{"address": address, **fields}))


def add_technician(name: str = "Dave Okafor", **fields: Any) -> int:
    """Write a technician."""
    return save(Technician(name=name, **fields))


def add_connection(last_success_at: datetime | None) -> int:
    """Write the connection to a CRM."""
    return save(CrmConnection(name="crm", base_url="http://127.0.0.1:9", last_success_at=last_success_at))


def contact(customer_id: int, *rights: Right, locations: frozenset[int] | None = None) -> Customer:
    """Return somebody of a customer who acts, with all rights unless some are named."""
    return Customer(1, customer_id, 1, 1, "Sarah Whitcombe", frozenset(rights or Right), locations)
