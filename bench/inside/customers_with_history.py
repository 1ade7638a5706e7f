"""Write one customer for each number of entries that is named, and print a Cookie header for each."""

import json
import sys
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import (
    Contact,
    Customer,
    File,
    Invoice,
    Job,
    Location,
    Login,
    Quote,
    Recommendation,
    Visit,
)
from portal_app.services import sessions
from portal_app.services.actors import Origin
from portal_app.services.rights import ROLE_RIGHTS, Role

# Twenty thousand are ten years of a landlord; the fewer are as close together, so that a page holds as many kinds.
IN_A_WEEK = 40
ADVISED = 10
VISIT, PHOTO, DOCUMENT, INVOICE, QUOTE, JOB = range(6)
KINDS = 6
# Whole rounds of the kinds.
AT_ONCE = 996


def customer_with(entries: int) -> str:
    """Write a customer of two properties with so many entries, each kind as often; returns a Cookie header."""
    with transaction() as session:
        customer = Customer(name=f"Customer of {entries} entries", portal_access=True)
        login = Login(email=f"history-of-{entries}@bench.example")
        session.add_all([customer, login])
        session.flush()
        customer_id = customer.id or 0
        places = [Location(customer_id=customer_id, label=label) for label in ("Mill", "Barn")]
        rights = sorted(right.value for right in ROLE_RIGHTS[Role.OWNER])
        contact = Contact(customer_id=customer_id, login_id=login.id, name="Owner", role=Role.OWNER, rights=rights)
        session.add_all([contact, *places])
        session.flush()
        for first in range(0, entries, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, entries))
            _write(session, numbers, customer_id, [place.id or 0 for place in places])
        token = sessions.start(session, login, contact_id=contact.id, remembered=True, origin=Origin())
    return f"{sessions.cookie_name(https=False)}={token}"


def _write(session: Session, numbers: range, customer_id: int, places: list[int]) -> None:
    jobs = {n: _job(n, customer_id, places[n // KINDS % 2]) for n in numbers if n % KINDS in (VISIT, JOB)}
    session.add_all(jobs.values())
    session.flush()
    # What is no job of its own hangs on the one whose visit it follows.
    made = [_entry(number, jobs[number - number % KINDS]) for number in numbers if number not in jobs]
    visits = [_visit(job) for number, job in jobs.items() if number % KINDS == VISIT]
    session.add_all([*made, *visits])
    session.flush()
    session.add_all(
        Recommendation(visit_id=visit.id or 0, customer_id=customer_id, external_id="1", title="Fit a filter")
        for visit in visits[::ADVISED]
    )
    session.flush()


def _at(number: int) -> datetime:
    return clock.now() - number * timedelta(days=7) / IN_A_WEEK - timedelta(days=1)


def _job(number: int, customer_id: int, place: int) -> Job:
    values: dict[str, Any] = {"title": f"Boiler {number}", "status": "completed", "opened_at": _at(number)}
    visited = number % KINDS == VISIT
    return Job(number=str(number), customer_id=customer_id, location_id=place, visited=visited, **values)


def _here(job: Job) -> dict[str, Any]:
    return {"job_id": job.id or 0, "customer_id": job.customer_id, "location_id": job.location_id}


def _visit(job: Job) -> Visit:
    words = "Serviced, cleaned and tested. Flue gas and tightness within limits, pressure 1.4 bar."
    return Visit(status="completed", sort_at=job.opened_at, work_summary=words, **_here(job))


def _entry(number: int, job: Job) -> SQLModel:
    here, at = _here(job), _at(number)
    paper: dict[str, Any] = {"number": job.number, "title": job.title, "currency": "GBP", "total_minor": 100}
    file: dict[str, Any] = {"digest": f"{number:064x}", "sort_at": at, "size": 1000, "name": job.title}
    kind = number % KINDS
    if kind == PHOTO:
        return File(kind="photo", content_type="image/jpeg", width=400, height=300, **file, **here)
    if kind == DOCUMENT:
        return File(kind="document", content_type="application/pdf", **file, **here)
    table: Any = Invoice if kind == INVOICE else Quote
    return table(status="paid" if kind == INVOICE else "approved", issued_on=at.date(), **paper, **here)


if __name__ == "__main__":
    print(json.dumps([customer_with(int(count)) for count in sys.argv[1:]]))
