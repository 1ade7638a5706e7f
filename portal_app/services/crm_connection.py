"""The one connection to a CRM: its state, its health as facts, and asking for a pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.errors import NotAllowed, NotFound
from portal_app.integrations.crm.records import STREAMS
from portal_app.models import CrmConnection, CrmCursor, CrmSetAside
from portal_app.services import activity, crm_refused, outbox
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.rights import Permission

NAME = "crm"
ACTIVE = "active"
STOPPED = "stopped"
SET_ASIDE_SHOWN = 200
_ACTOR = System("crm_poll")
# Of a CRM that was never read as a whole: since when what was given up is taken for the outage's.
_LONGEST_OUTAGE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class StreamOverview:
    """How one stream stands; `rows_read` and `rows_changed` are of its last walk, or of the one under way."""

    stream: str
    last_success_at: datetime | None
    walking: bool
    rows_read: int
    rows_changed: int
    error: str
    error_at: datetime | None
    warning: str
    set_aside: int


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A record that could not be stored, with the reason in words and how it begins."""

    stream: str
    external_id: str
    reason: str
    excerpt: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SyncOverview:
    """The state of the connection for the office; `age_seconds` counts from the last success.

    `state` is none (no CRM is set up), active or stopped. `waits_until` is when the CRM allows the next pass,
    where it asked to be left alone until then.
    """

    state: str
    base_url: str
    last_success_at: datetime | None
    age_seconds: int | None
    last_error: str
    poll_wanted: bool
    waits_until: datetime | None
    streams: tuple[StreamOverview, ...]
    set_aside: tuple[SetAsideRow, ...]
    set_aside_count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the poller needs to know to decide when the next pass is due."""

    state: str
    requested_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    not_before: datetime | None
    failures: int

    @property
    def requested(self) -> bool:
        """Whether somebody wants a pass that has not begun."""
        return self.requested_at is not None and (self.started_at is None or self.requested_at > self.started_at)


def get(session: Session) -> CrmConnection | None:
    """Return the connection, None while there is none."""
    return session.exec(select(CrmConnection).where(CrmConnection.name == NAME)).first()


def get_one(session: Session, connection_id: int) -> CrmConnection:
    """Return the connection of that number; NotFound when it is gone."""
    row = session.get(CrmConnection, connection_id)
    if row is None:
        raise NotFound("There is no connection to a CRM.")
    return row


def ensure(session: Session, base_url: str, file_hosts: Sequence[str] = ()) -> int:
    """Create the connection or bring its address and hosts up to date; returns its number.

    What could not be had from where it lay is asked for again when either is another.
    """
    row, hosts = get(session), list(file_hosts)
    base_url = base_url.rstrip("/")
    if row is not None and (row.base_url, row.file_hosts) != (base_url, hosts):
        row.file_hosts = hosts
        crm_refused.ask_again(session, row.id or 0)
    if row is None:
        row = CrmConnection(name=NAME, base_url=base_url, file_hosts=hosts)
        session.add(row)
        session.flush()
        activity.record(session, _ACTOR, "crm.connected", subject=("crm_connection", row.id))
    elif row.base_url != base_url:
        row.base_url, row.state, row.last_error = base_url, ACTIVE, ""
        activity.record(session, _ACTOR, "crm.address_changed", subject=("crm_connection", row.id))
    session.flush()
    return row.id or 0


def plan(session: Session, connection_id: int) -> Plan:
    """Return when passes ran and were wanted; one query."""
    c = CrmConnection
    statement = select(  # type: ignore[call-overload]
        c.state,
        c.poll_requested_at,
        c.last_pass_started_at,
        c.last_pass_ended_at,
        c.not_before,
        c.consecutive_failures,
    ).where(c.id == connection_id)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound("There is no connection to a CRM.")
    return Plan(*row)


def request_poll(session: Session, actor: Actor) -> None:
    """Ask for a pass now, or as soon as the CRM allows one; this also starts a stopped connection again."""
    if isinstance(actor, Staff):
        actor.require(Permission.RUN_SYNC)
    elif not isinstance(actor, System):
        raise NotAllowed
    row = get(session)
    if row is None:
        raise NotFound("No CRM is set up: give PORTAL_CRM_URL and PORTAL_CRM_TOKEN, then start the portal again.")
    row.poll_requested_at = clock.now()
    row.state = ACTIVE
    activity.record(session, actor, "crm.poll_requested", subject=("crm_connection", row.id))
    session.flush()


def is_stale(session: Session, interval_seconds: float) -> bool:
    """Return whether a CRM is connected and its last success is older than the interval; one query."""
    row = get(session)
    oldest = clock.now() - timedelta(seconds=interval_seconds)
    return row is not None and row.state == ACTIVE and (row.last_success_at is None or row.last_success_at < oldest)


def touch_if_stale(session: Session, interval_seconds: float) -> bool:
    """Ask for a pass when the data is older than the interval and none is wanted or under way; True when asked."""
    row = get(session)
    now = clock.now()
    oldest = now - timedelta(seconds=interval_seconds)
    if row is None or row.state != ACTIVE or (row.last_success_at is not None and row.last_success_at >= oldest):
        return False
    lately = [moment for moment in (row.poll_requested_at, row.last_pass_started_at) if moment is not None]
    if any(moment >= oldest for moment in lately) or (row.not_before is not None and row.not_before > now):
        return False
    row.poll_requested_at = now
    session.flush()
    return True


def pass_started(session: Session, connection_id: int) -> CrmConnection:
    """Note that a pass begins, and return the connection."""
    row = get_one(session, connection_id)
    row.last_pass_started_at = clock.now()
    return row


def pass_ended(
    session: Session, connection_id: int, *, complete: bool, sentence: str, failed: bool, wait: float | None = None
) -> None:
    """Note how a pass ended: `complete` when every stream was read, `failed` when none could be.

    `wait` is for how many seconds the CRM wants no further pass.
    """
    row = get_one(session, connection_id)
    row.last_pass_ended_at = clock.now()
    row.not_before = None if wait is None else row.last_pass_ended_at + timedelta(seconds=wait)
    if row.last_error != sentence[:1000]:
        # No other fact of a pass that stored nothing is in the log, and the office's open page follows the log.
        kind = "crm.trouble" if sentence else "crm.recovered"
        activity.record(session, _ACTOR, kind, subject=("crm_connection", row.id))
    row.last_error = sentence[:1000]
    if row.consecutive_failures and not failed:
        # Nobody has to press a button for what customers did while the CRM was away.
        outbox.revive(session, row.last_success_at or row.last_pass_ended_at - _LONGEST_OUTAGE)
    row.consecutive_failures = row.consecutive_failures + 1 if failed else 0
    if complete:
        row.last_success_at = row.last_pass_ended_at
    session.flush()


def stop(session: Session, connection_id: int, sentence: str) -> None:
    """Stop the connection until somebody presses “poll now”; one alarm, however often this is found."""
    row = get_one(session, connection_id)
    if row.state != STOPPED:
        row.state = STOPPED
        activity.record(session, _ACTOR, "crm.stopped", subject=("crm_connection", row.id))
    row.last_error = sentence[:1000]
    session.flush()


def overview(session: Session, actor: Actor) -> SyncOverview:
    """Return how the connection and its streams stand, for the office."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.VIEW_SYNC)
    row = get(session)
    if row is None:
        return SyncOverview("none", "", None, None, "", False, None, (), (), 0)
    aside = _set_aside(session, row.id or 0)
    counts = _set_aside_counts(session, row.id or 0)
    cursors = {cursor.stream: cursor for cursor in _cursors(session, row.id or 0)}
    return SyncOverview(
        state=row.state,
        base_url=row.base_url,
        last_success_at=row.last_success_at,
        age_seconds=_age(row.last_success_at),
        last_error=row.last_error,
        poll_wanted=plan(session, row.id or 0).requested,
        waits_until=row.not_before if row.not_before and row.not_before > clock.now() else None,
        streams=tuple(_stream(name, cursors.get(name), counts.get(name, 0)) for name in STREAMS),
        set_aside=aside,
        set_aside_count=sum(counts.values()),
    )


