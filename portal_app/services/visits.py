"""Visits as customers see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from portal_app.models import Job, Location, Technician, Visit, VisitStatusChange, VisitTechnician
from portal_app.services import reach, visibility
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

COMING_LIMIT = 20
COMING_COUNTED = 100
SUMMARY_LENGTH = 600
# A window that began yesterday evening may still be open after midnight.
NIGHT = timedelta(hours=12)
# So long ago a window of several days may have begun that is still open.
LONGEST_WINDOW = timedelta(days=31)
# Of a job that was called off these do not come any more, whatever the CRM has left them at.
_WAITING = ("unscheduled", "scheduled", "unknown", "on_hold")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TechnicianFacts:
    """Somebody who comes; `photo` says whether there is one to show."""

    public_id: str
    name: str
    photo: bool


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit with its job's title and its technicians, the leading one first; all times aware UTC.

    `place` is the property's label or first address line, `travel_update` the newest of them, `plan` the
    row of the recurring plan or, negative, of the job: visits of one plan share it. `work_summary` is cut. `begun` says
    of somebody on the way that work had begun before, since the visit was planned last.
    """

    id: int
    public_id: str
    title: str
    status: str
    sort_at: datetime
    plan: int = 0
    job_public_id: str = ""
    status_reason: str = ""
    place: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    eta_at: datetime | None = None
    eta_told_at: datetime | None = None
    on_the_way_at: datetime | None = None
    begun: bool = False
    started_at: datetime | None = None
    on_hold_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    travel_update: str = ""
    travel_update_at: datetime | None = None
    work_summary: str = ""
    technicians: tuple[TechnicianFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """The visits of about now, in no order, and how many are still to come (counted to COMING_COUNTED)."""

    visits: tuple[VisitFacts, ...] = ()
    coming: int = 0


def around_now(session: Session, actor: Customer, day_start: datetime, day_end: datetime) -> Around:
    """Return what may lead the home page or stand under "coming": under way, today's, next, just ended.

    `day_start` and `day_end` are the ends of the business's day in UTC. Technicians are added by `with_technicians`.
    Every status is its own bounded walk along the index (customer, status, time), so a long history costs nothing.
    """
    if not actor.may(Right.VIEW_JOBS):
        return Around()
    ends = {"lately": day_start - timedelta(days=3), "soon": day_start - NIGHT, "began": day_start - LONGEST_WINDOW}
    given = reach.values(actor, day_start=day_start, day_end=day_end, **ends)
    statement = _around(limited=reach.limited(actor))
    rows = session.connection().execute(statement, given).mappings().all()
    return Around(tuple(facts_of(row) for row in rows), rows[0]["to_come"] if rows else 0)


@cache
def _around(*, limited: bool) -> Select[*tuple[Any, ...]]:
    start = col(Visit.sort_at)
    lately, ended = start >= bindparam("lately"), start < bindparam("day_end")
    ends = func.coalesce(col(Visit.window_end), col(Visit.scheduled_end))
    soon = and_(start >= bindparam("began"), or_(start >= bindparam("soon"), ends > bindparam("day_start")))
    ids = union_all(
        newest("on_the_way", 3, limited=limited),
        newest("in_progress", 3, limited=limited),
        newest("on_hold", 3, limited=limited),
        newest("unscheduled", 1, limited=limited),
        newest("completed", 3, lately, ended, limited=limited),
        newest("canceled", 3, start >= bindparam("day_start"), ended, limited=limited),
        _soonest("scheduled", soon, limited=limited),
        _soonest("unknown", soon, limited=limited),
    )
    to_come = [_counted(status, soon, limited=limited) for status in ("scheduled", "unknown")]
    return statement_of(ids, col(Visit.travel_updates), (to_come[0] + to_come[1]).label("to_come"))


def newest(status: str, limit: Any, *conditions: ColumnElement[bool], limited: bool) -> Select[Any]:
    """Return the ids of the newest visits of one status that the contact may see, in a form a union takes."""
    order = (col(Visit.sort_at).desc(), col(Visit.id).desc())
    return _some(_of_status(status, limited=limited).where(*conditions).order_by(*order).limit(limit))


def _soonest(status: str, *conditions: ColumnElement[bool], limited: bool) -> Select[Any]:
    order = (col(Visit.sort_at), col(Visit.id))
    return _some(_of_status(status, limited=limited).where(*conditions).order_by(*order).limit(COMING_LIMIT))


def _of_status(status: str, *, limited: bool) -> Select[Any]:
    conditions = [*reach.within(Visit, limited=limited), col(Visit.status) == status, col(Job.deleted_at).is_(None)]
    if status in _WAITING:
        conditions.append(col(Job.status) != "canceled")
    return select(col(Visit.id)).join(Job, reach.job_of_visit()).where(*conditions)


def _some(chosen: Select[Any]) -> Select[Any]:
    # SQLite takes ORDER BY and LIMIT in a branch of a union only inside a sub-query.
    return select(chosen.subquery())


def _counted(status: str, *conditions: ColumnElement[bool], limited: bool) -> Any:
    some = _of_status(status, limited=limited).where(*conditions).limit(COMING_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


_PLAIN = (
    "id",
    "public_id",
    "status",
    "status_reason",
    "sort_at",
    "eta_at",
    "eta_told_at",
    "on_the_way_at",
    "started_at",
    "on_hold_at",
    "completed_at",
    "canceled_at",
)


def cut(column: Any, length: int) -> Any:
    """Return the beginning of a text, so that a note of a megabyte stays in the database."""
    return func.substr(col(column), 1, length)


def statement_of(ids: Any, *extra: Any) -> Select[*tuple[Any, ...]]:
    """Return a query of the columns that VisitFacts needs, and others."""
    return (
        select(
            *(getattr(Visit, name) for name in _PLAIN),
            func.coalesce(col(Visit.window_start), col(Visit.scheduled_start)).label("window_start"),
            func.coalesce(col(Visit.window_end), col(Visit.scheduled_end)).label("window_end"),
            cut(Visit.work_summary, SUMMARY_LENGTH).label("work_summary"),
            _begun().label("begun"),
            col(Job.title).label("title"),
            col(Job.public_id).label("job_public_id"),
            func.coalesce(col(Job.series_id), -col(Job.id)).label("plan"),
            col(Location.label).label("label"),
            col(Location.address).label("address"),
            *extra,
        )
        .join(Job, reach.job_of_visit())
        .outerjoin(Location, (col(Location.id) == col(Visit.location_id)) & col(Location.deleted_at).is_(None))
        .where(col(Visit.id).in_(ids))
    )


def _begun() -> ColumnElement[bool]:
    """Return that the history of a visit on the way has work in it since the last plan: its own stamps do not say."""
    step, later = aliased(VisitStatusChange), aliased(VisitStatusChange)
    planned = exists().where(
        col(later.visit_id) == col(step.visit_id),
        col(later.id) > col(step.id),
        col(later.status).in_(("scheduled", "unscheduled")),
    )
    worked = exists().where(col(step.visit_id) == col(Visit.id), col(step.status) == "in_progress", ~planned)
    return case((col(Visit.status) == "on_the_way", worked), else_=false())


def facts_of(row: RowMapping) -> VisitFacts:
    """Return one row of `statement_of` as facts, without technicians."""
    text, at = _last_update(row.get("travel_updates") or [])
    return VisitFacts(
        **{name: row[name] for name in (*_PLAIN, "title", "plan", "job_public_id", "window_start", "window_end")},
        begun=bool(row["begun"]),
        work_summary=row["work_summary"] or "",
        place=row["label"] or (row["address"] or {}).get("line1", ""),
        travel_update=text,
        travel_update_at=at,
    )


def _last_update(updates: list[dict[str, Any]]) -> tuple[str, datetime | None]:
    """Return the newest travel update and when it was said; the CRM may tell an older one later."""
    if not updates:
        return "", None
    last = sorted(updates, key=lambda said: _said_at(said) or _NEVER)[-1]
    return str(last.get("text", "")), _said_at(last)


def _said_at(update: dict[str, Any]) -> datetime | None:
    at = datetime.fromisoformat(update["at"]) if update.get("at") else None
    return at.astimezone(UTC) if at else None


def technicians_of(session: Session, visit_ids: Iterable[int]) -> dict[int, tuple[TechnicianFacts, ...]]:
    """Return who comes to each of these visits, the leading one first; nobody where the office does not show it."""
    ids = sorted(set(visit_ids))
    if not ids:
        return {}
    rows = session.connection().execute(_technicians(), {"visit_ids": ids})
    found: dict[int, tuple[TechnicianFacts, ...]] = {}
    for visit_id, _, public_id, name, photo in sorted(rows, key=lambda row: row[:2]):
        found[visit_id] = (*found.get(visit_id, ()), TechnicianFacts(public_id, name, bool(photo)))
    return found


@cache
def _technicians() -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(VisitTechnician.visit_id),
            col(VisitTechnician.position),
            col(Technician.public_id),
            col(Technician.name),
            col(Technician.photo_hash),
        )
        .join(Technician, col(Technician.id) == col(VisitTechnician.technician_id))
        .where(
            col(VisitTechnician.visit_id).in_(bindparam("visit_ids", expanding=True)),
            col(Technician.deleted_at).is_(None),
            ~visibility.hidden("technicians"),
        )
    )


def names_of(session: Session, technician_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of technicians by their rows; nobody's where the office does not show who comes."""
    ids = sorted(set(technician_ids))
    rows = session.connection().execute(_names(), {"ids": ids}).all() if ids else ()
    return {row.id: row.name for row in rows}


@cache
def _names() -> Select[*tuple[Any, ...]]:
    return select(col(Technician.id), col(Technician.name)).where(
        col(Technician.id).in_(bindparam("ids", expanding=True)),
        col(Technician.deleted_at).is_(None),
        ~visibility.hidden("technicians"),
    )


def with_technicians(visit: VisitFacts, people: Mapping[int, tuple[TechnicianFacts, ...]]) -> VisitFacts:
    """Return the visit with its technicians out of what `technicians_of` found."""
    return replace(visit, technicians=people.get(visit.id, ()))
