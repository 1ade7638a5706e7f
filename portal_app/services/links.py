"""Secure links: made, sent, sent again and revoked by the office; seen and ended by the customer.

A link says where to go, never who somebody is: a code to the address on file is asked for on the way. Only hashes of
tokens are stored, so "copy" makes a link of its own.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from portal_app import clock, routes
from portal_app.errors import Invalid, NotFound
from portal_app.models import Contact, Customer, LinkGuest, LinkOpen, LinkToken, SecureLink
from portal_app.services import activity, business, email_addresses, link_targets, mails, memberships, opening, sessions
from portal_app.services.access import contact_of_office, customer_of_office, require_office
from portal_app.services.actors import Actor, Staff
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.mails import Mail
from portal_app.services.rights import Permission, Role

USUAL_DAYS = 14
MOST_DAYS = 365
MOST_LISTED = 500
LIVE, EXPIRED, REVOKED = "live", "expired", "revoked"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made; `path` holds its token and is never to be had again."""

    public_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Opens:
    """How often a link was opened by one kind of opener (person, staff, scanner, robot), and when last."""

    who: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What lists say of a link; `target` is in words (empty for the portal), `contact` empty for a customer's link and
    a guest's name for a shared one.

    `state` is live, expired or revoked; `path` is where it leads once somebody is in.
    """

    public_id: str
    target_kind: str
    target: str
    path: str
    contact: str
    contact_public_id: str
    state: str
    created_at: datetime
    until: datetime
    copied: bool
    times_sent: int
    last_sent_at: datetime | None
    opens: tuple[Opens, ...]


def create(
    session: Session,
    actor: Actor,
    customer_public_id: str,
    *,
    contact_public_id: str | None = None,
    target_kind: str = link_targets.PORTAL,
    target_public_id: str | None = None,
    days: int | None = None,
) -> NewLink:
    """Make a link to be copied; its path is shown this once. Raises Invalid with a sentence when it could not work."""
    require_office(actor, Permission.INVITE)
    link, _ = _make(session, actor, customer_public_id, contact_public_id, target_kind, target_public_id, days)
    link.copied = True
    return NewLink(link.public_id, routes.link(new_token(session, link)))


def send(
    session: Session,
    actor: Actor,
    customer_public_id: str,
    *,
    contact_public_id: str | None = None,
    target_kind: str = link_targets.PORTAL,
    target_public_id: str | None = None,
    days: int | None = None,
) -> str:
    """Make a link and mail it to the address on file; returns its public id."""
    require_office(actor, Permission.INVITE)
    link, reader = _make(session, actor, customer_public_id, contact_public_id, target_kind, target_public_id, days)
    _mail(session, actor, link, reader)
    return link.public_id


def resend(session: Session, actor: Actor, link_public_id: str) -> None:
    """Mail a link once more, with a token of its own and its time renewed.

    Raises Invalid with a sentence when it would bring nobody in, or its reader could not see what it leads to now.
    """
    require_office(actor, Permission.INVITE)
    link = _of_office(session, link_public_id)
    if link.revoked_at is not None:
        raise Invalid("This link was revoked. Please make a new one.")
    if link.target_kind == link_targets.SHARED:
        raise Invalid("This was sent to somebody outside the account. Please send them the invoice once more instead.")
    link_targets.require_shown(session, link)
    customer = session.get_one(Customer, link.customer_id)
    contact = session.get_one(Contact, link.contact_id) if link.contact_id else None
    reader = _reader(session, customer, contact)
    link_targets.require_reader(session, reader, link.target_kind, link.target_id)
    send_again(session, actor, link, reader)


def send_again(session: Session, actor: Actor, link: SecureLink, reader: Contact) -> None:
    """Renew a link's time and mail it to a person; who may ask for that has been checked."""
    link.expires_at = clock.now() + timedelta(days=usual_days(session))
    _mail(session, actor, link, reader)


def in_place_of(session: Session, actor: Actor, ended: SecureLink) -> SecureLink:
    """Return a new link to where an ended one led, for the same people."""
    link = SecureLink(
        customer_id=ended.customer_id,
        contact_id=ended.contact_id,
        target_kind=ended.target_kind,
        target_id=ended.target_id,
        made_by="customer",
        expires_at=clock.now(),
    )
    session.add(link)
    session.flush()
    record(session, actor, "link.created", link, {"target": link.target_kind, "target_id": link.target_id})
    return link


def own_way(session: Session, contact: Contact) -> str:
    """Return the path of a link, good for a day, that goes with a code somebody asked for: for another browser.

    There is one for each person; every mail has a token of its own.
    """
    statement = select(SecureLink).where(
        SecureLink.contact_id == contact.id,
        SecureLink.made_by == "customer",
        SecureLink.target_kind == link_targets.PORTAL,
        col(SecureLink.revoked_at).is_(None),
    )
    link = session.exec(statement).first()
    until = clock.now() + timedelta(days=1)
    if link is None:
        link = SecureLink(customer_id=contact.customer_id, contact_id=contact.id, made_by="customer", expires_at=until)
        session.add(link)
        session.flush()
    link.expires_at = max(link.expires_at, until)
    return routes.link(new_token(session, link))


