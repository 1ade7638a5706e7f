"""What tests of the front door share: mails as they wait, links as the office makes them."""

from typing import Any

from sqlmodel import select

from portal_app import database
from portal_app.models import Contact, Customer, Outbox
from portal_app.services import invitations, links, sealed
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import System
from tests.services import people

OFFICE = System("office")


def mails(to: str = "", mail: str = "") -> list[dict[str, Any]]:
    """Return the mails in the outbox, oldest first, each with its secrets: mail, to, facts, code, path."""
    with database.transaction() as session:
        rows = session.exec(select(Outbox).where(Outbox.kind == "mail").order_by(Outbox.id)).all()  # type: ignore[arg-type]
        found = [{**row.payload, **sealed.unseal(row.sealed)} for row in rows]
    return [one for one in found if to in ("", one["to"]) and mail in ("", one["mail"])]


def newest(to: str, mail: str) -> dict[str, Any]:
    """Return the newest mail of a kind to an address."""
    return mails(to, mail)[-1]


def public_id(table: type[Any], row_id: int | None) -> str:
    """Return the public id of a row."""
    with database.transaction() as session:
        return session.get_one(table, row_id).public_id


def customer_of(token: str) -> CustomerActor:
    """Return the customer's person a token stands for."""
    actor = people.actor_of(token)
    assert isinstance(actor, CustomerActor)
    return actor


def make_link(customer_id: int | None, **wanted: Any) -> links.NewLink:
    """Make a link as the office would."""
    with database.transaction() as session:
        return links.create(session, OFFICE, session.get_one(Customer, customer_id).public_id, **wanted)


def revoke(link: links.NewLink) -> None:
    """Revoke a link as the office would."""
    with database.transaction() as session:
        links.revoke(session, OFFICE, link.public_id)


def invite(contact_id: int | None) -> str:
    """Invite somebody and return the path in their mail."""
    with database.transaction() as session:
        email = invitations.invite(session, OFFICE, session.get_one(Contact, contact_id).public_id).email
    return newest(email, "invitation")["path"]
