"""The visits that say how jobs of a list stand: what happens now, or will next, else what was last."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, bindparam, select
from sqlmodel import Session, col

from portal_app.models import Visit
from portal_app.services import reach, visits
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.visits import VisitFacts

_PRESENT = ("on_the_way", "in_progress", "on_hold", "scheduled", "unknown", "unscheduled")
# More finished visits of the jobs of one page are not looked through.
MOST_OVER = 2000


def of_jobs(session: Session, actor: Customer, job_ids: Sequence[int]) -> dict[int, list[VisitFacts]]:
    """Return, by job, what it is doing now or next, else its last finished visit. Needs the right to view jobs."""
    if not job_ids or not actor.may(Right.VIEW_JOBS):
        return {}
    statement = _present_visits(limited=reach.limited(actor))
    given = reach.values(actor, job_ids=list(job_ids))
    rows = list(session.connection().execute(statement, given).mappings())
    there = {row["job_id"] for row in rows}
    rows += _last_visits(session, actor, [job_id for job_id in job_ids if job_id not in there])
    people = visits.technicians_of(session, (row["id"] for row in rows))
    found: dict[int, list[VisitFacts]] = {}
    for row in rows:
        found.setdefault(row["job_id"], []).append(visits.with_technicians(visits.facts_of(row), people))
    return found


def _last_visits(session: Session, actor: Customer, job_ids: Sequence[int]) -> Sequence[RowMapping]:
    """Return the last finished visit of each job: one whose visits are over may stay open until it is paid."""
    if not job_ids:
        return ()
    statement = _finished(limited=reach.limited(actor))
    over = session.connection().execute(statement, reach.values(actor, job_ids=list(job_ids))).all()
    # The newest of a job comes last and stays.
    last = {row.job_id: row.id for row in sorted(over, key=lambda row: (row.sort_at, row.id))}
    if not last:
        return ()
    return session.connection().execute(_these(), {"visit_ids": sorted(last.values())}).mappings().all()


@cache
def _present_visits(*, limited: bool) -> Select[*tuple[Any, ...]]:
    ids = select(col(Visit.id)).where(
        *reach.within(Visit, limited=limited),
        col(Visit.job_id).in_(bindparam("job_ids", expanding=True)),
        col(Visit.status).in_(_PRESENT),
    )
    return visits.statement_of(ids, col(Visit.job_id).label("job_id"), col(Visit.travel_updates))


@cache
def _finished(*, limited: bool) -> Select[*tuple[Any, ...]]:
    return (
        select(col(Visit.job_id), col(Visit.id), col(Visit.sort_at))
        .where(
            *reach.within(Visit, limited=limited),
            col(Visit.job_id).in_(bindparam("job_ids", expanding=True)),
            col(Visit.status) == "completed",
        )
        .limit(MOST_OVER)
    )


@cache
def _these() -> Select[*tuple[Any, ...]]:
    chosen = bindparam("visit_ids", expanding=True)
    return visits.statement_of(chosen, col(Visit.job_id).label("job_id"), col(Visit.travel_updates))