def revoke(session: Session, actor: Actor, link_public_id: str) -> None:
    """End a link, and the sessions that came in by it, at once."""
    require_office(actor, Permission.INVITE)
    end_now(session, actor, _of_office(session, link_public_id))


def revoke_all(session: Session, actor: Actor, customer_public_id: str) -> int:
    """End all live links of a customer; returns how many."""
    require_office(actor, Permission.INVITE)
    customer = customer_of_office(session, customer_public_id)
    statement = select(SecureLink).where(SecureLink.customer_id == customer.id, col(SecureLink.revoked_at).is_(None))
    found = session.exec(statement).all()
    for link in found:
        end_now(session, actor, link)
    return len(found)


def of_customer(session: Session, actor: Actor, customer_public_id: str) -> list[LinkFacts]:
    """Return a customer's links for the office, newest first, at most MOST_LISTED."""
    require_office(actor, Permission.VIEW_CUSTOMERS)
    customer = customer_of_office(session, customer_public_id)
    statement = select(SecureLink).where(SecureLink.customer_id == customer.id)
    found = session.exec(statement.order_by(col(SecureLink.id).desc()).limit(MOST_LISTED)).all()
    return _facts(session, found, reader=None)


def of_account(session: Session, actor: CustomerActor) -> list[LinkFacts]:
    """Return the live links of the actor's account: all of them for its owner, those for themselves for others.

    `target` is empty and `path` their home where a link leads to what the actor may not see.
    """
    statement = _of_account(session, actor).where(col(SecureLink.expires_at) > clock.now())
    found = session.exec(statement.order_by(col(SecureLink.id).desc()).limit(MOST_LISTED)).all()
    return _facts(session, found, reader=actor)


def end(session: Session, actor: CustomerActor, link_public_id: str) -> None:
    """End one of the links `of_account` lists; raises NotFound for any other."""
    link = session.exec(_of_account(session, actor).where(SecureLink.public_id == link_public_id)).first()
    if link is None:
        raise NotFound
    end_now(session, actor, link)


def reader_of(session: Session, customer: Customer, contact: Contact | None) -> Contact | None:
    """Return whom a link of this customer is for: the person it names, else the main one; None when nobody may come in.

    The main one is the owner, else the oldest contact, of those who may sign in and have an address on file.
    """
    if customer.deleted_at is not None or not customer.active or not customer.portal_access:
        return None
    if contact is not None:
        return contact if contact.customer_id == customer.id and _may_come(session, contact) else None
    statement = select(Contact).where(Contact.customer_id == customer.id).order_by(col(Contact.id))
    people = [person for person in session.exec(statement) if _may_come(session, person)]
    return next((person for person in people if person.role == Role.OWNER), people[0] if people else None)


def _may_come(session: Session, contact: Contact) -> bool:
    standing = contact.active and contact.disabled_at is None and contact.deleted_at is None
    addressed = standing and email_addresses.looks_right(memberships.address_of(session, contact))
    return addressed and not opening.shut_to(session, contact)


def _reader(session: Session, customer: Customer, contact: Contact | None) -> Contact:
    """Return whom a link is for; raises Invalid with the reason when it could bring nobody in."""
    if not customer.active:
        raise Invalid(f"{customer.name} is no longer an active customer, so a link would open nothing.")
    if not customer.portal_access:
        raise Invalid(f"Portal access is off for {customer.name}. Switch it on first.")
    if contact is not None and contact.customer_id != customer.id:
        raise NotFound
    if contact is not None and (contact.disabled_at is not None or not contact.active):
        raise Invalid(f"{contact.name} is disabled. Enable them first.")
    if contact is not None:
        opening.require_open_to(session, contact)
    reader = reader_of(session, customer, contact)
    if reader is None and contact is None and opening.is_shut(session):
        raise Invalid(
            f"The portal is not open to customers yet, and {customer.name} has no tester. "
            "Both are under Settings, Access."
        )
    if reader is None:
        whom = contact.name if contact is not None else customer.name
        raise Invalid(f"There is no valid e-mail address on file for {whom}. The code that opens a link goes there.")
    return reader


def _make(
    session: Session,
    actor: Actor,
    customer_public_id: str,
    contact_public_id: str | None,
    target_kind: str,
    target_public_id: str | None,
    days: int | None,
) -> tuple[SecureLink, Contact]:
    """Write a link and return it with the person who will read it."""
    customer = customer_of_office(session, customer_public_id)
    contact = contact_of_office(session, contact_public_id) if contact_public_id else None
    reader = _reader(session, customer, contact)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A link lasts between one day and {MOST_DAYS} days.")
    target_id = link_targets.find(session, customer.id or 0, target_kind, target_public_id)
    link_targets.require_reader(session, reader, target_kind, target_id)
    link = SecureLink(
        customer_id=customer.id or 0,
        contact_id=contact.id if contact else None,
        target_kind=target_kind,
        target_id=target_id,
        made_by="staff" if isinstance(actor, Staff) else "system",
        member_id=actor.member_id if isinstance(actor, Staff) else None,
        expires_at=clock.now() + timedelta(days=days or usual_days(session)),
    )
    session.add(link)
    session.flush()
    record(session, actor, "link.created", link, {"target": target_kind, "target_id": target_id})
    return link, reader


