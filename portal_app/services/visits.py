"""Visits as customers see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portal_app.models import Job, Technician, Visit, VisitTechnician
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

UNDER_WAY = ("on_the_way", "in_progress", "on_hold")
COMING_LIMIT = 12


@dataclass(frozen=True, slots=True)
class TechnicianFacts:
    """Somebody who comes; `photo` says whether there is one to show."""

    public_id: str
    name: str
    photo: bool


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit with its job's title and its technicians, the leading one first; all times aware UTC."""

    id: int
    public_id: str
    title: str
    status: str
    status_reason: str
    location_id: int | None
    sort_at: datetime
    window_start: datetime | None
    window_end: datetime | None
    eta_at: datetime | None
    eta_told_at: datetime | None
    on_the_way_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    travel_update: str
    work_summary: str
    technicians: tuple[TechnicianFacts, ...]


def visible(actor: Customer):
    """Return what must hold of a visit for this customer's contact to see it.

    Somebody limited to some properties sees no visit that has none.
    """
    conditions = [Visit.customer_id == actor.customer_id, col(Visit.deleted_at).is_(None)]
    if actor.locations is not None:
        conditions.append(col(Visit.location_id).in_(actor.locations))
    return conditions


def around_now(session: Session, actor: Customer, day_start: datetime) -> list[VisitFacts]:
    """Return the visits of today and later, soonest first, after those of earlier days still under way.

    `day_start` is the beginning of the business's day. Cancelled ones only count today. At most twelve and three.
    """
    if not actor.may(Right.VIEW_JOBS):
        return []
    coming = (
        select(Visit, Job.title)
        .join(Job, col(Job.id) == Visit.job_id)
        .where(*visible(actor), Visit.sort_at >= day_start)
        .order_by(col(Visit.sort_at), col(Visit.id))
        .limit(COMING_LIMIT)
    )
    left_over = (
        select(Visit, Job.title)
        .join(Job, col(Job.id) == Visit.job_id)
        .where(*visible(actor), col(Visit.status).in_(UNDER_WAY), Visit.sort_at < day_start)
        .limit(3)
    )
    rows = [*session.exec(left_over).all(), *session.exec(coming).all()]
    return facts(session, rows)


def facts(session: Session, rows: Iterable[tuple[Visit, str]]) -> list[VisitFacts]:
    """Return visits with their technicians; one query for all of them."""
    rows = list(rows)
    people = _technicians(session, [visit.id or 0 for visit, _ in rows])
    return [_facts(visit, title, people.get(visit.id or 0, ())) for visit, title in rows]


def _facts(visit: Visit, title: str, technicians: tuple[TechnicianFacts, ...]) -> VisitFacts:
    updates = [str(update.get("text", "")) for update in visit.travel_updates]
    return VisitFacts(
        id=visit.id or 0,
        public_id=visit.public_id,
        title=title,
        status=visit.status,
        status_reason=visit.status_reason,
        location_id=visit.location_id,
        sort_at=visit.sort_at,
        window_start=visit.window_start or visit.scheduled_start,
        window_end=visit.window_end or visit.scheduled_end,
        eta_at=visit.eta_at,
        eta_told_at=visit.eta_told_at,
        on_the_way_at=visit.on_the_way_at,
        started_at=visit.started_at,
        completed_at=visit.completed_at,
        travel_update=updates[-1] if updates else "",
        work_summary=visit.work_summary,
        technicians=technicians,
    )


def _technicians(session: Session, visit_ids: list[int]) -> dict[int, tuple[TechnicianFacts, ...]]:
    if not visit_ids:
        return {}
    statement = (
        select(VisitTechnician.visit_id, Technician.public_id, Technician.name, Technician.photo_hash)
        .join(Technician, col(Technician.id) == VisitTechnician.technician_id)
        .where(col(VisitTechnician.visit_id).in_(visit_ids), col(Technician.deleted_at).is_(None))
        .order_by(col(VisitTechnician.visit_id), col(VisitTechnician.position))
    )
    found: dict[int, tuple[TechnicianFacts, ...]] = {}
    for visit_id, public_id, name, photo in session.exec(statement):
        found[visit_id] = (*found.get(visit_id, ()), TechnicianFacts(public_id, name, bool(photo)))
    return found
