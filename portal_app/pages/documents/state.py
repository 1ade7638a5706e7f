"""The state of the customer's documents: all of them or those of one property."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.documents import DocumentRow, document_row
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import PropertyFilter, filter_of
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.services import business, files, properties
from portal_app.services.actors import Customer
from portal_app.services.properties import Property
from portal_app.services.rights import Right
from portal_app.services.visibility import DOCUMENT


@dataclass(frozen=True)
class DocumentsView:
    """The list with the cursor of what follows, the property it is of, and those to choose from."""

    rows: list[DocumentRow] = field(default_factory=list)
    next_cursor: str = ""
    places: PropertyFilter = field(default_factory=PropertyFilter)
    place: str = ""


class OwnDocumentsState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[DocumentsView] = rx.field(default_factory=DocumentsView)

    _asked: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the list from its beginning, for the property that the address names or that was chosen last."""
        self._asked = asked_for(self, "property")
        await self._show(caller(self), files.PAGE)

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(files.PAGE, len(self.view.rows)))

    async def _show(self, actor: Customer, rows: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._asked, rows)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = DocumentsView(), False

    @rx.event
    @allow(CUSTOMER)
    async def show_more(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != self.view.next_cursor:
            return
        found, self.trouble = await attempt(_read_more, caller(self), self.view.place, cursor)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = DocumentsView(), False
            return
        more, following = found
        rows = [*self.view.rows, *more]
        self.view = replace(self.view, rows=rows, next_cursor=following if len(rows) < files.LONGEST_PAGE else "")


def _read(actor: Customer, asked: str, rows: int) -> DocumentsView:
    actor.require(Right.DOCUMENTS)
    place = chosen_place(actor, Right.DOCUMENTS, asked)
    with reading() as session:
        page = files.page(session, actor, DOCUMENT, location=place or None, limit=rows)
        places = properties.those_with(session, actor, Right.DOCUMENTS)
    return DocumentsView(
        rows=_rows(page, places, place),
        next_cursor=page.next_cursor if rows < files.LONGEST_PAGE else "",
        places=filter_of(places, place, routes.DOCUMENTS),
        place=place,
    )


def _read_more(actor: Customer, place: str, cursor: str) -> tuple[list[DocumentRow], str]:
    actor.require(Right.DOCUMENTS)
    with reading() as session:
        page = files.page(session, actor, DOCUMENT, location=place or None, cursor=cursor)
        places = properties.those_with(session, actor, Right.DOCUMENTS)
    return _rows(page, places, place), page.next_cursor


def _rows(page: files.Page, places: Sequence[Property], chosen: str) -> list[DocumentRow]:
    """Return the rows, each with its property where there are several and none is chosen."""
    words = Words(business.look())
    named = {place.id: place.name for place in places} if len(places) > 1 and not chosen else {}
    return [document_row(entry, words, named.get(entry.location_id or 0, "")) for entry in page.entries]


refresh_on(OwnDocumentsState, *files.SHOWN, "job.", "visit.", "location.", "contact.", "business.")
