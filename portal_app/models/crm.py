"""The connection to a CRM: where each stream stands and what was set aside."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import Stamped, json_list, json_object


class CrmConnection(Stamped, table=True):
    """One CRM; its token is a setting, never in the database.

    `state` is active or stopped (the CRM refused the token; `last_error` says so).
    `status_map` has one object per stream, the office's own word → the contract's word.
    `file_hosts` are the names, beside the CRM's own, from which its pictures may be fetched.
    `poll_requested_at` asks the poller for a pass now; `not_before` is when the CRM allows the next one.
    `clock_lead` is how many seconds the CRM's clock ran ahead of ours at least, at the last pass: only a change of
    it matters, because stamps made before a clock was set back cannot be compared with those made after.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=60)
    base_url: str = Field(max_length=500)
    state: str = Field(default="active", max_length=16)
    status_map: dict[str, dict[str, str]] = json_object()
    file_hosts: list[str] = json_list()
    poll_requested_at: datetime | None = None
    not_before: datetime | None = None
    clock_lead: float | None = None
    last_pass_started_at: datetime | None = None
    last_pass_ended_at: datetime | None = None
    last_success_at: datetime | None = None
    consecutive_failures: int = 0
    last_error: str = Field(default="", max_length=1000)
    last_sweep_at: datetime | None = None


class CrmCursor(Stamped, table=True):
    """Where the walk through one stream stands; rows and cursor commit together.

    `since` is where the next window starts, `page_cursor` where an unfinished walk goes on and
    `walk_since` what it was asked with, `max_seen` the largest source stamp seen so far. `rereading`
    marks a walk that reads everything anew and believes what it reads, whatever its stamps. `rows_read` and
    `rows_changed` count the walk under way, else the last one.
    """

    __table_args__ = (Index(None, "connection_id", "stream", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="crm_connection.id")
    stream: str = Field(max_length=40)
    since: datetime | None = None
    walk_since: datetime | None = None
    page_cursor: str | None = Field(default=None, max_length=2000)
    max_seen: datetime | None = None
    rereading: bool = False
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
    `waits_for` is `stream:external_id` of that parent. What has no usable id of its own gets one that starts with `?`.
    """

    __table_args__ = (
        Index(None, "connection_id", "stream", "external_id", unique=True),
        Index(None, "connection_id", "waits_for"),
        Index(None, "connection_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    connection_id: int = Field(foreign_key="crm_connection.id")
    stream: str = Field(max_length=40)
    external_id: str = Field(max_length=200)
    source_updated_at: datetime | None = None
    waits_for: str = Field(default="", max_length=260)
    reason: str = Field(max_length=1000)
    excerpt: str = Field(default="", max_length=500)
    payload: str = ""
