"""Six-digit codes and the links that set a password."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import Stamped, json_object


class OneTimeCode(Stamped, table=True):
    """A six-digit code sent to `email` (lower case), good for one browser, a few minutes and a few tries.

    `purpose` is sign_in, link and guest (`link_id`) or change_email (`contact_id`). `code_hash` is keyed with the
    portal's secret; `browser_hash` is the SHA-256 of the cookie of the browser that asked. A row is written for an
    unknown address too, with no contact and no login, so that both look the same; `live` is false once used or
    replaced.
    """

    __table_args__ = (Index(None, "email", "live"), Index(None, "browser_hash", "live"), Index(None, "expires_at"))

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(max_length=254)
    purpose: str = Field(max_length=16)
    login_id: int | None = Field(default=None, foreign_key="login.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    link_id: int | None = Field(default=None, foreign_key="secure_link.id")
    code_hash: str = Field(max_length=64)
    browser_hash: str = Field(max_length=64)
    next_path: str = Field(default="", max_length=500)
    facts: dict[str, Any] = json_object()
    tries: int = 0
    live: bool = True
    expires_at: datetime
    used_at: datetime | None = None


class PasswordLink(Stamped, table=True):
    """A link by mail that lets its holder choose a password: an invitation or a reset; only its hash is kept.

    `contact_id` is the membership an invitation is for; null for a reset and for staff.
    """

    __table_args__ = (Index(None, "login_id", "used_at"),)

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    purpose: str = Field(max_length=16)
    login_id: int = Field(foreign_key="login.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
