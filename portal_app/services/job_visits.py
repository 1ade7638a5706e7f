"""The visits of one job; and those that say how jobs of a list stand: what happens now, or will next, or was last."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, and_, bindparam, or_, select, union_all
from sqlmodel import Session, col

from portal_app.models import Visit
from portal_app.services import reach, visits
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.visits import VisitFacts

_PRESENT = ("on_the_way", "in_progress", "on_hold", "scheduled", "unknown", "unscheduled")
# Only so many finished visits of the jobs of one page, the newest, are looked through.
MOST_OVER = 2000
MOST_VISITS = 60
SUMMARY_LENGTH = 4000
_UNDER_WAY = ("on_the_way", "in_progress", "on_hold")


def of_jobs(
    session: Session, actor: Customer, job_ids: Sequence[int], day_start: datetime, day_end: datetime
) -> dict[int, list[VisitFacts]]:
    """Return, by job, what it is doing now or next, its last finished visit, and what was called off today.

    `day_start` and `day_end` are the ends of the business's day in UTC. Needs the right to view jobs.
    """
    if not job_ids or not actor.may(Right.VIEW_JOBS):
        return {}
    given = reach.values(actor, job_ids=list(job_ids), day_start=day_start, day_end=day_end)
    limited = reach.limited(actor)
    rows = list(session.connection().execute(_present_visits(limited=limited), given).mappings())
    rows += _last_visits(session, given, limited=limited)
    people = visits.technicians_of(session, (row["id"] for row in rows))
    found: dict[int, list[VisitFacts]] = {}
    for row in rows:
        found.setdefault(row["job_id"], []).append(visits.with_technicians(visits.facts_of(row), people))
    return found


def _last_visits(session: Session, given: dict[str, Any], *, limited: bool) -> Sequence[RowMapping]:
    """Return the last finished visit of each job: one whose visits are over may stay open until it is paid."""
    last: dict[int, int] = {}
    for job_id, visit_id in session.connection().execute(_finished(limited=limited), given):
        last.setdefault(job_id, visit_id)
    if not last:
        return ()
    return session.connection().execute(_these(), {"visit_ids": sorted(last.values())}).mappings().all()


@cache
def _present_visits(*, limited: bool) -> Select[*tuple[Any, ...]]:
    start = col(Visit.sort_at)
    off_today = and_(col(Visit.status) == "canceled", start >= bindparam("day_start"), start < bindparam("day_end"))
    ids = select(col(Visit.id)).where(
        *reach.within(Visit, limited=limited, narrowed=True),
        col(Visit.job_id).in_(bindparam("job_ids", expanding=True)),
        or_(col(Visit.status).in_(_PRESENT), off_today),
    )
    return visits.statement_of(ids, col(Visit.job_id).label("job_id"), col(Visit.travel_updates))


@cache
def _finished(*, limited: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Visit.job_id), col(Visit.id))
        .where(
            *reach.within(Visit, limited=limited, narrowed=True),
            col(Visit.job_id).in_(bindparam("job_ids", expanding=True)),
            col(Visit.status) == "completed",
        )
        .order_by(col(Visit.sort_at).desc(), col(Visit.id).desc())
        .limit(MOST_OVER)
    )


@cache
def _these() -> Select[*tuple[Any, ...]]:
    chosen = bindparam("visit_ids", expanding=True)
    return visits.statement_of(chosen, col(Visit.job_id).label("job_id"), col(Visit.travel_updates))


def of_job(session: Session, actor: Customer, job_id: int, now: datetime) -> list[VisitFacts]:
    """Return the visits of a job that are next to now, newest first, with their technicians and whole summaries.

    Of more than MOST_VISITS half are those that come soonest and half the last ones, or more where the others are
    fewer; what is under way is always among them. Needs the right to view jobs.
    """
    if not actor.may(Right.VIEW_JOBS):
        return []
    statement = _of_job(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor, job_id=job_id, now=now)).mappings().all()
    rows = _next_to(now, sorted(rows, key=lambda row: (row["sort_at"], row["id"])))
    people = visits.technicians_of(session, (row["id"] for row in rows))
    found = [
        replace(visits.with_technicians(visits.facts_of(row), people), work_summary=row["whole_summary"] or "")
        for row in rows
    ]
    return sorted(found, key=lambda visit: (visit.sort_at, visit.id), reverse=True)


def _next_to(now: datetime, rows: Sequence[RowMapping]) -> list[RowMapping]:
    """Return at most MOST_VISITS of the rows, given the oldest first, and what is under way besides."""
    before, coming = [row for row in rows if row["sort_at"] < now], [row for row in rows if row["sort_at"] >= now]
    coming = coming[: max(MOST_VISITS // 2, MOST_VISITS - len(before))]
    before.reverse()
    room = MOST_VISITS - len(coming)
    return [*coming, *before[:room], *(row for row in before[room:] if row["status"] in _UNDER_WAY)]


@cache
def _of_job(*, limited: bool) -> Select[*tuple[Any, ...]]:
    start, number = col(Visit.sort_at), col(Visit.id)
    within = reach.within(Visit, limited=limited, narrowed=True)
    its = select(number).where(*within, col(Visit.job_id) == bindparam("job_id"))
    last, soonest = (start.desc(), number.desc()), (start, number)
    parts = (
        its.where(start < bindparam("now")).order_by(*last).limit(MOST_VISITS),
        its.where(start >= bindparam("now")).order_by(*soonest).limit(MOST_VISITS),
        its.where(col(Visit.status).in_(_UNDER_WAY)).order_by(*last).limit(3),
    )
    whole = visits.cut(Visit.work_summary, SUMMARY_LENGTH).label("whole_summary")
    ids = union_all(*(select(part.subquery()) for part in parts))
    return visits.statement_of(ids, col(Visit.travel_updates), whole)
