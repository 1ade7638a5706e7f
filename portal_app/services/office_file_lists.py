"""The office's lists of files: those of a customer by what they belong to, and those that wait to be looked at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from portal_app.models import Customer, File, Job, Location, Visit
from portal_app.services import office_files, properties
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Actor
from portal_app.services.office_files import MOST_SHOWN, OfficeEntry, Target
from portal_app.services.rights import Permission
from portal_app.services.visibility import HELD, KINDS

MOST_PLACES = 60
COUNTED = 100


@dataclass(frozen=True, slots=True)
class FilePlace:
    """What files can be added to: `what` is customer, property, job or visit; `at` is when a visit is (UTC)."""

    what: str
    public_id: str
    name: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a list: `place` names its property, `job` is (number, title); both may be empty.

    `customer` is (public id, name).
    """

    entry: OfficeEntry
    place: str
    job: tuple[str, str]
    customer: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FileList:
    """Some files, and whether there are more than were asked for; `ordered` ones stand as the office put them."""

    files: tuple[Listed, ...]
    more: bool
    ordered: bool


def places(session: Session, actor: Actor, customer_public_id: str) -> list[FilePlace]:
    """Return what a customer's files can belong to: the customer, their properties, newest jobs and visits."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    owner = customer_of_office(session, customer_public_id)
    found = [FilePlace("customer", owner.public_id, owner.name)]
    for row in _newest(session, Location, owner):
        found.append(FilePlace("property", row.public_id, properties.name_of(row.label, row.address)))
    for row in _newest(session, Job, owner):
        found.append(FilePlace("job", row.public_id, " ".join(part for part in (row.number, row.title) if part)))
    visits = (
        select(Visit.public_id, Visit.sort_at, Job.title)
        .join(Job, col(Job.id) == Visit.job_id)
        .where(Visit.customer_id == owner.id, col(Visit.deleted_at).is_(None), col(Job.deleted_at).is_(None))
        .order_by(col(Visit.sort_at).desc(), col(Visit.id).desc())
        .limit(MOST_PLACES)
    )
    return found + [FilePlace("visit", public_id, title, at) for public_id, at, title in session.exec(visits)]


def _newest(session: Session, table: Any, owner: Customer) -> Sequence[Any]:
    statement = select(table).where(table.customer_id == owner.id, table.deleted_at.is_(None))
    return session.exec(statement.order_by(table.id.desc()).limit(MOST_PLACES)).all()


def of_place(session: Session, actor: Actor, what: str, public_id: str, limit: int = MOST_SHOWN) -> FileList:
    """Return the files of a customer, property, job or visit, newest first, a job's in the office's own order.

    A job's and a property's include those of their visits. Raises NotFound.
    """
    require_office(actor, Permission.VIEW_CUSTOMERS)
    to = office_files.place(session, what, public_id)
    rows = _rows(session, to, limit + 1)
    if what == "customer":
        rows = sorted(rows, key=lambda row: (row.sort_at, row.id), reverse=True)
    shown = rows[: min(limit, MOST_SHOWN)]
    return FileList(tuple(_listed(session, shown)), len(rows) > limit, what == "job")


def _rows(session: Session, to: Target, limit: int) -> list[File]:
    if to.job_id is not None and to.visit_id is None:
        return office_files.in_order(session, to.job_id)[:limit]
    newest = (col(File.sort_at).desc(), col(File.id).desc())
    if to.visit_id is not None or to.location_id is not None:
        here = File.visit_id == to.visit_id if to.visit_id is not None else File.location_id == to.location_id
        found = select(File).where(here, col(File.deleted_at).is_(None)).limit(MOST_SHOWN)
        return sorted(session.exec(found), key=lambda row: (row.sort_at, row.id), reverse=True)[:limit]
    of_customer = select(File).where(File.customer_id == to.customer_id, col(File.deleted_at).is_(None))
    return [
        row
        for kind in KINDS
        for row in session.exec(of_customer.where(File.kind == kind).order_by(*newest).limit(limit))
    ]


def waiting(session: Session, actor: Actor, limit: int) -> FileList:
    """Return the files that are held until somebody has looked at them, the longest waiting first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    found = select(File).where(*_waits()).order_by(col(File.id)).limit(limit + 1)
    rows = session.exec(found).all()
    return FileList(tuple(_listed(session, rows[:limit])), len(rows) > limit, False)


def count_waiting(session: Session) -> int:
    """Return how many files are held, counted to COUNTED."""
    some = select(File.id).where(*_waits()).limit(COUNTED).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def _waits() -> tuple[Any, ...]:
    return File.state == HELD, col(File.deleted_at).is_(None), col(File.digest) != ""


def _listed(session: Session, rows: Iterable[File]) -> list[Listed]:
    rows = list(rows)
    owners = _named(session, Customer, {row.customer_id for row in rows})
    jobs = _named(session, Job, {row.job_id for row in rows if row.job_id})
    locations = _named(session, Location, {row.location_id for row in rows if row.location_id})
    found = []
    for row in rows:
        place, job, owner = locations.get(row.location_id), jobs.get(row.job_id), owners[row.customer_id]
        found.append(
            Listed(
                entry=office_files.entry(row),
                place=properties.name_of(place.label, place.address) if place else "",
                job=(job.number, job.title) if job else ("", ""),
                customer=(owner.public_id, owner.name),
            )
        )
    return found


def _named(session: Session, table: Any, ids: set[int]) -> dict[int | None, Any]:
    return {row.id: row for row in session.exec(select(table).where(table.id.in_(ids)))} if ids else {}
