"""What the parts of one pass over a CRM share: the connection, how to speak to it, and how to write."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from portal_app.database import transaction
from portal_app.errors import PortalError
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.services import leases
from portal_app.services.crm_cursors import Walk
from portal_app.services.crm_reading import Reading
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
    `with_asides` are the streams that had records set aside when the pass began; `nothing_new` collects the rows
    read of streams that need no writing.
    """

    connection_id: int
    adapter: CrmAdapter
    status_map: StatusMap
    holder: str | None
    clock_lead: float | None
    last_sweep_at: datetime | None
    page: int = 0
    with_asides: frozenset[str] = frozenset()
    nothing_new: dict[str, int] = field(default_factory=dict)

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
