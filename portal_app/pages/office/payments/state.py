"""The state of the office's payments: the tab, filter and place that the address names."""

import asyncio
from dataclasses import replace
from datetime import date

import reflex as rx

from portal_app.components.addresses import Form
from portal_app.components.loading import BROKEN, DENIED, Trouble, asked_for, attempt
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import NotAllowed, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.integrations.stripe.values import PayoutPage
from portal_app.pages.office.payments.views import (
    SHOWN,
    TABS,
    PaymentsView,
    books_view,
    list_address,
    list_view,
    payouts_view,
    unasked_view,
)
from portal_app.services import accounting, business, payment_list
from portal_app.services.actors import Staff
from portal_app.services.payment_list import PAGE, Wanted
from portal_app.services.rights import Permission
from portal_app.workflows.payouts import payouts

# Years that a date and its zone can be reckoned with.
EARLIEST, LATEST = 1970, 2200


class PaymentsState(rx.State):
    """What the page shows; payouts are asked of Stripe each time and are not refreshed by themselves."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[PaymentsView] = rx.field(default_factory=PaymentsView)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show what the address names."""
        if self._tab() != self.view.tab:
            self.loaded, self.view = False, PaymentsView()
        if self._tab() == "payouts":
            await self._load_payouts(caller(self))
        else:
            await self._refresh(caller(self))

    def _tab(self) -> str:
        tab = asked_for(self, "tab")
        return tab if tab in TABS else ""

    def _days(self) -> tuple[str, str]:
        return asked_for(self, "from"), asked_for(self, "to")

    async def _refresh(self, actor: Staff) -> None:
        """Read the list anew; called by the live feed as well."""
        if self._tab() == "payouts":
            return
        asked = (self._tab(), self._wanted(), asked_for(self, "after"), self._days())
        found, self.trouble = await attempt(_read, actor, *asked)
        self._keep(found)

    def _wanted(self) -> Wanted:
        """Return what the address asks for."""
        show = asked_for(self, "show")
        return Wanted(
            show if show in SHOWN else "all",
            str(self.router.url.query_parameters.get("q", ""))[: payment_list.LONGEST].strip(),
            _day(asked_for(self, "from")),
            _day(asked_for(self, "to")),
            asked_for(self, "customer"),
        )

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed, or of the days that were chosen; what is not in the form stays."""
        wanted = self._wanted()
        typed = form.get("q", wanted.typed)[: payment_list.LONGEST].strip()
        first, last = (_day(form[name]) if name in form else old for name, old in _days(wanted))
        return rx.redirect(list_address(replace(wanted, typed=typed, first=first, last=last)))

    async def _load_payouts(self, actor: Staff) -> None:
        after = asked_for(self, "after")
        try:
            page = await payouts(actor, after)
        except NotAllowed as error:
            self.trouble = Trouble(DENIED, error.sentence)
            self._keep(None)
        except PortalError as error:
            self.trouble = Trouble(BROKEN, error.sentence)
            self._keep(unasked_view())
        else:
            self.trouble = Trouble()
            self._keep(await asyncio.to_thread(_payouts, page, after))

    def _keep(self, found: PaymentsView | None) -> None:
        if found is not None:
            self.view, self.loaded = found, True
        elif self.trouble.empties:
            self.view, self.loaded = PaymentsView(), False


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day.year <= LATEST else None


def _days(wanted: Wanted) -> tuple[tuple[str, date | None], ...]:
    return ("from", wanted.first), ("to", wanted.last)


def _payouts(page: PayoutPage | None, after: str) -> PaymentsView:
    return payouts_view(page, after, Words(business.look()))


def _read(actor: Staff, tab: str, wanted: Wanted, after: str, days: tuple[str, str]) -> PaymentsView:
    words = Words(business.look())
    if tab == "accountant":
        accounting.require(actor)
        return books_view(words, *days)
    may_books = bool(actor.permissions & {Permission.REFUND, Permission.CHANGE_SETTINGS})
    with reading() as session:
        found = payment_list.listed(session, actor, wanted, after, PAGE + 1)
        whose = payment_list.customer_name(session, actor, wanted.customer)
        waiting = payment_list.waiting(session, actor)
        return list_view(found, waiting, wanted, after, whose, words, may_books=may_books)


refresh_on(PaymentsState, "payment.", "business.")
