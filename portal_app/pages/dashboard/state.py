"""The home page's state: loads, refreshes itself when something changes, shows earlier history."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app import logs
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.dashboard.views import HomeView, Row, Words, home_view, timeline_row
from portal_app.services import business, dashboard, timeline
from portal_app.services.actors import Customer

log = logs.get(__name__)
FAILED = "We could not load this just now. Nothing is lost; please try again."


class DashboardState(rx.State):
    """What the home page shows; `failed` is a sentence, empty when all is well."""

    loaded: rx.Field[bool] = rx.field(False)
    failed: rx.Field[str] = rx.field("")
    home: rx.Field[HomeView] = rx.field(default_factory=HomeView)
    timeline: rx.Field[list[Row]] = rx.field(default_factory=list)
    next_cursor: rx.Field[str] = rx.field("")

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the page anew."""
        await self._refresh(caller(self))

    async def _refresh(self, actor: Customer) -> None:
        """Read everything the page says; called by the live feed as well."""
        try:
            self.home, self.timeline, self.next_cursor = await asyncio.to_thread(_read, actor)
            self.failed = ""
            self.loaded = True
        except PortalError as error:
            self.failed = error.sentence
        except Exception as error:
            log.error("home_failed", reference=logs.reference(), exc_info=error)
            self.failed = FAILED

    async def _tick(self, _actor: Customer, as_of: datetime | None) -> None:
        """Let "as of" move on without reading anything else."""
        if as_of and self.loaded:
            self.home = replace(self.home, as_of=Words(business.look()).time(as_of))

    @rx.event
    @allow(CUSTOMER)
    async def show_earlier(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor to the timeline."""
        if cursor != self.next_cursor or not cursor:
            return
        rows, self.next_cursor = await asyncio.to_thread(_read_timeline, caller(self), cursor)
        self.timeline = [*self.timeline, *rows]


def _read(actor: Customer) -> tuple[HomeView, list[Row], str]:
    look = business.look()
    with reading() as session:
        home = dashboard.home(session, actor, look.zone)
        first = timeline.page(session, actor)
    words = Words(look)
    return home_view(home, actor.name, look), [timeline_row(entry, words) for entry in first.entries], first.next_cursor


def _read_timeline(actor: Customer, cursor: str) -> tuple[list[Row], str]:
    words = Words(business.look())
    with reading() as session:
        page = timeline.page(session, actor, cursor)
    return [timeline_row(entry, words) for entry in page.entries], page.next_cursor


refresh_on(DashboardState, "visit.", "job.", "invoice.", "quote.", "location.", "technician.", "contact.", "business.")
