"""What customers ask the business for."""

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord, json_list


class ServiceRequest(PublicRecord, table=True):
    """Something a contact asked for; the office's inbox, and a command for the CRM where it knows the customer.

    `kind` is work, callback, issue or reschedule. `public_id` is the command's id, `external_id` the CRM's own once it
    has taken it. `status` is received, scheduled, converted or declined. Of one recommendation a quote is asked for
    once, however often somebody presses.
    """

    __table_args__ = (
        Index(None, "recommendation_id", unique=True),
        Index(None, "customer_id", "id"),
        Index(None, "status", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    contact_id: int = Field(foreign_key="contact.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    job_id: int | None = Field(default=None, foreign_key="job.id")
    recommendation_id: int | None = Field(default=None, foreign_key="recommendation.id")
    kind: str = Field(default="work", max_length=16)
    title: str = Field(max_length=300)
    description: str = ""
    preferred_times: list[dict[str, Any]] = json_list()
    status: str = Field(default="received", max_length=16)
    external_id: str = Field(default="", max_length=200)
