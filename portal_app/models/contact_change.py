"""What customers changed about themselves, until the CRM agrees."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord, json_object


class ContactChange(PublicRecord, table=True):
    """A change of a contact's own details. The portal shows it at once; the CRM hears of it by the outbox.

    `base` and `change` hold the contract's field names (name, emails, phones, billing_address, …), the values before
    and after. `state` is pending (until a poll brings the same values back), applied, conflict (the CRM's value moved
    meanwhile, or it refused: the office decides; `reason` says why) or withdrawn. Without a CRM a change is applied
    at once. `public_id` is the command's id.
    """

    __table_args__ = (Index(None, "contact_id", "state"), Index(None, "customer_id", "id"), Index(None, "state", "id"))

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    base: dict[str, Any] = json_object()
    change: dict[str, Any] = json_object()
    theirs: dict[str, Any] = json_object()
    state: str = Field(default="pending", max_length=16)
    reason: str = Field(default="", max_length=1000)
    resolved_at: datetime | None = None
    resolved_by: int | None = Field(default=None, foreign_key="staff_member.id")
