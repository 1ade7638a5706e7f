"""Signed-in browsers: start, recognise, keep alive and end them. Only the hash of a cookie is ever stored."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, or_, update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Business, Contact, ContactLocation, LoginSession, StaffMember, StaffPermission
from portal_app.models import Customer as CustomerRow
from portal_app.models import Login as LoginRow
from portal_app.services import activity, opening
from portal_app.services.actors import Actor, Customer, Origin, Staff, System
from portal_app.services.rights import Permission, Right


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts when unused, and how long in any case."""

    idle: timedelta
    absolute: timedelta


# A browser somebody else may use: gone after a day, or half a day unused.
BROWSER = Lifetime(timedelta(hours=12), timedelta(hours=24))
# "Keep me signed in on this phone": a month from sign-in, whether used or not.
REMEMBERED = Lifetime(timedelta(days=30), timedelta(days=30))
# The office sees everybody's records, so a sign-in covers one working day and is never remembered.
STAFF = Lifetime(timedelta(hours=12), timedelta(hours=12))

TOUCH_EVERY = timedelta(minutes=1)
_COOKIE = "porchlight_session"
_TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_\-]{43}")
_SYSTEM = System("sessions")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a cookie stands for, and whether `touch` would write now."""

    actor: Customer | Staff
    touch_due: bool


def cookie_name(https: bool) -> str:
    """Return the name of the session cookie."""
    return host_cookie(_COOKIE, https)


def host_cookie(name: str, https: bool) -> str:
    """Return a cookie's name; `__Host-` binds it to this very host, which needs https."""
    return f"__Host-{name}" if https else name


def token_in(cookie_header: str, https: bool, cookie: str = _COOKIE) -> str:
    """Return the token a Cookie header holds, empty when there is none or more than one differs."""
    name = host_cookie(cookie, https)
    pairs = (part.strip().partition("=") for part in cookie_header.split(";"))
    values = {value.strip() for key, _, value in pairs if key.strip() == name}
    value = values.pop() if len(values) == 1 else ""
    return value if _TOKEN.fullmatch(value) else ""


def hash_of(token: str) -> str:
    """Return what is stored of a token; it has 256 random bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    session: Session,
    login: LoginRow,
    *,
    contact_id: int | None,
    remembered: bool,
    origin: Origin,
    replacing: str | None = None,
    link_id: int | None = None,
) -> str:
    """Start a session and return its token, the only time it exists in clear; staff when `contact_id` is None.

    `link_id` is the secure link it came in by. `replacing` is the token the browser came with: that session ends,
    so a planted cookie is worth nothing.
    """
    if replacing:
        end_token(session, replacing, "replaced")
    lifetime = lifetime_of(contact_id, remembered)
    now = clock.now()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        LoginSession(
            token_hash=hash_of(token),
            login_id=login.id or 0,
            contact_id=contact_id,
            link_id=link_id,
            remembered=remembered and contact_id is not None,
            user_agent=origin.user_agent[:300],
            network=origin.network[:64],
            last_seen_at=now,
            idle_expires_at=now + lifetime.idle,
            expires_at=now + lifetime.absolute,
        )
    )
    session.flush()
    return token


def lifetime_of(contact_id: int | None, remembered: bool) -> Lifetime:
    """Return how long a session of this kind lasts; `contact_id` None means staff."""
    if contact_id is None:
        return STAFF
    return REMEMBERED if remembered else BROWSER


def actor_for(session: Session, token: str, origin: Origin) -> Customer | Staff | None:
    """Return who holds the token now, with rights as they are now, or None; two queries, nothing cached."""
    resolved = resolve(session, token, origin)
    return resolved.actor if resolved else None


def resolve(session: Session, token: str, origin: Origin) -> Resolved | None:
    """Return who holds the token now and whether `touch` is due, or None when the session does not stand."""
    if not _TOKEN.fullmatch(token or ""):
        return None
    now = clock.now()
    found = session.connection().execute(_BY_TOKEN, {"token_hash": hash_of(token), "now": now}).first()
    if found is None:
        return None
    actor = _staff(session, found, origin) if found.contact_id is None else _customer(session, found, origin)
    return Resolved(actor, found.last_seen_at <= now - TOUCH_EVERY) if actor else None


def holders(session: Session, tokens: Iterable[str]) -> dict[str, Customer | Staff]:
    """Return who holds each of these tokens now, without those that do not stand; a few queries, however many."""
    tokens_of = {hash_of(token): token for token in tokens if _TOKEN.fullmatch(token)}
    found = session.exec(_BY_TOKENS, params={"token_hashes": list(tokens_of), "now": clock.now()}).all()
    logins = {row.login_id for row in found if row.contact_id is not None}
    memberships: dict[int, list[Any]] = {}
    for row in session.exec(_OF_LOGINS, params={"login_ids": list(logins)}) if logins else ():
        memberships.setdefault(row.login_id, []).append(row)
    actors = {}
    for row in found:
        own = memberships.get(row.login_id, [])
        actor = _staff(session, row, Origin()) if row.contact_id is None else _membership(own, row, Origin())
        if actor is not None:
            actors[tokens_of[row.token_hash]] = actor
    return actors


def _unended(now: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of a session and its login, whoever they belong to."""
    return (
        col(LoginSession.ended_at).is_(None),
        col(LoginSession.idle_expires_at) > now,
        col(LoginSession.expires_at) > now,
        col(LoginRow.disabled_at).is_(None),
    )


