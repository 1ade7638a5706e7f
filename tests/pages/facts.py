"""Visits and whole homes as the services give them, without a database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal_app.money import Money
from portal_app.services.business import Look
from portal_app.services.dashboard import Home
from portal_app.services.timeline import Page
from portal_app.services.visits import TechnicianFacts, VisitFacts

NOW = datetime(2025, 11, 26, 10, 51, tzinfo=UTC)
TODAY = date(2025, 11, 26)
UK = Look(name="Hartley", zone="Europe/London", locale="en_GB", currency="GBP", set_up=True)
US = Look(name="Hartley", zone="America/New_York", locale="en_US", currency="USD", country="US", set_up=True)
DAVE = TechnicianFacts("tech1", "Dave Okafor", True)


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Return a time of NOW's day, or of another one."""
    return NOW.replace(hour=hour, minute=minute) + timedelta(days=days)


def visit(status: str = "scheduled", start: datetime | None = None, **fields: Any) -> VisitFacts:
    """Return a visit by Dave with a window of two hours."""
    start = start or at(10)
    values: dict[str, Any] = {
        "id": 1,
        "public_id": "v1",
        "title": "Annual boiler service",
        "plan": -1,
        "window_start": start,
        "window_end": start + timedelta(hours=2),
        "technicians": (DAVE,),
        **fields,
    }
    return VisitFacts(status=status, sort_at=start, **values)


def home(**fields: Any) -> Home:
    """Return a home with nothing in it but what is given."""
    values: dict[str, Any] = {
        "customer_name": "Whitcombe",
        "properties": (("Home", "14 Chestnut Road", "Bath"),),
        "card": None,
        "coming": (),
        "coming_total": len(fields.get("coming", ())),
        "sees_money": True,
        "owed": (),
        "quotes": (),
        "advice": (),
        "history": Page((), ""),
        "as_of": None,
        "now": NOW,
        **fields,
    }
    return Home(**values)


def pounds(major: float) -> Money:
    """Return an amount in pounds."""
    return Money(round(major * 100), "GBP")
