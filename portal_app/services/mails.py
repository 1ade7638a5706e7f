"""The mails the portal sends, each by name; words and brand are put in when a mail leaves."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Contact, Outbox
from portal_app.services import activity, outbox


class Mail(StrEnum):
    """A mail, with the facts (F) and the secrets (S) it is given; paths are the portal's own, without its address."""

    # A secure link. F: what ("invoice 1042"; empty for the portal), days. S: path.
    LINK = "link"
    # An invoice sent to a guest. F: link (public id), what, sender, by_customer, name, note, may_pay, days, and when it
    # leaves enclosed (the PDF goes with it). S: path.
    SHARED = "shared"
    # A code to type in. F: minutes. S: code, and perhaps path (a link for another browser).
    CODE = "code"
    # An invitation to choose a password. F: customer (their name), days. S: path.
    INVITATION = "invitation"
    # A reset that was asked for, or that the office sent. F: hours, by_office. S: path.
    RESET = "reset"
    # To the person whose password was changed. F: by_office.
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name
    # To the owners of an account: somebody was invited. F: person, customer.
    PERSON_INVITED = "person_invited"
    # To the new address. F: minutes. S: code.
    CONFIRM_EMAIL = "confirm_email"
    # To the old address. F: new_email (masked).
    EMAIL_CHANGED = "email_changed"
    # Money has settled. F: amount_minor, currency, method, receipt, invoices (numbers). S: path.
    RECEIPT = "receipt"
    # A bank debit is on its way. F: amount_minor, currency, method, expected_on (ISO), invoices. S: path.
    PAYMENT_WITH_BANK = "payment_with_bank"
    # A debit did not go through, or came back (returned), or money was recorded by mistake. F: amount_minor, currency,
    # why, invoices, settled (they are paid in another way), returned, mistake, reopened_minor (of the invoices), void
    # (the receipt that no longer counts). S: path.
    PAYMENT_FAILED = "payment_failed"
    # Money was given back. F: amount_minor, currency, method, by_hand, and of what is to be paid again reopened_minor,
    # invoices. S: path.
    REFUND = "refund"
    # Money that had paid nothing was used for an invoice. F: amount_minor, currency, invoices, left_minor (of the
    # invoice). S: path.
    CREDIT_USED = "credit_used"
    # To the account, when a guest has paid its invoice. F: what (paid, failed, returned, refunded), guest (their name),
    # amount_minor, currency, invoices, and left_minor or reopened_minor of these. S: path.
    GUEST_PAYMENT = "guest_payment"
    # To the office. F: what, customer, amount_minor, currency, method. S: path.
    OFFICE_PAYMENT = "office_payment"
    # A test from Settings. F: by.
    TEST = "test"


# Mails that are nothing without the code or the link they carry: those are gone once a mail has left or was given up.
SECRET = frozenset({Mail.LINK, Mail.SHARED, Mail.CODE, Mail.INVITATION, Mail.RESET, Mail.CONFIRM_EMAIL})

# Somebody sits in front of a screen and waits for these: they go before a hundred invitations.
URGENT = frozenset({Mail.CODE, Mail.CONFIRM_EMAIL, Mail.RESET})
_HEAD_START = timedelta(hours=1)

# Servers try for up to five days before they send a mail back.
SILENCE = timedelta(days=6)


def of(payload: Mapping[str, Any]) -> Mail | None:
    """Return which mail an outbox row is, None for a name that is not known (any more)."""
    try:
        return Mail(str(payload.get("mail")))
    except ValueError:
        return None


def useless_from(payload: Mapping[str, Any], written_at: datetime) -> datetime | None:
    """Return when the code or link in a mail has run out, so that it need not leave any more; None for the others."""
    facts = payload.get("facts")
    if of(payload) not in SECRET or not isinstance(facts, dict):
        return None
    for unit in ("minutes", "hours", "days"):
        number = facts.get(unit)
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < 100_000:
            return written_at + timedelta(**{unit: number})
    return None


def queue(
    session: Session,
    mail: Mail,
    to: str,
    facts: dict[str, Any] | None = None,
    *,
    secrets: dict[str, Any] | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
) -> Outbox:
    """Put a mail to one address into the outbox, in the caller's transaction; it leaves within seconds."""
    payload = {"mail": mail.value, "to": to, "facts": facts or {}}
    return outbox.put(
        session,
        outbox.MAIL,
        outbox.INDEPENDENT,
        payload,
        secrets=secrets,
        customer_id=customer_id,
        contact_id=contact_id,
        at=clock.now() - _HEAD_START if mail in URGENT else None,
    )


def message_id(row_public_id: str, host: str) -> str:
    """Return the Message-ID, without angle brackets, under which an outbox row leaves at every attempt."""
    return f"{row_public_id}@{host}"


def row_of(message_id: str) -> str:
    """Return the public id of the outbox row that a Message-ID was made from; any text for a foreign one."""
    return message_id.rpartition("@")[0]


def note_refusal(session: Session, to: str, reason: str, *, bounced: bool = False) -> None:
    """Write at everybody with this address why mail to it came back; the office sees it on their profiles.

    `bounced` when our own server had taken the mail, and one behind it sent it back later.
    """
    for contact in session.exec(select(Contact).where(col(Contact.email) == to.lower())):
        contact.mail_bounced, contact.mail_taken_at = bounced, None
        if contact.mail_problem != reason[:500]:
            contact.mail_problem, contact.mail_problem_at = reason[:500], clock.now()
            _record(session, "contact.mail_problem", contact)


def note_success(session: Session, to: str) -> None:
    """Note that our mail server took a mail to an address, which ends a refusal of its own at once.

    It says nothing about the mailbox behind it. So a problem that came back later stays, until the address is
    changed, or a mail has been out for SILENCE without coming back (`forget_silent`).
    """
    troubled = select(Contact).where(col(Contact.email) == to.lower(), col(Contact.mail_problem) != "")
    for contact in session.exec(troubled):
        if contact.mail_bounced:
            contact.mail_taken_at = contact.mail_taken_at or clock.now()
        else:
            _mail_works(session, contact)


def forget_silent(session: Session, heard_until: datetime) -> None:
    """Forget the problems of those whose next mail has not come back; what comes back was read until `heard_until`."""
    for contact in session.exec(select(Contact).where(col(Contact.mail_taken_at) <= heard_until - SILENCE)):
        _mail_works(session, contact)


def forget_problem(contact: Contact) -> None:
    """Forget why mail came back: the address is another one now."""
    contact.mail_problem, contact.mail_problem_at = "", None
    contact.mail_bounced, contact.mail_taken_at = False, None


def _mail_works(session: Session, contact: Contact) -> None:
    forget_problem(contact)
    _record(session, "contact.mail_works", contact)


def _record(session: Session, kind: str, contact: Contact) -> None:
    subject = ("contact", contact.id)
    activity.record(session, outbox.ACTOR, kind, customer_id=contact.customer_id, subject=subject)
