"""What the parts of one pass over a CRM share: the connection, how to speak to it, and how to write."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from portal_app.database import transaction
from portal_app.errors import PortalError
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.integrations.crm.pages import Page
from portal_app.services import leases
from portal_app.services.crm_cursors import Walk
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import Counts
from portal_app.services.crm_streams import StatusMap

LEASE = "crm_poll"
LEASE_SECONDS = 20.0
Answer = TypeVar("Answer")


class LeaseLost(PortalError):
    """Another process runs the passes now; this one must not write any more."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What the parts of one pass share.

    `holder` is who holds the lease, None when none is needed; `page` the most records asked for at once;
    `walks` is where each stream stood when the pass began, `with_asides`
    which of them had records set aside, `photos_wanted` whether any photo is to be fetched. `quiet` collects the
    pages that seem to hold nothing new, until they are looked at together; `nothing_new` the rows read of streams
    that needed no writing, and `late` what was stored of those that did.
    """

    connection_id: int
    adapter: CrmAdapter
    status_map: StatusMap
    holder: str | None
    clock_lead: float | None
    last_sweep_at: datetime | None
    page: int = 0
    walks: Mapping[str, Walk] = field(default_factory=dict)
    with_asides: frozenset[str] = frozenset()
    photos_wanted: bool = False
    quiet: list[tuple[Walk, Page]] = field(default_factory=list)
    nothing_new: dict[str, int] = field(default_factory=dict)
    late: dict[str, Counts] = field(default_factory=dict)

    def reading(self, walk: Walk, server_time: datetime | None) -> Reading:
        """Return the circumstances of a page of this walk."""
        return Reading(self.connection_id, self.status_map, server_time, quiet=walk.first, believe=walk.rereading)

    async def write(self, work: Callable[[Session], Answer]) -> Answer:
        """Run work in a transaction of its own, in a thread; LeaseLost when the lease is somebody else's."""
        return await asyncio.to_thread(self._write, work)

    def _write(self, work: Callable[[Session], Answer]) -> Answer:
        with transaction() as session:
            if self.holder is not None and not leases.acquire(session, LEASE, self.holder, LEASE_SECONDS):
                raise LeaseLost("Another process reads the CRM now.")
            return work(session)
