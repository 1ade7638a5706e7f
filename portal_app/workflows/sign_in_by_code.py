"""Signing in by a code: asked for with an address or with a secure link, typed into the browser that asked."""

from collections.abc import Callable

from sqlmodel import Session, col, select

from portal_app.database import reading, transaction
from portal_app.errors import PortalError
from portal_app.models import Contact, OneTimeCode, SecureLink
from portal_app.services import (
    activity,
    codes,
    email_addresses,
    link_opens,
    link_targets,
    links,
    memberships,
    opening,
    sign_in,
)
from portal_app.services.actors import Origin, Visitor
from portal_app.services.link_opens import Seen
from portal_app.services.opening import ComingSoon
from portal_app.services.sign_in import SignedIn
from portal_app.services.throttle import Attempt, get_throttle
from portal_app.settings import get_settings


class CodeRefused(PortalError):
    """The code did not let anybody in; why is nobody's business."""

    def __init__(self) -> None:
        super().__init__("That code is not right, or no longer works. Please check it, or ask for a new one.")


def attempt_of(email: str, origin: Origin) -> Attempt:
    """Return the keys under which something asked for about an address is counted."""
    return Attempt.of(email, origin.network, get_settings().secret_key.get_secret_value())


def send_code(email: str, browser: str, *, next_path: str, origin: Origin) -> None:
    """Mail a code to an address if it is a customer's; the same work and the same silence if not.

    `browser` is the new secret of the browser that asks. Raises TooMany, the same for any address.
    """
    email = email_addresses.normal(email)
    attempt = attempt_of(email, origin)
    get_throttle().ask_for_mail(attempt)
    at_home = known_place(email, attempt)
    with transaction() as session:
        asked = codes.ask(session, email, browser, purpose=codes.SIGN_IN, known_place=at_home, next_path=next_path)
        reader = memberships.reached_by(session, email)
        _write_or_take_back(session, reader, lambda person: _mail_code(session, asked, email, person, origin))


def known_place(email: str, attempt: Attempt) -> bool:
    """Return whether the address's owner has signed in from this network before."""
    with reading() as session:
        return attempt.network in sign_in.find(session, email).networks


def _write_or_take_back(session: Session, reader: Contact | None, write: Callable[[Contact], None]) -> None:
    """Let `write` do its work for a person, or for somebody else and take it back, so that the time tells nothing."""
    person = reader or session.exec(select(Contact).order_by(col(Contact.id)).limit(1)).first()
    if person is None:
        return
    attempt = session.begin_nested()
    write(person)
    session.flush()
    if reader is None:
        attempt.rollback()
    else:
        attempt.commit()


def _mail_code(session: Session, asked: codes.Asked, email: str, person: Contact, origin: Origin) -> None:
    path = links.own_way(session, person)
    codes.mail(session, asked, email, customer_id=person.customer_id, contact_id=person.id or 0, path=path)
    _note_code_sent(session, person, origin, codes.SIGN_IN)


def _note_code_sent(session: Session, person: Contact, origin: Origin, purpose: str) -> None:
    activity.record(
        session,
        Visitor(origin),
        "login.code_sent",
        customer_id=person.customer_id,
        login_id=person.login_id,
        subject=("contact", person.id),
        facts={"purpose": purpose},
    )


def send_code_for_link(token: str, browser: str, seen: Seen) -> bool:
    """Mail a code to the address on file of a live link; returns False when the link brings nobody in.

    Raises TooMany.
    """
    with reading() as session:
        link = link_opens.find(session, token)
        reader = link_opens.reader_of(session, link) if link else None
        email = memberships.address_of(session, reader) if reader else ""
    attempt = attempt_of(email, seen.origin)
    get_throttle().ask_for_mail(attempt)
    at_home = known_place(email, attempt)
    with transaction() as session:
        link = link_opens.find(session, token)
        reader = link_opens.reader_of(session, link) if link else None
        if link is None or reader is None or links.state_of(link) != links.LIVE:
            return False
        email = memberships.address_of(session, reader)
        link_opens.pressed(session, link, seen, reader.id)
        asked = codes.ask(
            session,
            email,
            browser,
            purpose=codes.LINK,
            known_place=at_home,
            next_path=link_targets.path(session, link),
            contact_id=reader.id,
            link_id=link.id,
        )
        codes.mail(session, asked, email, customer_id=reader.customer_id, contact_id=reader.id or 0)
        _note_code_sent(session, reader, seen.origin, codes.LINK)
    return True


def send_fresh_link(token: str, origin: Origin) -> None:
    """Mail a fresh link in place of one that has ended, where its people may still come in; says nothing either way.

    Raises TooMany.
    """
    get_throttle().ask_for_mail(attempt_of("", origin))
    with transaction() as session:
        link = link_opens.find(session, token)
        if link is not None:
            link_opens.send_fresh(session, link)


def sign_in_by_code(browser: str, typed: str, *, remember: bool, origin: Origin, replacing: str | None) -> SignedIn:
    """Return the new session; raises CodeRefused (the same for every reason), ComingSoon or TooMany."""
    get_throttle().type_code(attempt_of("", origin))
    with transaction() as session:
        row = codes.check(session, browser, typed, codes.SIGN_IN, codes.LINK)
        signed_in = _let_in(session, row, remember, origin, replacing) if row else None
        waiting = row is not None and signed_in is None and opening.is_shut(session)
        if signed_in is None and not waiting and get_throttle().room_in_log():
            activity.record(session, Visitor(origin), "login.refused", facts={"by": "code"})
    # Outside the transaction: a wrong try must stay counted.
    if waiting:
        raise ComingSoon
    if signed_in is None:
        raise CodeRefused
    return signed_in


def _let_in(
    session: Session, row: OneTimeCode, remember: bool, origin: Origin, replacing: str | None
) -> SignedIn | None:
    """Start the session of somebody whose code was right; None when they may not come in after all."""
    by_link = row.purpose == codes.LINK
    contact = _reader_of_link(session, row) if by_link else memberships.reached_by(session, row.email)
    if contact is None:
        return None
    login = memberships.login_of(session, contact)
    if login.disabled_at is not None:
        return None
    memberships.attach(session, login)
    return sign_in.begin(
        session,
        login,
        contact if by_link else sign_in.last_membership(session, login) or contact,
        by=row.purpose if by_link else "code",
        next_path=row.next_path,
        origin=origin,
        remember=remember,
        replacing=replacing,
        link_id=row.link_id,
    )


def _reader_of_link(session: Session, row: OneTimeCode) -> Contact | None:
    """Return whom the link's code was mailed to, if the link and they still stand and it was their address."""
    link = session.get(SecureLink, row.link_id or 0)
    contact = memberships.standing(session, row.contact_id or 0)
    if link is None or link.revoked_at is not None or contact is None:
        return None
    return contact if memberships.address_of(session, contact) == row.email else None