def membership_stands() -> ColumnElement[bool]:
    """Return what must hold of a contact joined to its customer for that person to be let in."""
    return and_(
        col(Contact.active),
        col(Contact.disabled_at).is_(None),
        col(Contact.deleted_at).is_(None),
        col(CustomerRow.active),
        col(CustomerRow.portal_access),
        col(CustomerRow.deleted_at).is_(None),
        opening.lets_in(),
    )


def _staff(session: Session, found: Any, origin: Origin) -> Staff | None:
    if found.member_id is None:
        return None
    names = session.exec(_PERMISSIONS_OF, params={"role": found.role})
    return Staff(
        member_id=found.member_id,
        login_id=found.login_id,
        session_id=found.id,
        name=found.name,
        role=found.role,
        permissions=frozenset(Permission(name) for name in names if name in _PERMISSIONS),
        origin=origin,
    )


def _customer(session: Session, found: Any, origin: Origin) -> Customer | None:
    rows = session.connection().execute(_OF_LOGIN, {"login_id": found.login_id}).all()
    return _membership(rows, found, origin)


def _membership(rows: Sequence[Any], found: Any, origin: Origin) -> Customer | None:
    """Return the membership in use, else another one of the same login that still stands."""
    if not rows:
        return None
    mine = [row for row in rows if row.id == found.contact_id] or [row for row in rows if row.id == rows[0].id]
    return _acting(mine, found.login_id, found.id, origin)


def standing_contact(session: Session, contact_id: int) -> Customer | None:
    """Return a contact with their rights as they are now, None when they would not be let in; no session is theirs.

    Who has never signed in has no login yet: its row is 0 then.
    """
    rows = session.exec(_CONTACT, params={"contact_id": contact_id}).all()
    return _acting(rows, rows[0].login_id or 0, 0, Origin()) if rows else None


def _acting(mine: Sequence[Any], login_id: int, session_id: int, origin: Origin) -> Customer:
    """Return the actor of one membership's rows, one for each property it is limited to."""
    contact = mine[0]
    off = contact.rights_off or ()
    return Customer(
        contact_id=contact.id,
        customer_id=contact.customer_id,
        login_id=login_id,
        session_id=session_id,
        name=contact.name,
        rights=frozenset(Right(name) for name in contact.rights if name in _RIGHTS and name not in off),
        locations=None if contact.all_locations else frozenset(row.location_id for row in mine if row.location_id),
        origin=origin,
        right_locations={
            Right(name): frozenset(rows) for name, rows in contact.right_locations.items() if name in _RIGHTS
        },
    )


