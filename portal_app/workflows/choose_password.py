"""Choosing a password by a link from a mail, and asking for such a link."""

from sqlmodel import Session

from portal_app.database import reading, transaction
from portal_app.errors import NotFound
from portal_app.models import Contact, Login
from portal_app.services import email_addresses, invitations, memberships, password_links, passwords, sign_in
from portal_app.services.actors import Origin, Visitor
from portal_app.services.sign_in import SignedIn
from portal_app.services.throttle import get_throttle
from portal_app.workflows.in_turn import in_turn
from portal_app.workflows.sign_in_by_code import attempt_of, known_place


def send_reset(email: str, origin: Origin) -> None:
    """Mail a reset to an address if somebody signs in with it; the same work and the same silence if not.

    Raises TooMany, the same for any address.
    """
    email = email_addresses.normal(email)
    attempt = attempt_of(email, origin)
    get_throttle().ask_for_reset(attempt, known_place=known_place(email, attempt))
    with transaction() as session:
        invitations.forgot(session, Visitor(origin), email)


async def choose_password(
    token: str, purpose: str, password: str, *, origin: Origin, replacing: str | None
) -> SignedIn:
    """Set the password and start a session; the link is used up by it.

    Raises NotFound when the link does not stand, Invalid with a sentence about the password (the link stays good), or
    TooMany.
    """

    def work() -> SignedIn:
        with reading() as session:
            choosing = password_links.find(session, token, purpose)
        if choosing is None:
            raise NotFound("This link no longer works.")
        new_hash = passwords.hash_password(passwords.check_policy(password, choosing.email))
        with transaction() as session:
            login, invited = password_links.use(session, token, purpose, new_hash, Visitor(origin))
            in_office = password_links.works_here(session, login.id or 0)
            return sign_in.begin(
                session,
                login,
                None if in_office else _membership(session, login, invited),
                by=purpose,
                next_path="",
                origin=origin,
                replacing=replacing,
            )

    return await in_turn(work)


def _membership(session: Session, login: Login, invited: Contact | None) -> Contact:
    contact = memberships.standing(session, invited.id or 0) if invited else None
    contact = contact or sign_in.last_membership(session, login)
    if contact is None:
        raise NotFound("This link no longer works.")
    return contact
