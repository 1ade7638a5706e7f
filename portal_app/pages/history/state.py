"""The state of the whole history; its address says which part of it is shown."""

from dataclasses import replace
from typing import Annotated

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app import routes
from portal_app.components.addresses import Form
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import address_of, filter_of
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import NotFound
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.history.views import HistoryView, history_address, kinds, years_of
from portal_app.services import business, files, properties, timeline, timeline_parts, timeline_search, visits
from portal_app.services.actors import Customer
from portal_app.services.properties import Property
from portal_app.services.rights import Right
from portal_app.services.timeline import Wanted

PAGE = 30
_VIEWS = (Right.VIEW_JOBS, Right.VIEW_MONEY, Right.VIEW_QUOTES, Right.DOCUMENTS)


class HistoryState(rx.State):
    """What the page shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[HistoryView] = rx.field(default_factory=HistoryView)

    _wanted: Wanted = Wanted("all")
    _after: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the part that the address names, from its beginning; of properties the one that was chosen last."""
        year = asked_for(self, "year")
        show = asked_for(self, "show")
        self._wanted = Wanted(
            show if show in timeline.SHOWS and show != timeline.HOME else "all",
            asked_for(self, "property"),
            _typed(self),
            int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else 0,
        )
        self._after = str(self.router.url.query_parameters.get("after", ""))[:60]
        await self._show(caller(self), PAGE)

    @rx.event
    @allow(CUSTOMER)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed, at the same property and of the same kind."""
        typed = form.get("q", "")[: timeline_search.LONGEST].strip()
        kept = {"show": asked_for(self, "show"), "property": asked_for(self, "property")}
        return rx.redirect(address_of(routes.HISTORY, **kept, year=asked_for(self, "year"), q=typed))

    async def _refresh(self, actor: Customer) -> None:
        """Read as many entries anew as are on screen."""
        await self._show(actor, max(PAGE, self.view.shown))

    async def _show(self, actor: Customer, entries: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._wanted, self._after, entries)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = HistoryView(), False

    @rx.event
    @allow(CUSTOMER)
    async def show_more(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Show more entries below; a press that came twice adds them once."""
        if cursor and cursor == self.view.next_cursor:
            await self._show(caller(self), min(self.view.shown + PAGE, timeline.LONGEST_PAGE))


def _typed(state: rx.State) -> str:
    """Return what the address searches for."""
    return str(state.router.url.query_parameters.get("q", ""))[: timeline_search.LONGEST].strip()


def _read(actor: Customer, wanted: Wanted, after: str, entries: int) -> HistoryView:
    look = business.look()
    words = Words(look)
    wanted = replace(wanted, location=_place(actor, wanted.location))
    with reading() as session:
        page = timeline.page(session, actor, look.zone, now=words.now, cursor=after, limit=entries, wanted=wanted)
        page = page.with_technicians(visits.technicians_of(session, page.visit_ids()))
        oldest = timeline_parts.oldest_year(session, actor, look.zone)
        places = _places(session, actor)
    full = entries >= timeline.LONGEST_PAGE
    return HistoryView(
        years=years_of(page.entries, words),
        shown=len(page.entries),
        next_cursor="" if full else page.next_cursor,
        earlier=history_address(replace(wanted, year=0), page.next_cursor) if full and page.next_cursor else "",
        show=wanted.show,
        typed=wanted.typed,
        year=str(wanted.year) if wanted.year else "",
        kinds=kinds(actor, wanted),
        places=filter_of(
            places,
            wanted.location,
            routes.HISTORY,
            show="" if wanted.show == "all" else wanted.show,
            year=str(wanted.year) if wanted.year else "",
            q=wanted.typed,
        ),
        jumps=[str(year) for year in range(words.today.year, (oldest or words.today.year) - 1, -1)],
        narrowed=bool(wanted.typed or wanted.location or wanted.year or after or wanted.show != "all"),
    )


def _place(actor: Customer, asked: str) -> str:
    """Return the property to show, empty for all; NotFound for one at which the contact sees nothing."""
    for right in filter(actor.may, _VIEWS):
        try:
            place = chosen_place(actor, right, asked)
        except NotFound:
            continue
        if place or asked == properties.ALL:
            return place
    if asked and asked != properties.ALL:
        raise NotFound
    return ""


def _places(session: Session, actor: Customer) -> list[Property]:
    """Return the properties at which the contact may see something, by name."""
    found = {place.id: place for right in _VIEWS for place in properties.those_with(session, actor, right)}
    return sorted(found.values(), key=lambda place: (place.name.lower(), place.id))


refresh_on(
    HistoryState,
    "visit.",
    "job.",
    "invoice.",
    "payment.",
    "quote.",
    *files.SHOWN,
    "location.",
    "technician.",
    "contact.",
    "business.",
)
