"""The people who come."""

from datetime import datetime

from sqlmodel import Field

from portal_app.models.base import FromCrm, PublicRecord, crm_unique


class Technician(PublicRecord, FromCrm, table=True):
    """Somebody who visits customers; `photo_url` is the CRM's address, never given to a browser.

    `photo_hash` is the SHA-256 of our own copy (`files/<hash>.webp`), null while there is none; it came from
    `photo_fetched_url`. `photo_error` says why the newest address gave none, `photo_try_at` when to ask again.
    """

    __table_args__ = crm_unique()

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    photo_url: str = Field(default="", max_length=2000)
    phone_public: str = Field(default="", max_length=40)
    qualification: str = Field(default="", max_length=200)
    active: bool = True
    photo_hash: str | None = Field(default=None, max_length=64)
    photo_fetched_url: str = Field(default="", max_length=2000)
    photo_error: str = Field(default="", max_length=300)
    photo_try_at: datetime | None = None
