"""An invoice sent to somebody outside the account: who was sent it, whether that still stands, and what they may do.

A guest proves the very address it was sent to, sees this one invoice, and reaches nothing else of the account.
What the sender may no longer see is no longer shown to whom they sent it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from portal_app import clock, routes
from portal_app.errors import Invalid, NotFound, TooMany
from portal_app.models import Business, Contact, Customer, Invoice, LinkGuest, SecureLink, StaffMember
from portal_app.services import (
    attempts,
    email_addresses,
    form_fields,
    invoices,
    link_targets,
    links,
    mails,
    opening,
    sessions,
)
from portal_app.services.access import require_office
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.actors import Guest, Origin, Staff
from portal_app.services.mails import Mail
from portal_app.services.reach import NEVER_SHOWN
from portal_app.services.rights import Permission, Right
from portal_app.settings import is_mail_address

LONGEST_NAME, LONGEST_NOTE = 80, 380
# Mails to people the office does not know, in the business's name: a family and its bookkeeper need far fewer.
MOST_A_DAY = 20
MOST_LISTED = 50
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Invited:
    """What a sender typed: to whom, a word to them, and whether they may pay."""

    name: str
    email: str
    note: str = ""
    may_pay: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """One sending of an invoice; `state` is live, expired or revoked, `opened_at` when the guest first saw it."""

    public_id: str
    name: str
    email: str
    state: str
    sent_by: str
    sent_at: datetime
    until: datetime
    opened_at: datetime | None
    may_pay: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent something: a name, and whether they are one of a customer's people."""

    name: str
    by_customer: bool


def send(session: Session, actor: CustomerActor | Staff, invoice_public_id: str, invited: Invited) -> str:
    """Send an invoice to a person by mail; returns the public id of its link.

    Contacts need the right to view money, and to pay for whom they let pay; staff the permission to invite. Raises
    FormRefused by field, NotFound for an invoice out of reach, TooMany beyond MOST_A_DAY of the account.
    """
    if isinstance(actor, Staff):
        require_office(actor, Permission.INVITE)
    head = invoices.get(session, actor, invoice_public_id).head
    invited = _checked(session, actor, invoice_public_id, invited)
    invoice = session.get_one(Invoice, head.id)
    _require_open(session, actor, invoice)
    _require_room(session, invoice.customer_id)
    days = links.usual_days(session)
    link = SecureLink(
        customer_id=invoice.customer_id,
        target_kind=link_targets.SHARED,
        target_id=invoice.id,
        made_by="staff" if isinstance(actor, Staff) else "customer",
        member_id=actor.member_id if isinstance(actor, Staff) else None,
        expires_at=clock.now() + timedelta(days=days),
        last_sent_at=clock.now(),
        times_sent=1,
    )
    session.add(link)
    session.flush()
    guest = LinkGuest(
        link_id=link.id or 0,
        contact_id=actor.contact_id if isinstance(actor, CustomerActor) else None,
        name=invited.name,
        email=invited.email,
        note=invited.note,
        may_pay=invited.may_pay,
    )
    session.add(guest)
    session.flush()
    _mail(session, actor, link, guest, days)
    links.record(session, actor, "link.shared", link, {"guest_id": guest.id, "may_pay": guest.may_pay})
    return link.public_id


def _checked(session: Session, actor: CustomerActor | Staff, invoice: str, invited: Invited) -> Invited:
    name, email = form_fields.line(invited.name), email_addresses.normal(invited.email)
    note = "\n".join(form_fields.line(part) for part in invited.note.strip().splitlines()).strip()
    problems = {
        "name": form_fields.name_problem(name) or form_fields.length_problem(name, LONGEST_NAME),
        "email": "Their address is missing." if not email else form_fields.email_problem(email),
        "note": form_fields.length_problem(note, LONGEST_NOTE),
    }
    if email and not problems["email"] and not is_mail_address(email):
        problems["email"] = "This does not look like an e-mail address. An example: name@example.com."
    if invited.may_pay and isinstance(actor, CustomerActor) and not attempts.offers(session, actor, invoice):
        problems["may_pay"] = "You may not pay this invoice yourself, so you cannot let others pay it."
    form_fields.refuse_if(problems)
    return Invited(name, email, note, invited.may_pay)


def _require_open(session: Session, actor: CustomerActor | Staff, invoice: Invoice) -> None:
    """Raise Invalid, in words for the office, when the link would open nothing; contacts who act are in already."""
    if invoice.status in NEVER_SHOWN:
        raise Invalid("This is a draft. Nobody outside the office can see it yet.")
    if invoice.hidden_at is not None:
        raise Invalid("This invoice is hidden from the customer. Show it to them first.")
    if not isinstance(actor, Staff):
        return
    customer = session.get_one(Customer, invoice.customer_id)
    if not customer.active or not customer.portal_access:
        raise Invalid(f"Portal access is off for {customer.name}. Switch it on first.")
    if opening.is_shut(session):
        raise Invalid("The portal is not open to customers yet. That is under Settings, Access.")


def _require_room(session: Session, customer_id: int) -> None:
    since = clock.now() - _DAY
    sent = session.exec(
        select(func.count(), func.min(SecureLink.created_at)).where(
            SecureLink.customer_id == customer_id,
            SecureLink.target_kind == link_targets.SHARED,
            col(SecureLink.created_at) > since,
        )
    ).one()
    if sent[0] >= MOST_A_DAY:
        wait = max(1, int((sent[1] - since).total_seconds()))
        raise TooMany(f"{MOST_A_DAY} invoices were sent from this account within a day. Please try again later.", wait)


