"""Recurring plans: each stands once in a customer's lists, with what was done and what comes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, func, or_, select
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import NotFound
from portal_app.models import Job, Location, Series, Visit
from portal_app.services import cursors, jobs, properties, reach, visits
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.visits import VisitFacts

PLANS_PAGE = 60
PAGE = 12
LONGEST_PAGE = 240
# More visits of one plan are not looked through; at one a week that is forty years.
MOST_VISITS = 2000
COMING_SHOWN = 30
COMING = ("scheduled", "on_the_way", "in_progress", "on_hold", "unscheduled", "unknown")
OVER = ("completed", "canceled")
# What nobody has closed for so long is not what a plan is doing now.
STALE = timedelta(days=60)
_LIST, _PLANS = "plan", "plans"
_ROWS = bindparam("rows", type_=Integer)


@dataclass(frozen=True, slots=True)
class Plan:
    """One recurring plan; `rhythm` in words, `done` and `coming` count its visits.

    `visit` is the one that says what the plan is doing now or next. `next_on` is the day of that, or what the CRM has
    said, None when nobody has a day yet. A plan that is `over` has had its last day.
    """

    id: int
    public_id: str
    title: str
    rhythm: str
    place: str
    next_on: date | None
    ends_on: date | None
    over: bool
    done: int
    coming: int
    visit: VisitFacts | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some plans, newest first, and the cursor of the next ones; empty at the end."""

    plans: tuple[Plan, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One plan with its visits: `coming` soonest first, at most COMING_SHOWN, `past` newest first.

    `next_cursor` is where the past goes on, empty at the end.
    """

    plan: Plan
    coming: tuple[VisitFacts, ...]
    past: tuple[VisitFacts, ...]
    next_cursor: str
    now: datetime


def of_customer(
    session: Session,
    actor: Customer,
    zone: str,
    *,
    location: str | None = None,
    cursor: str | None = None,
    limit: int = PLANS_PAGE,
    now: datetime | None = None,
) -> Page:
    """Return a customer's plans after the cursor, newest first. Needs the right to view jobs.

    `location` is a property's public id (NotFound when it is out of reach), `limit` at most `jobs.MOST_PLANS`.
    """
    actor.require(Right.VIEW_JOBS)
    limit = max(1, min(limit, jobs.MOST_PLANS))
    here = properties.row_of(session, actor, Right.VIEW_JOBS, location) if location else None
    after = cursors.read_day(_PLANS, cursor)
    by = frozenset({"place"} if here is not None else ()) | frozenset({"cursor"} if after is not None else ())
    given = reach.values(actor, here=here, after_id=after.id if after else 0, rows=limit + 1)
    rows = session.connection().execute(_plans(limited=reach.limited(actor), by=by), given).all()
    shown = _with_visits(session, actor, rows[:limit], zone, now or clock.now())
    next_cursor = cursors.write(_PLANS, None, shown[-1].id) if len(rows) > limit else ""
    return Page(tuple(shown), next_cursor)


def get(
    session: Session,
    actor: Customer,
    zone: str,
    public_id: str,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    now: datetime | None = None,
) -> Detail:
    """Return one plan; NotFound when it is not there, somebody else's, or at a property out of reach.

    Needs the right to view jobs. `limit` is how much of the past is wanted, at most LONGEST_PAGE.
    """
    actor.require(Right.VIEW_JOBS)
    now, limit = now or clock.now(), max(1, min(limit, LONGEST_PAGE))
    after = cursors.read_moment(_LIST, cursor)
    statement = _plans(limited=reach.limited(actor), by=frozenset({"name"}))
    rows = session.connection().execute(statement, reach.values(actor, public_id=public_id, rows=1)).all()
    if not rows:
        raise NotFound
    plan = _with_visits(session, actor, rows, zone, now)[0]
    known = _visits_of(session, actor, plan.id)
    past = sorted(((at, row) for row, status, at in known if status in OVER), reverse=True)
    past = [one for one in past if after is None or one < (after.value, after.id)]
    shown = past[:limit]
    ahead = [row for row, status, at in known if status in COMING and (at > now - STALE or status == "unscheduled")]
    coming = sorted(_facts(session, ahead), key=lambda visit: (visit.status == "unscheduled", visit.sort_at, visit.id))
    over = sorted(_facts(session, [row for _, row in shown]), key=lambda visit: (visit.sort_at, visit.id), reverse=True)
    next_cursor = cursors.write(_LIST, *shown[-1]) if len(past) > limit else ""
    return Detail(plan, tuple(coming[:COMING_SHOWN]), tuple(over), next_cursor, now)


@cache
def _plans(*, limited: bool, by: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Return the plans within reach: all of them, or those at one `place`, after a `cursor`, or with a `name`."""
    conditions = reach.within(Series, limited=limited)
    if "place" in by:
        conditions.append(col(Series.location_id) == bindparam("here"))
    if "cursor" in by:
        conditions.append(col(Series.id) < bindparam("after_id"))
    if "name" in by:
        conditions.append(col(Series.public_id) == bindparam("public_id"))
    here = and_(col(Location.id) == col(Series.location_id), col(Location.deleted_at).is_(None))
    names = ("id", "public_id", "title", "rhythm", "next_on", "ends_on")
    return (
        select(
            *(getattr(Series, name) for name in names),
            col(Location.label).label("label"),
            col(Location.address).label("address"),
            _count(("completed",), limited=limited).label("done"),
            _count(("scheduled", "unknown"), limited=limited).label("coming"),
        )
        .outerjoin(Location, here)
        .where(*conditions)
        .order_by(col(Series.id).desc())
        .limit(_ROWS)
    )


def _count(statuses: tuple[str, ...], *, limited: bool) -> Any:
    some = (
        select(col(Visit.id))
        .join(Job, reach.job_of_visit())
        .where(
            *reach.within(Visit, limited=limited, narrowed=True),
            col(Job.series_id) == col(Series.id),
            col(Job.deleted_at).is_(None),
            col(Visit.status).in_(statuses),
        )
        .correlate(Series)
        .limit(MOST_VISITS)
        .subquery()
    )
    return select(func.count()).select_from(some).scalar_subquery()


def _with_visits(
    session: Session, actor: Customer, rows: Sequence[Row[*tuple[Any, ...]]], zone: str, now: datetime
) -> list[Plan]:
    today = clock.local(now, zone).date()
    present = _present(session, actor, [row.id for row in rows], now)
    return [_plan(row, jobs.leading(present.get(row.id, ()), zone, now), today, zone) for row in rows]


def _plan(row: Row[*tuple[Any, ...]], visit: VisitFacts | None, today: date, zone: str) -> Plan:
    planned = clock.local(visit.sort_at, zone).date() if visit and visit.status != "unscheduled" else None
    said = row.next_on if row.next_on and row.next_on >= today else None
    return Plan(
        id=row.id,
        public_id=row.public_id,
        title=row.title,
        rhythm=row.rhythm,
        place=properties.name_of(row.label, row.address),
        next_on=planned if planned and planned >= today else said,
        ends_on=row.ends_on,
        over=bool(row.ends_on and row.ends_on < today) and visit is None,
        done=row.done,
        coming=row.coming,
        visit=visit,
    )


def _present(
    session: Session, actor: Customer, series_ids: Sequence[int], now: datetime
) -> Mapping[int, list[VisitFacts]]:
    """Return, by plan, the visits of which one says what the plan is doing now, or next."""
    if not series_ids:
        return {}
    given = reach.values(actor, series_ids=series_ids, oldest=now - STALE)
    rows = session.connection().execute(_present_statement(limited=reach.limited(actor)), given).mappings().all()
    people = visits.technicians_of(session, (row["id"] for row in rows))
    found: dict[int, list[VisitFacts]] = {}
    for row in rows:
        found.setdefault(row["series_id"], []).append(visits.with_technicians(visits.facts_of(row), people))
    return found


@cache
def _present_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    current: ColumnElement[bool] = or_(
        col(Visit.status) == "unscheduled",
        and_(col(Visit.status).in_(COMING), col(Visit.sort_at) > bindparam("oldest")),
    )
    ids = _of_series(bindparam("series_ids", expanding=True), limited=limited).where(current).limit(MOST_VISITS)
    # SQLite takes a LIMIT inside IN only from a sub-query.
    return visits.statement_of(
        select(ids.subquery().c.id), col(Visit.travel_updates), col(Job.series_id).label("series_id")
    )


def _of_series(series: Any, *, limited: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Visit.id).label("id"), col(Visit.status), col(Visit.sort_at))
        .join(Job, reach.job_of_visit())
        .where(
            *reach.within(Visit, limited=limited, narrowed=True),
            col(Job.series_id).in_(series),
            col(Job.deleted_at).is_(None),
            # Nobody comes any more to what was called off as a job.
            or_(col(Job.status) != "canceled", col(Visit.status).in_(OVER)),
        )
    )


def _visits_of(session: Session, actor: Customer, series_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return (row, status, time) of the visits of one plan, in no order."""
    statement = _index_statement(limited=reach.limited(actor))
    return session.connection().execute(statement, reach.values(actor, series_ids=[series_id])).all()


@cache
def _index_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    return _of_series(bindparam("series_ids", expanding=True), limited=limited).limit(MOST_VISITS)


def _facts(session: Session, visit_ids: Iterable[int]) -> list[VisitFacts]:
    ids = sorted(visit_ids)
    if not ids:
        return []
    rows = session.connection().execute(_facts_statement(), {"visit_ids": ids}).mappings().all()
    people = visits.technicians_of(session, ids)
    return [
        replace(visits.with_technicians(visits.facts_of(row), people), work_summary=row["work_summary"] or "")
        for row in rows
    ]


@cache
def _facts_statement() -> Select[*tuple[Any, ...]]:
    return visits.statement_of(bindparam("visit_ids", expanding=True), col(Visit.travel_updates))
