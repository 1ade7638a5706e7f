"""The state of the invoices' list: what is to be paid, what is paid, at which property."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, get_args

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.addresses import Form
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.payment_words import undecided_words, with_bank_words
from portal_app.components.property_choice import chosen_place
from portal_app.components.property_filter import address_of, filter_of
from portal_app.components.records import RecordRow
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.gate import CUSTOMER, allow, caller, refresh_on
from portal_app.pages.invoices.views import InvoicesView, invoice_row, kinds, shown, summary, usual_list
from portal_app.services import business, invoice_search, invoices, owed, payable, payment_settings, properties
from portal_app.services.actors import Customer
from portal_app.services.invoices import Entry, Which
from portal_app.services.rights import Right


class InvoicesState(rx.State):
    """What the list shows; `trouble` says why it cannot."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[InvoicesView] = rx.field(default_factory=InvoicesView)

    _asked: str = ""
    _which: Which = "outstanding"
    _typed: str = ""

    @rx.event
    @allow(CUSTOMER)
    async def load(self) -> None:
        """Show the list that the address names, from its beginning; a search goes over all invoices."""
        self._asked = asked_for(self, "property")
        self._typed = _typed(self)
        named = asked_for(self, "show")
        known: list[Which] = [which for which in get_args(Which) if which == named]
        self._which = known[0] if known else usual_list(self._typed)
        await self._show(caller(self), invoices.PAGE)

    @rx.event
    @allow(CUSTOMER)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed, at the same property."""
        typed = form.get("q", "")[: invoice_search.LONGEST].strip()
        return rx.redirect(address_of(routes.INVOICES, property=asked_for(self, "property"), q=typed))

    async def _refresh(self, actor: Customer) -> None:
        """Read as many rows anew as are on screen."""
        await self._show(actor, max(invoices.PAGE, len(self.view.rows)))

    async def _show(self, actor: Customer, rows: int) -> None:
        found, self.trouble = await attempt(_read, actor, self._which, self._asked, self._typed, rows)
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
        given = (self._which, self.view.place, self._typed, cursor)
        found, self.trouble = await attempt(_read_more, caller(self), *given)
        if found is None:
            if self.trouble.empties:
                self.view, self.loaded = InvoicesView(), False
            return
        more, following = found
        rows = [*self.view.rows, *more]
        self.view = replace(self.view, rows=rows, next_cursor=following if len(rows) < invoices.LONGEST_PAGE else "")


def _typed(state: rx.State) -> str:
    """Return what the address searches for."""
    return str(state.router.url.query_parameters.get("q", ""))[: invoice_search.LONGEST].strip()


def _read(actor: Customer, which: Which, asked: str, typed: str, rows: int) -> InvoicesView:
    words = Words(business.look())
    place = chosen_place(actor, Right.VIEW_MONEY, asked)
    with reading() as session:
        page = invoices.page(session, actor, which=which, location=place or None, search=typed, limit=rows)
        here = properties.row_of(session, actor, Right.VIEW_MONEY, place) if place else None
        open_balances = owed.owed(session, actor, words.today, here)
        places = properties.those_with(session, actor, Right.VIEW_MONEY)
        pays_here = payment_settings.keys(session) is not None
    amounts, overdue, count = summary(open_balances, words)
    show = shown(which, typed)
    return InvoicesView(
        which=which,
        show=show,
        typed=typed,
        rows=_rows(page.entries, actor, words, pays_here=pays_here),
        next_cursor=page.next_cursor if rows < invoices.LONGEST_PAGE else "",
        amounts=amounts,
        undecided=undecided_words(open_balances, words),
        with_bank=with_bank_words(open_balances, words),
        overdue=overdue,
        count=count,
        kinds=kinds(which, place, typed),
        places=filter_of(places, place, routes.INVOICES, show=show, q=typed),
        place=place,
    )


def _read_more(actor: Customer, which: Which, place: str, typed: str, cursor: str) -> tuple[list[RecordRow], str]:
    words = Words(business.look())
    with reading() as session:
        page = invoices.page(session, actor, which=which, location=place or None, search=typed, cursor=cursor)
        pays_here = payment_settings.keys(session) is not None
    return _rows(page.entries, actor, words, pays_here=pays_here), page.next_cursor


def _rows(entries: Iterable[Entry], actor: Customer, words: Words, *, pays_here: bool) -> list[RecordRow]:
    """Return the rows, with a box for what this reader can pay here now."""
    return [invoice_row(entry, words, pickable=pays_here and payable.may_pay(actor, entry)) for entry in entries]


refresh_on(InvoicesState, "invoice.", "payment.", "payments.", "location.", "contact.", "business.")
