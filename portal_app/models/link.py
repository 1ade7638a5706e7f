"""Secure links into the portal, and every time one was opened."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from portal_app.models.base import PublicRecord, Stamped


class SecureLink(PublicRecord, table=True):
    """A way in for the people of one customer, or for one contact of theirs; a code by mail is still asked for.

    `target_kind` is portal, job, visit, invoice, quote or shared, `target_id` that record's row (null for the portal).
    A shared one lets nobody in: it shows one invoice to the guest of its `LinkGuest`.
    `made_by` is staff (with `member_id`), customer or system. Several tokens may open one link: each mail has its own.
    """

    __table_args__ = (
        Index(None, "customer_id", "id"),
        Index(None, "contact_id"),
        Index(None, "target_kind", "target_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    target_kind: str = Field(default="portal", max_length=16)
    target_id: int | None = None
    made_by: str = Field(default="staff", max_length=16)
    member_id: int | None = Field(default=None, foreign_key="staff_member.id")
    copied: bool = False
    expires_at: datetime
    revoked_at: datetime | None = None
    last_sent_at: datetime | None = None
    times_sent: int = 0


class LinkToken(Stamped, table=True):
    """What stands in one mail or one copied address; only its SHA-256 is kept."""

    __table_args__ = (Index(None, "link_id"),)

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="secure_link.id")
    token_hash: str = Field(unique=True, max_length=64)


class LinkOpen(Stamped, table=True):
    """One opening of a link; `who` is person, staff, scanner (of mail) or robot.

    Whoever presses the button is a person. `network` and `user_agent` are erasable.
    """

    __table_args__ = (Index(None, "link_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="secure_link.id")
    who: str = Field(max_length=16)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    pressed_at: datetime | None = None
    network: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)


class LinkGuest(Stamped, table=True):
    """Whom a shared link was sent to, by `contact_id` or (null) by the link's staff member.

    `email` is lower case; `note` the sender's own words; `opened_at` when the guest first saw the invoice.
    """

    __table_args__ = (Index(None, "contact_id"),)

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="secure_link.id", unique=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    name: str = Field(max_length=80)
    email: str = Field(max_length=254)
    note: str = Field(default="", max_length=500)
    may_pay: bool = False
    opened_at: datetime | None = None


class GuestSession(Stamped, table=True):
    """A browser in which a guest has proved their address for one shared link; a token may stand for several."""

    __table_args__ = (UniqueConstraint("token_hash", "link_id"), Index(None, "link_id"))

    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="secure_link.id")
    token_hash: str = Field(max_length=64)
    network: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)
    expires_at: datetime
    ended_at: datetime | None = None
