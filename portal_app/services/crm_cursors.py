"""Where the walk through each stream stands (rule 1 of Portal Sync); the caller commits rows and cursor together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import CrmCursor
from portal_app.services import activity
from portal_app.services.actors import System
from portal_app.services.crm_records import Counts

OVERLAP = timedelta(seconds=120)
_ACTOR = System("crm_poll")


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way: what to ask for next, and how its records are to be taken.

    `first` is the first walk ever through the stream, `rereading` one that believes what it reads.
    """

    stream: str
    since: datetime | None
    cursor: str | None
    first: bool
    rereading: bool


def _row(session: Session, connection_id: int, stream: str) -> CrmCursor:
    statement = select(CrmCursor).where(CrmCursor.connection_id == connection_id, CrmCursor.stream == stream)
    row = session.exec(statement).first()
    if row is None:
        row = CrmCursor(connection_id=connection_id, stream=stream)
        session.add(row)
    return row


def of_connection(session: Session, connection_id: int) -> Mapping[str, CrmCursor]:
    """Return the cursors of a connection by stream."""
    rows = session.exec(select(CrmCursor).where(CrmCursor.connection_id == connection_id))
    return {row.stream: row for row in rows}


def next_walk(row: CrmCursor | None, stream: str) -> Walk:
    """Return the walk to go on with, or the next one: from `since` less the overlap."""
    if row is None:
        return Walk(stream, None, None, first=True, rereading=False)
    first = row.first_walk_ended_at is None
    if row.page_cursor is not None:
        return Walk(stream, row.walk_since, row.page_cursor, first, row.rereading)
    since = None if row.since is None or row.rereading else row.since - OVERLAP
    return Walk(stream, since, None, first, row.rereading)


def page_stored(
    session: Session,
    connection_id: int,
    walk: Walk,
    *,
    next_cursor: str | None,
    max_stamp: datetime | None,
    server_time: datetime | None,
    rows: int,
    counts: Counts,
) -> None:
    """Note one page in the transaction that stored it; the walk ends with the page that names no next one.

    Only then `since` moves, to the largest stamp the walk saw, but never past the CRM's own clock: one record
    stamped in the future would hide all that change until then.
    """
    row = _row(session, connection_id, walk.stream)
    if walk.cursor is None:
        row.walk_since, row.max_seen, row.rows_read, row.rows_changed = walk.since, None, 0, 0
    row.rows_read += rows
    row.rows_changed += counts.changed
    row.page_cursor = next_cursor
    if max_stamp is not None and server_time is not None:
        max_stamp = min(max_stamp, server_time)
    if max_stamp is not None and (row.max_seen is None or max_stamp > row.max_seen):
        row.max_seen = max_stamp
    if next_cursor is None:
        _end_walk(session, row)
    session.flush()


def _end_walk(session: Session, row: CrmCursor) -> None:
    if row.max_seen is not None and (row.rereading or row.since is None or row.max_seen > row.since):
        row.since = row.max_seen
    row.walk_since = row.max_seen = None
    row.rereading = False
    row.last_success_at = clock.now()
    row.last_error = ""
    if row.first_walk_ended_at is None:
        row.first_walk_ended_at = row.last_success_at
        facts = {"stream": row.stream, "count": row.rows_changed}
        activity.record(session, _ACTOR, "crm.imported", subject=("crm_cursor", row.id), facts=facts)


def forget_walk(session: Session, connection_id: int, stream: str) -> None:
    """Give up an unfinished walk: the next one starts where this one started."""
    row = _row(session, connection_id, stream)
    row.page_cursor = row.walk_since = row.max_seen = None
    session.flush()


def read_everything_again(session: Session, connection_id: int) -> None:
    """Let every stream be walked from its beginning and believed, since its stamps are no longer comparable."""
    for row in session.exec(select(CrmCursor).where(CrmCursor.connection_id == connection_id)):
        row.page_cursor = row.walk_since = row.max_seen = None
        row.rereading = True
    session.flush()


def failed(session: Session, connection_id: int, stream: str, sentence: str) -> None:
    """Note why a stream could not be read."""
    row = _row(session, connection_id, stream)
    row.last_error = sentence[:1000]
    row.last_error_at = clock.now()
    session.flush()


def warn(session: Session, connection_id: int, stream: str, warning: str) -> None:
    """Note what the office should look at in a stream; an empty text takes it back."""
    row = _row(session, connection_id, stream)
    row.warning = warning[:1000]
    session.flush()


def newest_success(session: Session, connection_id: int) -> datetime | None:
    """Return when any stream was last read to its end."""
    statement = select(CrmCursor.last_success_at).where(CrmCursor.connection_id == connection_id)
    statement = statement.order_by(col(CrmCursor.last_success_at).desc()).limit(1)
    return session.exec(statement).first()
