"""One address, several customers: which contacts a login belongs to, and which of them it acts for."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from portal_app.errors import NotFound
from portal_app.models import Contact, Login, LoginSession
from portal_app.models import Customer as CustomerRow
from portal_app.services import activity, sessions
from portal_app.services.actors import Customer


@dataclass(frozen=True, slots=True)
class Membership:
    """A customer that the signed-in person could act for instead, by the contact's public id."""

    public_id: str
    name: str


def login_for(session: Session, email: str) -> Login:
    """Return the login of a normalised address, made when there is none."""
    found = session.exec(select(Login).where(Login.email == email)).first()
    if found is not None:
        return found
    login = Login(email=email)
    try:
        with session.begin_nested():
            session.add(login)
    except IntegrityError:  # another worker made it in this very moment
        return session.exec(select(Login).where(Login.email == email)).one()
    return login


def login_of(session: Session, contact: Contact) -> Login:
    """Return the login of a contact whose address is known to be theirs; made and attached when there is none."""
    if contact.login_id is not None:
        return session.get_one(Login, contact.login_id)
    login = login_for(session, contact.email)
    contact.login_id = login.id
    session.flush()
    return login


def address_of(session: Session, contact: Contact) -> str:
    """Return where a contact's mail goes: to the address they sign in with, else to the one on file.

    Somebody who moved to another address did so for all their accounts, whatever the others' records still say.
    """
    if contact.login_id is None:
        return contact.email
    return session.get_one(Login, contact.login_id).email


def attach(session: Session, login: Login) -> None:
    """Give a login the contacts that bear its address and have none yet.

    Only for somebody who has just shown that mail to the address reaches them.
    """
    for contact in session.exec(_standing().where(Contact.email == login.email, col(Contact.login_id).is_(None))):
        contact.login_id = login.id
    session.flush()


def reached_by(session: Session, email: str) -> Contact | None:
    """Return a contact who comes in by mail to this normalised address, the oldest that stands, or None."""
    login_id = session.exec(select(Login.id).where(Login.email == email, col(Login.disabled_at).is_(None))).first()
    attached = session.exec(_standing().where(Contact.login_id == (login_id or 0))).first()
    disabled = session.exec(select(Login.id).where(Login.email == email, col(Login.disabled_at).is_not(None))).first()
    fresh = session.exec(_standing().where(Contact.email == email, col(Contact.login_id).is_(None))).first()
    return None if disabled else attached or fresh


def standing(session: Session, contact_id: int) -> Contact | None:
    """Return a contact if they may be let in now."""
    return session.exec(_standing().where(Contact.id == contact_id)).first()


def of_login(session: Session, login_id: int) -> list[Contact]:
    """Return the contacts a login may act for now, oldest first."""
    return list(session.exec(_standing().where(Contact.login_id == login_id)))


def _standing():
    return (
        select(Contact)
        .join(CustomerRow, col(CustomerRow.id) == Contact.customer_id)
        .where(sessions.membership_stands())
        .order_by(col(Contact.id))
    )


def others(session: Session, actor: Customer) -> list[Membership]:
    """Return what the person could switch to; a name that comes twice is told apart by the contact's own."""
    rows = session.connection().execute(_CHOICES, {"login_id": actor.login_id}).all()
    times = Counter(row.customer for row in rows)
    return [
        Membership(row.public_id, f"{row.customer}, {row.name}" if times[row.customer] > 1 else row.customer)
        for row in rows
        if row.id != actor.contact_id
    ]


# Asked for with every page, so it is built once.
_CHOICES: Any = (
    select(Contact.id, Contact.public_id, Contact.name, col(CustomerRow.name).label("customer"))  # type: ignore[call-overload]
    .join(CustomerRow, col(CustomerRow.id) == Contact.customer_id)
    .where(Contact.login_id == bindparam("login_id"), sessions.membership_stands())
    .order_by(col(Contact.id))
)


def switch(session: Session, actor: Customer, contact_public_id: str) -> Contact:
    """Let the session act for another of its login's contacts; the open pages of the one before shut.

    Raises NotFound for anybody else's, and for one that does not stand.
    """
    mine = of_login(session, actor.login_id)
    chosen = next((person for person in mine if person.public_id == contact_public_id), None)
    row = session.get(LoginSession, actor.session_id)
    if chosen is None or row is None or row.ended_at is not None:
        raise NotFound
    if chosen.id != row.contact_id:
        row.contact_id = chosen.id
        subject = ("login_session", row.id)
        facts = {"contact_id": chosen.id}
        activity.record(
            session, actor, "session.switched", customer_id=chosen.customer_id, subject=subject, facts=facts
        )
    return chosen
