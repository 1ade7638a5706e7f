"""The state of the jobs' list: what goes on, what is over, at which property."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_filter import PropertyFilter, filter_of
from portal_app.components.records import RecordRow
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.jobs.views import active_row, past_row
from portal_app.services import business, jobs, properties
from portal_app.services.actors import Customer
from portal_app.services.rights import Right


@dataclass(frozen=True)
class JobsView:
    """Both lists with the cursors of what follows, and the properties to choose from."""

    active: list[RecordRow] = field(default_factory=list)
    past: list[RecordRow] = field(default_factory=list)
    active_next: str = ""
    past_next: str = ""
    places: PropertyFilter = field(default_factory=PropertyFilter)


class JobsState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[JobsView] = rx.field(default_factory=JobsView)

    _property: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the lists from their beginning, for the property that the address names."""
        self._property = asked_for(self, "property")
        await self._show(caller(self), jobs.PAGE, jobs.PAGE)

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(jobs.PAGE, len(self.view.active)), max(jobs.PAGE, len(self.view.past)))

    async def _show(self, actor: Customer, active: int, past: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._property, active, past)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = JobsView(), False

    @rx.event
    @allow(CUSTOMER)
    async def show_more(self, which: Literal["active", "past"], cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != getattr(self.view, f"{which}_next"):
            return
        found, self.trouble = await attempt(_read_more, caller(self), self._property, which, cursor)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = JobsView(), False
            return
        rows, following = found
        shown = [*getattr(self.view, which), *rows]
        following = following if len(shown) < jobs.LONGEST_PAGE else ""
        self.view = replace(self.view, **{which: shown, f"{which}_next": following})


def _read(actor: Customer, place: str, active: int, past: int) -> JobsView:
    look = business.look()
    words = Words(look)
    with reading() as session:
        now_on = jobs.page(
            session, actor, look.zone, which="active", location=place or None, limit=active, now=words.now
        )
        over = jobs.page(session, actor, look.zone, which="past", location=place or None, limit=past, now=words.now)
        places = properties.those_with(session, actor, Right.VIEW_JOBS)
    return JobsView(
        active=[active_row(job, words) for job in now_on.entries],
        past=[past_row(job, words) for job in over.entries],
        active_next=now_on.next_cursor if active < jobs.LONGEST_PAGE else "",
        past_next=over.next_cursor if past < jobs.LONGEST_PAGE else "",
        places=filter_of(places, place, routes.JOBS),
    )


def _read_more(
    actor: Customer, place: str, which: Literal["active", "past"], cursor: str
) -> tuple[list[RecordRow], str]:
    look = business.look()
    words = Words(look)
    with reading() as session:
        page = jobs.page(session, actor, look.zone, which=which, location=place or None, cursor=cursor, now=words.now)
    row = active_row if which == "active" else past_row
    return [row(job, words) for job in page.entries], page.next_cursor


refresh_on(JobsState, "visit.", "job.", "location.", "technician.", "contact.", "business.")