# These run before every event of every page, and building a statement takes longer than running it:
# they are built once.
_RIGHTS = frozenset(Right)
_PERMISSIONS = frozenset(Permission)
_WORKS_HERE = and_(col(StaffMember.login_id) == LoginSession.login_id, col(StaffMember.disabled_at).is_(None))
_SESSION: Any = (
    select(  # type: ignore[call-overload]
        LoginSession.id,
        LoginSession.token_hash,
        LoginSession.login_id,
        LoginSession.contact_id,
        LoginSession.last_seen_at,
        col(StaffMember.id).label("member_id"),
        StaffMember.name,
        StaffMember.role,
    )
    .join(LoginRow, col(LoginRow.id) == LoginSession.login_id)
    .outerjoin(StaffMember, _WORKS_HERE)
    .where(*_unended(bindparam("now")))
)
_BY_TOKEN: Any = _SESSION.where(LoginSession.token_hash == bindparam("token_hash"))
_BY_TOKENS: Any = _SESSION.where(col(LoginSession.token_hash).in_(bindparam("token_hashes", expanding=True)))
_PERMISSIONS_OF: Any = select(StaffPermission.permission).where(StaffPermission.role == bindparam("role"))
_MEMBERSHIP: Any = (
    select(  # type: ignore[call-overload]
        Contact.id,
        Contact.customer_id,
        Contact.login_id,
        Contact.name,
        Contact.rights,
        Contact.all_locations,
        Contact.right_locations,
        ContactLocation.location_id,
        Business.rights_off,
    )
    .join(CustomerRow, col(CustomerRow.id) == Contact.customer_id)
    .outerjoin(
        ContactLocation,
        and_(col(ContactLocation.contact_id) == Contact.id, col(Contact.all_locations).is_(False)),
    )
    .outerjoin(Business, col(Business.id).is_not(None))
)
_MEMBERSHIPS: Any = _MEMBERSHIP.where(membership_stands()).order_by(col(Contact.id))
_OF_LOGIN: Any = _MEMBERSHIPS.where(Contact.login_id == bindparam("login_id"))
_OF_LOGINS: Any = _MEMBERSHIPS.where(col(Contact.login_id).in_(bindparam("login_ids", expanding=True)))
_CONTACT: Any = _MEMBERSHIP.outerjoin(LoginRow, col(LoginRow.id) == Contact.login_id).where(
    Contact.id == bindparam("contact_id"), col(LoginRow.disabled_at).is_(None), membership_stands()
)
_STANDING: Any = (
    select(LoginSession.id)
    .join(LoginRow, col(LoginRow.id) == LoginSession.login_id)
    .where(
        col(LoginSession.id).in_(bindparam("ids", expanding=True)),
        *_unended(bindparam("now")),
        or_(
            and_(col(LoginSession.contact_id).is_(None), exists().where(_WORKS_HERE)),
            and_(
                col(LoginSession.contact_id).is_not(None),
                exists().where(
                    col(Contact.login_id) == LoginSession.login_id,
                    col(CustomerRow.id) == Contact.customer_id,
                    membership_stands(),
                ),
            ),
        ),
    )
)


def standing(session: Session, session_ids: Iterable[int]) -> set[int]:
    """Return those of the sessions that `actor_for` would still accept; one query."""
    return set(session.exec(_STANDING, params={"ids": list(session_ids), "now": clock.now()}))


def touch(session: Session, session_id: int) -> bool:
    """Note that the session is in use and move its idle end; writes at most once a minute. Returns whether it did."""
    now = clock.now()
    row = session.get(LoginSession, session_id)
    if row is None or row.ended_at is not None or row.last_seen_at > now - TOUCH_EVERY:
        return False
    idle_end = min(now + lifetime_of(row.contact_id, row.remembered).idle, row.expires_at)
    # Conditional in the database too: an end that another worker has just written must stay the last word.
    changed = session.exec(
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None))
        .values(last_seen_at=now, idle_expires_at=idle_end)
    )
    return changed.rowcount > 0


