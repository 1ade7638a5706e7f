"""One customer as the office sees it: the record, its people, its work and money, and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from portal_app import clock
from portal_app.models import (
    Activity,
    Contact,
    ContactLocation,
    Customer,
    Invoice,
    Job,
    LinkGuest,
    Location,
    Login,
    Quote,
    StaffMember,
    Visit,
)
from portal_app.money import Money
from portal_app.services import email_addresses, invoices, jobs, ledger, owed
from portal_app.services.access import customer_of_office, require_office
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Staff
from portal_app.services.invoices import address_lines
from portal_app.services.owed import Owed
from portal_app.services.reach import NEVER_SHOWN
from portal_app.services.rights import Permission, Right

HISTORY = 25
MOST_HISTORY = 500
MOST_PEOPLE = 200
MOST_TARGETS = 20
COUNTED = 100
# What the log holds for other eyes than the office's: each opened page, each poll.
_QUIET = ("session.",)
NO_EMAIL, NOT_INVITED, INVITED, ACTIVE, DISABLED, GONE = (
    "no_email",
    "not_invited",
    "invited",
    "active",
    "disabled",
    "gone",
)


@dataclass(frozen=True, slots=True)
class Head:
    """The record itself; `from_crm` says that a CRM owns it, `url` where it stands there (http or https only).

    `counts` are people, links aside, jobs and invoices, counted to COUNTED.
    """

    id: int
    public_id: str
    name: str
    number: str
    kind: str
    address: tuple[str, ...]
    active: bool
    portal_access: bool
    from_crm: bool
    url: str
    people: int
    jobs: int
    invoices: int


@dataclass(frozen=True, slots=True)
class Person:
    """One of a customer's people; `state` is one of this module's words and `since` when it began.

    `places` are the names of the only properties they may see, None for all. `pending_email` is what the CRM wants.
    """

    public_id: str
    name: str
    email: str
    phones: tuple[str, ...]
    role: str
    rights: frozenset[Right]
    places: tuple[str, ...] | None
    narrowed: bool
    state: str
    since: datetime | None
    invited_at: datetime | None
    mail_problem: str
    mail_problem_at: datetime | None
    pending_email: str
    from_crm: bool
    has_login: bool
    billing: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the log about a customer; `who` is the person's or task's name, `about` whom or what it concerns."""

    id: int
    at: datetime
    kind: str
    actor_kind: str
    who: str
    about: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """Some happenings, newest first, and the number to go on below; 0 at the end."""

    happenings: tuple[Happening, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Target:
    """A record that a link can lead to: its kind, public id and name; `at` is when a visit is (UTC)."""

    kind: str
    public_id: str
    name: str
    at: datetime | None = None


def reader(head_id: int) -> CustomerActor:
    """Return somebody who sees all that the people of a customer could see, and what is hidden; for reading only."""
    return CustomerActor(0, head_id, 0, 0, "", frozenset(Right) - {Right.MARGINS}, sees_hidden=True)


def head(session: Session, actor: Staff, public_id: str) -> Head:
    """Return a customer's record; NotFound when there is none."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    row = customer_of_office(session, public_id)
    url = row.source_url or ""
    return Head(
        id=row.id or 0,
        public_id=row.public_id,
        name=row.name,
        number=row.number,
        kind=row.kind,
        address=tuple(address_lines(row.billing_address or _first_address(session, row))),
        active=row.active,
        portal_access=row.portal_access,
        from_crm=row.connection_id is not None,
        url=url if url.lower().startswith(("http://", "https://")) else "",
        people=_count(session, Contact, row),
        jobs=_count(session, Job, row),
        invoices=_count(session, Invoice, row),
    )


def _first_address(session: Session, customer: Customer) -> dict[str, str]:
    statement = select(Location.address).where(Location.customer_id == customer.id, col(Location.deleted_at).is_(None))
    return dict(session.exec(statement.order_by(col(Location.id)).limit(1)).first() or {})


def _count(session: Session, table: type[Contact] | type[Job] | type[Invoice], customer: Customer) -> int:
    some = select(table.id).where(table.customer_id == customer.id, col(table.deleted_at).is_(None))
    if table is Invoice:
        some = some.where(col(Invoice.status).not_in(NEVER_SHOWN))
    return session.exec(select(func.count()).select_from(some.limit(COUNTED).subquery())).one()


def people(session: Session, actor: Staff, public_id: str) -> list[Person]:
    """Return a customer's people, oldest first, at most MOST_PEOPLE."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, public_id)
    statement = (
        select(Contact, Login)
        .outerjoin(Login, col(Login.id) == col(Contact.login_id))
        .where(Contact.customer_id == customer.id, col(Contact.deleted_at).is_(None))
        .order_by(col(Contact.id))
        .limit(MOST_PEOPLE)
    )
    rows = session.exec(statement).all()
    limited = [contact.id for contact, _ in rows if not contact.all_locations]
    places: dict[int, list[str]] = {}
    chosen = select(ContactLocation.contact_id, Location).join(
        Location, col(Location.id) == col(ContactLocation.location_id)
    )
    for contact_id, location in session.exec(chosen.where(col(ContactLocation.contact_id).in_(limited))):
        given = location.address or {}
        places.setdefault(contact_id, []).append(location.label or given.get("line1", "") or given.get("city", ""))
    return [_person(contact, login, places.get(contact.id or 0, [])) for contact, login in rows]


def _person(contact: Contact, login: Login | None, places: Sequence[str]) -> Person:
    state, since = _state(contact, login)
    known = set(Right)
    return Person(
        public_id=contact.public_id,
        name=contact.name,
        email=contact.email,
        phones=tuple(str(phone.get("number") or "") for phone in contact.phones or () if phone.get("number")),
        role=contact.role,
        rights=frozenset(Right(name) for name in contact.rights if name in known),
        places=None if contact.all_locations else tuple(sorted(places)),
        narrowed=bool(contact.right_locations),
        state=state,
        since=since,
        invited_at=contact.invited_at,
        mail_problem=contact.mail_problem,
        mail_problem_at=contact.mail_problem_at,
        pending_email=contact.pending_email,
        from_crm=contact.connection_id is not None,
        has_login=contact.login_id is not None,
        billing=contact.billing,
    )


def _state(contact: Contact, login: Login | None) -> tuple[str, datetime | None]:
    if not contact.active:
        return GONE, None
    if contact.disabled_at is not None:
        return DISABLED, contact.disabled_at
    if login is not None and login.disabled_at is not None:
        return DISABLED, login.disabled_at
    if login is not None and login.last_sign_in_at is not None:
        return ACTIVE, login.last_sign_in_at
    if not email_addresses.looks_right(contact.email):
        return NO_EMAIL, None
    return (INVITED, contact.invited_at) if contact.invited_at else (NOT_INVITED, None)


def balance(session: Session, actor: Staff, of: Head, zone: str) -> list[Owed]:
    """Return what a customer owes, one entry per currency."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return owed.owed(session, reader(of.id), clock.today(zone))


def credit(session: Session, actor: Staff, of: Head) -> list[Money]:
    """Return what of their money is here and pays nothing, by currency."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return ledger.on_account(session, of.id)


def open_jobs(session: Session, actor: Staff, of: Head, zone: str, limit: int) -> tuple[jobs.Entry, ...]:
    """Return the jobs that go on, soonest first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return jobs.page(session, reader(of.id), zone, which="active", limit=limit).entries


def past_jobs(session: Session, actor: Staff, of: Head, zone: str, limit: int) -> jobs.Page:
    """Return the jobs that are over, newest first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return jobs.page(session, reader(of.id), zone, which="past", limit=limit)


def newest_invoices(session: Session, actor: Staff, of: Head, limit: int) -> invoices.Page:
    """Return the invoices, newest first."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    return invoices.page(session, reader(of.id), which="all", limit=limit)


def open_quotes(session: Session, actor: Staff, of: Head, limit: int) -> list[Quote]:
    """Return the newest quotes that wait for an answer."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    statement = select(Quote).where(Quote.customer_id == of.id, Quote.status == "sent", col(Quote.deleted_at).is_(None))
    return list(session.exec(statement.order_by(col(Quote.expires_on), col(Quote.id)).limit(limit)))


def all_quotes(session: Session, actor: Staff, of: Head, limit: int) -> list[Quote]:
    """Return all quotes but drafts, hidden ones too: those that wait for an answer first, then the newest."""
    waiting = open_quotes(session, actor, of, limit)
    statement = select(Quote).where(
        Quote.customer_id == of.id,
        col(Quote.status).not_in((*NEVER_SHOWN, "sent")),
        col(Quote.deleted_at).is_(None),
    )
    newest = statement.order_by(col(Quote.issued_on).desc(), col(Quote.id).desc())
    return waiting + list(session.exec(newest.limit(limit - len(waiting))))


def targets(session: Session, actor: Staff, of: Head) -> list[Target]:
    """Return the newest records that a link could lead to, MOST_TARGETS of each kind; nothing that is hidden."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    found = []
    for kind, table in (("invoice", Invoice), ("quote", Quote), ("job", Job)):
        statement = select(table).where(
            col(table.customer_id) == of.id, col(table.deleted_at).is_(None), col(table.hidden_at).is_(None)
        )
        if table is not Job:
            statement = statement.where(col(table.status).not_in(NEVER_SHOWN))  # type: ignore[attr-defined]
        for row in session.exec(statement.order_by(col(table.id).desc()).limit(MOST_TARGETS)):
            name = " ".join(part for part in (kind.capitalize(), row.number) if part)
            found.append(Target(kind, row.public_id, f"{name}: {row.title}" if row.title else name))
    visits = (
        select(Visit, Job.title)
        .join(Job, col(Job.id) == Visit.job_id)
        .where(Visit.customer_id == of.id, col(Visit.deleted_at).is_(None), col(Visit.status) != "unscheduled")
        .where(col(Job.hidden_at).is_(None))
        .order_by(col(Visit.sort_at).desc(), col(Visit.id).desc())
        .limit(MOST_TARGETS)
    )
    return found + [Target("visit", visit.public_id, title, visit.sort_at) for visit, title in session.exec(visits)]


def history(session: Session, actor: Staff, of: Head, before: int = 0, limit: int = HISTORY) -> History:
    """Return what happened about a customer, newest first, below a row's number (0 for the newest)."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    statement = select(Activity).where(Activity.customer_id == of.id)
    if before:
        statement = statement.where(col(Activity.id) < before)
    for quiet in _QUIET:
        statement = statement.where(~col(Activity.kind).startswith(quiet))
    limit = max(1, min(limit, MOST_HISTORY))
    rows = session.exec(statement.order_by(col(Activity.id).desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    names = _names(session, shown)
    found = tuple(
        Happening(
            id=row.id or 0,
            at=row.at,
            kind=row.kind,
            actor_kind=row.actor_kind,
            who=row.actor_name or names.get((f"by {row.actor_kind}", row.actor_id or 0), ""),
            about=names.get((row.subject_kind, row.subject_id or 0), ""),
            facts=dict(row.facts or {}),
        )
        for row in shown
    )
    return History(found, shown[-1].id or 0 if len(rows) > limit else 0)


def _names(session: Session, rows: Sequence[Activity]) -> dict[tuple[str, int], str]:
    """Return the names of those who acted, and of the records it was about, by kind and row."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        wanted.setdefault(f"by {row.actor_kind}", set()).add(row.actor_id or 0)
        wanted.setdefault(row.subject_kind, set()).add(row.subject_id or 0)
    found: dict[tuple[str, int], str] = {}
    for kind, table in (
        ("contact", Contact),
        ("by customer", Contact),
        ("by guest", LinkGuest),
        ("by staff", StaffMember),
    ):
        for person in session.exec(select(table).where(col(table.id).in_(wanted.get(kind, set())))):
            found[kind, person.id or 0] = person.name
    for kind, table in (("invoice", Invoice), ("quote", Quote), ("job", Job)):
        for record in session.exec(select(table).where(col(table.id).in_(wanted.get(kind, set())))):
            found[kind, record.id or 0] = record.number or record.title
    return found
