"""Records that could not be stored, with the reason in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session

from portal_app import clock
from portal_app.models import CrmSetAside
from portal_app.models.base import table_of
from portal_app.services.crm_store import chunks, insert_many, update_many

_TABLE = table_of(CrmSetAside)
WAITERS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Aside:
    """One record set aside; `waits_for` is `stream:external_id` of a parent, `payload` the record then."""

    external_id: str
    stamp: datetime | None
    reason: str
    excerpt: str = ""
    waits_for: str = ""
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is set aside already under an id."""

    id: int
    stamp: datetime | None
    waits_for: str
    reason: str


def known(session: Session, connection_id: int, stream: str, external_ids: Iterable[str]) -> dict[str, Known]:
    """Return what is set aside under these ids."""
    c = _TABLE.c
    found: dict[str, Known] = {}
    for part in chunks(external_ids):
        rows = session.connection().execute(
            select(c.external_id, c.id, c.source_updated_at, c.waits_for, c.reason).where(
                c.connection_id == connection_id, c.stream == stream, c.external_id.in_(part)
            )
        )
        found |= {key: Known(row_id, stamp, waits, reason) for key, row_id, stamp, waits, reason in rows}
    return found


def streams(session: Session, connection_id: int) -> frozenset[str]:
    """Return the streams that have anything set aside."""
    c = _TABLE.c
    rows = session.connection().execute(select(c.stream).where(c.connection_id == connection_id).distinct())
    return frozenset(stream for (stream,) in rows)


def put(session: Session, connection_id: int, stream: str, asides: Iterable[Aside], before: dict[str, Known]) -> int:
    """Set records aside, replacing what `before` says is there; returns how many are new or different."""
    new, changed = [], []
    for aside in asides:
        row = {
            "source_updated_at": aside.stamp,
            "waits_for": aside.waits_for,
            "reason": aside.reason,
            "excerpt": aside.excerpt,
            "payload": aside.payload,
        }
        old = before.get(aside.external_id)
        if old is None:
            key = {"connection_id": connection_id, "stream": stream, "external_id": aside.external_id}
            new.append({**key, **row, "created_at": clock.now()})
        elif (old.stamp, old.waits_for, old.reason) != (aside.stamp, aside.waits_for, aside.reason):
            changed.append({**row, "id": old.id})
    insert_many(session, _TABLE, new)
    update_many(session, _TABLE, changed)
    return len(new) + len(changed)


def drop(session: Session, ids: Iterable[int]) -> None:
    """Remove rows: the record is good now, or gone."""
    for part in chunks(ids):
        session.connection().execute(delete(_TABLE).where(_TABLE.c.id.in_(part)))


def waiting_for(session: Session, connection_id: int, parents: Iterable[str], after: int) -> list[tuple[int, str, str]]:
    """Return (row, stream, payload) of some records that wait for these parents, from a row on, oldest first."""
    c = _TABLE.c
    statement = (
        select(c.id, c.stream, c.payload)
        .where(c.connection_id == connection_id, c.waits_for.in_(list(parents)), c.id > after)
        .order_by(c.id)
        .limit(WAITERS_AT_ONCE)
    )
    return [(row_id, stream, payload) for row_id, stream, payload in session.connection().execute(statement)]


def forget_unlisted(session: Session, connection_id: int, stream: str, listed: set[str]) -> int:
    """Remove what is set aside in a stream and no longer exists in the CRM; returns how many."""
    c = _TABLE.c
    rows = session.connection().execute(
        select(c.id, c.external_id).where(c.connection_id == connection_id, c.stream == stream)
    )
    gone = [row_id for row_id, external_id in rows if external_id not in listed]
    drop(session, gone)
    return len(gone)
