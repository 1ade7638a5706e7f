"""The state of the jobs' list: what goes on, what is over, at which property."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app import clock, routes
from portal_app.components.addresses import Form
from portal_app.components.crm_news import ask_when_old
from portal_app.components.freshness import turns_at
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import PropertyFilter, address_of, filter_of
from portal_app.components.records import RecordRow
from portal_app.components.visit_words import is_current
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

    `plans` recurring plans stand among what goes on, `ended` ones before what is over. `typed` is what was searched
    for, `current` says that what is told of some visit may be otherwise by now.
    """

    active: list[RecordRow] = field(default_factory=list)
    past: list[RecordRow] = field(default_factory=list)
    active_next: str = ""
    past_next: str = ""
    plans: int = 0
    ended: int = 0
    plans_next: str = ""
    places: PropertyFilter = field(default_factory=PropertyFilter)
    place: str = ""
    typed: str = ""
    current: bool = False


class JobsState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[JobsView] = rx.field(default_factory=JobsView)

    _asked: str = ""
    _typed: str = ""
    _turns_at: datetime | None = None

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the lists from their beginning, for the property that the address names or that was chosen last."""
        self._asked = asked_for(self, "property")
        self._typed = str(self.router.url.query_parameters.get("q", ""))[: job_search.LONGEST].strip()
        await self._show(caller(self), _Rows())
        await ask_when_old(current=self.view.current)

    @rx.event
    @allow(CUSTOMER)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed."""
        return rx.redirect(address_of(routes.JOBS, q=form.get("q", "")[: job_search.LONGEST].strip()))

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, _rows_of(self.view))

    async def _show(self, actor: Customer, rows: "_Rows") -> None:
        found, self.trouble = await attempt(_read, actor, self._asked, self._typed, rows)
        if found is not None:
            (self.view, self._turns_at), self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = JobsView(), False

    async def _tick(self, actor: Customer, _as_of: datetime | None) -> None:
        """Read the lists anew when arrivals, windows and days have passed, which they do without an event."""
        if self.loaded and self._turns_at and clock.now() >= self._turns_at:
            await self._refresh(actor)

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
        self.view = replace(self.view, **{which: [*getattr(self.view, which), *rows]})
        following = following if getattr(_rows_of(self.view), which) < jobs.LONGEST_PAGE else ""
        self.view = replace(self.view, **{f"{which}_next": following})

    @rx.event
    @allow(CUSTOMER)
    async def show_more_plans(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the recurring plans after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != self.view.plans_next:
            return
        found, self.trouble = await attempt(_read_more_plans, caller(self), self.view, cursor)
        if found is not None:
            self.view = found
        elif self.trouble.empties:
            self.view, self.loaded = JobsView(), False


@dataclass(frozen=True)
class _Rows:
    """How many rows of each list are wanted."""

    active: int = jobs.PAGE
    past: int = jobs.PAGE
    plans: int = series.PLANS_PAGE


def _rows_of(view: JobsView) -> _Rows:
    """Return how many rows are on screen, and at least a page of each."""
    return _Rows(
        max(jobs.PAGE, len(view.active) - view.plans),
        max(jobs.PAGE, len(view.past) - view.ended),
        max(series.PLANS_PAGE, view.plans + view.ended),
    )


def _read(actor: Customer, asked: str, typed: str, rows: _Rows) -> tuple[JobsView, datetime]:
    look = business.look()
    place = chosen_place(actor, Right.VIEW_JOBS, asked)
    words = Words(look)
    # A search goes over the jobs of plans as well: there it is one of them that somebody looks for.
    given: dict[str, Any] = {"location": place or None, "now": words.now, "outside_plans": not typed, "search": typed}
    with reading() as session:
        now_on = jobs.page(session, actor, look.zone, which="active", limit=rows.active, **given)
        over = jobs.page(session, actor, look.zone, which="past", limit=rows.past, **given)
        of_plans = _plans(session, actor, place, words, limit=rows.plans) if not typed else series.Page((), "")
        places = properties.those_with(session, actor, Right.VIEW_JOBS)
    ended = [plan_row(plan, words) for plan in of_plans.plans if plan.over]
    shown = [one.visit for one in (*now_on.entries, *of_plans.plans)]
    view = JobsView(
        active=_together(of_plans.plans, now_on.entries, words),
        past=[*ended, *(past_row(job, words) for job in over.entries)],
        active_next=now_on.next_cursor if rows.active < jobs.LONGEST_PAGE else "",
        past_next=over.next_cursor if rows.past < jobs.LONGEST_PAGE else "",
        plans=len(of_plans.plans) - len(ended),
        ended=len(ended),
        plans_next=of_plans.next_cursor if rows.plans < jobs.MOST_PLANS else "",
        places=filter_of(places, place, routes.JOBS, q=typed),
        place=place,
        typed=typed,
        current=any(is_current(visit, words) for visit in shown),
    )
    return view, turns_at(shown, words)


def _plans(session: Session, actor: Customer, place: str, words: Words, **given: Any) -> series.Page:
    return series.of_customer(session, actor, words.look.zone, location=place or None, now=words.now, **given)


def _read_more_plans(actor: Customer, view: JobsView, cursor: str) -> JobsView:
    """Return the view with the next plans: those that go on after what goes on, those that ended among their like."""
    words = Words(business.look())
    known = view.plans + view.ended
    with reading() as session:
        page = _plans(
            session, actor, view.place, words, cursor=cursor, limit=min(series.PLANS_PAGE, jobs.MOST_PLANS - known)
        )
    ended = [plan_row(plan, words) for plan in page.plans if plan.over]
    return replace(
        view,
        active=[*view.active, *_together(page.plans, (), words)],
        past=[*view.past[: view.ended], *ended, *view.past[view.ended :]],
        plans=view.plans + len(page.plans) - len(ended),
        ended=view.ended + len(ended),
        plans_next=page.next_cursor if known + len(page.plans) < jobs.MOST_PLANS else "",
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
