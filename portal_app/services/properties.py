"""The properties of a customer, as far as a contact may see them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from portal_app.errors import NotFound
from portal_app.models import Location
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

MOST = 500


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
