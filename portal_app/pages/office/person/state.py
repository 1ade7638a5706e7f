"""The person's state: their details in a form, their rights in an editor that is saved as a whole."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import reflex as rx
from pydantic import Field

from portal_app import routes
from portal_app.components.addresses import Form, Id, part
from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller
from portal_app.pages.office.person.views import RightsView, chosen, rights_view, with_place, with_right, with_role
from portal_app.services import business, contacts, portal_rights
from portal_app.services.actors import Staff
from portal_app.services.contacts import PersonForm
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission, Right, Role

NEW = "new"
# Words of an enumeration: strictly they would have to arrive as its members, which no browser can send.
RightName = Annotated[Right, Field(strict=False)]
RoleName = Annotated[Role, Field(strict=False)]


@dataclass(frozen=True)
class PersonView:
    """Who it is; `own` is whether their details can be changed here."""

    public_id: str = ""
    name: str = ""
    email: str = ""
    mobile: str = ""
    phone: str = ""
    role: str = ""
    billing: bool = False
    own: bool = False
    new: bool = False
    back: str = routes.OFFICE_CUSTOMERS


class PersonState(rx.State):
    """What the page shows; `wrong` has a sentence for each field to be changed.

    `unsaved` says that the editor differs from what is stored.
    """

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    person: rx.Field[PersonView] = rx.field(default_factory=PersonView)
    rights: rx.Field[RightsView] = rx.field(default_factory=RightsView)
    wrong: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    message: rx.Field[str] = rx.field("")
    told: rx.Field[str] = rx.field("")
    hint: rx.Field[str] = rx.field("")
    unsaved: rx.Field[bool] = rx.field(False)
    may_edit: rx.Field[bool] = rx.field(False)
    may_rights: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.VIEW_CUSTOMERS)
    async def load(self) -> None:
        """Show the person in the address, or the form of a new one."""
        self._clear()
        await self._read()

    async def _read(self) -> None:
        actor = caller(self)
        found, self.trouble = await attempt(_read, actor, part(self, 2), part(self, 4))
        self.loaded, self.unsaved = found is not None, False
        self.person, self.rights = found if found is not None else (PersonView(), RightsView())
        self.may_edit = Permission.EDIT_CUSTOMERS in actor.permissions
        self.may_rights = self.may_edit and Permission.INVITE in actor.permissions

    def _clear(self) -> None:
        self.wrong, self.message, self.told, self.hint = {}, "", "", ""

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def save(self, form: Form) -> Any:
        """Add the person, or save their details."""
        self._clear()
        customer, contact = part(self, 2), part(self, 4)
        try:
            made = await asyncio.to_thread(_save, caller(self), customer, contact, form)
        except FormRefused as error:
            self.wrong, self.message = error.fields, error.sentence
            return None
        except PortalError as error:
            self.message = error.sentence
            return None
        if contact == NEW:
            return rx.redirect(routes.office_person(customer, made))
        await self._read()
        self.told = "The details are saved."
        return None

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def remove(self) -> Any:
        """Take the person away and go back to the profile."""
        self._clear()
        try:
            await asyncio.to_thread(_remove, caller(self), part(self, 2), part(self, 4))
        except PortalError as error:
            self.message = error.sentence
            return None
        return rx.redirect(routes.office_customer(part(self, 2), "people"))

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def look_up(self, email: str) -> None:
        """Say when somebody of another customer has the address: one sign-in will lead to both."""
        count = await asyncio.to_thread(_same, caller(self), email[:254], part(self, 4))
        others = "another customer has" if count == 1 else f"{count} other customers have"
        self.hint = f"Somebody of {others} this address: one sign-in will lead to both." if count else ""

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def choose_role(self, role: RoleName) -> None:
        """Choose a role, which sets the rights it starts with."""
        self.rights, self.unsaved = with_role(self.rights, Role(role)), True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def switch_right(self, right: RightName, on: bool) -> None:
        """Switch one right on or off."""
        self.rights, self.unsaved = with_right(self.rights, Right(right), on=on), True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def limit_right(self, right: RightName, on: bool) -> None:
        """Limit one right to chosen properties, or no longer."""
        self.rights, self.unsaved = with_right(self.rights, Right(right), limited=on), True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def tick_right_place(self, right: RightName, place: Id, on: bool) -> None:
        """Choose a property for one right."""
        self.rights, self.unsaved = with_place(self.rights, Right(right), place, on), True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def limit(self, on: bool) -> None:
        """Limit the person to chosen properties, or no longer."""
        view = self.rights
        self.rights = RightsView(view.roles, view.rights, not on, view.places, view.several)
        self.unsaved = True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    def tick_place(self, place: Id, on: bool) -> None:
        """Choose a property for the person."""
        self.rights, self.unsaved = with_place(self.rights, None, place, on), True

    @rx.event
    @allow(STAFF, permission=Permission.INVITE)
    async def save_rights(self) -> None:
        """Store what the editor says; open pages of the person follow at once."""
        self._clear()
        if not self.loaded:
            return
        try:
            await asyncio.to_thread(_save_rights, caller(self), part(self, 2), part(self, 4), chosen(self.rights))
        except PortalError as error:
            self.message = error.sentence
            return
        await self._read()
        self.told = "The rights are saved and count from now on."


def _read(actor: Staff, customer: str, contact: str) -> tuple[PersonView, RightsView]:
    back = routes.office_customer(customer, "people")
    if contact == NEW:
        actor.require(Permission.EDIT_CUSTOMERS)
        return PersonView(own=True, new=True, back=back), RightsView()
    with reading() as session:
        found = contacts.get(session, actor, customer, contact)
        rights = portal_rights.get(session, actor, contact)
        places = portal_rights.places_of(session, actor, contact)
        about = business.get(session)
        off = list(about.rights_off) if about else []
        form, own = contacts.form_of(found), found.connection_id is None
    view = PersonView(
        contact,
        form.name,
        form.email,
        form.mobile,
        form.phone,
        form.role,
        form.billing,
        own=own,
        back=back,
    )
    return view, rights_view(rights, places, off)


def _save(actor: Staff, customer: str, contact: str, form: dict[str, str]) -> str:
    wanted = PersonForm(
        name=form.get("name", ""),
        email=form.get("email", ""),
        mobile=form.get("mobile", ""),
        phone=form.get("phone", ""),
        role=form.get("role", Role.VIEWER.value),
        billing="billing" in form,
    )
    with transaction() as session:
        if contact == NEW:
            return contacts.add(session, actor, customer, wanted).public_id
        contacts.get(session, actor, customer, contact)
        return contacts.change(session, actor, contact, wanted).public_id


def _remove(actor: Staff, customer: str, contact: str) -> None:
    with transaction() as session:
        contacts.get(session, actor, customer, contact)
        contacts.remove(session, actor, contact)


def _same(actor: Staff, email: str, contact: str) -> int:
    actor.require(Permission.EDIT_CUSTOMERS)
    with reading() as session:
        return contacts.same_address(session, email, besides=contact)


def _save_rights(actor: Staff, customer: str, contact: str, wanted: portal_rights.PersonRights) -> None:
    with transaction() as session:
        contacts.get(session, actor, customer, contact)
        portal_rights.set_rights(session, actor, contact, wanted)
