"""The form's state: what it holds at first, what needs another look, and saving."""

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.addresses import Form, Id, part
from portal_app.components.loading import Trouble, attempt
from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.gate import STAFF, allow, caller
from portal_app.services import contacts, customers
from portal_app.services.actors import Staff
from portal_app.services.contacts import PersonForm
from portal_app.services.customers import ADDRESS, AddressForm, CustomerForm, PlaceForm
from portal_app.services.form_fields import FormRefused
from portal_app.services.rights import Permission, Role


@dataclass(frozen=True)
class PlaceView:
    """One property in its form."""

    public_id: str = ""
    title: str = ""
    label: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class FormView:
    """What the form holds at first; `public_id` is empty for a new customer."""

    public_id: str = ""
    name: str = ""
    kind: str = "person"
    number: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    back: str = routes.OFFICE_CUSTOMERS
    places: list[PlaceView] = field(default_factory=list)


class CustomerFormState(rx.State):
    """What the form shows; `wrong` has a sentence for each field to be changed, by the form it stands in.

    The fields keep what was typed by themselves: nothing of it is lost when it needs another look.
    """

    loaded: rx.Field[bool] = rx.field(False)
    trouble: rx.Field[Trouble] = rx.field(default_factory=Trouble)
    form: rx.Field[FormView] = rx.field(default_factory=FormView)
    wrong: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    wrong_place: rx.Field[str] = rx.field("")
    message: rx.Field[str] = rx.field("")
    told: rx.Field[str] = rx.field("")
    hint: rx.Field[str] = rx.field("")
    may_switch: rx.Field[bool] = rx.field(False)

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def load_new(self) -> None:
        """Show an empty form."""
        self._clear()
        self.form, self.loaded, self.trouble = FormView(), True, Trouble()
        self.may_switch = Permission.INVITE in caller(self).permissions

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def load(self) -> None:
        """Show the form of the customer in the address."""
        self._clear()
        await self._read()

    async def _read(self) -> None:
        found, self.trouble = await attempt(_read, caller(self), part(self, 2))
        self.form, self.loaded = (found, True) if found is not None else (FormView(), False)

    def _clear(self) -> None:
        self.wrong, self.wrong_place, self.message, self.told, self.hint = {}, "", "", "", ""

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def create(self, form: Form) -> Any:
        """Add the customer and go to their profile."""
        made = await self._try(_create, form)
        return rx.redirect(routes.office_customer(made)) if made else None

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def save(self, form: Form) -> Any:
        """Save the customer's own fields and go back to the profile."""
        saved = await self._try(_save, part(self, 2), form)
        return rx.redirect(routes.office_customer(saved)) if saved else None

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def save_place(self, form: Form) -> None:
        """Add a property, or change the one that the form names."""
        if await self._try(_save_place, part(self, 2), form, place=form.get("place") or "new"):
            self.told = "The property is saved."
            await self._read()

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def remove_place(self, place: Id) -> None:
        """Take a property away."""
        if await self._try(_remove_place, part(self, 2), place, place=place):
            self.told = "The property is removed. Its jobs and invoices stay."
            await self._read()

    @rx.event
    @allow(STAFF, permission=Permission.EDIT_CUSTOMERS)
    async def look_up(self, email: str) -> None:
        """Say when somebody of another customer has the address: one sign-in will lead to both."""
        count = await asyncio.to_thread(_same, caller(self), email[:254])
        others = "another customer has" if count == 1 else f"{count} other customers have"
        self.hint = f"Somebody of {others} this address: one sign-in will lead to both." if count else ""

    async def _try(self, act: Any, *given: object, place: str = "") -> str:
        """Do it and return what it gives; else say at the fields what needs another look."""
        self._clear()
        try:
            return await asyncio.to_thread(act, caller(self), *given)
        except FormRefused as error:
            self.wrong, self.wrong_place, self.message = error.fields, place or "-", error.sentence
        except PortalError as error:
            self.message = error.sentence
        return ""


def _read(actor: Staff, public_id: str) -> FormView:
    with reading() as session:
        form = customers.form_of(session, actor, public_id)
        places = customers.places(session, actor, public_id)
    return FormView(
        public_id=public_id,
        name=form.name,
        kind=form.kind,
        number=form.number,
        **asdict(form.address),
        back=routes.office_customer(public_id),
        places=[
            PlaceView(
                one.public_id, one.label or one.address.line1 or one.address.city, one.label, **asdict(one.address)
            )
            for one in places
            if not one.from_crm
        ],
    )


def _address(form: dict[str, str], prefix: str = "") -> AddressForm:
    return AddressForm(*(form.get(prefix + name, "") for name in ADDRESS))


def _customer_form(form: dict[str, str]) -> CustomerForm:
    return CustomerForm(form.get("name", ""), form.get("kind", "person"), form.get("number", ""), _address(form))


def _create(actor: Staff, form: dict[str, str]) -> str:
    given = {name: form.get(f"person_{name}", "") for name in ("name", "email", "mobile", "phone")}
    person = None
    if any(value.strip() for value in given.values()):
        person = PersonForm(
            name=given["name"].strip() or form.get("name", ""),
            email=given["email"],
            mobile=given["mobile"],
            phone=given["phone"],
            role=Role.OWNER.value,
        )
    with transaction() as session:
        made = customers.create(session, actor, _customer_form(form), person, portal="portal" in form)
        return made.public_id


def _save(actor: Staff, public_id: str, form: dict[str, str]) -> str:
    with transaction() as session:
        return customers.change(session, actor, public_id, _customer_form(form)).public_id


def _save_place(actor: Staff, public_id: str, form: dict[str, str]) -> str:
    wanted = PlaceForm(form.get("label", ""), _address(form))
    with transaction() as session:
        if form.get("place"):
            return customers.change_place(session, actor, public_id, form["place"], wanted).public_id
        return customers.add_place(session, actor, public_id, wanted).public_id


def _remove_place(actor: Staff, public_id: str, place: str) -> str:
    with transaction() as session:
        customers.remove_place(session, actor, public_id, place)
    return place


def _same(actor: Staff, email: str) -> int:
    actor.require(Permission.EDIT_CUSTOMERS)
    with reading() as session:
        return contacts.same_address(session, email)
