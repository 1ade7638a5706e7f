"""The connection to a CRM: where each stream stands and what was set aside."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import Stamped, json_object


class CrmConnection(Stamped, table=True):
    """One CRM; its token is a setting, never in the database.

    `state` is active or stopped (the CRM refused the token; `last_error` says so).
    `status_map` has one object per stream, the office's own word → the contract's word.
    `poll_requested_at` asks the poller for a pass now.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=60)
    base_url: str = Field(max_length=500)
    state: str = Field(default="active", max_length=16)
    status_map: dict[str, dict[str, str]] = json_object()
    poll_requested_at: datetime | None = None
    last_pass_started_at: datetime | None = None
    last_pass_ended_at: datetime | None = None
    last_success_at: datetime | None = None
    consecutive_failures: int = 0
    last_error: str = Field(default="", max_length=1000)
    last_sweep_at: datetime | None = None


class CrmCursor(Stamped, table=True):
    """Where the walk through one stream stands; rows and cursor commit together.

    `since` is where the next window starts, `page_cursor` where an unfinished walk goes on and
    `walk_since` what it was asked with, `max_seen` the largest source stamp seen so far.
    """

    __table_args__ = (Index(None, "connection_id", "stream", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="crm_connection.id")
    stream: str = Field(max_length=40)
    since: datetime | None = None
    walk_since: datetime | None = None
    page_cursor: str | None = Field(default=None, max_length=2000)
    max_seen: datetime | None = None
    first_walk_ended_at: datetime | None = None
    last_success_at: datetime | None = None
    rows_read: int = 0
    rows_changed: int = 0
    last_error: str = Field(default="", max_length=1000)
    last_error_at: datetime | None = None
    warning: str = Field(default="", max_length=1000)


class CrmSetAside(Stamped, table=True):
    """A record that could not be stored, with the reason in words; tried again when it changes or its parent comes.

    `payload` is the record as sent when it waits for a parent, else empty; `excerpt` its beginning for the office.
    """

    __table_args__ = (Index(None, "connection_id", "stream", "external_id", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="crm_connection.id")
    stream: str = Field(max_length=40)
    external_id: str = Field(max_length=200)
    source_updated_at: datetime | None = None
    waits_for: str = Field(default="", max_length=260)
    reason: str = Field(max_length=1000)
    excerpt: str = Field(default="", max_length=500)
    payload: str = ""
