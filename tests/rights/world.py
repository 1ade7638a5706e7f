"""A customer with one of everything, each with words that stand nowhere else, so that a leak can be seen."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import select

from portal_app import clock, database
from portal_app.models import (
    Allocation,
    BookingNote,
    Business,
    Contact,
    ContactLocation,
    File,
    Invoice,
    InvoiceLine,
    Job,
    Location,
    Payment,
    Quote,
    QuoteLine,
    Recommendation,
    SecureLink,
    Series,
    Technician,
    Visit,
    VisitStatusChange,
    VisitTechnician,
)
from portal_app.services.rights import Right
from tests.services import people
from tests.services.people import Person


def stands_in(mark: str, text: str) -> bool:
    """Return whether a mark is told; digits that only happen to be part of a longer number, as of a moment, are not."""
    return re.search(rf"(?<!\d){re.escape(mark)}(?!\d)", text) is not None


# The words that only somebody with the right may ever be sent.
MARKS: dict[Right, tuple[str, ...]] = {
    Right.VIEW_JOBS: (
        "Kestrel",
        "4471",
        "Dunlin",
        "Plover",
        "Bittern",
        "Curlew",
        "Gannet",
        "Whinchat",
        "Dotterel",
        "Whimbrel",
    ),
    Right.VIEW_MONEY: ("Magnesium", "Cadmium", "7771", "318.19", "Zirconium", "R-6663", "533.17"),
    Right.VIEW_QUOTES: ("Hyacinth", "8882", "427.43"),
    Right.MARGINS: ("53.97",),
    Right.DOCUMENTS: ("Wigeon",),
}
SOMEWHERE = "Elsewhere Lane"


@dataclass(frozen=True)
class World:
    """One person of a customer with everything, at one property; `elsewhere` is another property, where nothing is."""

    person: Person
    here: int
    elsewhere: int
    job: str
    invoice: str
    photo: str
    payment: str
    files: tuple[str, ...]
    plan: str

    def actor(self, **contact: Any) -> Any:
        """Change the contact's columns, sign in and return whom the session stands for."""
        people.change(Contact, self.person.contact_id, **contact)
        return people.actor_of(people.start_session(self.person))

    def limit_to(self, location_id: int) -> None:
        """Let the person see one property only."""
        people.change(Contact, self.person.contact_id, all_locations=False)
        with database.transaction() as session:
            session.add(ContactLocation(contact_id=self.person.contact_id or 0, location_id=location_id))


def make_world() -> World:
    """Write the business, the customer and all that they have."""
    people.make_business()
    person = people.make_customer("sarah@example.com")
    people.change(Contact, person.contact_id, rights=sorted(Right))
    owner = person.customer_id or 0
    with database.transaction() as session:
        here = Location(customer_id=owner, label="Mill House", address={"line1": "1 Mill Lane"})
        elsewhere = Location(customer_id=owner, label=SOMEWHERE, address={"line1": "2 Long Road"})
        session.add_all([here, elsewhere])
        session.flush()
        job, technician = _work(session, owner, here.id or 0)
        invoice = _papers(session, owner, here.id or 0, job.id or 0)
        payment = _payment(session, owner, invoice.id or 0)
        files = _files(session, owner, here.id or 0, job.id or 0)
        ids = (job.public_id, invoice.public_id, technician.public_id, payment.public_id)
        session.add(
            BookingNote(
                customer_id=owner,
                location_id=here.id or 0,
                contact_id=person.contact_id or 0,
                body="The Whimbrel gate is 6006",
            )
        )
        plan = _plan(session, owner, here.id or 0, job)
        _links(session, owner)
        return World(person, here.id or 0, elsewhere.id or 0, *ids, files, plan)


def _links(session: Any, owner: int) -> None:
    """Write links that were sent to the customer's main person, one to each kind of record, and one to a guest."""
    until = clock.now() + timedelta(days=9)
    tables: dict[str, Any] = {"job": Job, "visit": Visit, "invoice": Invoice, "quote": Quote, "shared": Invoice}
    for kind, table in tables.items():
        target = session.exec(select(table.id).where(table.customer_id == owner)).first()
        session.add(SecureLink(customer_id=owner, target_kind=kind, target_id=target, expires_at=until))


def _plan(session: Any, owner: int, here: int, job: Job) -> str:
    """Write a recurring plan to which the job belongs; returns its public id."""
    plan = Series(customer_id=owner, location_id=here, title="Whinchat plan", rhythm="Every Dotterel month")
    session.add(plan)
    session.flush()
    job.series_id = plan.id
    return plan.public_id


