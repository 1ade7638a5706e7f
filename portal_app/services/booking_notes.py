"""Notes for coming visits, by property: written by customers, shown to the office, told to the CRM.

A gate code is a secret: the text goes into no mail, no log, no address and no search.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import BookingNote, Contact, Customer, Location, Outbox
from portal_app.services import activity, outbox, properties, reach
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Staff
from portal_app.services.file_names import TURNING
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import Permission, Right

COMMAND = "booking-notes"
LONGEST = 600
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Note:
    """What is written about one property; `version` is 0 where nobody has written anything yet.

    `at` (UTC) and `who` say when and by whom it was written last; `may_write` whether the reader may change it.
    """

    location_id: int
    location: str
    place: str
    body: str = ""
    version: int = 0
    at: datetime | None = None
    who: str = ""
    may_write: bool = False


class NoteChanged(Invalid):
    """Somebody else changed the note meanwhile; `version` is what it is at now."""

    def __init__(self, body: str, version: int) -> None:
        said = f"It now says: “{body}”" if body else "It is empty now."
        super().__init__(
            f"Somebody changed this note meanwhile. {said} What you typed is still here: put together what should stay,"
            " and save again."
        )
        self.version = version


def of_actor(session: Session, actor: CustomerActor) -> list[Note]:
    """Return the notes of the properties whose jobs the contact may see, by name; those without a note as well."""
    places = properties.those_with(session, actor, Right.VIEW_JOBS)
    found = _newest(session, [place.id for place in places])
    return [
        _note(
            found.get(place.id, _NOTHING),
            place.id,
            place.public_id,
            place.name,
            reach.may_at(actor, Right.REQUEST, place.id),
        )
        for place in places
    ]


def at_location(session: Session, actor: CustomerActor, location_id: int | None) -> Note | None:
    """Return the note of one property, None for none and for one whose jobs the contact may not see."""
    if location_id is None or not reach.may_at(actor, Right.VIEW_JOBS, location_id):
        return None
    place = session.get(Location, location_id)
    if place is None or place.deleted_at is not None or place.customer_id != actor.customer_id:
        return None
    name = properties.name_of(place.label, place.address)
    may_write = reach.may_at(actor, Right.REQUEST, location_id)
    found = _newest(session, [location_id]).get(location_id, _NOTHING)
    return _note(found, location_id, place.public_id, name, may_write)


def of_customer(session: Session, actor: Staff, customer_public_id: str) -> list[Note]:
    """Return what a customer wrote about their properties, for the office, at most SHOWN; empty notes are left out."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, customer_public_id)
    statement = select(Location).where(Location.customer_id == customer.id, col(Location.deleted_at).is_(None))
    places = {place.id or 0: place for place in session.exec(statement.limit(properties.MOST))}
    found = _newest(session, places)
    written = [
        _note(found[row], row, place.public_id, properties.name_of(place.label, place.address), False)
        for row, place in places.items()
        if row in found and found[row].body
    ]
    return sorted(written, key=lambda note: (note.place.lower(), note.location_id))[:SHOWN]


@dataclass(frozen=True, slots=True)
class _Written:
    """What was written last about a property; only the number of the version where another customer wrote it."""

    version: int
    body: str = ""
    at: datetime | None = None
    who: str = ""


_NOTHING = _Written(0)


def _note(found: _Written, location_id: int, location: str, place: str, may_write: bool) -> Note:
    return Note(location_id, location, place, found.body, found.version, found.at, found.who, may_write)


def _newest(session: Session, location_ids: Iterable[int]) -> dict[int, _Written]:
    """Return what was written last about each property; a house that is sold keeps its gate code to itself."""
    ids = sorted(location_ids)
    if not ids:
        return {}
    latest = (
        select(BookingNote.location_id, func.max(BookingNote.version).label("version"))
        .where(col(BookingNote.location_id).in_(ids))
        .group_by(col(BookingNote.location_id))
        .subquery()
    )
    statement = (
        select(BookingNote, Contact.name, Location.customer_id)
        .join(
            latest,
            (col(BookingNote.location_id) == latest.c.location_id) & (col(BookingNote.version) == latest.c.version),
        )
        .join(Contact, col(Contact.id) == col(BookingNote.contact_id))
        .join(Location, col(Location.id) == col(BookingNote.location_id))
    )
    return {
        row.location_id: _Written(row.version, row.body, row.created_at, name)
        if row.customer_id == owner
        else _Written(row.version)
        for row, name, owner in session.exec(statement)
    }


def write(session: Session, actor: CustomerActor, location: str, body: str, *, base: int) -> int:
    """Write the note of a property, given as public id, over version `base`; returns the version it is at.

    The same text changes nothing. NoteChanged when somebody wrote another one meanwhile. Needs the rights to view jobs
    and to request at the property; NotFound for one out of reach.
    """
    actor.require(Right.VIEW_JOBS)
    row_id = properties.row_of(session, actor, Right.VIEW_JOBS, location)
    if not reach.may_at(actor, Right.REQUEST, row_id):
        raise NotAllowed
    wanted = _cleaned(body)
    place = session.exec(select(Location).where(Location.id == row_id).with_for_update()).one()
    found = _newest(session, [row_id]).get(row_id, _NOTHING)
    if wanted == found.body:
        return found.version
    if base != found.version:
        raise NoteChanged(found.body, found.version)
    note = BookingNote(
        customer_id=actor.customer_id,
        location_id=row_id,
        contact_id=actor.contact_id,
        version=found.version + 1,
        body=wanted,
    )
    session.add(note)
    session.flush()
    _send(session, actor, note, place)
    activity.record(session, actor, "location.noted", subject=("location", row_id), facts={"version": note.version})
    return note.version


def _cleaned(body: str) -> str:
    """Return a text without what cannot be seen, or turns its letters round; Invalid when it is too long."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spaced = ("".join(" " if char.isspace() else char for char in line) for line in lines)
    kept = ["".join(char for char in line if _is_seen(char)).rstrip() for line in spaced]
    text = "\n".join(kept).strip()
    if len(text) > LONGEST:
        raise Invalid(f"Please keep the note to {LONGEST} characters; it has {len(text)}.")
    return text


def _is_seen(char: str) -> bool:
    # A gate code that reads 1174 must not be 4711.
    return unicodedata.category(char) != "Cc" and char not in TURNING


def _send(session: Session, actor: CustomerActor, note: BookingNote, place: Location) -> None:
    """Put the command for the CRM into the outbox, in place of older ones that have not left."""
    customer = session.get_one(Customer, note.customer_id)
    if not customer.external_id or not place.external_id:
        return
    subject = f"note:{place.public_id}"
    waiting = select(Outbox).where(
        Outbox.subject == subject, col(Outbox.state).in_((outbox.PENDING, outbox.OFFICE, outbox.DEAD))
    )
    for row in session.exec(waiting.with_for_update()).all():
        row.state, row.done_at = outbox.WITHDRAWN, clock.now()
        outbox.tell(session, row, "outbox.withdrawn", Outcome(outbox.WITHDRAWN, reason="It was replaced."), actor)
    outbox.put(
        session,
        COMMAND,
        subject,
        {"customer_id": customer.external_id, "location_id": place.external_id, "body": note.body},
        customer_id=note.customer_id,
        contact_id=note.contact_id,
        public_id=note.public_id,
    )
