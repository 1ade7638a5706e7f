"""The sync page's state: shows how the CRM connection is, and asks for a pass."""

import asyncio
from datetime import datetime

import reflex as rx

from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.sync.views import SyncView, sync_view
from portal_app.services import business, crm_connection
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission


class SyncState(rx.State):
    """What the sync page shows; `message` is the answer to the last press of "Poll now"."""

    loaded: rx.Field[bool] = rx.field(False)
    sync: rx.Field[SyncView] = rx.field(default_factory=SyncView)
    may_poll: rx.Field[bool] = rx.field(False)
    message: rx.Field[str] = rx.field("")
    name: rx.Field[str] = rx.field("")

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_SYNC)
    async def load(self) -> None:
        """Show the page anew."""
        self.message = ""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read the state of the connection; called by the live feed as well."""
        self.sync = await asyncio.to_thread(_read, actor)
        self.may_poll = Permission.RUN_SYNC in actor.permissions
        self.name = actor.name
        self.loaded = True

    async def _tick(self, actor: Staff, _as_of: datetime | None) -> None:
        """Follow the last success, which no activity row tells of."""
        await self._refresh(actor)

    @rx.event
    @allow(STAFF, permission=Permission.RUN_SYNC)
    async def poll_now(self) -> None:
        """Ask the poller for a pass."""
        actor = caller(self)
        try:
            await asyncio.to_thread(_request, actor)
            self.message = "Asked. The figures below change when the pass is done."
        except PortalError as error:
            self.message = error.sentence
        await self._refresh(actor)


def _read(actor: Staff) -> SyncView:
    with reading() as session:
        return sync_view(crm_connection.overview(session, actor), business.look())


def _request(actor: Staff) -> None:
    with transaction() as session:
        crm_connection.request_poll(session, actor)


refresh_on(SyncState, "crm.")