def _files(session: Any, owner: int, here: int, job_id: int) -> tuple[str, ...]:
    """Write a photo and a document of the job; returns their public ids."""
    kinds = (("photo", "Gannet boiler", "image/jpeg"), ("document", "Wigeon certificate", "application/pdf"))
    rows = [
        File(
            customer_id=owner,
            location_id=here,
            job_id=job_id,
            kind=kind,
            name=name,
            content_type=content_type,
            digest="0" * 64,
            sort_at=clock.now(),
        )
        for kind, name, content_type in kinds
    ]
    session.add_all(rows)
    return tuple(row.public_id for row in rows)


def _payment(session: Any, owner: int, invoice_id: int) -> Payment:
    """Write money that has come for the invoice, and is in the CRM's word of it already."""
    payment = Payment(
        customer_id=owner,
        currency="GBP",
        amount_minor=1200,
        method="card",
        method_words="Zirconium card",
        status="succeeded",
        paid_at=clock.now(),
        receipt_number="R-6663",
    )
    # Another one that pays nothing: it is credit.
    spare = {"method_words": "Zirconium cash", "status": "succeeded", "paid_at": clock.now()}
    session.add_all([payment, Payment(customer_id=owner, currency="GBP", amount_minor=53317, method="cash", **spare)])
    session.flush()
    session.add(
        Allocation(
            payment_id=payment.id or 0, invoice_id=invoice_id, amount_minor=1200, cause="payment", booked_at=clock.now()
        )
    )
    return payment


def _work(session: Any, owner: int, here: int) -> tuple[Job, Technician]:
    now = clock.now()
    job = Job(
        customer_id=owner,
        location_id=here,
        title="Kestrel boiler",
        description="Dunlin valves",
        number="4471",
        opened_at=now - timedelta(days=3),
        visited=True,
    )
    technician = Technician(name="Curlew Okafor", photo_hash="0" * 64)
    session.add_all([job, technician])
    session.flush()
    for status, start in (("scheduled", now + timedelta(days=1)), ("completed", now - timedelta(days=2))):
        visit = Visit(
            job_id=job.id or 0,
            customer_id=owner,
            location_id=here,
            status=status,
            sort_at=start,
            window_start=start,
            window_end=start + timedelta(hours=2),
            work_summary="Plover joints were tightened" if status == "completed" else "",
            completed_at=start if status == "completed" else None,
        )
        session.add(visit)
        session.flush()
        session.add(VisitTechnician(visit_id=visit.id or 0, technician_id=technician.id or 0, position=0))
        who = [technician.id or 0]
        step = VisitStatusChange(visit_id=visit.id or 0, status=status, at=start, learned_at=start, technician_ids=who)
        session.add(step)
        if status == "completed":
            session.add(
                Recommendation(
                    visit_id=visit.id or 0,
                    customer_id=owner,
                    external_id="r",
                    title="Bittern filter",
                    currency="GBP",
                    price_from_minor=9000,
                )
            )
    return job, technician


def _papers(session: Any, owner: int, here: int, job_id: int) -> Invoice:
    today = clock.now().date()
    common: dict[str, Any] = {"customer_id": owner, "location_id": here, "job_id": job_id, "currency": "GBP"}
    dates: dict[str, Any] = {"issued_on": today - timedelta(days=5)}
    invoice = Invoice(
        **common,
        **dates,
        number="7771",
        title="Magnesium work",
        status="open",
        total_minor=31819,
        subtotal_minor=31819,
        balance_minor=31819,
        due_on=today + timedelta(days=9),
    )
    quote = Quote(
        **common,
        **dates,
        number="8882",
        title="Hyacinth pump",
        status="sent",
        total_minor=42743,
        expires_on=today + timedelta(days=9),
    )
    session.add_all([invoice, quote])
    session.flush()
    line: dict[str, Any] = {"position": 0, "quantity": "1", "unit_price_minor": 31819, "total_minor": 31819}
    session.add(InvoiceLine(invoice_id=invoice.id or 0, name="Cadmium rod", unit_cost_minor=5397, **line))
    session.add(QuoteLine(quote_id=quote.id or 0, name="Hyacinth rotor", unit_cost_minor=5397, **line))
    return invoice


def switch_off(right: Right, how: str, world: World) -> None:
    """Take a right away: from the `person`, for the whole `portal`, or at the `property` where everything is.

    Whatever was taken before is given back; `nothing` does only that.
    """
    people.change(Contact, world.person.contact_id, rights=sorted(Right), right_locations={})
    people.change(Business, 1, rights_off=[])
    if how == "person":
        people.change(Contact, world.person.contact_id, rights=sorted(set(Right) - {right}))
    elif how == "portal":
        people.change(Business, 1, rights_off=[right.value])
    elif how == "property":
        people.change(Contact, world.person.contact_id, right_locations={right.value: [world.elsewhere]})
