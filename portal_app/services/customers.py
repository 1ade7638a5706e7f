"""Customers and their properties where no CRM owns them: added and changed by the office."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.models import Customer, CustomerWord, Location
from portal_app.services import access, activity, contacts, customer_index, form_fields
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Actor
from portal_app.services.contacts import PersonForm
from portal_app.services.customer_words import LONGEST_WORD, split
from portal_app.services.form_fields import (
    LONGEST_LINE,
    LONGEST_NUMBER,
    FormRefused,
    length_problem,
    line,
    name_problem,
)
from portal_app.services.rights import Permission

KINDS = {"person": "A household or a person", "company": "A company"}
ADDRESS = ("line1", "line2", "city", "region", "postal_code")
MOST_PROPERTIES = 200


@dataclass(frozen=True, slots=True)
class AddressForm:
    """A postal address as it was typed."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""

    def trimmed(self) -> "AddressForm":
        """Return the same on single lines."""
        return AddressForm(*(line(getattr(self, name)) for name in ADDRESS))

    def problems(self) -> dict[str, str]:
        """Return a sentence for each field, empty where nothing is wrong."""
        return {name: length_problem(getattr(self, name), LONGEST_LINE) for name in ADDRESS}

    def values(self) -> dict[str, str]:
        """Return it as records keep it."""
        return {name: getattr(self, name) for name in ADDRESS}

    def is_empty(self) -> bool:
        """Return whether nothing was typed."""
        return not any(self.values().values())


@dataclass(frozen=True, slots=True)
class CustomerForm:
    """What the office typed about a customer."""

    name: str = ""
    kind: str = "person"
    number: str = ""
    address: AddressForm = AddressForm()

    def trimmed(self) -> "CustomerForm":
        """Return the same on single lines."""
        return CustomerForm(line(self.name), self.kind, line(self.number), self.address.trimmed())

    def problems(self) -> dict[str, str]:
        """Return a sentence for each field, empty where nothing is wrong."""
        return {
            "name": name_problem(self.name, "The name"),
            "kind": "" if self.kind in KINDS else "Please choose one of the two.",
            "number": length_problem(self.number, LONGEST_NUMBER),
            **self.address.problems(),
        }


@dataclass(frozen=True, slots=True)
class PlaceForm:
    """What the office typed about a property."""

    label: str = ""
    address: AddressForm = AddressForm()

    def trimmed(self) -> "PlaceForm":
        """Return the same on single lines."""
        return PlaceForm(line(self.label), self.address.trimmed())

    def problems(self) -> dict[str, str]:
        """Return a sentence for each field, empty where nothing is wrong."""
        found = {"label": length_problem(self.label, form_fields.LONGEST_NAME), **self.address.problems()}
        if not self.label and self.address.is_empty():
            found["line1"] = "Give the property an address or a name."
        return found


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """One property of a customer."""

    public_id: str
    label: str
    address: AddressForm
    from_crm: bool


def create(session: Session, actor: Actor, form: CustomerForm, person: PersonForm | None, *, portal: bool) -> Customer:
    """Add a customer, perhaps with a first person, and with the address as their first property.

    The fields of the person are named `person_…` in what FormRefused says.
    """
    require_office(actor, Permission.EDIT_CUSTOMERS)
    if portal:
        require_office(actor, Permission.INVITE)
    form = form.trimmed()
    problems = form.problems()
    if person is not None:
        problems |= {f"person_{name}": sentence for name, sentence in person.trimmed().problems().items()}
    form_fields.refuse_if(problems)
    _refuse_taken(session, form.number, None)
    customer = Customer(name=form.name, kind=form.kind, number=form.number, billing_address=form.address.values())
    session.add(customer)
    session.flush()
    _record(session, actor, "customer.created", customer)
    if not form.address.is_empty():
        _add_place(session, actor, customer, PlaceForm(address=form.address))
    if person is not None:
        contacts.add(session, actor, customer.public_id, person)
    if portal:
        access.set_portal_access(session, actor, customer.public_id, on=True)
    _index(session, customer)
    return customer


def change(session: Session, actor: Actor, public_id: str, form: CustomerForm) -> Customer:
    """Change a customer's record."""
    customer = _own(session, actor, public_id)
    form = form.trimmed()
    form_fields.refuse_if(form.problems())
    _refuse_taken(session, form.number, customer.id)
    customer.name, customer.kind, customer.number = form.name, form.kind, form.number
    customer.billing_address = {**(customer.billing_address or {}), **form.address.values()}
    _record(session, actor, "customer.changed", customer)
    _index(session, customer)
    return customer


