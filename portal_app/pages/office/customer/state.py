"""The profile's state: one tab at a time, and the office's acts on people and links."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import reflex as rx
from pydantic import Field
from sqlmodel import Session

from portal_app.components.addresses import Form, Id, part
from portal_app.components.hiding import decided_words
from portal_app.components.loading import Trouble, attempt
from portal_app.components.words import Words
from portal_app.database import transaction
from portal_app.errors import Invalid, PortalError
from portal_app.gate import STAFF, allow, caller, refresh_on
from portal_app.pages.office.customer.reading import MOST_ROWS, ProfileView, read
from portal_app.pages.office.customer.views import TABS
from portal_app.services import (
    access,
    business,
    change_decisions,
    contacts,
    invitations,
    links,
    record_visibility,
)
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission
from portal_app.settings import get_settings

PIECE = 25
What = Annotated[str, Field(max_length=10)]
Email = Annotated[str, Field(max_length=254)]


class CustomerState(rx.State):
    """What the profile shows; `told` answers the last act, `wrong` says why it did not go through.

    `new_link` is the address of a link that was just made, the only time it can be seen.
    """

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    view: rx.Field[ProfileView] = rx.field(default_factory=ProfileView)
    told: rx.Field[str] = rx.field("")
    wrong: rx.Field[str] = rx.field("")
    new_link: rx.Field[str] = rx.field("")
    may_edit: rx.Field[bool] = rx.field(False)
    may_invite: rx.Field[bool] = rx.field(False)
    may_reset: rx.Field[bool] = rx.field(False)
    may_disable: rx.Field[bool] = rx.field(False)

    _rows: int = PIECE

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the customer and the tab that the address names."""
        self._rows, self.told, self.wrong, self.new_link = PIECE, "", "", ""
        if _customer(self) != self.view.head.public_id:
            self.view, self.loaded = ProfileView(), False
        await self._refresh(caller(self))

    async def _refresh(self, actor: Staff) -> None:
        """Read the open tab anew; called by the live feed as well."""
        found, self.trouble = await attempt(read, actor, _customer(self), _tab(self), self._rows)
        if found is not None:
            self.view, self.loaded = found, True
            self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
            self.may_invite = Permission.INVITE in actor.permissions
            self.may_reset = Permission.RESET_ACCESS in actor.permissions
            self.may_disable = Permission.DISABLE_ACCOUNTS in actor.permissions
        elif self.trouble.empties:
            self.view, self.loaded = ProfileView(), False

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def show_more(self) -> None:
        """Show more rows of the open tab's list."""
        self._rows = min(MOST_ROWS, self._rows + PIECE)
        await self._refresh(caller(self))

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def access_on(self) -> None:
        """Switch portal access on."""
        await self._act("Portal access is on. Nobody has been told yet: invite them, or send a link.", _access, True)

    @rx.event
    @allow(STAFF, permission=Permission.DISABLE_ACCOUNTS)
    async def access_off(self) -> None:
        """Switch portal access off; open pages of their people shut."""
        await self._act("Portal access is off. Open pages of their people are shut.", _access, False)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def invite(self, person: Id) -> None:
        """Send an invitation, or another one."""
        await self._act("The invitation is on its way.", _invite, person)

    @rx.event
    @allow(STAFF, permission=Permission.RESET_ACCESS)
    async def reset_password(self, person: Id) -> None:
        """Send a link to choose a new password."""
        await self._act("A link to choose a new password is on its way.", _reset, person)

    @rx.event
    @allow(STAFF, permission=Permission.DISABLE_ACCOUNTS)
    async def disable(self, person: Id) -> None:
        """Shut one person out."""
        await self._act("They are shut out; their open pages are shut.", _disable, person)

    @rx.event
    @allow(STAFF, permission=Permission.DISABLE_ACCOUNTS)
    async def enable(self, person: Id) -> None:
        """Let a person in again."""
        await self._act("They may sign in again.", _enable, person)

    @rx.event
    @allow(STAFF, permission=Permission.RESET_ACCESS)
    async def accept_email(self, person: Id, email: Email) -> None:
        """Take the main e-mail the CRM wants."""
        await self._act("Changed. The old address is told, and signs in no more.", _accept, person, email)

    @rx.event
    @allow(STAFF, permission=Permission.RESET_ACCESS)
    async def refuse_email(self, person: Id, email: Email) -> None:
        """Keep the present main e-mail."""
        await self._act("Kept. Correct the address in the CRM too, or it will ask again.", _refuse, person, email)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def keep_ours(self, change: Id) -> None:
        """Send the customer's value to the CRM again."""
        await self._act("Kept, and on its way to the CRM again.", _decide, change, change_decisions.resolve_ours)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def take_theirs(self, change: Id) -> None:
        """Take the CRM's value."""
        await self._act("The CRM's value counts again.", _decide, change, change_decisions.resolve_theirs)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def copy_portal_link(self) -> None:
        """Make a link to the whole portal, to be copied."""
        await self._make_link({})

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def make_link(self, form: Form) -> None:
        """Make a link, and mail it or show it to be copied."""
        if form.get("how") == "send":
            await self._act("The link is on its way.", _send_link, form)
        else:
            await self._make_link(form)

    async def _make_link(self, form: dict[str, str]) -> None:
        self.new_link = ""
        made = await self._act("Copy the link now: it cannot be shown again.", _create_link, form)
        if isinstance(made, links.NewLink):
            self.new_link = get_settings().public_url + made.path

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def resend_link(self, link: Id) -> None:
        """Mail a link once more."""
        await self._act("The link is on its way again, with its time renewed.", _resend, link)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def revoke_link(self, link: Id) -> None:
        """End one link."""
        await self._act("The link is revoked. Whoever came in by it is shut out.", _revoke, link)

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def revoke_all_links(self) -> None:
        """End all links."""
        await self._act("All links are revoked. Whoever came in by one is shut out.", _revoke_all)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    def forget_link(self) -> None:
        """Take the address of the new link off the page."""
        self.new_link = self.told = ""

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def show_record(self, what: What, record: Id, shown: bool) -> None:
        """Show a job, quote or invoice to the customer, or hide it from them."""
        decided = await self._act("", _show_record, what, record, shown)
        if isinstance(decided, record_visibility.Decided):
            self.told = decided_words(decided, Words(business.look()))

    async def _act(self, told: str, act: Callable[..., Any], *given: object) -> Any:
        """Do one act on this customer, say how it went, and show what is so now."""
        actor = caller(self)
        self.told = self.wrong = ""
        made = None
        try:
            made = await asyncio.to_thread(_write, act, actor, _customer(self), *given)
            self.told = told
        except PortalError as error:
            self.wrong = error.sentence
        await self._refresh(actor)
        return made


