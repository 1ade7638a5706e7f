"""What customers change about themselves: shown at once, told to the CRM, and silently reverted by nobody.

Every change is of one field. While a change is open (pending, or in conflict) the portal's row holds the customer's
value, and what the CRM says is held against it (`change_agreement`): the value before keeps it open, the new one
settles it, any other is a conflict that waits for the office (`change_decisions`).
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Contact, ContactChange, Customer, Location, Outbox
from portal_app.services import activity, customer_index, mails, outbox, outbox_hooks
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.crm_store import chunks
from portal_app.services.outbox_hooks import Outcome

COMMAND = "contact-changes"
PENDING, APPLIED, CONFLICT, WITHDRAWN = "pending", "applied", "conflict", "withdrawn"
OPEN = (PENDING, CONFLICT)
FIELDS = {"contacts": ("name", "phones", "emails"), "customers": ("billing_address",), "locations": ("address",)}
_STREAM_OF = {name: stream for stream, names in FIELDS.items() for name in names}
_ROW_COLUMN: dict[str, Any] = {
    "contacts": ContactChange.contact_id,
    "customers": ContactChange.customer_id,
    "locations": ContactChange.location_id,
}
_NOBODY = "The CRM knows none of this customer's people, so the office has to enter it there."
_UNHEEDED = "The CRM said yes more than a day ago and still does not show it."
UNHEEDED_AFTER = timedelta(days=1)


def propose(
    session: Session, actor: CustomerActor, name: str, value: Any, *, location: Location | None = None
) -> ContactChange | None:
    """Change one field of the actor's own contact, their customer or (with `location`) a property; None for no change.

    The caller has checked the value and the actor's right to change it. It shows at once; where the CRM owns the
    record it stays pending until a poll brings it back.
    """
    change = ContactChange(
        contact_id=actor.contact_id,
        customer_id=actor.customer_id,
        location_id=location.id if location else None,
        change={name: value},
    )
    row = _row_of(session, change)
    held = getattr(row, name)
    if held == value:
        return None
    change.base = {name: _superseded(session, actor, row, name, held)}
    session.add(change)
    _set(row, name, value)
    session.flush()
    if row.connection_id is None:
        change.state, change.resolved_at = APPLIED, clock.now()
    else:
        send(session, change)
    tell(session, actor, "contact.changed", change)
    return change


def _row_of(session: Session, change: ContactChange) -> Any:
    """Return the row whose field a change is of."""
    stream = _STREAM_OF[field_of(change)]
    if stream == "contacts":
        return session.get_one(Contact, change.contact_id)
    if stream == "customers":
        return session.get_one(Customer, change.customer_id)
    return session.get_one(Location, change.location_id)


def field_of(change: ContactChange) -> str:
    """Return the one field that a change is of, by the contract's name."""
    return next(iter(change.change))


def _set(row: Any, name: str, value: Any) -> None:
    setattr(row, name, value)
    if name == "emails":
        email = value[0].lower() if value else ""
        if email != row.email:
            row.email = email
            mails.forget_problem(row)


def _superseded(session: Session, actor: Actor, row: Any, name: str, held: Any) -> Any:
    """Withdraw what is in conflict about the same field, and return the value the CRM must have before the change."""
    known = _open(session, name, [row.id]).get(row.id, [])
    conflicts = [change for change in known if change.state == CONFLICT]
    if not conflicts:
        return held
    last = conflicts[-1]
    for change in conflicts:
        end(session, actor, change, WITHDRAWN)
    return last.theirs.get(name, last.base[name])


def send(session: Session, change: ContactChange) -> None:
    """Put the command for the CRM into the outbox, or leave it to the office where the CRM has nobody to name."""
    contact = session.get_one(Contact, change.contact_id)
    spokesperson = contact if contact.external_id else _somebody_known(session, change.customer_id)
    if spokesperson is None:
        change.state, change.reason = CONFLICT, _NOBODY
        return
    payload: dict[str, Any] = {"contact_id": spokesperson.external_id, "base": change.base, "change": change.change}
    if change.location_id is not None:
        payload["location_id"] = session.get_one(Location, change.location_id).external_id
    outbox.put(
        session,
        COMMAND,
        f"{_STREAM_OF[field_of(change)].removesuffix('s')}:{_row_of(session, change).public_id}",
        payload,
        customer_id=change.customer_id,
        contact_id=change.contact_id,
        public_id=change.public_id,
    )


def _somebody_known(session: Session, customer_id: int) -> Contact | None:
    return session.exec(
        select(Contact)
        .where(
            Contact.customer_id == customer_id, col(Contact.external_id).is_not(None), col(Contact.deleted_at).is_(None)
        )
        .order_by(col(Contact.id))
    ).first()


def tell(session: Session, actor: Actor, kind: str, change: ContactChange) -> None:
    """Write to the activity what happened to a change; the customer's words are looked at anew."""
    names = sorted(change.change)
    activity.record(
        session,
        actor,
        kind,
        customer_id=change.customer_id,
        subject=("contact", change.contact_id),
        facts={"fields": names, "change": change.public_id},
    )
    customer_index.mark(session, [change.customer_id])


