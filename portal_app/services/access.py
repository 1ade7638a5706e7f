"""Who of a customer's people may sign in: the office's switches, each of which acts at once."""

from sqlmodel import Session, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, Customer, Login, StaffMember
from portal_app.services import activity, password_links, sessions
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.rights import Permission


def require_office(actor: Actor, permission: Permission) -> None:
    """Raise unless the actor is staff with the permission, or a task of the portal itself."""
    if isinstance(actor, Staff):
        actor.require(permission)
    elif not isinstance(actor, System):
        raise NotAllowed


def customer_of_office(session: Session, public_id: str) -> Customer:
    """Return a customer by public id for somebody whose permission has been checked; raises NotFound."""
    found = session.exec(select(Customer).where(Customer.public_id == public_id)).first()
    if found is None or found.deleted_at is not None:
        raise NotFound
    return found


def contact_of_office(session: Session, public_id: str) -> Contact:
    """Return a contact by public id for somebody whose permission has been checked; raises NotFound."""
    found = session.exec(select(Contact).where(Contact.public_id == public_id)).first()
    if found is None or found.deleted_at is not None:
        raise NotFound
    return found


def set_portal_access(session: Session, actor: Actor, customer_public_id: str, on: bool) -> Customer:
    """Switch a customer's portal access; off ends the sessions of all their people at once."""
    require_office(actor, Permission.INVITE if on else Permission.DISABLE_ACCOUNTS)
    customer = customer_of_office(session, customer_public_id)
    if customer.portal_access == on:
        return customer
    customer.portal_access = on
    kind = "customer.access_on" if on else "customer.access_off"
    activity.record(session, actor, kind, customer_id=customer.id, subject=("customer", customer.id))
    if not on:
        session.flush()
        sessions.end_for_customer(session, customer.id or 0, "access_off", actor=actor)
    return customer


def disable_contact(session: Session, actor: Actor, contact_public_id: str) -> Contact:
    """Shut one person out of one customer; what they belong to elsewhere stays open to them."""
    require_office(actor, Permission.DISABLE_ACCOUNTS)
    contact = contact_of_office(session, contact_public_id)
    if contact.disabled_at is None:
        contact.disabled_at = clock.now()
        _record(session, actor, "contact.disabled", contact)
        session.flush()
        sessions.end_for_contact(session, contact.id or 0, "disabled", actor=actor)
    return contact


def enable_contact(session: Session, actor: Actor, contact_public_id: str) -> Contact:
    """Let a disabled person in again."""
    require_office(actor, Permission.DISABLE_ACCOUNTS)
    contact = contact_of_office(session, contact_public_id)
    if contact.disabled_at is not None:
        contact.disabled_at = None
        _record(session, actor, "contact.enabled", contact)
    return contact


def _record(session: Session, actor: Actor, kind: str, contact: Contact) -> None:
    subject = ("contact", contact.id)
    activity.record(session, actor, kind, customer_id=contact.customer_id, login_id=contact.login_id, subject=subject)


def change_password(
    session: Session, actor: Actor, login_public_id: str, new_hash: str, *, checked_hash: str | None = None
) -> Login:
    """Set a login's password and end its other sessions.

    `new_hash` and `checked_hash` are made outside the transaction (`passwords`): a person who changes their
    own hands in the hash their present password was checked against. Staff may reset customers'
    (`reset_access`), never colleagues', which would let a clerk become the owner.
    """
    login = session.exec(select(Login).where(Login.public_id == login_public_id)).first()
    own = login is not None and login.id == getattr(actor, "login_id", None)
    if not own:
        require_office(actor, Permission.RESET_ACCESS)
    if login is None:
        raise NotFound
    if own and (checked_hash is None or checked_hash != login.password_hash):
        raise Invalid("Your present password is not right. Please try again.")
    if not own and isinstance(actor, Staff) and _works_here(session, login):
        raise NotAllowed("A colleague's password can only be changed by themselves.")
    password_links.set_password(session, login, new_hash, by_office=not own)
    activity.record(session, actor, "login.password_changed", login_id=login.id, subject=("login", login.id))
    keep = getattr(actor, "session_id", None) if own else None
    sessions.end_for_login(session, login.id or 0, "password_changed", actor=actor, except_session=keep)
    return login


def _works_here(session: Session, login: Login) -> bool:
    return session.exec(select(StaffMember.id).where(StaffMember.login_id == login.id)).first() is not None
