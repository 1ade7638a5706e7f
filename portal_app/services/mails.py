"""The mails the portal sends, each by name; words and brand are put in when a mail leaves."""

from enum import StrEnum
from typing import Any

from sqlmodel import Session

from portal_app.models import Outbox
from portal_app.services import outbox


class Mail(StrEnum):
    """A mail, with the facts (F) and the secrets (S) it is given; paths are the portal's own, without its address."""

    # A secure link. F: what ("invoice 1042"; empty for the portal), days. S: path.
    LINK = "link"
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
    # A test from Settings. F: by.
    TEST = "test"


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
    )
