"""Jobs that stand in a history themselves: those of which it tells no visit.

A job with a finished visit is told by that (`Job.visited`), and so is one whose visit was called off or is under way
today. Any other stands on the day it was opened, until one of its visits takes its place.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, and_, bindparam, exists, or_, select
from sqlmodel import col

from portal_app import clock
from portal_app.models import Job, Visit
from portal_app.services import reach, timeline_search
from portal_app.services.timeline_place import placed

_NAMES = ("id", "public_id", "number", "title", "status", "opened_at", "closed_at")
_ROWS = bindparam("rows", type_=Integer)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What the list says of a job; times aware UTC."""

    id: int
    public_id: str
    number: str
    title: str
    status: str
    opened_at: datetime
    closed_at: datetime | None


def today(now: datetime, zone: str) -> dict[str, datetime]:
    """Return the ends of the business's day as the queries take them."""
    start, end = clock.ends_of(clock.local(now, zone).date(), zone)
    return {"day_start": start, "day_end": end}


def facts_of(row: Row[*tuple[Any, ...]]) -> JobFacts:
    """Return one row of `newest` as facts."""
    return JobFacts(**{name: getattr(row, name) for name in _NAMES})


@cache
def newest(place: str, *, limited: bool, one_place: bool, terms: int, spellings: int) -> Select[*tuple[Any, ...]]:
    """Return the query of the newest of these jobs; takes `today` and the place."""
    conditions = [*_alone(limited=limited), *placed(place, Job.opened_at, Job.id)]
    if one_place:
        conditions.append(col(Job.location_id) == bindparam("here"))
    conditions += timeline_search.in_jobs(terms, spellings)
    order = (col(Job.opened_at).desc(), col(Job.id).desc())
    return select(*(getattr(Job, name) for name in _NAMES)).where(*conditions).order_by(*order).limit(_ROWS)


@cache
def oldest(*, limited: bool) -> Select[Any]:
    """Return the query of the day on which the oldest of these jobs was opened; takes `today`."""
    return select(col(Job.opened_at)).where(*_alone(limited=limited)).order_by(col(Job.opened_at), col(Job.id)).limit(1)


def _alone(*, limited: bool) -> list[ColumnElement[bool]]:
    """Return that the contact may see a job, and that no visit of it stands in their history."""
    start, status = col(Visit.sort_at), col(Visit.status)
    called_off = and_(status == "canceled", start < bindparam("day_end"))
    today = and_(start >= bindparam("day_start"), start < bindparam("day_end"))
    its = [
        col(Visit.job_id) == col(Job.id),
        # Nothing is added, so that no index by customer fits: all their visits would be gone through for each job.
        col(Visit.customer_id) + 0 == col(Job.customer_id),
        col(Visit.deleted_at).is_(None),
        or_(called_off, and_(status.in_(("on_the_way", "in_progress")), today)),
    ]
    if limited:
        its.append(reach.at_places(Visit.location_id, reach.RIGHT_OF[Visit]))
    return [*reach.within(Job, limited=limited), ~col(Job.visited), ~exists().where(*its)]
