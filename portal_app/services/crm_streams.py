"""What the portal keeps of each stream: its table, its parents, and its columns from a record."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table

from portal_app import models
from portal_app.integrations.crm import records
from portal_app.integrations.crm.records import Paper, Record
from portal_app.integrations.crm.statuses import status_of, visit_status
from portal_app.integrations.crm.values import EMAIL, Money
from portal_app.services import file_names

Values = dict[str, Any]
StatusMap = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Parent:
    """A record that another one points to: by which field, in which stream, kept in which column.

    A field that lists several has no column: the links are rows of their own. Without a required parent a record
    is not stored; without another it is stored and linked when that one comes.
    """

    field: str
    stream: str
    column: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its noun in the activity log, table, parents, and the columns its own fields fill.

    `columns` takes a record and the status word it was given; parents and the CRM's common columns come on top.
    """

    name: str
    noun: str
    table: Table
    parents: tuple[Parent, ...]
    columns: Callable[[Any, str], Values]

    @property
    def has_status(self) -> bool:
        """Whether records of this stream have a status."""
        return "status" in self.table.c

    @property
    def has_customer(self) -> bool:
        """Whether records of this stream belong to one customer."""
        return "customer_id" in self.table.c


def status_word(stream: str, record: Record, status_map: StatusMap) -> str:
    """Return the contract's status of a record by the connection's map; empty for streams without one."""
    own_words = status_map.get(stream) or {}
    if isinstance(record, records.Visit):
        return visit_status(record, own_words)
    if isinstance(record, records.Job | Paper):
        return status_of(stream, record.status, record.status_raw, own_words)
    return ""


def _customer(record: records.Customer, _: str) -> Values:
    return {
        "kind": record.kind,
        "name": record.name,
        "number": record.number,
        "billing_address": record.billing_address.model_dump(),
        "locale": record.locale,
        "active": record.active,
    }


def _contact(record: records.Contact, _: str) -> Values:
    emails = [email.strip() for email in record.emails if email.strip()]
    return {
        "name": record.name,
        "email": main_email(emails),
        "emails": emails,
        "phones": [phone.model_dump() for phone in record.phones],
        "billing": record.billing,
        "active": record.active,
    }


def main_email(emails: list[str]) -> str:
    """Return the first address in lower case, empty when it is none that mail could reach."""
    first = emails[0].lower() if emails else ""
    return first if EMAIL.fullmatch(first) else ""


def _location(record: records.Location, _: str) -> Values:
    return {"label": record.label, "address": record.address.model_dump(), "access_notes": record.access_notes}


def _technician(record: records.Technician, _: str) -> Values:
    return {
        "name": record.name,
        "photo_url": record.photo_url,
        "phone_public": record.phone_public,
        "qualification": record.qualification,
        "active": record.active,
    }


def _series(record: records.Series, _: str) -> Values:
    return {
        "title": record.title,
        "rhythm": record.rhythm,
        "rrule": record.rrule,
        "next_on": record.next_on,
        "ends_on": record.ends_on,
    }


def _job(record: records.Job, status: str) -> Values:
    return {
        "number": record.number,
        "title": record.title,
        "description": record.description,
        "status": status,
        "status_raw": record.status_raw or record.status,
        "opened_at": record.created_at or record.updated_at,
        "closed_at": record.closed_at,
    }


VISIT_TIMES = (
    "window_start",
    "window_end",
    "scheduled_start",
    "scheduled_end",
    "eta_at",
    "eta_told_at",
    "on_the_way_at",
    "started_at",
    "on_hold_at",
    "completed_at",
    "canceled_at",
)


def _visit(record: records.Visit, status: str) -> Values:
    times = {name: getattr(record, name) for name in VISIT_TIMES}
    updates = sorted(record.travel_updates, key=lambda update: update.at)
    return {
        **times,
        "status": status,
        "status_raw": record.status_raw or record.status,
        "status_reason": record.status_reason,
        "sort_at": _visit_sort(record),
        "travel_updates": [{"at": update.at.isoformat(), "text": update.text} for update in updates],
        "work_summary": record.work_summary,
    }


