"""The state of the jobs' list: what goes on, what is over, at which property."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.addresses import Form
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import PropertyFilter, address_of, filter_of
from portal_app.components.records import RecordRow
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.jobs.views import active_row, past_row, plan_row
from portal_app.services import business, job_search, jobs, properties, series
from portal_app.services.actors import Customer
from portal_app.services.jobs import Entry
from portal_app.services.rights import Right
from portal_app.services.series import Plan


@dataclass(frozen=True)
class JobsView:
    """Both lists with the cursors of what follows, the property they are of, and those to choose from.

    `typed` is what was searched for.
    """

    active: list[RecordRow] = field(default_factory=list)
    past: list[RecordRow] = field(default_factory=list)
    active_next: str = ""
    past_next: str = ""
    places: PropertyFilter = field(default_factory=PropertyFilter)
    place: str = ""
    typed: str = ""


class JobsState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[JobsView] = rx.field(default_factory=JobsView)

    _asked: str = ""
    _typed: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the lists from their beginning, for the property that the address names or that was chosen last."""
        self._asked = asked_for(self, "property")
        self._typed = str(self.router.url.query_parameters.get("q", ""))[: job_search.LONGEST].strip()
        await self._show(caller(self), jobs.PAGE, jobs.PAGE)

    @rx.event
    @allow(CUSTOMER)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed."""
        return rx.redirect(address_of(routes.JOBS, q=form.get("q", "")[: job_search.LONGEST].strip()))

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(jobs.PAGE, len(self.view.active)), max(jobs.PAGE, len(self.view.past)))

    async def _show(self, actor: Customer, active: int, past: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._asked, self._typed, active, past)
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
        found, self.trouble = await attempt(_read_more, caller(self), self.view, which, cursor)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = JobsView(), False
            return
        rows, following = found
        shown = [*getattr(self.view, which), *rows]
        following = following if len(shown) < jobs.LONGEST_PAGE else ""
        self.view = replace(self.view, **{which: shown, f"{which}_next": following})


def _read(actor: Customer, asked: str, typed: str, active: int, past: int) -> JobsView:
    look = business.look()
    place = chosen_place(actor, Right.VIEW_JOBS, asked)
    words = Words(look)
    # A search goes over the jobs of plans as well: there it is one of them that somebody looks for.
    given: dict[str, Any] = {"location": place or None, "now": words.now, "outside_plans": not typed, "search": typed}
    with reading() as session:
        now_on = jobs.page(session, actor, look.zone, which="active", limit=active, **given)
        over = jobs.page(session, actor, look.zone, which="past", limit=past, **given)
        plans = (
            series.of_customer(session, actor, look.zone, location=place or None, now=words.now) if not typed else ()
        )
        places = properties.those_with(session, actor, Right.VIEW_JOBS)
    return JobsView(
        active=_together(plans, now_on.entries, words),
        past=[
            *(plan_row(plan, words) for plan in plans if plan.over),
            *(past_row(job, words) for job in over.entries),
        ],
        active_next=now_on.next_cursor if active < jobs.LONGEST_PAGE else "",
        past_next=over.next_cursor if past < jobs.LONGEST_PAGE else "",
        places=filter_of(places, place, routes.JOBS, q=typed),
        place=place,
        typed=typed,
    )


def _together(plans: Iterable[Plan], found: Iterable[Entry], words: Words) -> list[RecordRow]:
    """Return the rows of what goes on: each recurring plan once among the jobs, what happens now first."""
    rows = [(jobs.urgency(plan.visit, words.now), plan_row(plan, words)) for plan in plans if not plan.over]
    rows += [(jobs.urgency(job.visit, job.opened_at), active_row(job, words)) for job in found]
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def _read_more(
    actor: Customer, view: JobsView, which: Literal["active", "past"], cursor: str
) -> tuple[list[RecordRow], str]:
    look = business.look()
    words = Words(look)
    with reading() as session:
        page = jobs.page(
            session,
            actor,
            look.zone,
            which=which,
            location=view.place or None,
            cursor=cursor,
            now=words.now,
            outside_plans=not view.typed,
            search=view.typed,
        )
    row = active_row if which == "active" else past_row
    return [row(job, words) for job in page.entries], page.next_cursor


refresh_on(JobsState, "visit.", "job.", "series.", "location.", "technician.", "contact.", "business.")
