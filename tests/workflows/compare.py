"""Holds the portal's database against the CRM's own store, field by field, with none of the code that fills it."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from portal_app import clock
from portal_app.database import reading
from portal_app.demo.crm.store import Store
from portal_app.models import (
    Activity,
    Contact,
    CrmSetAside,
    Customer,
    File,
    Invoice,
    InvoiceLine,
    Job,
    Location,
    Quote,
    QuoteLine,
    QuoteOption,
    Recommendation,
    Series,
    Technician,
    Visit,
    VisitStatusChange,
    VisitTechnician,
)

TABLES: dict[str, type[Any]] = {
    "customers": Customer,
    "contacts": Contact,
    "locations": Location,
    "technicians": Technician,
    "series": Series,
    "jobs": Job,
    "visits": Visit,
    "quotes": Quote,
    "invoices": Invoice,
    "attachments": File,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESS = ("line1", "line2", "city", "region", "postal_code", "country")
_STEPS = {
    "on_the_way_at": "on_the_way",
    "started_at": "in_progress",
    "on_hold_at": "on_hold",
    "completed_at": "completed",
    "canceled_at": "canceled",
}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _text(value: object) -> str:
    # What not every database can store is kept as the sign for an unknown letter.
    return "" if value is None else str(value).replace("\0", "\ufffd")


def _active(value: bool | None) -> bool:
    return value is None or value


def _address(value: dict[str, Any] | None) -> dict[str, str]:
    return {name: _text((value or {}).get(name)) for name in _ADDRESS}


def _minor(value: dict[str, Any] | None) -> int:
    return 0 if value is None else value["amount_minor"]


def _phones(value: list[dict[str, Any]] | None) -> list[dict[str, str]]:
    return [{"kind": _text(phone.get("kind")), "number": _text(phone["number"])} for phone in value or []]


_WORDS = {
    "open",
    "on_hold",
    "completed",
    "canceled",
    "unscheduled",
    "scheduled",
    "on_the_way",
    "in_progress",
    "draft",
    "sent",
    "changes_requested",
    "approved",
    "declined",
    "expired",
    "converted",
    "withdrawn",
    "partially_paid",
    "paid",
    "void",
    "uncollectible",
}


def _status(word: str) -> str:
    return word if word in _WORDS else "unknown"


Reader = Callable[[Any], Any]
_FIELDS: dict[str, dict[str, tuple[str, Reader]]] = {
    "customers": {
        "kind": ("kind", lambda kind: kind or "person"),
        "name": ("name", _text),
        "number": ("number", _text),
        "billing_address": ("billing_address", _address),
        "locale": ("locale", _text),
        "active": ("active", _active),
    },
    "contacts": {
        "name": ("name", _text),
        "emails": ("emails", lambda emails: list(emails or [])),
        "email": ("emails", lambda emails: emails[0].lower() if emails else ""),
        "phones": ("phones", _phones),
        "billing": ("billing", bool),
        "active": ("active", _active),
    },
    "locations": {
        "label": ("label", _text),
        "address": ("address", _address),
        "access_notes": ("access_notes", _text),
    },
    "technicians": {
        "name": ("name", _text),
        "phone_public": ("phone_public", _text),
        "qualification": ("qualification", _text),
        "active": ("active", _active),
    },
    "series": {
        "title": ("title", _text),
        "rhythm": ("rhythm", _text),
        "rrule": ("rrule", _text),
        "next_on": ("next_on", _day),
        "ends_on": ("ends_on", _day),
    },
    "jobs": {
        "number": ("number", _text),
        "title": ("title", _text),
        "description": ("description", _text),
        "status": ("status", _status),
        "opened_at": ("created_at", _moment),
        "closed_at": ("closed_at", _moment),
    },
    "visits": {
        "status": ("status", _status),
        "status_reason": ("status_reason", _text),
        "work_summary": ("work_summary", _text),
        **{
            name: (name, _moment)
            for name in ("window_start", "window_end", "scheduled_start", "scheduled_end", "eta_at", "eta_told_at")
        },
        **{name: (name, _moment) for name in _STEPS},
    },
    "quotes": {
        "number": ("number", _text),
        "version": ("version", int),
        "status": ("status", _status),
        "subtotal_minor": ("subtotal", _minor),
        "tax_minor": ("tax", _minor),
        "total_minor": ("total", _minor),
        "deposit_due_minor": ("deposit_due", _minor),
        "currency": ("total", lambda money: money["currency"]),
        "issued_on": ("issued_on", _day),
        "expires_on": ("expires_on", _day),
        "decided_at": ("decided_at", _moment),
        "terms": ("terms", _text),
    },
    "invoices": {
        "number": ("number", _text),
        "status": ("status", _status),
        "subtotal_minor": ("subtotal", _minor),
        "tax_minor": ("tax", _minor),
        "total_minor": ("total", _minor),
        "balance_minor": ("balance", _minor),
        "currency": ("total", lambda money: money["currency"]),
        "issued_on": ("issued_on", _day),
        "due_on": ("due_on", _day),
        "terms": ("terms", _text),
    },
    "attachments": {
        "kind": ("kind", _text),
        "name": ("name", _text),
        "offered": ("visible_to_customer", bool),
        "expires_on": ("expires_on", _day),
        "said_type": ("mime", _text),
        "said_size": ("size", int),
    },
}
_LINKS: dict[str, dict[str, tuple[str, str]]] = {
    "customers": {"parent_id": ("parent_id", "customers")},
    "contacts": {"customer_id": ("customer_id", "customers")},
    "locations": {"customer_id": ("customer_id", "customers")},
    "technicians": {},
    "series": {"customer_id": ("customer_id", "customers"), "location_id": ("location_id", "locations")},
    "jobs": {
        "customer_id": ("customer_id", "customers"),
        "location_id": ("location_id", "locations"),
        "series_id": ("series_id", "series"),
    },
    "visits": {
        "job_id": ("job_id", "jobs"),
        "customer_id": ("customer_id", "customers"),
        "location_id": ("location_id", "locations"),
    },
    "quotes": {
        "customer_id": ("customer_id", "customers"),
        "location_id": ("location_id", "locations"),
        "job_id": ("job_id", "jobs"),
    },
    "invoices": {
        "customer_id": ("customer_id", "customers"),
        "location_id": ("location_id", "locations"),
        "job_id": ("job_id", "jobs"),
    },
    "attachments": {"location_id": ("location_id", "locations")},
}


def differences(store: Store, clock_offset: timedelta = timedelta(0), whole_seconds: bool = False) -> list[str]:
    """Return every difference between what the CRM holds and what the portal holds, in words; empty when equal."""
    found: list[str] = []
    with reading() as session:
        rows = {stream: _by_external_id(session, table) for stream, table in TABLES.items()}
        ids = {stream: {row.id: key for key, row in kept.items()} for stream, kept in rows.items()}
        for stream in TABLES:
            living = dict(store.all(stream))
            for key, row in rows[stream].items():
                if key not in living and row.deleted_at is None:
                    found.append(f"{stream} {key} is gone in the CRM but not here")
            for key, fields in living.items():
                row = rows[stream].get(key)
                if row is None or row.deleted_at is not None:
                    found.append(f"{stream} {key} is missing here")
                    continue
                found += [f"{stream} {key}: {text}" for text in _field_differences(stream, fields, row, ids)]
                stored = store.get(stream, key)
                assert stored is not None
                stamp = _EPOCH + timedelta(microseconds=stored.updated_at) + clock_offset
                stamp = stamp.replace(microsecond=0) if whole_seconds else stamp
                if row.source_updated_at != stamp:
                    found.append(f"{stream} {key}: its stamp is {row.source_updated_at}, in the CRM {stamp}")
        found += _children(session, store, rows, ids)
        found += [
            f"set aside: {row.stream} {row.external_id}: {row.reason}" for row in session.exec(select(CrmSetAside))
        ]
    return found


def _by_external_id(session: Session, table: type[Any]) -> dict[str, Any]:
    return {row.external_id: row for row in session.exec(select(table))}


def _field_differences(stream: str, fields: dict[str, Any], row: Any, ids: dict[str, dict[int, str]]) -> Iterable[str]:
    for column, (name, read) in _FIELDS[stream].items():
        wanted = read(fields.get(name))
        kept = getattr(row, column)
        if kept != wanted:
            yield f"{column} is {kept!r}, in the CRM {wanted!r}"
    for column, (name, parent) in _LINKS[stream].items():
        kept = getattr(row, column)
        kept = None if kept is None else ids[parent].get(kept)
        if kept != fields.get(name):
            yield f"{column} points to {kept!r}, in the CRM {fields.get(name)!r}"


def _line(line: dict[str, Any], group: int | None, place: int) -> tuple[Any, ...]:
    cost = line.get("unit_cost")
    return (
        group,
        place,
        _text(line.get("id")),
        _text(line.get("name")),
        _text(line.get("description")),
        str(line["quantity"]),
        _minor(line.get("unit_price")),
        str(line["tax_rate"]),
        _minor(line.get("tax")),
        _minor(line["total"]),
        bool(line.get("optional")),
        None if cost is None else cost["amount_minor"],
    )


def _kept_line(row: Any, group: int | None) -> tuple[Any, ...]:
    return (
        group,
        row.position,
        row.external_id,
        row.name,
        row.description,
        row.quantity,
        row.unit_price_minor,
        row.tax_rate,
        row.tax_minor,
        row.total_minor,
        row.optional,
        row.unit_cost_minor,
    )


def _grouped(session: Session, table: type[SQLModel], owner: str) -> dict[int, list[Any]]:
    kept: dict[int, list[Any]] = {}
    for row in session.exec(select(table)):
        kept.setdefault(getattr(row, owner), []).append(row)
    return kept


def _children(
    session: Session, store: Store, rows: dict[str, dict[str, Any]], ids: dict[str, dict[int, str]]
) -> Iterable[str]:
    invoice_lines = _grouped(session, InvoiceLine, "invoice_id")
    for key, fields in store.all("invoices"):
        row = rows["invoices"].get(key)
        kept = sorted(_kept_line(line, None) for line in invoice_lines.get(row.id, [])) if row else []
        if row and kept != [_line(line, None, place) for place, line in enumerate(fields.get("lines") or [])]:
            yield f"invoices {key}: other lines"
    yield from _quote_children(session, store, rows)
    yield from _visit_children(session, store, rows, ids)


def _quote_children(session: Session, store: Store, rows: dict[str, dict[str, Any]]) -> Iterable[str]:
    kept_lines = _grouped(session, QuoteLine, "quote_id")
    kept_options = _grouped(session, QuoteOption, "quote_id")
    for key, fields in store.all("quotes"):
        row = rows["quotes"].get(key)
        if row is None:
            continue
        options = fields.get("options") or []
        wanted = [_line(line, None, place) for place, line in enumerate(fields.get("lines") or [])]
        for group, option in enumerate(options):
            wanted += [_line(line, group, place) for place, line in enumerate(option.get("lines") or [])]
        kept = [_kept_line(line, line.option_position) for line in kept_lines.get(row.id, [])]
        if sorted(kept, key=str) != sorted(wanted, key=str):
            yield f"quotes {key}: other lines"
        titles = [
            (option.position, option.external_id, option.title, option.total_minor)
            for option in sorted(kept_options.get(row.id, []), key=lambda option: option.position)
        ]
        if titles != [
            (place, option["id"], option["title"], _minor(option["total"])) for place, option in enumerate(options)
        ]:
            yield f"quotes {key}: other options"


def _visit_children(
    session: Session, store: Store, rows: dict[str, dict[str, Any]], ids: dict[str, dict[int, str]]
) -> Iterable[str]:
    links = _grouped(session, VisitTechnician, "visit_id")
    advice = _grouped(session, Recommendation, "visit_id")
    history = _grouped(session, VisitStatusChange, "visit_id")
    for key, fields in store.all("visits"):
        row = rows["visits"].get(key)
        if row is None:
            continue
        people = sorted(links.get(row.id, []), key=lambda link: link.position)
        if [ids["technicians"][link.technician_id] for link in people] != list(fields.get("technician_ids") or []):
            yield f"visits {key}: other technicians"
        updates = [(_moment(said["at"]), said["text"]) for said in fields.get("travel_updates") or []]
        updates.sort(key=lambda said: clock.iso(said[0]))
        if [(_moment(said["at"]), said["text"]) for said in row.travel_updates] != updates:
            yield f"visits {key}: other travel updates"
        kept = {(one.external_id, one.title, one.detail) for one in advice.get(row.id, []) if one.state != "withdrawn"}
        given = fields.get("recommendations") or []
        if kept != {(one["id"], _text(one.get("title")), _text(one.get("detail"))) for one in given}:
            yield f"visits {key}: other recommendations"
        steps = sorted(history.get(row.id, []), key=lambda step: step.id)
        known = {(step.status, step.at) for step in steps}
        for name, status in _STEPS.items():
            if fields.get(name) is not None and (status, _moment(fields[name])) not in known:
                yield f"visits {key}: its history lacks {status} at {fields[name]}"
        if not steps or steps[-1].status != row.status:
            yield f"visits {key}: its history does not end with {row.status}"


def repeated_activity() -> list[str]:
    """Return the facts that stand in the log more than once: same kind, subject and content of the record."""
    with reading() as session:
        seen: set[str] = set()
        again: list[str] = []
        statement = select(Activity).where(col(Activity.actor_name) == "crm_poll").order_by(col(Activity.id))
        for row in session.exec(statement):
            if row.kind == "crm.imported":
                key = f"crm.imported {row.facts['stream']}"
            elif row.once_key is not None:
                key = row.once_key
            else:
                continue
            if key in seen:
                again.append(f"{row.kind} {row.subject_kind} {row.subject_id} {row.facts}")
            seen.add(key)
        return again


def wrongly_visited() -> list[str]:
    """Return the jobs of which the portal has noted the wrong thing: whether a visit of theirs is finished."""
    with reading() as session:
        found = session.exec(select(Visit).where(Visit.status == "completed", col(Visit.deleted_at).is_(None)))
        done = {(visit.job_id, visit.customer_id) for visit in found}
        rows = session.exec(select(Job))
        return [f"job {row.external_id}" for row in rows if row.visited != ((row.id, row.customer_id) in done)]
