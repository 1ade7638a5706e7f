"""Write one customer for each number of jobs that is named, and print a Cookie header for each."""

import json
import sys
from datetime import timedelta

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Customer, Invoice, Job, Location, Login, Visit
from portal_app.services import sessions
from portal_app.services.actors import Origin
from portal_app.services.rights import ROLE_RIGHTS, Role

# So many of the jobs are not over yet, whatever their number.
ACTIVE = 5
DAY = timedelta(days=1)


def customer_with(jobs: int) -> str:
    """Write a customer of two properties with so many jobs, a visit and an invoice each; returns a Cookie header."""
    with transaction() as session:
        customer = Customer(name=f"Customer of {jobs} jobs", portal_access=True)
        login = Login(email=f"owner-of-{jobs}@bench.example")
        session.add_all([customer, login])
        session.flush()
        customer_id = customer.id or 0
        places = [Location(customer_id=customer_id, label=label) for label in ("Mill", "Barn")]
        rights = sorted(right.value for right in ROLE_RIGHTS[Role.OWNER])
        contact = Contact(customer_id=customer_id, login_id=login.id, name="Owner", role=Role.OWNER, rights=rights)
        session.add_all([contact, *places])
        session.flush()
        for first in range(0, jobs, 1000):
            numbers = range(first, min(first + 1000, jobs))
            made = [_job(number, customer_id, places[number % 2].id) for number in numbers]
            session.add_all(made)
            session.flush()
            session.add_all([row for job in made for row in _hanging_on(job)])
            session.flush()
        token = sessions.start(session, login, contact_id=contact.id, remembered=True, origin=Origin())
    return f"{sessions.cookie_name(https=False)}={token}"


def _job(number: int, customer_id: int, place: int | None) -> Job:
    status = "open" if number < ACTIVE else "completed"
    opened = clock.now() - number * DAY / 10
    return Job(
        number=str(number), customer_id=customer_id, location_id=place, title="Boiler", status=status, opened_at=opened
    )


def _hanging_on(job: Job) -> list[Visit | Invoice]:
    here = {"job_id": job.id or 0, "customer_id": job.customer_id, "location_id": job.location_id}
    coming = job.status == "open"
    at = clock.now() + DAY if coming else job.opened_at
    visit = Visit(status="scheduled" if coming else "completed", sort_at=at, window_start=at, **here)
    invoice = Invoice(
        number=job.number,
        status="open" if coming else "paid",
        currency="GBP",
        total_minor=100,
        balance_minor=100 if coming else 0,
        issued_on=job.opened_at.date(),
        **here,
    )
    return [visit, invoice]


if __name__ == "__main__":
    print(json.dumps([customer_with(int(count)) for count in sys.argv[1:]]))
