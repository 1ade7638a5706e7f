"""The people who come."""

from sqlmodel import Field

from portal_app.models.base import FromCrm, PublicRecord, crm_unique


class Technician(PublicRecord, FromCrm, table=True):
    """Somebody who visits customers; `photo_url` is the CRM's address, never given to a browser."""

    __table_args__ = crm_unique()

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    photo_url: str = Field(default="", max_length=2000)
    phone_public: str = Field(default="", max_length=40)
    qualification: str = Field(default="", max_length=200)
    active: bool = True