def _visit_sort(record: records.Visit) -> datetime:
    """Return what lists are ordered by: the promised window, else the plan, else what is known to have happened."""
    known = (record.window_start, record.scheduled_start, record.on_the_way_at, record.started_at)
    return next((moment for moment in (*known, record.completed_at, record.canceled_at) if moment), record.updated_at)


def _minor(money: Money | None) -> int:
    return money.amount_minor if money else 0


def _paper(record: Paper, status: str) -> Values:
    return {
        "number": record.number,
        "title": record.title,
        "status": status,
        "status_raw": record.status_raw or record.status,
        "currency": record.currency,
        "subtotal_minor": _minor(record.subtotal),
        "tax_minor": _minor(record.tax),
        "total_minor": record.total.amount_minor,
        "issued_on": record.issued_on,
        "terms": record.terms,
        "pdf_url": record.pdf_url,
    }


def _quote(record: records.Quote, status: str) -> Values:
    return {
        **_paper(record, status),
        "version": record.version,
        "deposit_due_minor": _minor(record.deposit_due),
        "expires_on": record.expires_on,
        "decided_at": record.decided_at,
    }


def _invoice(record: records.Invoice, status: str) -> Values:
    rows = [
        {"rate": row.rate, "net_minor": row.net.amount_minor, "tax_minor": row.tax.amount_minor}
        for row in record.tax_summary
    ]
    return {
        **_paper(record, status),
        "balance_minor": record.balance.amount_minor,
        "tax_summary": rows,
        "due_on": record.due_on,
    }


def _attachment(record: records.Attachment, _: str) -> Values:
    told = f"{record.url}\n{record.mime}\n{record.size}"
    return {
        "kind": "document" if record.mime.partition(";")[0].strip().lower() == "application/pdf" else record.kind,
        "name": file_names.one_line(record.name, 200) or record.kind.capitalize(),
        "offered": record.visible_to_customer,
        "expires_on": record.expires_on,
        "said_type": record.mime,
        "said_size": record.size,
        "source_of": hashlib.sha256(told.encode()).hexdigest(),
    }


_OWNER = Parent("customer_id", "customers", "customer_id", required=True)
_PLACE = Parent("location_id", "locations", "location_id")
_WORK = Parent("job_id", "jobs", "job_id")


def _stream(name: str, model: Any, columns: Callable[[Any, str], Values], *parents: Parent) -> Stream:
    return Stream(name, model.__table__.name, model.__table__, parents, columns)


STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        _stream("customers", models.Customer, _customer, Parent("parent_id", "customers", "parent_id")),
        _stream("contacts", models.Contact, _contact, _OWNER),
        _stream("locations", models.Location, _location, _OWNER),
        _stream("technicians", models.Technician, _technician),
        _stream("series", models.Series, _series, _OWNER, _PLACE),
        _stream("jobs", models.Job, _job, _OWNER, _PLACE, Parent("series_id", "series", "series_id")),
        _stream(
            "visits",
            models.Visit,
            _visit,
            Parent("job_id", "jobs", "job_id", required=True),
            _OWNER,
            _PLACE,
            Parent("technician_ids", "technicians", ""),
        ),
        _stream("quotes", models.Quote, _quote, _OWNER, _PLACE, _WORK),
        _stream("invoices", models.Invoice, _invoice, _OWNER, _PLACE, _WORK),
        # One of the first four names what it belongs to; `crm_files` says whose that is.
        _stream(
            "attachments",
            models.File,
            _attachment,
            _OWNER,
            Parent("home_id", "locations", "", required=True),
            Parent("job_id", "jobs", "job_id", required=True),
            Parent("visit_id", "visits", "visit_id", required=True),
            _PLACE,
        ),
    )
}
