"""The outbox page's state: what the address asks for, one row in full, and what one can do with it."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app.components.loading import PUBLIC_ID, Trouble, asked_for, attempt
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import NotFound, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.outbox.views import OutboxView, ReadingView, outbox_view, reading_view
from portal_app.services import business, outbox_office
from portal_app.services.actors import Staff
from portal_app.services.outbox_office import SHOWN
from portal_app.services.rights import Permission

PublicId = Annotated[str, Field(pattern=f"^{PUBLIC_ID.pattern}$")]
Act = Callable[[Session, Staff, str], None]


class OutboxState(rx.State):
    """What the page shows; `message` says what came of the last press, `opened` is the row in the dialog."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[OutboxView] = rx.field(default_factory=OutboxView)
    opened: rx.Field[ReadingView] = rx.field(default_factory=ReadingView)
    may_act: rx.Field[bool] = rx.field(False)
    may_set_mail: rx.Field[bool] = rx.field(False)
    message: rx.Field[str] = rx.field("")
    failed: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_SYNC)
    async def load(self) -> None:
        """Show the part of the list that the address asks for."""
        self.message, self.opened = "", ReadingView()
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read the same part anew; called by the live feed as well."""
        show = asked_for(self, "show") or "open"
        found, self.trouble = await attempt(
            _read, actor, show if show in SHOWN else "open", asked_for(self, "before"), self.opened.public_id
        )
        if found is not None:
            self.view, self.opened = found
            self.may_act = Permission.RUN_SYNC in actor.permissions
            self.may_set_mail = Permission.CHANGE_SETTINGS in actor.permissions
            self.loaded = True
        elif self.trouble.empties:
            self.view, self.opened, self.loaded = OutboxView(), ReadingView(), False

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_SYNC)
    async def open(self, public_id: PublicId) -> None:
        """Show one row in full."""
        actor = caller(self)
        try:
            self.opened = await asyncio.to_thread(_read_one, actor, public_id)
        except PortalError as error:
            self.opened, self.message, self.failed = ReadingView(), error.sentence, True

    @rx.event
    @allow(STAFF, permission=Permission.RUN_SYNC)
    async def retry(self, public_id: PublicId) -> None:
        """Let a row leave now."""
        await self._act(outbox_office.retry, public_id, "It is tried again now.")

    @rx.event
    @allow(STAFF, permission=Permission.RUN_SYNC)
    async def finish(self, public_id: PublicId) -> None:
        """Note that it was done by hand."""
        await self._act(outbox_office.finish_by_hand, public_id, "Marked as done by hand.")

    @rx.event
    @allow(STAFF, permission=Permission.RUN_SYNC)
    async def withdraw(self, public_id: PublicId) -> None:
        """Take a row out."""
        await self._act(outbox_office.withdraw, public_id, "Withdrawn. It will not leave the portal.")

    async def _act(self, act: Act, public_id: str, sentence: str) -> None:
        actor = caller(self)
        try:
            await asyncio.to_thread(_write, act, actor, public_id)
            self.message, self.failed = sentence, False
        except PortalError as error:
            self.message, self.failed = error.sentence, True
        await self._refresh(actor)


def _read(actor: Staff, show: str, before: str, opened: str) -> tuple[OutboxView, ReadingView]:
    words = Words(business.look())
    with reading() as session:
        page = outbox_office.page(session, actor, show=show, before=before)
        try:
            full = outbox_office.read(session, actor, opened, words.look) if opened else None
        except NotFound:
            full = None
    return outbox_view(page, show, before, words), reading_view(full, words) if full else ReadingView()


def _read_one(actor: Staff, public_id: str) -> ReadingView:
    words = Words(business.look())
    with reading() as session:
        return reading_view(outbox_office.read(session, actor, public_id, words.look), words)


def _write(act: Act, actor: Staff, public_id: str) -> None:
    with transaction() as session:
        act(session, actor, public_id)


# Whatever puts a mail or a command here writes a fact of its own: those kinds tell of new rows.
refresh_on(
    OutboxState, "outbox.", "mail.", "crm.stopped", "crm.poll_requested", "link.", "login.", "contact.", "customer."
)
