"""The nightly look for records that vanished from the CRM without a trace (rule 5 of Portal Sync)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session

from portal_app.integrations.crm.pages import Tombstone
from portal_app.services import crm_cursors, crm_set_aside
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import delete_rows
from portal_app.services.crm_store import chunks, stored_by_id
from portal_app.services.crm_streams import STREAMS

LARGEST_PART = 0.2
# A handful may always go: a fifth of ten records is two.
ALWAYS_ALLOWED = 3
MISSED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep did: rows marked as deleted, a warning when it held back, ids the portal does not have."""

    deleted: int
    warning: str
    missed: tuple[str, ...]


def sweep(session: Session, reading: Reading, stream_name: str, listed: set[str], started: datetime) -> Sweep:
    """Mark what is no longer listed as deleted, unless more than a fifth of the stream would vanish.

    `listed` must be the whole listing; rows written since `started` are newer than it and are left alone.
    """
    stream = STREAMS[stream_name]
    c = stream.table.c
    rows = session.connection().execute(
        select(c.external_id, c.deleted_at, c.created_at).where(c.connection_id == reading.connection_id)
    )
    here: dict[str, bool] = {}
    fresh: set[str] = set()
    for external_id, deleted_at, created_at in rows:
        here[external_id] = deleted_at is not None
        if created_at >= started:
            fresh.add(external_id)
    living = [external_id for external_id, deleted in here.items() if not deleted]
    gone = [external_id for external_id in living if external_id not in listed and external_id not in fresh]
    if len(gone) > max(ALWAYS_ALLOWED, LARGEST_PART * len(living)):
        warning = (
            f"The CRM no longer lists {len(gone):,} of {len(living):,} {stream_name}. That is too many to believe, so "
            f"nothing was removed. Check the CRM; if it is right, remove them there one by one or ask for help."
        )
        crm_cursors.warn(session, reading.connection_id, stream_name, warning)
        return Sweep(0, warning, ())
    for part in chunks(gone):
        stored = stored_by_id(session, stream.table, reading.connection_id, part)
        stones = [Tombstone(key, row.stamp or reading.now) for key, row in stored.items()]
        delete_rows(session, reading, stream, stones, stored)
    crm_set_aside.forget_unlisted(session, reading.connection_id, stream_name, listed)
    crm_cursors.warn(session, reading.connection_id, stream_name, "")
    return Sweep(len(gone), "", _missed(session, reading, stream_name, listed, here))


def _missed(
    session: Session, reading: Reading, stream: str, listed: set[str], here: dict[str, bool]
) -> tuple[str, ...]:
    """Return some ids that are listed but not here, or here as deleted, and not set aside either."""
    candidates = sorted(external_id for external_id in listed if here.get(external_id, True))
    found: list[str] = []
    for part in chunks(candidates):
        aside = crm_set_aside.known(session, reading.connection_id, stream, part)
        found += [external_id for external_id in part if external_id not in aside]
        if len(found) >= MISSED_AT_ONCE:
            break
    return tuple(found[:MISSED_AT_ONCE])
