"""What each person may see and do in the portal: the office's switches, one person at a time and for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, delete, select

from portal_app.errors import Invalid, NotFound
from portal_app.models import Business, Contact, ContactLocation, Location
from portal_app.services import activity, business
from portal_app.services.access import contact_of_office, require_office
from portal_app.services.actors import Actor
from portal_app.services.rights import ROLE_RIGHTS, Permission, Right, Role

LEAST_LINK_DAYS, MOST_LINK_DAYS = 1, 90


@dataclass(frozen=True, slots=True)
class Place:
    """A property of the customer by its public id."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class PersonRights:
    """What one person may do.

    `places` are public ids of the only properties they may see, None for all; `narrowed` the same for single rights.
    """

    role: Role
    rights: frozenset[Right]
    places: frozenset[str] | None = None
    narrowed: Mapping[Right, frozenset[str]] = field(default_factory=dict)


def of_role(role: Role) -> frozenset[Right]:
    """Return what a role starts with."""
    return ROLE_RIGHTS[role]


def places_of(session: Session, actor: Actor, contact_public_id: str) -> list[Place]:
    """Return the properties of a person's customer, by name."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    contact = contact_of_office(session, contact_public_id)
    found = [Place(row.public_id, name_of(row)) for row in _locations(session, contact.customer_id)]
    return sorted(found, key=lambda place: place.name.lower())


def name_of(location: Location) -> str:
    """Return what a property is called."""
    given = location.address or {}
    return location.label or given.get("line1", "") or given.get("city", "") or "A property without an address"


def get(session: Session, actor: Actor, contact_public_id: str) -> PersonRights:
    """Return what a person may do, for the office."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    contact = contact_of_office(session, contact_public_id)
    public_ids = {row.id: row.public_id for row in _locations(session, contact.customer_id)}
    chosen = session.exec(select(ContactLocation.location_id).where(ContactLocation.contact_id == contact.id)).all()
    known = set(Right)
    return PersonRights(
        role=Role(contact.role) if contact.role in set(Role) else Role.VIEWER,
        rights=frozenset(Right(name) for name in contact.rights if name in known),
        places=None if contact.all_locations else frozenset(public_ids[row] for row in chosen if row in public_ids),
        narrowed={
            Right(name): frozenset(public_ids[row] for row in rows if row in public_ids)
            for name, rows in (contact.right_locations or {}).items()
            if name in known
        },
    )


def set_rights(session: Session, actor: Actor, contact_public_id: str, wanted: PersonRights) -> Contact:
    """Give a person these rights and no others; open pages follow at once.

    A place of another customer is NotFound. Somebody limited to no property at all sees nothing that has one.
    """
    require_office(actor, Permission.EDIT_CUSTOMERS)
    require_office(actor, Permission.INVITE)
    contact = contact_of_office(session, contact_public_id)
    rows = {row.public_id: row.id or 0 for row in _locations(session, contact.customer_id)}
    if wanted.places is not None and not wanted.places:
        raise Invalid("Choose at least one property, or all of them.")
    contact.role = wanted.role.value
    contact.rights = sorted(right.value for right in wanted.rights)
    contact.all_locations = wanted.places is None
    session.exec(delete(ContactLocation).where(col(ContactLocation.contact_id) == contact.id))
    for location_id in sorted(_rows_of(rows, wanted.places or ())):
        session.add(ContactLocation(contact_id=contact.id or 0, location_id=location_id))
    contact.right_locations = {
        right.value: sorted(_rows_of(rows, places))
        for right, places in sorted(wanted.narrowed.items())
        if right in wanted.rights
    }
    activity.record(
        session,
        actor,
        "contact.rights_changed",
        customer_id=contact.customer_id,
        login_id=contact.login_id,
        subject=("contact", contact.id),
        facts={"role": contact.role, "rights": contact.rights, "limited": wanted.places is not None},
    )
    session.flush()
    return contact


def _rows_of(rows: Mapping[str, int], public_ids: frozenset[str] | tuple[()]) -> list[int]:
    if any(public_id not in rows for public_id in public_ids):
        raise NotFound("One of these properties is no longer there. Please load the page again.")
    return [rows[public_id] for public_id in public_ids]


def _locations(session: Session, customer_id: int) -> list[Location]:
    statement = select(Location).where(Location.customer_id == customer_id, col(Location.deleted_at).is_(None))
    return list(session.exec(statement.order_by(col(Location.id))))


def portal_settings(session: Session, actor: Actor) -> Business:
    """Return the business with what is switched off for everybody, for those who may change it."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    found = business.get(session)
    if found is None:
        raise NotFound
    return found


def set_portal_settings(session: Session, actor: Actor, off: frozenset[Right], link_days: int) -> Business:
    """Switch rights off for the whole portal, and say how long a secure link lasts; both count at once."""
    about = portal_settings(session, actor)
    if not LEAST_LINK_DAYS <= link_days <= MOST_LINK_DAYS:
        raise Invalid(f"A link lasts between one day and {MOST_LINK_DAYS} days.")
    rights_off = sorted(right.value for right in off)
    if (about.rights_off, about.link_days) != (rights_off, link_days):
        about.rights_off, about.link_days = rights_off, link_days
        facts = {"rights_off": rights_off, "link_days": link_days}
        activity.record(session, actor, "business.changed", subject=("business", about.id), facts=facts)
        session.flush()
    return about
