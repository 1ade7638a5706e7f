"""What tests of guests share: a household's invoice, sending it as its people do, and what the guest is mailed."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from portal_app import clock, database
from portal_app.models import Invoice, SecureLink
from portal_app.services import guests
from portal_app.services.guests import Invited, Shared
from tests.services import front_door, people
from tests.services.people import Person
from tests.services.records import add_invoice

ANN = Invited("Ann Ledger", "ann@books.example")


def made_invoice(person: Person, number: str = "2291", **fields: Any) -> str:
    """Write an invoice over £240.00 and return its public id."""
    row = add_invoice(person.customer_id or 0, number, issued_on=clock.now().date(), **fields)
    return front_door.public_id(Invoice, row)


def actor(person: Person) -> Any:
    """Return whom a new session of a person stands for."""
    return people.actor_of(people.start_session(person))


def send(who: Any, invoice: str, invited: Invited = ANN) -> str:
    """Send an invoice and return the public id of its link."""
    with database.transaction() as session:
        return guests.send(session, who, invoice, invited)


def revoke(who: Any, invoice: str, link: str) -> None:
    """Revoke one sending."""
    with database.transaction() as session:
        guests.revoke(session, who, invoice, link)


def listed(who: Any, invoice: str) -> list[Shared]:
    """Return to whom an invoice was sent."""
    with database.reading() as session:
        return guests.of_invoice(session, who, invoice)


def way(email: str = ANN.email) -> str:
    """Return the path in the newest mail to a guest."""
    return front_door.newest(email, "shared")["path"]


def expire(link: str) -> None:
    """Let a link's time be over."""
    with database.reading() as session:
        row = session.exec(select(SecureLink.id).where(SecureLink.public_id == link)).one()
    people.change(SecureLink, row, expires_at=clock.now() - timedelta(seconds=1))


def standing(link: str) -> Any:
    """Return whom a link lets see its invoice now, None when nobody."""
    with database.reading() as session:
        return guests.by_link(session, link)