def _mail(session: Session, actor: CustomerActor | Staff, link: SecureLink, guest: LinkGuest, days: int) -> None:
    facts = {
        "link": link.public_id,
        "what": link_targets.words(session, link),
        "sender": actor.name,
        "by_customer": isinstance(actor, CustomerActor),
        "name": guest.name,
        "note": guest.note,
        "may_pay": guest.may_pay,
        "days": days,
    }
    secrets = {"path": routes.link(links.new_token(session, link))}
    mails.queue(session, Mail.SHARED, guest.email, facts, secrets=secrets, customer_id=link.customer_id)


def of_invoice(session: Session, actor: CustomerActor | Staff, invoice_public_id: str) -> list[Shared]:
    """Return to whom an invoice was sent, newest first, for whoever may see it; at most MOST_LISTED."""
    head = invoices.get(session, actor, invoice_public_id).head
    statement = (
        select(SecureLink, LinkGuest)
        .join(LinkGuest, col(LinkGuest.link_id) == col(SecureLink.id))
        .where(SecureLink.target_kind == link_targets.SHARED, SecureLink.target_id == head.id)
        .order_by(col(SecureLink.id).desc())
        .limit(MOST_LISTED)
    )
    return [_fact(session, link, guest) for link, guest in session.exec(statement)]


def _fact(session: Session, link: SecureLink, guest: LinkGuest) -> Shared:
    return Shared(
        public_id=link.public_id,
        name=guest.name,
        email=guest.email,
        state=links.state_of(link),
        sent_by=sent_by(session, link).name,
        sent_at=link.created_at,
        until=link.expires_at,
        opened_at=guest.opened_at,
        may_pay=guest.may_pay,
    )


def revoke(session: Session, actor: CustomerActor | Staff, invoice_public_id: str, link_public_id: str) -> None:
    """End one sending of an invoice at once, open pages with it; for whoever may see the invoice."""
    if isinstance(actor, Staff):
        require_office(actor, Permission.INVITE)
    head = invoices.get(session, actor, invoice_public_id).head
    link = session.exec(
        select(SecureLink).where(
            SecureLink.public_id == link_public_id,
            SecureLink.target_kind == link_targets.SHARED,
            SecureLink.target_id == head.id,
        )
    ).first()
    if link is None:
        raise NotFound
    links.end_now(session, actor, link)


def sent_by(session: Session, link: SecureLink) -> Sender:
    """Return who sent a shared link; an empty name when they are gone."""
    guest = of_link(session, link)
    if guest is not None and guest.contact_id is not None:
        contact = session.get(Contact, guest.contact_id)
        return Sender(contact.name if contact else "", by_customer=True)
    member = session.get(StaffMember, link.member_id) if link.member_id else None
    return Sender(member.name if member else "", by_customer=False)


def of_link(session: Session, link: SecureLink) -> LinkGuest | None:
    """Return the guest of a link, None for one that is for the account's own people."""
    return session.exec(select(LinkGuest).where(LinkGuest.link_id == link.id)).first()


def standing(session: Session, link: SecureLink, origin: Origin | None = None) -> Guest | None:
    """Return whom a shared link lets see its invoice, as everything stands now; None when it does not.

    It stands while the link is live, the invoice is shown to customers, and its sender could still see it; paying,
    while its sender could pay. What the office sent stands while the customer's portal does.
    """
    if link.target_kind != link_targets.SHARED or links.state_of(link) != links.LIVE:
        return None
    guest, invoice = of_link(session, link), session.get(Invoice, link.target_id or 0)
    if guest is None or invoice is None or invoice.customer_id != link.customer_id:
        return None
    if invoice.deleted_at is not None or invoice.hidden_at is not None or invoice.status in NEVER_SHOWN:
        return None
    may_see, may_pay = _sender_may(session, guest, invoice)
    if not may_see:
        return None
    return Guest(
        guest_id=guest.id or 0,
        link=link.public_id,
        customer_id=link.customer_id,
        invoice_id=invoice.id or 0,
        invoice=invoice.public_id,
        name=guest.name,
        email=guest.email,
        may_pay=guest.may_pay and may_pay,
        origin=origin or Origin(),
    )


def _sender_may(session: Session, guest: LinkGuest, invoice: Invoice) -> tuple[bool, bool]:
    """Return whether who sent an invoice may see it now, and pay it."""
    if guest.contact_id is None:
        customer, about = session.get_one(Customer, invoice.customer_id), session.exec(select(Business)).first()
        off = about.rights_off if about else []
        stands = customer.active and customer.portal_access and customer.deleted_at is None
        may_see = stands and not opening.is_shut(session) and Right.VIEW_MONEY not in off
        return may_see, may_see and Right.PAY not in off
    sender = sessions.standing_contact(session, guest.contact_id)
    if sender is None or sender.customer_id != invoice.customer_id or not sender.may(Right.VIEW_MONEY):
        return False, False
    places = sender.places(Right.VIEW_MONEY)
    if places is not None and invoice.location_id not in places:
        return False, False
    return True, attempts.offers(session, sender, invoice.public_id)


def by_link(session: Session, link_public_id: str) -> Guest | None:
    """Return whom a shared link is for as everything stands now, by its public id; None when it shows nothing."""
    link = session.exec(select(SecureLink).where(SecureLink.public_id == link_public_id)).first()
    return standing(session, link) if link is not None else None


def sender_of(session: Session, guest: Guest) -> Sender:
    """Return who sent a guest their invoice."""
    link = session.exec(select(SecureLink).where(SecureLink.public_id == guest.link)).one()
    return sent_by(session, link)
