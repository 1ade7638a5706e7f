"""What the parts of storing a page share: the circumstances, and what was written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portal_app import clock
from portal_app.integrations.crm.records import Record
from portal_app.models import Activity
from portal_app.models.base import table_of
from portal_app.services.crm_store import insert_new
from portal_app.services.crm_streams import StatusMap, Stream

ACTOR = "crm_poll"
_ACTIVITY = table_of(Activity)


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of one page.

    `server_time` is the CRM's clock then. `quiet` leaves out the activity of single records (a stream's first
    walk). `believe` takes every record as the newest, whatever its stamp (after the CRM's clock was set back).
    """

    connection_id: int
    status_map: StatusMap = field(default_factory=dict)
    server_time: datetime | None = None
    quiet: bool = False
    believe: bool = False
    now: datetime = field(default_factory=clock.now)

    def comparable(self, stamp: datetime) -> bool:
        """Whether a stored stamp can be held against another: one ahead of the CRM's own clock cannot."""
        return not self.believe and (self.server_time is None or stamp <= self.server_time)


@dataclass(frozen=True, slots=True)
class Written:
    """One record that was stored: its row before (None when new) and the columns it has now."""

    record: Record
    row_id: int
    content_hash: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any]
    changed: tuple[str, ...]

    @property
    def created(self) -> bool:
        """Whether the row is new."""
        return self.old is None

    def value(self, column: str) -> Any:
        """Return what a column holds now."""
        return self.new[column] if column in self.new or self.old is None else self.old[column]


@dataclass(frozen=True, slots=True)
class Fact:
    """One change for the activity log; `stamp` and `content_hash` say which version of the record it is about."""

    kind: str
    external_id: str
    row_id: int
    customer_id: int | None
    stamp: datetime
    content_hash: str
    facts: Mapping[str, Any]


def once_key(reading: Reading, stream: str, fact: Fact) -> str:
    """Return what makes the fact unique in the log, however often the CRM tells it."""
    parts = (
        reading.connection_id,
        stream,
        fact.external_id,
        fact.stamp.isoformat(),
        fact.content_hash,
        fact.kind,
        fact.customer_id,
    )
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def record_facts(session: Session, reading: Reading, stream: Stream, facts: Sequence[Fact]) -> None:
    """Append facts to the activity log, each once for ever."""
    insert_new(
        session,
        _ACTIVITY,
        [
            {
                "at": reading.now,
                "kind": fact.kind,
                "actor_kind": "system",
                "actor_name": ACTOR,
                "customer_id": fact.customer_id,
                "subject_kind": stream.noun,
                "subject_id": fact.row_id,
                "facts": dict(fact.facts),
                "once_key": once_key(reading, stream.name, fact),
            }
            for fact in facts
        ],
    )
