"""What customers ask for: a row in the office's inbox and a command for the CRM, written in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, Customer, Job, Location, Outbox, Recommendation, ServiceRequest, Visit
from portal_app.services import activity, outbox, outbox_hooks, properties, reach
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Staff
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import Permission, Right

COMMAND = "service-requests"
WORK = "work"
OPEN = "open"
DETAIL_LENGTH = 4000
SHOWN = 50
_OVER = {
    "quoted": "A quote for this has been made already.",
    "done": "This is done already.",
    "completed": "This is done already.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for, and when (UTC)."""

    public_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """One request for the office; `way` is the state of its command in the outbox, empty where none was written."""

    public_id: str
    kind: str
    title: str
    description: str
    status: str
    at: datetime
    who: str
    place: str
    customer: str
    customer_public_id: str
    way: str


def ask_for_quote(session: Session, actor: CustomerActor, recommendation: str) -> Asked:
    """Ask for a quote of what a technician recommended; asked again, the first request is returned.

    Needs the rights to view jobs and to request, at the property of the visit; NotFound for what is somebody else's or
    out of reach, Invalid for what is not open any more.
    """
    actor.require(Right.REQUEST)
    actor.require(Right.VIEW_JOBS)
    advice, visit = _advice(session, actor, recommendation)
    known = session.exec(select(ServiceRequest).where(ServiceRequest.recommendation_id == advice.id)).first()
    if known is not None and known.customer_id != actor.customer_id:
        raise Invalid("No quote can be asked for this any more. Please ring the office.")
    if known is not None:
        return Asked(known.public_id, known.created_at)
    if advice.state != OPEN:
        raise Invalid(_OVER.get(advice.state, "No quote can be asked for this any more. Please ring the office."))
    row = ServiceRequest(
        customer_id=actor.customer_id,
        contact_id=actor.contact_id,
        location_id=visit.location_id,
        job_id=visit.job_id,
        recommendation_id=advice.id,
        kind=WORK,
        title=f"Quote for: {advice.title}"[:300],
        description=advice.detail[:DETAIL_LENGTH],
    )
    session.add(row)
    session.flush()
    _send(session, row)
    activity.record(
        session, actor, "request.made", subject=("service_request", row.id), facts={"recommendation": advice.public_id}
    )
    return Asked(row.public_id, row.created_at)


def _advice(session: Session, actor: CustomerActor, public_id: str) -> tuple[Recommendation, Visit]:
    """Return a recommendation that the contact sees, with its visit, and hold it until the transaction ends."""
    statement = (
        select(Recommendation)
        .where(
            Recommendation.public_id == public_id,
            Recommendation.customer_id == actor.customer_id,
            Recommendation.state != "withdrawn",
        )
        .with_for_update()
    )
    advice = session.exec(statement).first()
    if advice is None:
        raise NotFound
    visit = session.get_one(Visit, advice.visit_id)
    job = session.get_one(Job, visit.job_id)
    theirs = visit.customer_id == job.customer_id == actor.customer_id
    gone = visit.deleted_at or job.deleted_at or job.hidden_at or not theirs
    if gone or not reach.may_at(actor, Right.VIEW_JOBS, visit.location_id):
        raise NotFound
    if not reach.may_at(actor, Right.REQUEST, visit.location_id):
        raise NotAllowed
    return advice, visit


def _send(session: Session, row: ServiceRequest) -> None:
    """Put the command for the CRM into the outbox; a customer that the CRM does not know is the office's alone."""
    customer = session.get_one(Customer, row.customer_id)
    if not customer.external_id:
        return
    outbox.put(
        session,
        COMMAND,
        f"request:{row.public_id}",
        _payload(session, row, customer),
        customer_id=row.customer_id,
        contact_id=row.contact_id,
        public_id=row.public_id,
    )


def _payload(session: Session, row: ServiceRequest, customer: Customer) -> dict[str, Any]:
    contact = session.get_one(Contact, row.contact_id)
    phone = next((str(phone.get("number") or "") for phone in contact.phones or ()), "")
    job = session.get(Job, row.job_id) if row.job_id else None
    payload: dict[str, Any] = {
        "customer_id": customer.external_id,
        "contact": {"name": contact.name, "email": contact.email, "phone": phone},
        "kind": row.kind,
        "title": row.title,
        "description": row.description,
        "preferred_times": row.preferred_times,
        "photos": [],
    }
    if job is not None and job.external_id:
        payload["job_id"] = job.external_id
    place = session.get(Location, row.location_id) if row.location_id else None
    if place is not None and place.external_id:
        return payload | {"location_id": place.external_id}
    return payload | {"address": (place.address if place is not None else customer.billing_address) or {}}


def hear(session: Session, row: Outbox, outcome: Outcome) -> None:
    """Note the CRM's own id of a request once it has taken it; a refusal stands in the outbox for the office."""
    if outcome.state != outbox.DONE or not outcome.external_id:
        return
    request = session.exec(select(ServiceRequest).where(ServiceRequest.public_id == row.public_id)).first()
    if request is not None:
        request.external_id = outcome.external_id[:200]


def of_customer(session: Session, actor: Staff, customer_public_id: str) -> list[RequestFacts]:
    """Return what a customer's people asked for newest first, at most SHOWN."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, customer_public_id)
    return _facts(session, ServiceRequest.customer_id == customer.id)


def _facts(session: Session, condition: Any) -> list[RequestFacts]:
    statement = (
        select(ServiceRequest, Contact, Location, Customer, Outbox)  # type: ignore[call-overload] - four are typed
        .join(Contact, col(Contact.id) == col(ServiceRequest.contact_id))
        .join(Customer, col(Customer.id) == col(ServiceRequest.customer_id))
        .outerjoin(Location, col(Location.id) == col(ServiceRequest.location_id))
        .outerjoin(Outbox, col(Outbox.public_id) == col(ServiceRequest.public_id))
        .where(condition)
        .order_by(col(ServiceRequest.id).desc())
        .limit(SHOWN)
    )
    return [
        RequestFacts(
            public_id=row.public_id,
            kind=row.kind,
            title=row.title,
            description=row.description,
            status=row.status,
            at=row.created_at,
            who=who.name,
            place=properties.name_of(place.label, place.address) if place is not None else "",
            customer=customer.name,
            customer_public_id=customer.public_id,
            way=way.state if way is not None else "",
        )
        for row, who, place, customer, way in session.exec(statement)
    ]


outbox_hooks.on_outcome(COMMAND, hear)