def _age(moment: datetime | None) -> int | None:
    return None if moment is None else max(0, int((clock.now() - moment).total_seconds()))


def _cursors(session: Session, connection_id: int) -> list[CrmCursor]:
    return list(session.exec(select(CrmCursor).where(CrmCursor.connection_id == connection_id)))


def _stream(name: str, cursor: CrmCursor | None, set_aside: int) -> StreamOverview:
    if cursor is None:
        return StreamOverview(name, None, False, 0, 0, "", None, "", set_aside)
    return StreamOverview(
        stream=name,
        last_success_at=cursor.last_success_at,
        walking=cursor.page_cursor is not None,
        rows_read=cursor.rows_read,
        rows_changed=cursor.rows_changed,
        error=cursor.last_error,
        error_at=cursor.last_error_at if cursor.last_error else None,
        warning=cursor.warning,
        set_aside=set_aside,
    )


def _set_aside(session: Session, connection_id: int) -> tuple[SetAsideRow, ...]:
    a = CrmSetAside
    # Not whole rows: what waits for its parent is kept as sent, and may be large.
    columns = select(a.stream, a.external_id, a.reason, a.excerpt, a.created_at)  # type: ignore[call-overload]
    statement = columns.where(a.connection_id == connection_id).order_by(col(a.id).desc()).limit(SET_ASIDE_SHOWN)
    return tuple(SetAsideRow(*row) for row in session.exec(statement))


def _set_aside_counts(session: Session, connection_id: int) -> dict[str, int]:
    statement = select(CrmSetAside.stream, func.count()).where(CrmSetAside.connection_id == connection_id)
    return dict(session.exec(statement.group_by(CrmSetAside.stream)).all())
