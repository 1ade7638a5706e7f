"""What stands beside the entries of a history: the jobs of its files, what was advised at its visits, its years."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from portal_app import clock
from portal_app.models import File, Invoice, Job, Quote, Recommendation, Visit
from portal_app.services import files, reach, timeline_jobs, visibility
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

MOST_ADVICE = 200
# Of these the history tells, each on its day.
_DATED: tuple[type, ...] = (Visit, Quote, Invoice)


@dataclass(frozen=True, slots=True)
class Advised:
    """One recommendation of a visit."""

    public_id: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class JobHead:
    """The job that a file belongs to."""

    public_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A photo or document, with its job where the reader may see that."""

    file: files.Entry
    job: JobHead | None = None


def jobs_of(session: Session, actor: Customer, job_ids: Iterable[int | None]) -> dict[int, JobHead]:
    """Return the heads of those of these jobs that the contact may see."""
    ids = sorted({one for one in job_ids if one is not None})
    if not ids or not actor.may(Right.VIEW_JOBS):
        return {}
    rows = session.connection().execute(_jobs_statement(limited=reach.limited(actor)), reach.values(actor, job_ids=ids))
    return {row.id: JobHead(row.public_id, row.title) for row in rows}


@cache
def _jobs_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    # Asked in one piece, all jobs of the customer would be read to find these few.
    head = aliased(Job)
    seen = exists().where(col(Job.id) == col(head.id), *reach.within(Job, limited=limited))
    chosen = col(head.id).in_(bindparam("job_ids", expanding=True))
    return select(col(head.id), col(head.public_id), col(head.title)).where(chosen, seen)


def advice_of(session: Session, actor: Customer, visit_ids: Sequence[int]) -> dict[int, tuple[Advised, ...]]:
    """Return what was advised at visits that the contact may see, newest first; at most MOST_ADVICE."""
    if not visit_ids or not actor.may(Right.VIEW_JOBS):
        return {}
    given = reach.values(actor, visit_ids=list(visit_ids))
    rows = session.connection().execute(_advice_statement(limited=reach.limited(actor)), given).all()
    found: dict[int, tuple[Advised, ...]] = {}
    for row in sorted(rows, key=lambda row: -row.id):
        found[row.visit_id] = (*found.get(row.visit_id, ()), Advised(row.public_id, row.title, row.state))
    return found


@cache
def _advice_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    names = ("id", "visit_id", "public_id", "title", "state")
    # A join would be read from the side of the customer's visits, all of them.
    its_visit = col(Visit.id) == col(Recommendation.visit_id)
    seen = exists().where(its_visit, reach.job_of_visit(), *reach.within(Visit, limited=limited))
    return (
        select(*(getattr(Recommendation, name) for name in names))
        .where(
            seen,
            col(Recommendation.visit_id).in_(bindparam("visit_ids", expanding=True)),
            col(Recommendation.state) != "withdrawn",
        )
        .limit(MOST_ADVICE)
    )


def oldest_year(session: Session, actor: Customer, zone: str) -> int | None:
    """Return the year of the oldest thing the contact may see, None for nothing; each kind by the end of its index."""
    given = reach.values(actor)
    limited = reach.limited(actor)
    found: list[date] = []
    for table, right in reach.RIGHT_OF.items():
        if table in _DATED and actor.may(right):
            found += _first(session, _oldest_statement(table, limited=limited), given, zone)
    if actor.may(Right.VIEW_JOBS):
        today = timeline_jobs.today(clock.now(), zone)
        found += _first(session, timeline_jobs.oldest(limited=limited), given | today, zone)
    for kind in visibility.of_portal(session).kinds(actor):
        found += _first(session, _oldest_file(limited=limited), given | {"kinds": [kind], "kind": kind}, zone)
    return min(found).year if found else None


def _first(session: Session, statement: Select[Any], given: dict[str, Any], zone: str) -> list[date]:
    found = session.connection().execute(statement, given).scalar()
    if found is None:
        return []
    return [clock.local(found, zone).date() if isinstance(found, datetime) else found]


@cache
def _oldest_statement(table: Any, *, limited: bool) -> Select[Any]:
    day = table.sort_at if table is Visit else table.issued_on
    conditions = [*reach.within(table, limited=limited), col(day).is_not(None)]
    return select(col(day)).where(*conditions).order_by(col(day), col(table.id)).limit(1)


@cache
def _oldest_file(*, limited: bool) -> Select[Any]:
    conditions = [*files.within(limited=limited), col(File.kind) == bindparam("kind")]
    return select(col(File.sort_at)).where(*conditions).order_by(col(File.sort_at), col(File.id)).limit(1)
