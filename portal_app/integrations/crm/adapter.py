"""The one interface to any CRM; each adapter is a module beside this one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from portal_app.integrations.crm.pages import Item, Page


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a CRM offers: streams and commands by name, how it tells of deletions, limits, its clock.

    `deletes` is `tombstone` or `sweep`, `rps` requests a second, `page` the most records a page may have.
    """

    streams: tuple[str, ...]
    commands: tuple[str, ...]
    deletes: str
    rps: float
    page: int
    time: datetime | None


@dataclass(frozen=True, slots=True)
class IdsPage:
    """Some of the ids that exist in a stream, and where the next ones start."""

    ids: tuple[str, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What the CRM made of a command: `applied`, `accepted` or `rejected` with a reason."""

    status: str
    external_id: str
    reason: str


class CrmAdapter(Protocol):
    """What the portal wants of a CRM. Every method may raise a CrmError."""

    async def capabilities(self) -> Capabilities:
        """Return what the CRM offers."""
        ...

    async def pull(self, stream: str, since: datetime | None, cursor: str | None, limit: int) -> Page:
        """Return one page of the records changed since a moment of the CRM's own clock, or from a cursor on."""
        ...

    async def ids(self, stream: str, cursor: str | None) -> IdsPage:
        """Return one page of the ids that exist."""
        ...

    async def get(self, stream: str, external_id: str) -> Item | None:
        """Return one record as it is now, None when the CRM never had it; a tombstone has the stamp of the answer."""
        ...

    async def apply(self, command: str, portal_id: str, body: Mapping[str, Any]) -> CommandAnswer:
        """Tell the CRM something; safe to repeat with the same id and body."""
        ...

    async def check(self) -> str:
        """Return in one sentence that the CRM can be read and with what; raises CrmError with why not."""
        ...

    async def close(self) -> None:
        """Let go of open connections."""
        ...
