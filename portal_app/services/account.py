"""What customers see and change of their own account: name, numbers, addresses, who is signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, Location, Login, LoginSession
from portal_app.models import Customer as CustomerRow
from portal_app.services import contact_changes, form_fields, properties, sessions, telephones
from portal_app.services.actors import Customer
from portal_app.services.rights import Right, Role

MOST_PHONES = 10
PHONE_KINDS = ("mobile", "home", "work", "other")
ADDRESS_LINES = ("line1", "line2", "city", "region", "postal_code")
_ONLY_OWNER = "Only the owner of this account can change that. Please ask them, or ring us."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A field that was changed and that the CRM has not agreed to; `place` is a property's row for its address.

    `decides` says that the office has to decide between the CRM's value and this one.
    """

    name: str
    place: int | None
    decides: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A property with its address, by the contract's names."""

    id: int
    public_id: str
    name: str
    address: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Details:
    """What the settings page says of a person and their customer.

    `billing_address` is None for those who see no money. `owner` may change addresses. `sign_in_email` is the address
    they sign in with, `has_password` whether they can without a code.
    """

    name: str
    email: str
    sign_in_email: str
    has_password: bool
    phones: tuple[tuple[str, str], ...]
    customer_name: str
    owner: bool
    billing_address: Mapping[str, str] | None
    places: tuple[Place, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A signed-in browser of the actor; `here` is the one that asks."""

    public_id: str
    user_agent: str
    network: str
    signed_in_at: datetime
    last_seen_at: datetime
    here: bool


def details(session: Session, actor: Customer) -> Details:
    """Return what the actor's settings page says; addresses of the properties they may see."""
    contact = session.get_one(Contact, actor.contact_id)
    customer = session.get_one(CustomerRow, actor.customer_id)
    login = session.get_one(Login, actor.login_id)
    owner = contact.role == Role.OWNER
    return Details(
        name=contact.name,
        email=contact.email,
        sign_in_email=login.email,
        has_password=login.password_hash is not None,
        phones=tuple((phone.get("kind", ""), phone.get("number", "")) for phone in contact.phones),
        customer_name=customer.name,
        owner=owner,
        billing_address=dict(customer.billing_address) if owner or actor.may(Right.VIEW_MONEY) else None,
        places=tuple(_places(session, actor)),
        waiting=tuple(
            Waiting(contact_changes.field_of(change), change.location_id, change.state == contact_changes.CONFLICT)
            for change in contact_changes.open_of_contact(session, actor)
        ),
    )


def _places(session: Session, actor: Customer) -> list[Place]:
    statement = select(Location).where(Location.customer_id == actor.customer_id, col(Location.deleted_at).is_(None))
    if actor.locations is not None:
        statement = statement.where(col(Location.id).in_(sorted(actor.locations)))
    found = [
        Place(row.id or 0, row.public_id, properties.name_of(row.label, row.address), dict(row.address))
        for row in session.exec(statement.limit(properties.MOST))
    ]
    return sorted(found, key=lambda place: (place.name.lower(), place.id))


def rename(session: Session, actor: Customer, name: str) -> None:
    """Change the actor's name; Invalid with a sentence when it is none."""
    name = form_fields.line(name)
    problem = form_fields.name_problem(name, "Your name")
    if problem:
        raise Invalid(problem)
    contact_changes.propose(session, actor, "name", name)


def set_phones(session: Session, actor: Customer, phones: Sequence[tuple[str, str]], country: str) -> None:
    """Change the actor's telephone numbers, given as (kind, number) and typed as in `country`; empty ones are dropped.

    Invalid names the number that nobody could be rung at.
    """
    contact = session.get_one(Contact, actor.contact_id)
    kinds = {*PHONE_KINDS, "", *(phone.get("kind", "") for phone in contact.phones)}
    wanted = []
    for kind, number in phones:
        number = form_fields.line(number)
        if not number:
            continue
        if len(number) > form_fields.LONGEST_PHONE or telephones.parsed(number, country) is None:
            example = telephones.example(country)
            raise Invalid(f"“{number[:40]}” is no telephone number we could ring. An example: {example}.")
        wanted.append({"kind": kind if kind in kinds else "other", "number": number})
    if len(wanted) > MOST_PHONES:
        raise Invalid(f"Please give us at most {MOST_PHONES} numbers.")
    contact_changes.propose(session, actor, "phones", wanted)


def set_billing_address(session: Session, actor: Customer, lines: Mapping[str, str]) -> None:
    """Change where the customer's invoices go; the account's owner alone may."""
    _require_owner(session, actor)
    customer = session.get_one(CustomerRow, actor.customer_id)
    contact_changes.propose(session, actor, "billing_address", _address(lines, customer.billing_address))


def set_address(session: Session, actor: Customer, location_public_id: str, lines: Mapping[str, str]) -> None:
    """Change a property's address; the account's owner alone may, and only what they may see."""
    _require_owner(session, actor)
    statement = select(Location).where(
        Location.public_id == location_public_id,
        Location.customer_id == actor.customer_id,
        col(Location.deleted_at).is_(None),
    )
    found = session.exec(statement).first()
    if found is None or (actor.locations is not None and found.id not in actor.locations):
        raise NotFound
    contact_changes.propose(session, actor, "address", _address(lines, found.address), location=found)


def _require_owner(session: Session, actor: Customer) -> None:
    if session.get_one(Contact, actor.contact_id).role != Role.OWNER:
        raise NotAllowed(_ONLY_OWNER)


def _address(lines: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return a checked address by the contract's names; what the form does not show stays as it was."""
    given = {name: form_fields.line(lines.get(name, "")) for name in ADDRESS_LINES}
    if not given["line1"]:
        raise Invalid("Please give the first line of the address: house and street.")
    if not given["city"] and not given["postal_code"]:
        raise Invalid("Please give the town or the postcode.")
    for line in given.values():
        problem = form_fields.length_problem(line, form_fields.LONGEST_LINE)
        if problem:
            raise Invalid(f"“{line[:30]}…”: {problem[:1].lower()}{problem[1:]}")
    if len(given["postal_code"]) > form_fields.LONGEST_NUMBER:
        raise Invalid("This postcode is too long.")
    return {"country": "", **before, **given}


def devices(session: Session, actor: Customer) -> list[Device]:
    """Return the browsers that are signed in as the actor, their own first, then the last used."""
    found = [
        Device(row.public_id, row.user_agent, row.network, row.created_at, row.last_seen_at, row.id == actor.session_id)
        for row in sessions.live_sessions(session, actor.login_id)
    ]
    return sorted(found, key=lambda device: not device.here)


def end_device(session: Session, actor: Customer, public_id: str) -> None:
    """Sign one of the actor's other browsers out at once; NotFound for anybody else's, and for the one that asks."""
    row = session.exec(
        select(LoginSession).where(LoginSession.public_id == public_id, LoginSession.login_id == actor.login_id)
    ).first()
    if row is None or row.id == actor.session_id or not sessions.end(session, row.id or 0, "ended_by_owner", actor):
        raise NotFound


def end_other_devices(session: Session, actor: Customer) -> int:
    """Sign all of the actor's other browsers out at once; returns how many."""
    return sessions.end_for_login(
        session, actor.login_id, "ended_by_owner", actor=actor, except_session=actor.session_id
    )
