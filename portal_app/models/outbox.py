"""What waits to leave the portal, and who may run a task."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord, Table, json_object


class Outbox(PublicRecord, table=True):
    """A message or command that must leave; written in the same transaction as the act.

    `kind` is `mail` or a command of the CRM's contract (`contact-changes`). `public_id` is the idempotency key
    for ever. `state` is pending, sending, done, office (a person must decide), dead (given up) or withdrawn.
    Rows of one `subject` leave in order. `sealed` holds what only the recipient may read (codes and tokens), under the
    portal's secret key; it is emptied once the row has left. `customer_id` and `contact_id` say whom it concerns,
    `done_by` who marked it done by hand.
    """

    __table_args__ = (
        Index(None, "state", "next_at"),
        Index(None, "state", "id"),
        Index(None, "subject", "id"),
        Index(None, "customer_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=120)
    payload: dict[str, Any] = json_object()
    sealed: str = ""
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    state: str = Field(default="pending", max_length=16)
    attempts: int = 0
    next_at: datetime
    lease_until: datetime | None = None
    last_error: str = Field(default="", max_length=1000)
    external_id: str = Field(default="", max_length=200)
    done_at: datetime | None = None
    done_by: int | None = Field(default=None, foreign_key="staff_member.id")


class Lease(Table, table=True):
    """The right of one process to run a named task until `expires_at`."""

    name: str = Field(primary_key=True, max_length=60)
    holder: str = Field(max_length=60)
    expires_at: datetime
