"""Signing in by password, in the steps around the slow check: find, accept or refuse, sign out.

The check itself (`passwords.verify`) stands between two transactions: see `workflows.sign_in`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from sqlmodel import Session, col, select

from portal_app import clock, routes
from portal_app.models import Contact, LoginSession, StaffMember
from portal_app.models import Customer as CustomerRow
from portal_app.models import Login as LoginRow
from portal_app.services import activity, opening, sessions, throttle
from portal_app.services.actors import Customer, Origin, Staff, Visitor

# A browser that never signs out leaves a session behind; far more than these is no person.
MOST_SESSIONS = 100
_NOT_FOR_CUSTOMERS = frozenset({"office", "auth", "login", "setup", "api", "webhooks"})
_DOTS = re.compile(r"(^|/)\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The account behind an e-mail address, or nobody: the same shape, so that both are treated the same."""

    login_id: int | None
    password_hash: str | None
    networks: frozenset[str]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token for the cookie, where to go, and until when the cookie is kept.

    `keep_until` is None for a cookie that goes when the browser closes.
    """

    token: str
    path: str
    keep_until: datetime | None


def find(session: Session, email: str) -> Candidate:
    """Return the account of a normalised e-mail address; the same two queries whether there is one or not."""
    login = session.exec(select(LoginRow).where(LoginRow.email == email)).first()
    seen = session.exec(
        select(LoginSession.network)
        .where(LoginSession.login_id == (login.id if login else 0))
        .order_by(col(LoginSession.id).desc())
        .limit(20)
    ).all()
    networks = frozenset(throttle.network_of(address) for address in seen if address)
    if login is None:
        return Candidate(None, None, networks)
    return Candidate(login.id, login.password_hash, networks)


def accept(
    session: Session, candidate: Candidate, *, remember: bool, next_path: str, origin: Origin, replacing: str | None
) -> SignedIn | None:
    """Start the session of somebody whose password was right; None when they may not come in after all.

    Raises ComingSoon while the portal is shut to them.
    Everything is read anew: the password may have changed, or access ended, while it was being checked.
    """
    login = session.get(LoginRow, candidate.login_id or 0)
    if login is None or login.disabled_at is not None or login.password_hash != candidate.password_hash:
        return None
    member = session.exec(select(StaffMember).where(StaffMember.login_id == login.id)).first()
    in_office = member is not None and member.disabled_at is None
    contact = None if in_office else last_membership(session, login)
    if contact is None and not in_office:
        if opening.is_shut(session):
            raise opening.ComingSoon
        return None
    return begin(
        session,
        login,
        contact,
        by="password",
        remember=remember,
        next_path=next_path,
        origin=origin,
        replacing=replacing,
    )


def begin(
    session: Session,
    login: LoginRow,
    contact: Contact | None,
    *,
    by: str,
    next_path: str,
    origin: Origin,
    remember: bool = False,
    replacing: str | None = None,
    link_id: int | None = None,
) -> SignedIn:
    """Start the session of somebody who has shown who they are `by` password, code, link, invitation or reset.

    `contact` is the membership to act for, None for the office; whether they may come in has been checked.
    """
    contact_id = contact.id if contact else None
    token = sessions.start(
        session,
        login,
        contact_id=contact_id,
        remembered=remember,
        origin=origin,
        replacing=replacing,
        link_id=link_id,
    )
    login.last_sign_in_at = clock.now()
    _end_oldest(session, login.id or 0)
    _record_signed_in(session, token, origin, by)
    keep = remember and contact is not None
    until = clock.now() + sessions.REMEMBERED.absolute if keep else None
    return SignedIn(token, landing(next_path, in_office=contact is None), until)


def last_membership(session: Session, login: LoginRow) -> Contact | None:
    """Return the membership to start with: the one used last, else the oldest that stands."""
    standing = session.exec(
        select(Contact)
        .join(CustomerRow, col(CustomerRow.id) == Contact.customer_id)
        .where(Contact.login_id == login.id, sessions.membership_stands())
        .order_by(col(Contact.id))
    ).all()
    last = session.exec(
        select(LoginSession.contact_id)
        .where(LoginSession.login_id == login.id)
        .order_by(col(LoginSession.id).desc())
        .limit(1)
    ).first()
    return next((contact for contact in standing if contact.id == last), standing[0] if standing else None)


def _end_oldest(session: Session, login_id: int) -> None:
    for extra in sessions.live_sessions(session, login_id)[MOST_SESSIONS:]:
        sessions.end(session, extra.id or 0, "too_many")


def _record_signed_in(session: Session, token: str, origin: Origin, by: str) -> None:
    actor = sessions.actor_for(session, token, origin)
    if actor is not None:
        subject = ("login_session", actor.session_id)
        activity.record(session, actor, "login.signed_in", subject=subject, facts={"by": by})


def renew_hash(session: Session, candidate: Candidate, password_hash: str) -> None:
    """Store a stronger hash of the same password, unless the password has changed meanwhile."""
    login = session.get(LoginRow, candidate.login_id or 0)
    if login is not None and login.password_hash == candidate.password_hash:
        login.password_hash = password_hash


def refuse(session: Session, candidate: Candidate, origin: Origin) -> None:
    """Note a refused sign-in; the log never holds the address that was typed."""
    activity.record(session, Visitor(origin), "login.refused", login_id=candidate.login_id, facts={"by": "password"})


def sign_out(session: Session, token: str, origin: Origin) -> None:
    """End the session of a cookie; nothing happens when it had ended before."""
    actor = sessions.actor_for(session, token, origin)
    if sessions.end_token(session, token, "signed_out", actor or Visitor(origin)) and actor is not None:
        activity.record(session, actor, "login.signed_out", subject=("login_session", actor.session_id))


def landing(next_path: str | None, *, in_office: bool) -> str:
    """Return where to go after signing in: the page asked for where it is this person's, else their first page."""
    wanted = routes.safe_next(next_path)
    path = unquote(wanted.partition("?")[0].partition("#")[0])
    first = path.strip("/").partition("/")[0]
    if not first or "\\" in path or "//" in path or _DOTS.search(path):
        wanted = ""
    if in_office:
        office = wanted if first == routes.OFFICE.strip("/") and path.rstrip("/") != routes.OFFICE else ""
        return office or routes.OFFICE_CUSTOMERS
    return wanted if wanted and first.lower() not in _NOT_FOR_CUSTOMERS else routes.HOME


def landing_for(actor: Customer | Staff, next_path: str | None = None) -> str:
    """Return where somebody who is signed in already belongs."""
    return landing(next_path, in_office=isinstance(actor, Staff))
