"""Keeping which jobs have a finished visit, written with the visits themselves: a history tells those by it."""

from collections.abc import Iterable

from sqlalchemy import exists, update
from sqlmodel import Session

from portal_app.models import Job, Visit
from portal_app.models.base import table_of
from portal_app.services.crm_reading import Written
from portal_app.services.crm_store import chunks

_JOB = table_of(Job)
_VISIT = table_of(Visit)
_TOLD_BY = {"status", "job_id", "customer_id", "deleted_at"}


def follow(session: Session, stream: str, written: Iterable[Written]) -> None:
    """Look anew at the jobs of visits that were stored, and at jobs that another customer has now."""
    if stream == "visits":
        told = [one for one in written if one.created or _TOLD_BY.intersection(one.changed)]
        rows = [row for one in told for row in (one.old, one.new) if row is not None]
        write(session, [row["job_id"] for row in rows])
    elif stream == "jobs":
        write(session, [one.row_id for one in written if "customer_id" in one.changed])


def write(session: Session, job_ids: Iterable[int]) -> None:
    """Note for each of these jobs whether a visit of it, of the same customer, is finished."""
    j, v = _JOB.c, _VISIT.c
    done = exists().where(
        v.job_id == j.id, v.customer_id == j.customer_id, v.status == "completed", v.deleted_at.is_(None)
    )
    for part in chunks(sorted(set(job_ids))):
        session.connection().execute(update(_JOB).where(j.id.in_(part), j.visited != done).values(visited=done))
