"""Asking people in, and helping back in those who forgot their password."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from portal_app import clock, routes
from portal_app.errors import Invalid, NotAllowed, PortalError
from portal_app.models import Contact, Customer, Login, StaffMember
from portal_app.services import activity, email_addresses, mails, memberships, opening, password_links
from portal_app.services.access import contact_of_office, require_office
from portal_app.services.actors import Actor, Visitor
from portal_app.services.mails import Mail
from portal_app.services.password_links import INVITATION, LASTS, RESET
from portal_app.services.rights import Permission, Role

_DAYS = LASTS[INVITATION].days
_HOURS = int(LASTS[RESET].total_seconds() // 3600)


@dataclass(frozen=True, slots=True)
class Invited:
    """How inviting several people went: how many were, and the sentence for each public id that was not."""

    count: int
    refused: dict[str, str]


def invite(session: Session, actor: Actor, contact_public_id: str) -> Contact:
    """Mail somebody an invitation to choose a password; their login is made if missing.

    Repeating it withdraws the invitation before. The customer's owners are told. Raises Invalid with the reason when
    the person could not come in.
    """
    require_office(actor, Permission.INVITE)
    contact = contact_of_office(session, contact_public_id)
    customer = session.get_one(Customer, contact.customer_id)
    _require_open(session, contact, customer)
    login = memberships.login_of(session, contact)
    if login.disabled_at is not None:
        raise Invalid(f"The sign-in of {contact.name} is disabled.")
    contact.invited_at = clock.now()
    mails.queue(
        session,
        Mail.INVITATION,
        login.email,
        {"customer": customer.name, "days": _DAYS},
        secrets={"path": routes.invite(password_links.create(session, login, INVITATION, contact.id))},
        customer_id=customer.id,
        contact_id=contact.id,
    )
    _tell_owners(session, contact, customer)
    _record(session, actor, "contact.invited", contact)
    return contact


def invite_many(session: Session, actor: Actor, contact_public_ids: Iterable[str]) -> Invited:
    """Invite several people in the caller's transaction; those who cannot be are named with the reason."""
    require_office(actor, Permission.INVITE)
    count, refused = 0, {}
    for public_id in contact_public_ids:
        try:
            invite(session, actor, public_id)
            count += 1
        except PortalError as error:
            refused[public_id] = error.sentence
    return Invited(count, refused)


def send_reset(session: Session, actor: Actor, contact_public_id: str) -> None:
    """Mail a customer's person a link to choose a new password; never for colleagues."""
    require_office(actor, Permission.RESET_ACCESS)
    contact = contact_of_office(session, contact_public_id)
    customer = session.get_one(Customer, contact.customer_id)
    _require_open(session, contact, customer)
    if contact.login_id is None:
        raise Invalid(f"{contact.name} has no sign-in yet. Invite them instead.")
    login = session.get_one(Login, contact.login_id)
    if session.exec(select(StaffMember.id).where(StaffMember.login_id == login.id)).first() is not None:
        raise NotAllowed("A colleague's password can only be changed by themselves.")
    if login.disabled_at is not None:
        raise Invalid(f"The sign-in of {contact.name} is disabled.")
    _mail_reset(session, login, by_office=True, contact=contact)
    _record(session, actor, "login.reset_sent", contact)


def forgot(session: Session, visitor: Visitor, email: str) -> None:
    """Mail a reset to a normalised address if somebody signs in with it; the same work and silence if not."""
    login = session.exec(select(Login).where(Login.email == email, col(Login.disabled_at).is_(None))).first()
    login_id = (login.id if login else 0) or 0
    people = memberships.of_login(session, login_id)
    in_office = password_links.works_here(session, login_id)
    known = login is not None and bool(people or in_office)
    # The same is written for an address nobody has, and taken back, so that the time tells nothing.
    attempt = session.begin_nested()
    whom = login if login is not None and known else session.exec(select(Login).order_by(col(Login.id))).first()
    if whom is not None:
        _mail_reset(session, whom, by_office=False, contact=people[0] if people else None)
        activity.record(session, visitor, "login.reset_asked", login_id=whom.id, subject=("login", whom.id))
        session.flush()
    if known:
        attempt.commit()
    else:
        attempt.rollback()


def _mail_reset(session: Session, login: Login, *, by_office: bool, contact: Contact | None) -> None:
    mails.queue(
        session,
        Mail.RESET,
        login.email,
        {"hours": _HOURS, "by_office": by_office},
        secrets={"path": routes.reset(password_links.create(session, login, RESET))},
        customer_id=contact.customer_id if contact else None,
        contact_id=contact.id if contact else None,
    )


def _require_open(session: Session, contact: Contact, customer: Customer) -> None:
    """Raise Invalid with the reason when a person could not come in even with a password."""
    if not customer.active:
        raise Invalid(f"{customer.name} is no longer an active customer.")
    if not customer.portal_access:
        raise Invalid(f"Portal access is off for {customer.name}. Switch it on first.")
    if contact.disabled_at is not None or not contact.active:
        raise Invalid(f"{contact.name} is disabled. Enable them first.")
    if contact.login_id is None and not email_addresses.looks_right(contact.email):
        raise Invalid(f"There is no valid e-mail address on file for {contact.name}.")
    opening.require_open_to(session, contact)


def _tell_owners(session: Session, contact: Contact, customer: Customer) -> None:
    """Tell the account's owners who was invited; each address once, and never the invited person."""
    owners = select(Contact).where(
        Contact.customer_id == customer.id,
        Contact.role == Role.OWNER,
        col(Contact.active),
        col(Contact.disabled_at).is_(None),
        col(Contact.deleted_at).is_(None),
    )
    told = {memberships.address_of(session, contact)}
    for owner in session.exec(owners.order_by(col(Contact.id))):
        address = memberships.address_of(session, owner)
        if address in told or not email_addresses.looks_right(address) or opening.shut_to(session, owner):
            continue
        told.add(address)
        mails.queue(
            session,
            Mail.PERSON_INVITED,
            address,
            {"person": contact.name, "customer": customer.name},
            customer_id=customer.id,
            contact_id=owner.id,
        )


def _record(session: Session, actor: Actor, kind: str, contact: Contact) -> None:
    activity.record(
        session,
        actor,
        kind,
        customer_id=contact.customer_id,
        login_id=contact.login_id,
        subject=("contact", contact.id),
    )