def usual_days(session: Session) -> int:
    """Return for how many days the office lets links live."""
    found = business.get(session)
    return found.link_days if found else USUAL_DAYS


def new_token(session: Session, link: SecureLink) -> str:
    """Return another token of a link, the only time it is seen; who may have it has been checked."""
    token = secrets.token_urlsafe(32)
    session.add(LinkToken(link_id=link.id or 0, token_hash=sessions.hash_of(token)))
    session.flush()
    return token


def _mail(session: Session, actor: Actor, link: SecureLink, reader: Contact) -> None:
    told = sessions.standing_contact(session, reader.id or 0)
    days = max(1, round((link.expires_at - clock.now()) / timedelta(days=1)))
    mails.queue(
        session,
        Mail.LINK,
        memberships.address_of(session, reader),
        {"what": link_targets.words(session, link, told) if told else "", "days": days},
        secrets={"path": routes.link(new_token(session, link))},
        customer_id=link.customer_id,
        contact_id=reader.id,
    )
    link.times_sent += 1
    link.last_sent_at = clock.now()
    record(session, actor, "link.sent", link, {"contact_id": reader.id})


def _of_office(session: Session, public_id: str) -> SecureLink:
    found = session.exec(select(SecureLink).where(SecureLink.public_id == public_id)).first()
    if found is None:
        raise NotFound
    return found


def _of_account(session: Session, actor: CustomerActor) -> SelectOfScalar[SecureLink]:
    statement = select(SecureLink).where(
        SecureLink.customer_id == actor.customer_id, col(SecureLink.revoked_at).is_(None)
    )
    mine = session.get_one(Contact, actor.contact_id)
    return statement if mine.role == Role.OWNER else statement.where(SecureLink.contact_id == actor.contact_id)


def end_now(session: Session, actor: Actor, link: SecureLink) -> None:
    """End a link, and the sessions that came in by it; who may do that has been checked."""
    if link.revoked_at is not None:
        return
    link.revoked_at = clock.now()
    record(session, actor, "link.revoked", link)
    session.flush()
    sessions.end_for_link(session, link.id or 0, "link_revoked", actor=actor)


def record(session: Session, actor: Actor, kind: str, link: SecureLink, facts: dict | None = None) -> None:
    """Note an act on a link in the log."""
    activity.record(session, actor, kind, customer_id=link.customer_id, subject=("secure_link", link.id), facts=facts)


def state_of(link: SecureLink) -> str:
    """Return live, expired or revoked."""
    if link.revoked_at is not None:
        return REVOKED
    return LIVE if link.expires_at > clock.now() else EXPIRED


def _facts(session: Session, found: Sequence[SecureLink], *, reader: CustomerActor | None) -> list[LinkFacts]:
    """Return what a list says of links: to a reader only what they may see, without one all that the office sees."""
    ids = [link.id for link in found]
    opens: dict[int, list[Opens]] = {}
    counted = (
        select(LinkOpen.link_id, LinkOpen.who, func.count(), func.max(LinkOpen.created_at))  # type: ignore[call-overload]
        .where(col(LinkOpen.link_id).in_(ids))
        .group_by(col(LinkOpen.link_id), col(LinkOpen.who))
    )
    for link_id, who, times, last_at in session.exec(counted):
        opens.setdefault(link_id, []).append(Opens(who, times, last_at))
    people = {
        person.id: person
        for person in session.exec(select(Contact).where(col(Contact.id).in_({link.contact_id for link in found})))
    }
    guests: dict[int, str] = dict(
        session.exec(select(LinkGuest.link_id, LinkGuest.name).where(col(LinkGuest.link_id).in_(ids))).all()
    )
    return [
        _fact(
            link_targets.words(session, link, reader) if reader else link_targets.words_for_office(session, link),
            link_targets.path(session, link, reader),
            link,
            people.get(link.contact_id),
            opens.get(link.id or 0, []),
            guests.get(link.id or 0, ""),
        )
        for link in found
    ]


def _fact(
    target: str, path: str, link: SecureLink, contact: Contact | None, opens: list[Opens], guest: str
) -> LinkFacts:
    return LinkFacts(
        public_id=link.public_id,
        target_kind=link.target_kind,
        target=target,
        path=path,
        contact=contact.name if contact else guest,
        contact_public_id=contact.public_id if contact else "",
        state=state_of(link),
        created_at=link.created_at,
        until=link.expires_at,
        copied=link.copied,
        times_sent=link.times_sent,
        last_sent_at=link.last_sent_at,
        opens=tuple(sorted(opens, key=lambda one: one.who)),
    )
