"""Changes the CRM does not agree with: the office sees what each side says, and decides."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from portal_app.errors import Invalid, NotFound
from portal_app.models import Contact, ContactChange, Customer, Location
from portal_app.services import contact_changes
from portal_app.services.access import require_office
from portal_app.services.actors import Staff
from portal_app.services.contact_changes import CONFLICT, OPEN, WITHDRAWN
from portal_app.services.rights import Permission


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """One open change for the office: of whom, which field, the value before, the customer's and (in a conflict) the
    CRM's; `place` is the property's public id for a change of its address.
    """

    public_id: str
    contact: str
    contact_public_id: str
    field: str
    base: Any
    wanted: Any
    theirs: Any
    state: str
    reason: str
    place: str


def open_of_customer(session: Session, actor: Staff, customer_public_id: str) -> list[ChangeFacts]:
    """Return a customer's open changes for the office, oldest first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    statement = (
        select(ContactChange, Contact, Location.public_id)
        .join(Contact, col(Contact.id) == ContactChange.contact_id)
        .join(Customer, col(Customer.id) == ContactChange.customer_id)
        .outerjoin(Location, col(Location.id) == ContactChange.location_id)
        .where(Customer.public_id == customer_public_id, col(ContactChange.state).in_(OPEN))
        .order_by(col(ContactChange.id))
    )
    return [_facts(change, contact, place) for change, contact, place in session.exec(statement)]


def _facts(change: ContactChange, contact: Contact, place: str | None) -> ChangeFacts:
    name = contact_changes.field_of(change)
    return ChangeFacts(
        public_id=change.public_id,
        contact=contact.name,
        contact_public_id=contact.public_id,
        field=name,
        base=change.base[name],
        wanted=change.change[name],
        theirs=change.theirs.get(name),
        state=change.state,
        reason=change.reason,
        place=place or "",
    )


def resolve_ours(session: Session, actor: Staff, public_id: str) -> ContactChange:
    """Send the customer's value again, upon what the CRM says now: a new command, since the old id is spent."""
    change = _to_decide(session, actor, public_id)
    again = ContactChange(
        contact_id=change.contact_id,
        customer_id=change.customer_id,
        location_id=change.location_id,
        base=change.theirs or change.base,
        change=change.change,
    )
    contact_changes.end(session, actor, change, WITHDRAWN)
    session.add(again)
    session.flush()
    contact_changes.send(session, again)
    contact_changes.tell(session, actor, "contact.change_sent_again", again)
    return again


def resolve_theirs(session: Session, actor: Staff, public_id: str) -> None:
    """Take the CRM's value: the customer's own is dropped."""
    contact_changes.take_theirs(session, actor, _to_decide(session, actor, public_id))


def _to_decide(session: Session, actor: Staff, public_id: str) -> ContactChange:
    require_office(actor, Permission.EDIT_CUSTOMERS)
    change = session.exec(select(ContactChange).where(ContactChange.public_id == public_id).with_for_update()).first()
    if change is None:
        raise NotFound
    if change.state != CONFLICT:
        raise Invalid("This has been decided already, or the CRM has agreed meanwhile.")
    return change
