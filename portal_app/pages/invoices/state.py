"""The state of the invoices' list: what is to be paid, what is paid, at which property."""

from dataclasses import replace
from typing import Annotated, get_args

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.property_filter import filter_of
from portal_app.components.records import RecordRow
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.invoices.views import InvoicesView, invoice_row, kinds, summary
from portal_app.services import business, invoices, owed, properties
from portal_app.services.actors import Customer
from portal_app.services.invoices import Which
from portal_app.services.rights import Right


class InvoicesState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[InvoicesView] = rx.field(default_factory=InvoicesView)

    _property: str = ""
    _which: Which = "outstanding"

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the list that the address names, from its beginning."""
        self._property = asked_for(self, "property")
        named = asked_for(self, "show")
        self._which = next((which for which in get_args(Which) if which == named), "outstanding")
        await self._show(caller(self), invoices.PAGE)

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(invoices.PAGE, len(self.view.rows)))

    async def _show(self, actor: Customer, rows: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._which, self._property, rows)
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = InvoicesView(), False

    @rx.event
    @allow(CUSTOMER)
    async def show_more(self, cursor: Annotated[str, Field(max_length=60)]) -> None:
        """Add the rows after the cursor; a press that came twice adds them once."""
        if not cursor or cursor != self.view.next_cursor:
            return
        found, self.trouble = await attempt(_read_more, caller(self), self._which, self._property, cursor)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = InvoicesView(), False
            return
        more, following = found
        shown = [*self.view.rows, *more]
        self.view = replace(self.view, rows=shown, next_cursor=following if len(shown) < invoices.LONGEST_PAGE else "")


def _read(actor: Customer, which: Which, place: str, rows: int) -> InvoicesView:
    words = Words(business.look())
    with reading() as session:
        page = invoices.page(session, actor, which=which, location=place or None, limit=rows)
        here = properties.row_of(session, actor, Right.VIEW_MONEY, place) if place else None
        open_balances = owed.owed(session, actor, words.today, here)
        places = properties.those_with(session, actor, Right.VIEW_MONEY)
    amounts, overdue, count = summary(open_balances, words)
    return InvoicesView(
        which=which,
        rows=[invoice_row(entry, words) for entry in page.entries],
        next_cursor=page.next_cursor if rows < invoices.LONGEST_PAGE else "",
        amounts=amounts,
        overdue=overdue,
        count=count,
        kinds=kinds(which, place),
        places=filter_of(places, place, routes.INVOICES, show="" if which == "outstanding" else which),
    )


def _read_more(actor: Customer, which: Which, place: str, cursor: str) -> tuple[list[RecordRow], str]:
    words = Words(business.look())
    with reading() as session:
        page = invoices.page(session, actor, which=which, location=place or None, cursor=cursor)
    return [invoice_row(entry, words) for entry in page.entries], page.next_cursor


refresh_on(InvoicesState, "invoice.", "payment.", "location.", "contact.", "business.")