def _customer(state: rx.State) -> str:
    return part(state, 2)


def _tab(state: rx.State) -> str:
    tab = state.router.url.query_parameters.get("tab", "overview")
    return tab if tab in TABS else "overview"


def _write(act: Callable[..., Any], actor: Staff, customer: str, *given: object) -> Any:
    with transaction() as session:
        return act(session, actor, customer, *given)


def _access(session: Session, actor: Staff, customer: str, on: bool) -> None:
    access.set_portal_access(session, actor, customer, on)


def _invite(session: Session, actor: Staff, customer: str, person: str) -> None:
    contacts.get(session, actor, customer, person)
    invitations.invite(session, actor, person)


def _reset(session: Session, actor: Staff, customer: str, person: str) -> None:
    contacts.get(session, actor, customer, person)
    invitations.send_reset(session, actor, person)


def _disable(session: Session, actor: Staff, customer: str, person: str) -> None:
    contacts.get(session, actor, customer, person)
    access.disable_contact(session, actor, person)


def _enable(session: Session, actor: Staff, customer: str, person: str) -> None:
    contacts.get(session, actor, customer, person)
    access.enable_contact(session, actor, person)


def _accept(session: Session, actor: Staff, customer: str, person: str, email: str) -> None:
    contacts.get(session, actor, customer, person)
    contacts.accept_email(session, actor, person, email)


def _refuse(session: Session, actor: Staff, customer: str, person: str, email: str) -> None:
    contacts.get(session, actor, customer, person)
    contacts.refuse_email(session, actor, person, email)


def _decide(session: Session, actor: Staff, customer: str, change: str, resolve: Callable[..., Any]) -> None:
    if change not in [one.public_id for one in change_decisions.open_of_customer(session, actor, customer)]:
        raise Invalid("This has been decided already, or the CRM has agreed meanwhile.")
    resolve(session, actor, change)


def _show_record(
    session: Session, actor: Staff, customer: str, what: str, record: str, shown: bool
) -> record_visibility.Decided:
    act = record_visibility.show if shown else record_visibility.hide
    return act(session, actor, customer, what, record)


def _where(form: dict[str, str]) -> dict[str, Any]:
    """Return where a link leads and for whom, by the form's choices."""
    kind, _, record = form.get("target", "portal").partition(":")
    return {
        "contact_public_id": form.get("person") or None,
        "target_kind": kind,
        "target_public_id": record or None,
    }


def _create_link(session: Session, actor: Staff, customer: str, form: dict[str, str]) -> links.NewLink:
    return links.create(session, actor, customer, **_where(form))


def _send_link(session: Session, actor: Staff, customer: str, form: dict[str, str]) -> None:
    links.send(session, actor, customer, **_where(form))


def _resend(session: Session, actor: Staff, _customer: str, link: str) -> None:
    links.resend(session, actor, link)


def _revoke(session: Session, actor: Staff, _customer: str, link: str) -> None:
    links.revoke(session, actor, link)


def _revoke_all(session: Session, actor: Staff, customer: str) -> None:
    links.revoke_all(session, actor, customer)


refresh_on(
    CustomerState,
    "customer.",
    "contact.",
    "location.",
    "link.",
    "login.",
    "mail.",
    "job.",
    "visit.",
    "quote.",
    "request.",
    "invoice.",
    "payment.",
    "business.",
)
