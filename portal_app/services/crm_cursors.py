"""Where the walk through each stream stands (rule 1 of Portal Sync); the caller commits rows and cursor together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlmodel import Session, select

from portal_app import clock
from portal_app.integrations.crm.pages import Page
from portal_app.models import CrmCursor
from portal_app.models.base import table_of
from portal_app.services import activity
from portal_app.services.actors import System
from portal_app.services.crm_records import Counts

OVERLAP = timedelta(seconds=120)
_ACTOR = System("crm_poll")
_CURSOR = table_of(CrmCursor)


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk under way: what to ask for next, and how its records are to be taken.

    `first` is the first walk ever through the stream, `rereading` one that believes what it reads. `reached` is
    how far the walks before it came, `healthy` whether the last one ended without trouble.
    """

    stream: str
    since: datetime | None
    cursor: str | None
    first: bool = False
    rereading: bool = False
    reached: datetime | None = None
    healthy: bool = False

    def moves_nothing(self, page: Page) -> bool:
        """Whether this page alone is the whole walk and leaves the cursor where it is."""
        if self.first or self.rereading or self.cursor is not None or page.next_cursor is not None:
            return False
        stamp = capped(page.max_stamp, page.server_time)
        return self.healthy and (stamp is None or (self.reached is not None and stamp <= self.reached))


def capped(stamp: datetime | None, server_time: datetime | None) -> datetime | None:
    """Return the stamp, but none later than the CRM's own clock: it would hide all that changes until then."""
    return stamp if stamp is None or server_time is None else min(stamp, server_time)


def _row(session: Session, connection_id: int, stream: str) -> CrmCursor:
    statement = select(CrmCursor).where(CrmCursor.connection_id == connection_id, CrmCursor.stream == stream)
    row = session.exec(statement).first()
    if row is None:
        row = CrmCursor(connection_id=connection_id, stream=stream)
        session.add(row)
    return row


def walks(session: Session, connection_id: int) -> Mapping[str, Walk]:
    """Return, per stream, the walk to go on with, or the next one; one query."""
    rows = session.exec(select(CrmCursor).where(CrmCursor.connection_id == connection_id))
    return {row.stream: _next_walk(row) for row in rows}


def first_walk(stream: str) -> Walk:
    """Return the very first walk through a stream."""
    return Walk(stream, None, None, first=True)


def _next_walk(row: CrmCursor) -> Walk:
    if row.page_cursor is not None:
        since, cursor = row.walk_since, row.page_cursor
    else:
        since, cursor = (None if row.since is None or row.rereading else row.since - OVERLAP), None
    first = row.first_walk_ended_at is None
    return Walk(row.stream, since, cursor, first, row.rereading, row.since, not row.last_error)


def page_stored(session: Session, connection_id: int, walk: Walk, page: Page, counts: Counts) -> None:
    """Note one page in the transaction that stored it; the walk ends with the page that names no next one.

    Only then `since` moves, to the largest stamp the walk saw.
    """
    row = _row(session, connection_id, walk.stream)
    if walk.cursor is None:
        row.walk_since, row.max_seen, row.rows_read, row.rows_changed = walk.since, None, 0, 0
    row.rows_read += page.rows
    row.rows_changed += counts.changed
    row.page_cursor = page.next_cursor
    max_stamp = capped(page.max_stamp, page.server_time)
    if max_stamp is not None and (row.max_seen is None or max_stamp > row.max_seen):
        row.max_seen = max_stamp
    if page.next_cursor is None:
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


def nothing_new(session: Session, connection_id: int, rows_read: Mapping[str, int]) -> None:
    """Note, for streams with nothing new, that they were read, and how many rows the overlap held."""
    c = _CURSOR.c
    statement = (
        update(_CURSOR)
        .where(c.connection_id == connection_id, c.stream == bindparam("of_stream"))
        .values(last_success_at=clock.now(), rows_read=bindparam("read"), rows_changed=0)
    )
    if rows_read:
        given = [{"of_stream": stream, "read": rows} for stream, rows in rows_read.items()]
        session.connection().execute(statement, given)


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
