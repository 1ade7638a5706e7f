"""Links by mail that let their holder choose a password, once: invitations and resets. Only hashes are stored."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import NotFound
from portal_app.models import Contact, Login, PasswordLink, StaffMember
from portal_app.services import activity, mails, memberships, sessions
from portal_app.services.actors import Visitor
from portal_app.services.mails import Mail

INVITATION, RESET = "invitation", "reset"
LASTS = {INVITATION: timedelta(days=14), RESET: timedelta(hours=2)}


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a link that stands is for; `has_password` is whether its login has one already."""

    login_id: int
    email: str
    purpose: str
    has_password: bool


def create(session: Session, login: Login, purpose: str, contact_id: int | None = None) -> str:
    """Return the token of a fresh link; the ones before it, of the same kind and for the same contact, are void."""
    void(session, login.id or 0, purpose, contact_id)
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordLink(
            token_hash=sessions.hash_of(token),
            purpose=purpose,
            login_id=login.id or 0,
            contact_id=contact_id,
            expires_at=clock.now() + LASTS[purpose],
        )
    )
    session.flush()
    return token


def void(session: Session, login_id: int, purpose: str | None = None, contact_id: int | None = None) -> None:
    """Withdraw the unused links of a login: all, or those of one kind and contact."""
    statement = update(PasswordLink).where(
        col(PasswordLink.login_id) == login_id,
        col(PasswordLink.used_at).is_(None),
        col(PasswordLink.revoked_at).is_(None),
    )
    if purpose is not None:
        statement = statement.where(col(PasswordLink.purpose) == purpose, col(PasswordLink.contact_id) == contact_id)
    session.exec(statement.values(revoked_at=clock.now()))


def find(session: Session, token: str, purpose: str) -> Choosing | None:
    """Return what a link is for, or None when it is unknown, used, withdrawn, expired, or its person is shut out."""
    row = session.exec(select(PasswordLink).where(PasswordLink.token_hash == sessions.hash_of(token))).first()
    if row is None or row.purpose != purpose or row.used_at or row.revoked_at or row.expires_at <= clock.now():
        return None
    login = session.get_one(Login, row.login_id)
    if not _may_come(session, login, row.contact_id):
        return None
    return Choosing(row.login_id, login.email, purpose, login.password_hash is not None)


def _may_come(session: Session, login: Login, contact_id: int | None) -> bool:
    """Return whether a login would be let in: by the contact an invitation is for, or by anything for a reset."""
    if login.disabled_at is not None:
        return False
    if contact_id is not None:
        contact = memberships.standing(session, contact_id)
        return contact is not None and contact.login_id == login.id
    return bool(memberships.of_login(session, login.id or 0)) or works_here(session, login.id or 0)


def works_here(session: Session, login_id: int) -> bool:
    """Return whether a login is that of somebody of the office who may come in."""
    statement = select(StaffMember.id).where(StaffMember.login_id == login_id, col(StaffMember.disabled_at).is_(None))
    return session.exec(statement).first() is not None


def use(session: Session, token: str, purpose: str, new_hash: str, visitor: Visitor) -> tuple[Login, Contact | None]:
    """Set the password and use the link up; the login's sessions and its other links end.

    Returns the login and the contact an invitation was for. `new_hash` is made outside the transaction. Raises
    NotFound when the link does not stand any more: of two that come at once only one passes.
    """
    choosing = find(session, token, purpose)
    spent = session.exec(
        update(PasswordLink)
        .where(
            col(PasswordLink.token_hash) == sessions.hash_of(token),
            col(PasswordLink.used_at).is_(None),
            col(PasswordLink.revoked_at).is_(None),
        )
        .values(used_at=clock.now())
    )
    # An invitation lasts long: it must not replace the password somebody has meanwhile.
    late = choosing is not None and purpose == INVITATION and choosing.has_password
    if choosing is None or late or spent.rowcount != 1:
        raise NotFound("This link no longer works.")
    row = session.exec(select(PasswordLink).where(PasswordLink.token_hash == sessions.hash_of(token))).one()
    login = session.get_one(Login, choosing.login_id)
    set_password(session, login, new_hash)
    activity.record(
        session,
        visitor,
        "login.password_changed",
        login_id=login.id,
        subject=("login", login.id),
        facts={"by": purpose},
    )
    sessions.end_for_login(session, login.id or 0, "password_changed")
    memberships.attach(session, login)
    return login, session.get(Contact, row.contact_id) if row.contact_id else None


def set_password(session: Session, login: Login, new_hash: str, *, by_office: bool = False) -> None:
    """Store a password's hash, withdraw every link that could set another, and tell the login's address of a change."""
    first, login.password_hash = not login.password_hash, new_hash
    login.password_changed_at = clock.now()
    void(session, login.id or 0)
    if not first:
        mails.queue(session, Mail.PASSWORD_CHANGED, login.email, {"by_office": by_office})
