"""What the business should know before it comes."""

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord


class BookingNote(PublicRecord, table=True):
    """What a contact wrote for all coming visits of a property: gate code, dog, parking.

    Every change is a row of its own and the highest `version` counts, so nothing that was written is lost. `public_id`
    is the id of the command that tells the CRM. The text may hold secrets: it is in no mail, log or search.
    """

    __table_args__ = (Index(None, "location_id", "version", unique=True), Index(None, "customer_id"))

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int = Field(foreign_key="location.id")
    contact_id: int = Field(foreign_key="contact.id")
    version: int = 1
    body: str = ""
