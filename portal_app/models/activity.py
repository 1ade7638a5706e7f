"""The append-only log of everything that matters; also the live feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import Table, json_object


class Activity(Table, table=True):
    """Who did what, to which customer and record, and when. Ids and facts only, no personal words.

    `actor_kind` is visitor, customer, guest, staff or system; `actor_id` the contact's, guest's or staff member's row,
    or null; `actor_name` the name of a system task. `subject_kind` and `subject_id` name a table and its
    row. `once_key` is unique where the same fact could arrive twice (a CRM change: connection, stream,
    id, stamp and hash).
    """

    __table_args__ = (
        Index(None, "customer_id", "id"),
        Index(None, "subject_kind", "subject_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    kind: str = Field(max_length=60)
    actor_kind: str = Field(max_length=16)
    actor_id: int | None = None
    actor_name: str = Field(default="", max_length=60)
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    login_id: int | None = Field(default=None, foreign_key="login.id")
    subject_kind: str = Field(default="", max_length=40)
    subject_id: int | None = None
    facts: dict[str, Any] = json_object()
    once_key: str | None = Field(default=None, unique=True, max_length=128)


class ActivityOrigin(Table, table=True):
    """Where an act came from: network address and browser. Erasable, and apart from the log for that."""

    activity_id: int = Field(foreign_key="activity.id", primary_key=True)
    network: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)
