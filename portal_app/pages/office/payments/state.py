"""The state of the office's payments: the tab, filter and place that the address names."""

import asyncio

import reflex as rx

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
    list_view,
    payouts_view,
    unasked_view,
)
from portal_app.services import accounting, business, payments
from portal_app.services.actors import Staff
from portal_app.services.payments import PAGE
from portal_app.services.rights import Permission
from portal_app.workflows.payouts import payouts


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
        show = asked_for(self, "show")
        show = show if show in SHOWN else "all"
        found, self.trouble = await attempt(_read, actor, self._tab(), show, asked_for(self, "after"), self._days())
        self._keep(found)

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


def _payouts(page: PayoutPage | None, after: str) -> PaymentsView:
    return payouts_view(page, after, Words(business.look()))


def _read(actor: Staff, tab: str, show: str, after: str, days: tuple[str, str]) -> PaymentsView:
    words = Words(business.look())
    if tab == "accountant":
        accounting.require(actor)
        return books_view(words, *days)
    may_books = bool(actor.permissions & {Permission.REFUND, Permission.CHANGE_SETTINGS})
    with reading() as session:
        found = payments.listed(session, actor, show, after, PAGE + 1)
        return list_view(found, payments.to_decide(session), show, after, may_books, words)


refresh_on(PaymentsState, "payment.", "business.")
