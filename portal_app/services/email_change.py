"""Another main e-mail address: it counts once a code that was sent there has come back, and the old one is told."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, TooMany
from portal_app.models import Contact, Login, OneTimeCode, StaffMember
from portal_app.services import (
    activity,
    codes,
    contact_changes,
    customer_index,
    email_addresses,
    mails,
    password_links,
    sealed,
    sessions,
)
from portal_app.services.actors import Customer
from portal_app.services.mails import Mail

ASKED_A_DAY = 10
_DAY = timedelta(days=1)
WRONG = "That code is not right, or it has run out. Please look at the newest mail, or ask for another code."
TAKEN = (
    "This address signs in to another account here already, so nothing was changed. "
    "Sign in with it, or ring us and we will sort it out."
)
_STAFF = "You work here, so your sign-in address is changed by the owner of the portal."


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whether the new address counts now; `sentence` says why not."""

    done: bool
    sentence: str = ""


def ask(session: Session, actor: Customer, typed: str) -> str:
    """Send a code to a new address and return it; the same whether anybody else uses that address.

    Invalid for what is no address, or the present one; TooMany after some codes.
    """
    email = email_addresses.normal(typed)
    if not email_addresses.looks_right(email):
        raise Invalid("This does not look like an e-mail address. An example: name@example.com.")
    contact = session.get_one(Contact, actor.contact_id)
    if email == contact.email and email == session.get_one(Login, actor.login_id).email:
        raise Invalid("This is your address already.")
    _refuse_staff(session, actor)
    _check_count(session, actor)
    give_up(session, actor)
    asked = codes.ask(session, email, _browser(actor), purpose=codes.CHANGE_EMAIL, contact_id=actor.contact_id)
    mails.queue(
        session,
        Mail.CONFIRM_EMAIL,
        email,
        {"minutes": codes.MINUTES},
        secrets={"code": asked.code},
        customer_id=actor.customer_id,
        contact_id=actor.contact_id,
    )
    activity.record(session, actor, "contact.email_asked", subject=("contact", actor.contact_id))
    return email


def _refuse_staff(session: Session, actor: Customer) -> None:
    if session.exec(select(StaffMember.id).where(StaffMember.login_id == actor.login_id)).first() is not None:
        raise Invalid(_STAFF)


def _check_count(session: Session, actor: Customer) -> None:
    """Raise TooMany when the actor has had their codes for today: mails go to addresses that nobody has proved."""
    now = clock.now()
    asked = session.exec(
        select(func.count(), func.min(OneTimeCode.created_at)).where(
            col(OneTimeCode.expires_at) > now - _DAY,
            OneTimeCode.purpose == codes.CHANGE_EMAIL,
            OneTimeCode.contact_id == actor.contact_id,
        )
    ).one()
    if asked[0] >= ASKED_A_DAY:
        wait = max(1, int((asked[1] + _DAY - now).total_seconds()))
        raise TooMany("You have asked for many codes today. Please try again tomorrow, or ring us.", wait)


def _browser(actor: Customer) -> str:
    """Return the secret that ties a code to the session that asked."""
    return sealed.keyed_hash("change-email", str(actor.session_id))


def waiting(session: Session, actor: Customer) -> str:
    """Return the address that a code was sent to from this session and that still waits, empty for none."""
    row = _live(session, actor)
    return row.email if row is not None and row.contact_id == actor.contact_id else ""


def _live(session: Session, actor: Customer) -> OneTimeCode | None:
    return session.exec(
        select(OneTimeCode).where(
            OneTimeCode.browser_hash == sessions.hash_of(_browser(actor)),
            col(OneTimeCode.live),
            col(OneTimeCode.expires_at) > clock.now(),
            col(OneTimeCode.tries) < codes.TRIES,
        )
    ).first()


def give_up(session: Session, actor: Customer) -> None:
    """Void the codes that this session has asked for."""
    session.exec(
        update(OneTimeCode)
        .where(col(OneTimeCode.browser_hash) == sessions.hash_of(_browser(actor)), col(OneTimeCode.live))
        .values(live=False)
    )


def confirm(session: Session, actor: Customer, typed: str) -> Confirmed:
    """Let the new address count when the code is right; the caller commits whatever comes of it.

    From then on it signs in, mails go there, the old address is told, and other browsers are signed out.
    """
    row = codes.check(session, _browser(actor), typed, codes.CHANGE_EMAIL)
    if row is None or row.contact_id != actor.contact_id:
        return Confirmed(False, WRONG)
    taken = select(Login.id).where(Login.email == row.email, Login.id != actor.login_id)
    if session.exec(taken).first() is not None:
        return Confirmed(False, TAKEN)
    _refuse_staff(session, actor)
    _move(session, actor, row.email)
    return Confirmed(True)


def _move(session: Session, actor: Customer, email: str) -> None:
    contact = session.get_one(Contact, actor.contact_id)
    login = session.get_one(Login, actor.login_id)
    before = {address for address in (contact.email, login.email) if address and address != email}
    others = [address for address in contact.emails if address.strip().lower() not in {email, contact.email}]
    contact_changes.propose(session, actor, "emails", [email, *others])
    contact.email, contact.pending_email = email, ""
    mails.forget_problem(contact)
    login.email = email
    # What was mailed to the old address must open nothing any more.
    password_links.void(session, actor.login_id)
    session.exec(
        update(OneTimeCode).where(col(OneTimeCode.email).in_(before), col(OneTimeCode.live)).values(live=False)
    )
    sessions.end_for_login(session, actor.login_id, "email_changed", actor=actor, except_session=actor.session_id)
    activity.record(session, actor, "login.email_changed", subject=("login", actor.login_id))
    customer_index.mark_login(session, actor.login_id)
    for address in sorted(before):
        mails.queue(
            session,
            Mail.EMAIL_CHANGED,
            address,
            {"new_email": email_addresses.masked(email)},
            customer_id=actor.customer_id,
            contact_id=actor.contact_id,
        )
