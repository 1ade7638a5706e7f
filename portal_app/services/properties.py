"""The properties of a customer, as far as a contact may see them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from portal_app.errors import NotFound
from portal_app.models import ChosenProperty, Contact, Location
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

MOST = 500
# What stands in an address for all properties, where none in it means the remembered one.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its row, its public id and what it is called (its label, else the first line of its address)."""

    id: int
    public_id: str
    name: str


def name_of(label: str | None, address: Mapping[str, str] | None) -> str:
    """Return what a property is called; empty when nobody has said."""
    given = address or {}
    return label or given.get("line1", "") or given.get("city", "")


def those_with(session: Session, actor: Customer, right: Right) -> list[Property]:
    """Return the properties at which the contact has the right, by name, at most MOST; none without the right."""
    if not actor.may(right):
        return []
    statement = (
        select(Location.id, Location.public_id, Location.label, Location.address)
        .where(Location.customer_id == actor.customer_id, col(Location.deleted_at).is_(None))
        .limit(MOST)
    )
    places = actor.places(right)
    if places is not None:
        statement = statement.where(col(Location.id).in_(sorted(places)))
    found = [
        Property(row_id or 0, public_id, name_of(label, at)) for row_id, public_id, label, at in session.exec(statement)
    ]
    return sorted(found, key=lambda place: (place.name.lower(), place.id))


def row_of(session: Session, actor: Customer, right: Right, public_id: str) -> int:
    """Return the row of one property; NotFound for anybody else's, and for one at which the right does not hold."""
    statement = select(Location.id).where(
        Location.public_id == public_id,
        Location.customer_id == actor.customer_id,
        col(Location.deleted_at).is_(None),
    )
    row_id = session.exec(statement).first()
    places = actor.places(right)
    if row_id is None or (places is not None and row_id not in places):
        raise NotFound
    return row_id


# Asked for with every list, so it is built once.
_CHOSEN: Any = (
    select(Location.id, Location.public_id)
    .join(ChosenProperty, col(ChosenProperty.location_id) == col(Location.id))
    .where(
        ChosenProperty.contact_id == bindparam("contact_id"),
        Location.customer_id == bindparam("customer_id"),
        col(Location.deleted_at).is_(None),
    )
)


def remembered(session: Session, actor: Customer, right: Right | None) -> str:
    """Return the public id of the property that the contact chose last; empty for all of them.

    What is gone, or where the right does not hold (any more), is not remembered; without a right any is.
    """
    asked = {"contact_id": actor.contact_id, "customer_id": actor.customer_id}
    found = session.connection().execute(_CHOSEN, asked).first()
    if found is None or right is None:
        return found.public_id if found else ""
    places = actor.places(right)
    if not actor.may(right) or (places is not None and found.id not in places):
        return ""
    return found.public_id


def remember(session: Session, actor: Customer, right: Right, chosen: str) -> None:
    """Remember the property that the contact chose, given as public id or ALL; NotFound for one out of reach."""
    actor.require(right)
    row_id = None if chosen == ALL else row_of(session, actor, right, chosen)
    # Two tabs of one person take turns.
    session.exec(select(Contact.id).where(Contact.id == actor.contact_id).with_for_update()).one()
    known = session.get(ChosenProperty, actor.contact_id)
    if row_id is None:
        if known is not None:
            session.delete(known)
    elif known is None:
        session.add(ChosenProperty(contact_id=actor.contact_id, location_id=row_id))
    else:
        known.location_id = row_id
    session.flush()


def narrowed(actor: Customer, location_id: int | None) -> Customer:
    """Return the contact as somebody who sees one property alone; the same contact without one."""
    if location_id is None:
        return actor
    seen = frozenset({location_id}) if actor.locations is None else actor.locations & {location_id}
    return replace(actor, locations=seen)
