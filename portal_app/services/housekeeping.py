"""Removing what has had its day: ended sessions, and the secrets of links that can no longer be used."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Delete, delete, or_
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import GuestSession, LoginSession, OneTimeCode, PasswordLink
from portal_app.services import contact_changes

# Long enough for "was that you?", and for knowing the places that somebody signs in from.
SESSIONS_KEPT = timedelta(days=120)
LINKS_KEPT = timedelta(days=30)
CODES_KEPT = timedelta(days=2)
AT_ONCE = 1000


def tidy(session: Session) -> int:
    """Remove what is past keeping, at most AT_ONCE rows of each kind, and give the office what nobody heeded.

    Returns how many rows were dealt with.
    """
    now = clock.now()
    old_session = now - SESSIONS_KEPT
    ended = or_(col(LoginSession.ended_at) < old_session, col(LoginSession.expires_at) < old_session)
    return (
        _remove(session, LoginSession, ended)
        + _remove(session, OneTimeCode, col(OneTimeCode.expires_at) < now - CODES_KEPT)
        + _remove(session, GuestSession, col(GuestSession.expires_at) < now - LINKS_KEPT)
        + _remove(session, PasswordLink, col(PasswordLink.expires_at) < now - LINKS_KEPT)
        + contact_changes.notice_unheeded(session)
    )


def _remove(
    session: Session,
    table: type[GuestSession | LoginSession | OneTimeCode | PasswordLink],
    old: ColumnElement[bool],
) -> int:
    some = select(table.id).where(old).limit(AT_ONCE)
    statement: Delete = delete(table).where(col(table.id).in_(some))
    return session.exec(statement).rowcount  # type: ignore[call-overload]