def end(session: Session, session_id: int, because: str, actor: Actor = _SYSTEM) -> bool:
    """End one session at once and tell the log, so that its open pages shut; False when it had ended before."""
    return _end(session, col(LoginSession.id) == session_id, because, actor) > 0


def end_token(session: Session, token: str, because: str, actor: Actor = _SYSTEM) -> bool:
    """End the session of a cookie; False when it had ended before or never was."""
    return _end(session, col(LoginSession.token_hash) == hash_of(token), because, actor) > 0


def end_for_login(
    session: Session, login_id: int, because: str, *, actor: Actor = _SYSTEM, except_session: int | None = None
) -> int:
    """End all sessions of a login, perhaps but one; returns how many."""
    which = col(LoginSession.login_id) == login_id
    if except_session is not None:
        which = and_(which, col(LoginSession.id) != except_session)
    return _end(session, which, because, actor)


def end_for_contact(session: Session, contact_id: int, because: str, *, actor: Actor = _SYSTEM) -> int:
    """End the sessions that act for a contact; returns how many."""
    return _end(session, _acts_for(col(Contact.id) == contact_id), because, actor)


def end_for_customer(session: Session, customer_id: int, because: str, *, actor: Actor = _SYSTEM) -> int:
    """End the sessions that act for anybody of a customer; returns how many."""
    return _end(session, _acts_for(col(Contact.customer_id) == customer_id), because, actor)


def end_for_link(session: Session, link_id: int, because: str, *, actor: Actor = _SYSTEM) -> int:
    """End the sessions that came in by a secure link; returns how many."""
    return _end(session, col(LoginSession.link_id) == link_id, because, actor)


def _acts_for(contacts: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return which sessions use one of these memberships, or may have fallen to it from one that no longer stands."""
    chosen = select(Contact.id).where(contacts)
    their_logins = select(Contact.login_id).where(contacts, col(Contact.login_id).is_not(None))
    # One look by key for each session, where a list of all standing contacts would be read whole.
    in_use = (
        select(Contact.id)
        .join(CustomerRow, col(CustomerRow.id) == Contact.customer_id)
        .where(col(Contact.id) == LoginSession.contact_id, membership_stands())
        .correlate(LoginSession)
        .exists()
    )
    fallen = and_(
        col(LoginSession.contact_id).is_not(None),
        col(LoginSession.login_id).in_(their_logins),
        ~in_use,
    )
    return or_(col(LoginSession.contact_id).in_(chosen), fallen)


def _end(session: Session, which: ColumnElement[bool], because: str, actor: Actor) -> int:
    statement = (
        select(LoginSession.id, LoginSession.login_id, Contact.customer_id)
        .outerjoin(Contact, col(Contact.id) == LoginSession.contact_id)
        .where(which, col(LoginSession.ended_at).is_(None))
    )
    ended = 0
    for session_id, login_id, customer_id in session.exec(statement).all():
        if not _end_row(session, session_id, because):
            continue
        ended += 1
        activity.record(
            session,
            actor,
            "session.ended",
            customer_id=customer_id,
            login_id=login_id,
            subject=("login_session", session_id),
            facts={"session_id": session_id, "because": because},
        )
    return ended


def _end_row(session: Session, session_id: int | None, because: str) -> bool:
    """Write the end of one session; False when another worker wrote it first."""
    result = session.exec(
        update(LoginSession)
        .where(col(LoginSession.id) == session_id, col(LoginSession.ended_at).is_(None))
        .values(ended_at=clock.now(), ended_because=because[:40])
    )
    return result.rowcount > 0


def live_sessions(session: Session, login_id: int) -> list[LoginSession]:
    """Return the sessions of a login that have neither ended nor expired, newest use first."""
    now = clock.now()
    statement = (
        select(LoginSession)
        .join(LoginRow, col(LoginRow.id) == LoginSession.login_id)
        .where(LoginSession.login_id == login_id, *_unended(now))
        .order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id).desc())
    )
    return list(session.exec(statement).all())
