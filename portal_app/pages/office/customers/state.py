"""The list's state: what the address asks for, and inviting many."""

import asyncio

import reflex as rx

from portal_app import routes
from portal_app.components.addresses import Form
from portal_app.components.loading import Trouble, asked_for, attempt
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.customers.bulk import BulkView, bulk_view, progress_words
from portal_app.pages.office.customers.views import FILTERS, CustomersView, customers_view
from portal_app.services import bulk_invites, business, customer_list
from portal_app.services.actors import Staff
from portal_app.services.bulk_invites import Chosen
from portal_app.services.rights import Permission
from portal_app.workflows import bulk_invites as bulk

MOST_TYPED = 200


class CustomersState(rx.State):
    """What the list shows; `told` is how far inviting many has come, `asked` what it would do."""

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[CustomersView] = rx.field(default_factory=CustomersView)
    may_edit: rx.Field[bool] = rx.field(False)
    may_invite: rx.Field[bool] = rx.field(False)
    asked: rx.Field[BulkView] = rx.field(default_factory=BulkView)
    told: rx.Field[str] = rx.field("")

    _chosen: Chosen | None = None
    _expected: bulk_invites.Tally | None = None
    _tell: bool = False

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the part of the list that the address asks for."""
        self.asked, self._chosen, self._tell = BulkView(), None, bulk.is_running(caller(self))
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read the same part anew; called by the live feed as well."""
        typed, show = _asked(self)
        running = bulk.is_running(actor)
        self._tell = self._tell or running
        found, self.trouble = await attempt(
            _read, actor, typed, show, asked_for(self, "after"), asked_for(self, "before"), self._tell, running
        )
        if found is not None:
            self.view, self.told = found
            self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
            self.may_invite = Permission.INVITE in actor.permissions
            self.loaded = True
        elif self.trouble.empties:
            self.view, self.loaded = CustomersView(), False

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    def search(self, form: Form) -> rx.event.EventSpec:
        """Go to the address of what was typed."""
        return rx.redirect(routes.office_customer_list(form.get("q", "")[:MOST_TYPED].strip(), _asked(self)[1]))

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def ask(self, ticks: Form) -> None:
        """Count what inviting the ticked customers would do, or all that are shown when none is ticked."""
        typed, show = _asked(self)
        ticked = tuple(name.removeprefix("tick-") for name in ticks if name.startswith("tick-"))
        chosen = Chosen(ticked, typed, show)
        self.asked, self._chosen = BulkView(), None
        try:
            self._expected = await asyncio.to_thread(bulk.preview, caller(self), chosen)
            self.asked, self._chosen = bulk_view(self._expected), chosen
        except PortalError as error:
            self.asked = BulkView(True, error.sentence)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def invite(self) -> None:
        """Do what was asked, in the background."""
        actor = caller(self)
        if self._chosen is None or self._expected is None:
            return
        chosen, expected, self._chosen = self._chosen, self._expected, None
        begun = await bulk.start(actor, chosen, expected)
        self.asked, self._tell = BulkView(), True
        await self._refresh(actor)
        if not begun:
            self.told = "Your last one is still under way. Please wait until it is done."


def _asked(state: rx.State) -> tuple[str, str]:
    """Return what the address asks for: what was typed, and one of the filters."""
    query = state.router.url.query_parameters
    show = query.get("filter", "all")
    return str(query.get("q", ""))[:MOST_TYPED], show if show in FILTERS else "all"


def _read(
    actor: Staff, typed: str, show: str, after: str, before: str, tell: bool, running: bool
) -> tuple[CustomersView, str]:
    look = business.look()
    words = Words(look)
    with reading() as session:
        page = customer_list.page(
            session,
            actor,
            typed=typed,
            show=show,
            after=after,
            before=before,
            country=look.country,
            today=words.today,
        )
        tallies = customer_list.tallies(session, actor)
        told = progress_words(bulk_invites.newest(session, actor), running) if tell else ""
    return customers_view(page, tallies, typed, show, words), told


refresh_on(CustomersState, "customer.", "contact.", "bulk_invite.", "login.signed_in")
