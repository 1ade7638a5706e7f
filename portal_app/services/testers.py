"""The portal's door as the office keeps it: open to customers or not yet, and who may try it before."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from portal_app.errors import Invalid
from portal_app.models import Business, Contact, Customer, Login
from portal_app.services import activity, portal_rights
from portal_app.services.access import contact_of_office, require_office
from portal_app.services.actors import Actor
from portal_app.services.form_fields import line
from portal_app.services.rights import Permission

MOST_FOUND = 8
MOST_TESTERS = 100
LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Person:
    """A contact who is a tester or could be; `ready` is whether they could come in at all."""

    public_id: str
    customer_public_id: str
    name: str
    email: str
    customer: str
    ready: bool


def set_portal_open(session: Session, actor: Actor, on: bool) -> Business:
    """Open the portal to customers, or shut it to everybody but the office and testers; open pages follow at once.

    Sessions are kept: whoever is shut out by this is signed in again when the portal opens.
    """
    about = portal_rights.portal_settings(session, actor)
    if about.portal_open != on:
        about.portal_open = on
        kind = "business.portal_opened" if on else "business.portal_shut"
        activity.record(session, actor, kind, subject=("business", about.id))
        session.flush()
    return about


def testers(session: Session, actor: Actor) -> list[Person]:
    """Return the testers by name."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    return _people(session, col(Contact.tester).is_(True), MOST_TESTERS)


def find(session: Session, actor: Actor, typed: str) -> list[Person]:
    """Return people who are no testers yet, by a part of their name or the beginning of an e-mail address of theirs."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    wanted = line(typed).lower()
    if len(wanted) < LEAST_LETTERS:
        return []
    named = or_(
        # SQLite only knows the capitals of A to Z.
        *(col(Contact.name).icontains(spelling, autoescape=True) for spelling in (wanted, wanted.upper())),
        func.lower(Contact.email).startswith(wanted, autoescape=True),
        col(Login.email).startswith(wanted, autoescape=True),
    )
    return _people(session, col(Contact.tester).is_(False) & named, MOST_FOUND)


def set_tester(session: Session, actor: Actor, contact_public_id: str, on: bool) -> Contact:
    """Let a person in before the portal opens, or no longer; raises NotFound, or Invalid when there are too many."""
    require_office(actor, Permission.CHANGE_SETTINGS)
    contact = contact_of_office(session, contact_public_id)
    if contact.tester == on:
        return contact
    if on and session.exec(select(func.count()).where(col(Contact.tester))).one() >= MOST_TESTERS:
        raise Invalid(f"There are {MOST_TESTERS} testers already. Remove one first, or open the portal.")
    contact.tester = on
    kind = "contact.tester_added" if on else "contact.tester_removed"
    subject = ("contact", contact.id)
    activity.record(session, actor, kind, customer_id=contact.customer_id, login_id=contact.login_id, subject=subject)
    session.flush()
    return contact


def _people(session: Session, which: ColumnElement[bool], most: int) -> list[Person]:
    statement = (
        select(Contact, Customer, Login.email)
        .join(Customer, col(Customer.id) == Contact.customer_id)
        .outerjoin(Login, col(Login.id) == Contact.login_id)
        .where(which, col(Contact.deleted_at).is_(None), col(Customer.deleted_at).is_(None))
        .where(col(Contact.active), col(Customer.active))
        .order_by(col(Contact.name), col(Contact.id))
        .limit(most)
    )
    return [
        Person(
            contact.public_id,
            customer.public_id,
            contact.name,
            email or contact.email,
            customer.name,
            customer.portal_access and contact.disabled_at is None,
        )
        for contact, customer, email in session.exec(statement)
    ]
