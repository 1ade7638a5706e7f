"""Sign-in identities and their sessions."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord


class Login(PublicRecord, table=True):
    """One e-mail address that can sign in; it belongs to contacts, a staff member, or both.

    `email` is kept in lower case. `password_hash` is null until a password is set.
    """

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True, max_length=254)
    password_hash: str | None = Field(default=None, max_length=255)
    password_changed_at: datetime | None = None
    disabled_at: datetime | None = None
    last_sign_in_at: datetime | None = None


class LoginSession(PublicRecord, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is kept.

    `contact_id` is the membership in use (customers); null for staff. `link_id` is the secure link it
    came in by: revoking that ends it. It ends at `idle_expires_at`
    when unused, at `expires_at` in any case, or at once when `ended_at` is set.
    """

    __table_args__ = (
        Index(None, "login_id", "ended_at"),
        Index(None, "contact_id", "ended_at"),
        Index(None, "link_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    login_id: int = Field(foreign_key="login.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    link_id: int | None = Field(default=None, foreign_key="secure_link.id")
    remembered: bool = False
    user_agent: str = Field(default="", max_length=300)
    network: str = Field(default="", max_length=64)
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_because: str = Field(default="", max_length=40)
