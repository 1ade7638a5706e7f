"""What waits to leave the portal, and who may run a task."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import PublicRecord, Table, json_object


class Outbox(PublicRecord, table=True):
    """A message or command that must leave; written in the same transaction as the act.

    `public_id` is the idempotency key for ever. `state` is pending, sending, done, office or dead.
    Rows of one `subject` leave in order.
    """

    __table_args__ = (Index(None, "state", "next_at"), Index(None, "subject", "id"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=120)
    payload: dict[str, Any] = json_object()
    state: str = Field(default="pending", max_length=16)
    attempts: int = 0
    next_at: datetime
    lease_until: datetime | None = None
    last_error: str = Field(default="", max_length=1000)
    external_id: str = Field(default="", max_length=200)
    done_at: datetime | None = None


class Lease(Table, table=True):
    """The right of one process to run a named task until `expires_at`."""

    name: str = Field(primary_key=True, max_length=60)
    holder: str = Field(max_length=60)
    expires_at: datetime