def _open(session: Session, name: str, rows: Sequence[int]) -> dict[int, list[ContactChange]]:
    """Return the open changes of one field by row, oldest first."""
    found = waiting_on(session, _STREAM_OF[name], rows)
    return {row: [change for change in changes if name in change.change] for row, changes in found.items()}


def waiting_on(session: Session, stream: str, rows: Iterable[int]) -> dict[int, list[ContactChange]]:
    """Return the open changes of a stream's records by row, oldest first; one cheap query where there are none."""
    wanted = set(rows)
    if stream not in FIELDS or not wanted:
        return {}
    column = _ROW_COLUMN[stream]
    found: dict[int, list[ContactChange]] = {}
    for part in chunks(sorted(wanted)):
        statement = select(ContactChange).where(col(column).in_(part), col(ContactChange.state).in_(OPEN))
        for change in session.exec(statement.order_by(col(ContactChange.id))):
            if _STREAM_OF[field_of(change)] == stream:
                found.setdefault(getattr(change, column.key), []).append(change)
    return found


def outbox_row(session: Session, change: ContactChange) -> Outbox | None:
    """Return the row of a change's command; None where none was sent."""
    return session.exec(select(Outbox).where(Outbox.public_id == change.public_id)).first()


def end(session: Session, actor: Actor, change: ContactChange, state: str) -> None:
    """Close a change, and take its command back where it has not left."""
    change.state, change.resolved_at = state, clock.now()
    change.resolved_by = actor.member_id if isinstance(actor, Staff) else None
    session.flush()
    row = outbox_row(session, change)
    if row is not None and row.state in (outbox.PENDING, outbox.OFFICE, outbox.DEAD):
        _take_back(session, row, actor)


def _take_back(session: Session, row: Outbox, actor: Actor) -> None:
    row.state, row.done_at = outbox.WITHDRAWN, clock.now()
    outbox.tell(session, row, "outbox.withdrawn", Outcome(outbox.WITHDRAWN, reason="It was replaced."), actor)


def hear(session: Session, row: Outbox, outcome: Outcome) -> None:
    """Note what became of a command: refused or given up is the office's to decide."""
    change = session.exec(select(ContactChange).where(ContactChange.public_id == row.public_id)).first()
    if change is None:
        return
    stuck = outcome.state in (outbox.OFFICE, outbox.DEAD)
    if change.state not in OPEN:
        # Nobody waits for it any more, and it must not keep what came after it from leaving.
        if stuck:
            row.state, row.done_at = outbox.WITHDRAWN, clock.now()
        return
    if stuck:
        refused(session, row.public_id, outcome.reason)
    elif outcome.by_hand or (outcome.state == outbox.PENDING and not change.theirs):
        change.state, change.reason = PENDING, ""
    elif outcome.state == outbox.WITHDRAWN:
        take_theirs(session, System("outbox"), change)


def refused(session: Session, public_id: str, reason: str) -> None:
    """Note that the CRM will not take a change, with its reason: the office decides."""
    change = session.exec(select(ContactChange).where(ContactChange.public_id == public_id)).first()
    if change is None or change.state not in OPEN:
        return
    change.state, change.reason = CONFLICT, reason[:1000]
    tell(session, System("outbox"), "contact.change_conflict", change)


def notice_unheeded(session: Session) -> int:
    """Give to the office what the CRM took a day ago and still does not show; returns how many.

    A call may be answered with yes and do nothing, and a record that does not change is never polled again.
    """
    statement = (
        select(ContactChange.public_id)
        .join(Outbox, col(Outbox.public_id) == ContactChange.public_id)
        .where(
            ContactChange.state == PENDING,
            Outbox.state == outbox.DONE,
            col(Outbox.done_at) < clock.now() - UNHEEDED_AFTER,
        )
        .limit(500)
    )
    found = session.exec(statement).all()
    for public_id in found:
        refused(session, public_id, _UNHEEDED)
    return len(found)


def take_theirs(session: Session, actor: Actor, change: ContactChange) -> None:
    """Put back what the CRM says, or what stood there before, unless a later change of the field is open."""
    name = field_of(change)
    row = _row_of(session, change)
    later = [other for other in _open(session, name, [row.id]).get(row.id, []) if (other.id or 0) > (change.id or 0)]
    end(session, actor, change, WITHDRAWN)
    if not later:
        value = change.theirs.get(name, change.base[name])
        if name == "emails" and row.login_id is not None and row.email:
            # A main address moves a sign-in: the office has its own way for that.
            value = [row.email, *(email for email in value if email.lower() != row.email)]
        _set(row, name, value)
    tell(session, actor, "contact.changed", change)


def open_of_contact(session: Session, actor: CustomerActor) -> list[ContactChange]:
    """Return the open changes of the actor's own details and of their customer's addresses, oldest first."""
    statement = select(ContactChange).where(
        ContactChange.customer_id == actor.customer_id, col(ContactChange.state).in_(OPEN)
    )
    found = session.exec(statement.order_by(col(ContactChange.id)))
    return [
        change
        for change in found
        if change.contact_id == actor.contact_id or _STREAM_OF[field_of(change)] != "contacts"
    ]


outbox_hooks.on_outcome(COMMAND, hear)
