"""Attachments of the CRM: whose they are, how they begin, and our own copies of their bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select, update
from sqlmodel import Session

from portal_app.integrations.crm.records import Attachment, Record
from portal_app.models import File, Job, Location, Visit
from portal_app.models.base import table_of
from portal_app.services import activity, visibility
from portal_app.services.actors import System
from portal_app.services.crm_reading import ACTOR, Reading, Written
from portal_app.services.crm_store import chunks, update_many
from portal_app.services.crm_streams import Values
from portal_app.services.office_files import Kept, utc_of
from portal_app.services.visibility import HELD, VISIBLE

STREAM = "attachments"
AT_ONCE = 10
_FILE = table_of(File)
_JOB, _VISIT, _LOCATION = table_of(Job), table_of(Visit), table_of(Location)
_Ready = list[tuple[Record, str, Values]]


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file whose bytes are to be asked for; `said_type` and `said_size` are what the CRM announced."""

    file_id: int
    url: str
    said_type: str
    said_size: int
    source_of: str


def with_owners(session: Session, stream: str, ready: _Ready, parents: Mapping[str, Mapping[str, int]]) -> _Ready:
    """Give attachments the customer, job and property of what they belong to; other streams pass unchanged."""
    if stream != STREAM or not ready:
        return ready
    visits = _rows(session, _VISIT, ("customer_id", "location_id", "job_id"), _all(ready, "visit_id"))
    jobs = _rows(session, _JOB, ("customer_id", "location_id"), _all(ready, "job_id"))
    named = [home for record, _, _ in ready if (home := _attachment(record).home_id)]
    homes = [parents["locations"][home] for home in named]
    locations = _rows(session, _LOCATION, ("customer_id",), homes)
    for record, _, values in ready:
        home = _attachment(record).home_id
        if home:
            row_id = parents["locations"][home]
            owner = {**locations[row_id], "location_id": row_id}
        else:
            owner = visits.get(values["visit_id"]) or jobs.get(values["job_id"]) or {}
        own_place = values["location_id"]
        values.update(owner)
        values["location_id"] = own_place or owner.get("location_id")
    return ready


def _attachment(record: Record) -> Attachment:
    assert isinstance(record, Attachment)
    return record


def _all(ready: _Ready, column: str) -> list[int]:
    return [values[column] for _, _, values in ready if values[column] is not None]


def _rows(session: Session, table: Table, names: Sequence[str], ids: Sequence[int]) -> dict[int, Values]:
    found: dict[int, Values] = {}
    for part in chunks(set(ids)):
        statement = select(table.c.id, *(table.c[name] for name in names)).where(table.c.id.in_(part))
        for row in session.connection().execute(statement).mappings():
            found[row["id"]] = {name: row[name] for name in names}
    return found


def starting_values(session: Session, stream: str, fresh: Sequence[Record]) -> dict[str, Mapping[str, Any]]:
    """Return, per new attachment, the columns that are the portal's own and how they start."""
    if stream != STREAM or not fresh:
        return {}
    same = {
        "origin": "crm",
        "caption": "",
        "position": 0,
        "state": visibility.of_portal(session).state_of_new,
        "download": visibility.INHERIT,
        "fetch_error": "",
        **_NO_COPY,
    }
    return {record.external_id: {**same, "sort_at": record.updated_at} for record in fresh}


_NO_COPY: Mapping[str, Any] = {"digest": "", "content_type": "", "size": 0, "width": 0, "height": 0}


def follow(session: Session, reading: Reading, stream: str, written: Sequence[Written]) -> None:
    """Ask for the bytes of what is new or lies elsewhere now, and move files along with what they belong to."""
    if stream == STREAM:
        _ask_again(session, reading.now, written)
    elif stream in _OWNERS:
        _move(session, stream, [one for one in written if set(one.changed) & set(_OWNERS[stream][1])])


def _ask_again(session: Session, now: datetime, written: Sequence[Written]) -> None:
    """Take away the old bytes at once where there are others: what was replaced may have been a mistake."""
    hold = visibility.of_portal(session).hold_new
    asked = [one for one in written if one.created or "source_of" in one.changed]
    update_many(session, _FILE, [{"id": one.row_id, "fetch_at": now, "fetch_error": "", **_NO_COPY} for one in asked])
    shown = [one for one in asked if one.old is not None and one.old["state"] == VISIBLE]
    update_many(session, _FILE, [{"id": one.row_id, "state": HELD} for one in shown if hold])


# What a file belongs to: its column, and the columns it takes from there when they change.
_OWNERS = {
    "visits": ("visit_id", ("customer_id", "location_id", "job_id")),
    "jobs": ("job_id", ("customer_id", "location_id")),
    "locations": ("location_id", ("customer_id",)),
}


def _move(session: Session, stream: str, moved: Sequence[Written]) -> None:
    """Give files the new customer, property or job of what they belong to, so that nobody keeps what was theirs."""
    column, names = _OWNERS[stream]
    c = _FILE.c
    conditions: list[ColumnElement[bool]] = []
    if stream != "visits":
        conditions.append(c.visit_id.is_(None))
    if stream == "locations":
        conditions.append(c.job_id.is_(None))
    for one in moved:
        theirs = [c[column] == one.row_id, *conditions]
        values = {name: one.value(name) for name in names if name in one.changed}
        if "location_id" in values and one.old is not None:
            # Files may have said themselves where they are; those follow nobody.
            there = c.location_id.is_not_distinct_from(one.old["location_id"])
            place = {"location_id": values.pop("location_id")}
            session.connection().execute(update(_FILE).where(*theirs, there).values(place))
        if values:
            session.connection().execute(update(_FILE).where(*theirs).values(values))


def wanted(session: Session, connection_id: int, now: datetime) -> list[WantedFile]:
    """Return some files whose bytes are to be asked for now, those that wait longest first."""
    c = _FILE.c
    statement = (
        select(c.id, c.source_url, c.said_type, c.said_size, c.source_of)
        .where(c.connection_id == connection_id, c.fetch_at <= now, c.deleted_at.is_(None))
        .order_by(c.fetch_at)
        .limit(AT_ONCE)
    )
    return [
        WantedFile(row_id, url or "", kind, size, of)
        for row_id, url, kind, size, of in session.connection().execute(statement)
    ]


def keep(session: Session, file: WantedFile, kept: Kept) -> None:
    """Take our copy into use, and tell the customer's pages; nothing when the CRM has other bytes by now."""
    row = session.get(File, file.file_id, with_for_update=True)
    if row is None or row.source_of != file.source_of:
        return
    for name in ("digest", "content_type", "size", "width", "height"):
        setattr(row, name, getattr(kept, name))
    taken_at = utc_of(kept.taken_at, session)
    row.taken_at, row.sort_at = taken_at, taken_at or row.sort_at
    row.fetch_at, row.fetch_error = None, ""
    session.flush()
    activity.record(
        session, System(ACTOR), "file.ready", customer_id=row.customer_id, subject=("file", row.id), facts={}
    )


def give_up(session: Session, file: WantedFile, error: str) -> None:
    """Note why there will be no copy, until the CRM changes where its bytes are."""
    _note(session, file, {"fetch_at": None, "fetch_error": error[:300]})


def try_later(session: Session, file: WantedFile, error: str, at: datetime) -> None:
    """Note that asking failed in a way that may pass."""
    _note(session, file, {"fetch_at": at, "fetch_error": error[:300]})


def _note(session: Session, file: WantedFile, values: Values) -> None:
    c = _FILE.c
    statement = update(_FILE).where(c.id == file.file_id, c.source_of == file.source_of).values(values)
    session.connection().execute(statement)
