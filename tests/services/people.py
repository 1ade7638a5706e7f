"""A business with its people, written straight into the test's database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlmodel import select

from portal_app import database
from portal_app.models import (
    Activity,
    Business,
    Contact,
    ContactLocation,
    Customer,
    Location,
    Login,
    LoginSession,
    StaffMember,
)
from portal_app.services import passwords, sessions, setup
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Origin
from portal_app.services.actors import Staff as StaffActor
from portal_app.services.rights import ROLE_RIGHTS, Role, StaffRole

PASSWORD = "four warm radiators"
HOME = Origin("192.0.2.7", "phone")


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Return the hash of PASSWORD, made once: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)


@dataclass(frozen=True)
class Person:
    """Row numbers and names of one person in the database."""

    email: str
    login_id: int
    contact_id: int | None = None
    customer_id: int | None = None


def make_business() -> None:
    """Write the business and the staff roles' permissions."""
    with database.transaction() as session:
        session.add(
            Business(id=1, name="Bell & Daughters", zone="Europe/London", locale="en_GB", currency="GBP", country="GB")
        )
        setup.grant_default_permissions(session)


def make_customer(email: str, *, login_id: int | None = None, role: Role = Role.OWNER, **contact: Any) -> Person:
    """Write a customer with portal access, one contact and their login (or another one's)."""
    with database.transaction() as session:
        customer = Customer(name=f"Household of {email}", portal_access=True)
        session.add(customer)
        if login_id is None:
            login = Login(email=email, password_hash=password_hash())
            session.add(login)
            session.flush()
            login_id = login.id or 0
        session.flush()
        row = Contact(
            customer_id=customer.id or 0,
            login_id=login_id,
            name=email.partition("@")[0],
            email=email,
            role=role,
            rights=sorted(ROLE_RIGHTS[role]),
            **contact,
        )
        session.add(row)
        session.flush()
        return Person(email, login_id, row.id, customer.id)


def make_staff(email: str, role: StaffRole = StaffRole.OWNER) -> Person:
    """Write somebody of the office."""
    with database.transaction() as session:
        login = Login(email=email, password_hash=password_hash())
        session.add(login)
        session.flush()
        session.add(StaffMember(login_id=login.id or 0, name=email.partition("@")[0], role=role))
        return Person(email, login.id or 0)


def make_location(person: Person, label: str, *, visible: bool) -> int:
    """Write a property of a person's customer and perhaps let them see it; returns its row."""
    assert person.customer_id is not None
    with database.transaction() as session:
        location = Location(customer_id=person.customer_id, label=label)
        session.add(location)
        session.flush()
        if visible:
            session.add(ContactLocation(contact_id=person.contact_id or 0, location_id=location.id or 0))
        return location.id or 0


def start_session(person: Person, *, remembered: bool = False, replacing: str | None = None) -> str:
    """Start a session and return its token."""
    with database.transaction() as session:
        login = session.get_one(Login, person.login_id)
        return sessions.start(
            session, login, contact_id=person.contact_id, remembered=remembered, origin=HOME, replacing=replacing
        )


def actor_of(token: str) -> CustomerActor | StaffActor | None:
    """Return whom a token stands for now."""
    with database.reading() as session:
        return sessions.actor_for(session, token, HOME)


def session_of(token: str) -> LoginSession:
    """Return the row behind a token."""
    with database.reading() as session:
        row = session.exec(select(LoginSession).where(LoginSession.token_hash == sessions.hash_of(token))).one()
        session.expunge(row)
        return row


def change(table: type[Any], row_id: int | None, **values: Any) -> None:
    """Change a row as another worker would."""
    with database.transaction() as session:
        row = session.get_one(table, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def kinds(wanted: Callable[[str], bool] = lambda kind: True) -> list[str]:
    """Return the kinds of the log's rows, oldest first."""
    with database.reading() as session:
        return [kind for kind in session.exec(select(Activity.kind).order_by(Activity.id)) if wanted(kind)]  # type: ignore[arg-type]