def form_of(session: Session, actor: Actor, public_id: str) -> CustomerForm:
    """Return what the form holds at first; Invalid where a CRM owns the customer."""
    customer = _own(session, actor, public_id)
    return CustomerForm(customer.name, customer.kind, customer.number, _address_of(customer.billing_address or {}))


def places(session: Session, actor: Actor, public_id: str) -> list[PlaceFacts]:
    """Return a customer's properties, oldest first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, public_id)
    statement = select(Location).where(Location.customer_id == customer.id, col(Location.deleted_at).is_(None))
    return [
        PlaceFacts(row.public_id, row.label, _address_of(row.address or {}), row.connection_id is not None)
        for row in session.exec(statement.order_by(col(Location.id)).limit(MOST_PROPERTIES))
    ]


def add_place(session: Session, actor: Actor, public_id: str, form: PlaceForm) -> Location:
    """Add a property to a customer."""
    customer = _own(session, actor, public_id)
    form = form.trimmed()
    form_fields.refuse_if(form.problems())
    some = select(func.count()).where(Location.customer_id == customer.id, col(Location.deleted_at).is_(None))
    if session.exec(some).one() >= MOST_PROPERTIES:
        raise Invalid(f"A customer has at most {MOST_PROPERTIES} properties here.")
    place = _add_place(session, actor, customer, form)
    _index(session, customer)
    return place


def change_place(session: Session, actor: Actor, public_id: str, place_public_id: str, form: PlaceForm) -> Location:
    """Change a property of a customer."""
    customer, place = _own_place(session, actor, public_id, place_public_id)
    form = form.trimmed()
    form_fields.refuse_if(form.problems())
    place.label, place.address = form.label, {**(place.address or {}), **form.address.values()}
    _record_place(session, actor, "location.changed", place)
    _index(session, customer)
    return place


def remove_place(session: Session, actor: Actor, public_id: str, place_public_id: str) -> None:
    """Take a property away from a customer; its jobs and papers stay."""
    customer, place = _own_place(session, actor, public_id, place_public_id)
    place.deleted_at = clock.now()
    _record_place(session, actor, "location.deleted", place)
    _index(session, customer)


def _own(session: Session, actor: Actor, public_id: str) -> Customer:
    """Return a customer that the office may change here."""
    require_office(actor, Permission.EDIT_CUSTOMERS)
    customer = customer_of_office(session, public_id)
    if customer.connection_id is not None:
        raise Invalid("This customer belongs to the CRM. Change it there; the change appears here by itself.")
    return customer


def _own_place(session: Session, actor: Actor, public_id: str, place_public_id: str) -> tuple[Customer, Location]:
    customer = _own(session, actor, public_id)
    place = session.exec(
        select(Location).where(
            Location.public_id == place_public_id,
            Location.customer_id == customer.id,
            col(Location.deleted_at).is_(None),
        )
    ).first()
    if place is None:
        raise NotFound
    return customer, place


def _add_place(session: Session, actor: Actor, customer: Customer, form: PlaceForm) -> Location:
    place = Location(customer_id=customer.id or 0, label=form.label, address=form.address.values())
    session.add(place)
    session.flush()
    _record_place(session, actor, "location.created", place)
    return place


def _refuse_taken(session: Session, number: str, own_id: int | None) -> None:
    """Refuse a number that another customer has: people tell customers apart by it."""
    word = "".join(split(number))[:LONGEST_WORD]
    if not word:
        return
    found = session.exec(
        select(Customer.name)
        .join(CustomerWord, col(CustomerWord.customer_id) == col(Customer.id))
        .where(
            # Both, because the index by words begins with it.
            col(CustomerWord.leads).in_((True, False)),
            CustomerWord.word == word,
            Customer.number == number,
            col(Customer.id) != (own_id or 0),
            col(Customer.deleted_at).is_(None),
        )
    ).first()
    if found is not None:
        raise FormRefused({"number": f"{found} has this number already."})


def _address_of(values: dict[str, Any]) -> AddressForm:
    return AddressForm(*(str(values.get(name) or "") for name in ADDRESS))


def _index(session: Session, customer: Customer) -> None:
    """Let the search find the customer by what is true now, in the same transaction."""
    session.flush()
    customer_index.write(session, [customer.id or 0])


def _record(session: Session, actor: Actor, kind: str, customer: Customer) -> None:
    activity.record(session, actor, kind, customer_id=customer.id, subject=("customer", customer.id))


def _record_place(session: Session, actor: Actor, kind: str, place: Location) -> None:
    activity.record(session, actor, kind, customer_id=place.customer_id, subject=("location", place.id))
