"""Recurring plans, jobs, visits and their history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, false, text
from sqlmodel import Field

from portal_app.models.base import FromCrm, Hideable, PublicRecord, Table, crm_unique, json_list


class Series(PublicRecord, FromCrm, table=True):
    """A recurring plan; `rhythm` is in words, `rrule` RFC 5545 where the CRM gives one."""

    __table_args__ = crm_unique(Index(None, "customer_id"))

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    title: str = Field(max_length=300)
    rhythm: str = Field(default="", max_length=200)
    rrule: str = Field(default="", max_length=500)
    next_on: date | None = None
    ends_on: date | None = None


_HIDDEN = text("hidden_at IS NOT NULL")


class Job(PublicRecord, FromCrm, Hideable, table=True):
    """A piece of work; `status` open, on_hold, completed, canceled or unknown (`status_raw` as the CRM said).

    `visited` says that a visit of it is finished, and stands in the history for it (`visited_jobs`).
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id", "status", "opened_at", "id"),
        Index(None, "series_id"),
        # Each question after visits asks which jobs of the customer are hidden: mostly none.
        Index("ix_job_hidden", "customer_id", "id", sqlite_where=_HIDDEN, postgresql_where=_HIDDEN),
        # A history tells the others by their visits, and is as long with them as it likes.
        Index(
            "ix_job_not_visited",
            "customer_id",
            "opened_at",
            "id",
            sqlite_where=text("visited = 0"),
            postgresql_where=text("NOT visited"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(default="", max_length=60)
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    series_id: int | None = Field(default=None, foreign_key="series.id")
    title: str = Field(max_length=300)
    description: str = ""
    status: str = Field(default="open", max_length=16)
    status_raw: str = Field(default="", max_length=100)
    opened_at: datetime
    closed_at: datetime | None = None
    visited: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Visit(PublicRecord, FromCrm, table=True):
    """One arrival of technicians; times UTC, `window_*` the promised arrival window.

    `status` is one of the contract's words after the timestamps have had their say.
    `sort_at` is window start, else scheduled start, else opening: what lists are ordered by.
    `travel_updates` is a list of `{at, text}`, oldest first.
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id", "status", "sort_at", "id"),
        Index(None, "customer_id", "sort_at", "id"),
        Index(None, "job_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    job_id: int = Field(foreign_key="job.id")
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    status: str = Field(default="unscheduled", max_length=16)
    status_raw: str = Field(default="", max_length=100)
    status_reason: str = Field(default="", max_length=500)
    sort_at: datetime
    window_start: datetime | None = None
    window_end: datetime | None = None
    scheduled_start: datetime | None = None
    scheduled_end: datetime | None = None
    eta_at: datetime | None = None
    eta_told_at: datetime | None = None
    on_the_way_at: datetime | None = None
    started_at: datetime | None = None
    on_hold_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    travel_updates: list[dict[str, Any]] = json_list()
    work_summary: str = ""


class VisitTechnician(Table, table=True):
    """A technician on a visit; `position` keeps the CRM's order, the first one leads."""

    __table_args__ = (Index(None, "technician_id"),)

    visit_id: int = Field(foreign_key="visit.id", primary_key=True)
    technician_id: int = Field(foreign_key="technician.id", primary_key=True)
    position: int = 0


class VisitStatusChange(Table, table=True):
    """One step of a visit's history: from which status to which, when it happened and when we learned of it.

    `technician_ids` are the rows of those who were to come or were there then, the leading one first; null where
    nobody has written that down.
    """

    __table_args__ = (Index(None, "visit_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id")
    was: str = Field(default="", max_length=16)
    status: str = Field(max_length=16)
    at: datetime
    learned_at: datetime
    technician_ids: list[int] | None = Field(default=None, sa_type=JSON)


class Recommendation(PublicRecord, table=True):
    """What a technician advises after a visit; prices in minor units of `currency`."""

    __table_args__ = (Index(None, "visit_id", "external_id", unique=True), Index(None, "customer_id", "state", "id"))

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id")
    customer_id: int = Field(foreign_key="customer.id")
    external_id: str = Field(max_length=200)
    title: str = Field(max_length=300)
    detail: str = ""
    price_from_minor: int | None = Field(default=None, sa_type=BigInteger)
    price_to_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = Field(default="", max_length=3)
    state: str = Field(default="open", max_length=16)
