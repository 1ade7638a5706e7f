"""The home page's state: loads, refreshes itself when something changes, shows earlier history."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app import clock, logs, routes
from portal_app.components.crm_news import ask_when_old
from portal_app.components.freshness import turns_at
from portal_app.components.history_words import history_rows
from portal_app.components.lists import Row
from portal_app.components.loading import asked_for
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import filter_of
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import NotFound, PortalError
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.dashboard.views import HomeView, home_view
from portal_app.services import business, dashboard, properties, timeline, visits
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

log = logs.get(__name__)
READ_ANEW = timedelta(minutes=10)
FAILED = "We could not load this just now. Nothing is lost; please try again."


class DashboardState(rx.State):
    """What the home page shows; `failed` is a sentence, empty when all is well."""

    loaded: rx.Field[bool] = rx.field(False)
    failed: rx.Field[str] = rx.field("")
    home: rx.Field[HomeView] = rx.field(default_factory=HomeView)
    timeline: rx.Field[list[Row]] = rx.field(default_factory=list)
    next_cursor: rx.Field[str] = rx.field("")

    _read_at: datetime | None = None
    _turns_at: datetime | None = None
    _asked: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the page anew, for the property that the address names or that was chosen last."""
        self._asked = asked_for(self, "property")
        home = await self._show(caller(self), timeline.PAGE)
        await ask_when_old(current=home is not None and home.current)

    async def _refresh(self, actor: Customer) -> None:
        """Read everything the page says, and as much history as is open; called by the live feed as well."""
        await self._show(actor, max(timeline.PAGE, len(self.timeline)))

    async def _show(self, actor: Customer, rows: int) -> HomeView | None:
        """Read the page with that many rows of history and return it; when that fails, say so and change nothing."""
        try:
            now = clock.now()
            found = await asyncio.to_thread(_read, actor, self._asked, now, rows)
            home, self.timeline, self.next_cursor, self._turns_at = found
            self.home, self._read_at, self.failed, self.loaded = home, now, "", True
            return home
        except PortalError as error:
            self.failed = error.sentence
        except Exception as error:
            log.error("home_failed", reference=logs.reference(), exc_info=error)
            self.failed = FAILED
        return None

    async def _tick(self, actor: Customer, as_of: datetime | None) -> None:
        """Let "as of" move on; read anew now and then, since windows pass and days begin without an event."""
        if not self.loaded or self._read_at is None:
            return
        now = clock.now()
        if now - self._read_at > READ_ANEW or (self._turns_at and now >= self._turns_at):
            await self._refresh(actor)
        elif as_of and (moment := clock.iso(as_of)) > self.home.as_of_iso:
            words = Words(await asyncio.to_thread(business.look))
            self.home = replace(self.home, as_of=words.moment(as_of), as_of_iso=moment)

    @rx.event
    @allow(CUSTOMER)
    async def show_earlier(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor to the timeline; a press that came twice adds them once."""
        if cursor != self.next_cursor or not cursor:
            return
        try:
            rows, following = await asyncio.to_thread(_read_earlier, caller(self), cursor)
        except PortalError as error:
            self.failed = error.sentence
            return
        except Exception as error:
            log.error("history_failed", reference=logs.reference(), exc_info=error)
            self.failed = FAILED
            return
        self.failed = ""
        self.timeline = [*self.timeline, *rows]
        self.next_cursor = following if len(self.timeline) < timeline.LONGEST_PAGE else ""


def _read(actor: Customer, asked: str, now: datetime, rows: int) -> tuple[HomeView, list[Row], str, datetime]:
    look = business.look()
    place = _place(actor, asked)
    with reading() as session:
        here = properties.row_of(session, actor, Right.VIEW_JOBS, place) if place else None
        home = dashboard.home(session, actor, look.zone, now=now, rows=rows, location_id=here)
        places = properties.those_with(session, actor, Right.VIEW_JOBS) if len(home.properties) > 1 else []
    cursor = home.history.next_cursor if rows < timeline.LONGEST_PAGE else ""
    view = replace(
        home_view(home, actor.name, look),
        places=filter_of(places, place, routes.HOME),
        sees_visits=actor.may(Right.VIEW_JOBS),
    )
    words = Words(look, now)
    return view, history_rows(home.history, words), cursor, turns_at([home.card, *home.coming], words)


def _place(actor: Customer, asked: str) -> str:
    """Return the property to show; an address that names one out of reach shows all, since home is for everybody."""
    try:
        return chosen_place(actor, Right.VIEW_JOBS, asked)
    except NotFound:
        return chosen_place(actor, Right.VIEW_JOBS, "")


def _read_earlier(actor: Customer, cursor: str) -> tuple[list[Row], str]:
    look = business.look()
    with reading() as session:
        page = timeline.page(session, actor, look.zone, cursor=cursor)
        page = page.with_technicians(visits.technicians_of(session, page.visit_ids()))
    return history_rows(page, Words(look)), page.next_cursor


refresh_on(
    DashboardState,
    "visit.",
    "job.",
    "invoice.",
    "payment.",
    "payments.",
    "quote.",
    "request.",
    "location.",
    "technician.",
    "contact.",
    "business.",
)
