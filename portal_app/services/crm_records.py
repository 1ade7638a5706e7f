"""Storing a page of a CRM's records: few statements, whatever the page holds; the caller commits.

Rules of Portal Sync: upsert by (connection, external id); only another content is a change; what is older than
what is here is ignored; deletions mark; what lacks its parent waits; what cannot be used is set aside with a reason.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portal_app.integrations.crm.pages import Item, Rejected, Tombstone, excerpt
from portal_app.integrations.crm.records import MODELS, Record
from portal_app.models.base import new_public_id
from portal_app.services import (
    contact_changes,
    crm_files,
    crm_people,
    crm_set_aside,
    crm_technicians,
    crm_visits,
    customer_index,
    moved_invoices,
    record_index,
    visited_jobs,
)
from portal_app.services.crm_lines import write_lines
from portal_app.services.crm_reading import Fact, Reading, Written, record_facts
from portal_app.services.crm_set_aside import Aside, Known
from portal_app.services.crm_store import Stored, insert_many, row_ids, stored_by_id, update_many, whole_rows
from portal_app.services.crm_streams import STREAMS, Parent, Stream, Values, status_word
from portal_app.services.owed import status_of

_UNTOLD = {"sort_at", "source_url", "status_raw", "said_type", "said_size"}
_NOUNS = {name: stream.noun for name, stream in STREAMS.items()}


@dataclass(slots=True)
class Counts:
    """How many records a page changed and how many it set aside."""

    changed: int = 0
    created: int = 0
    set_aside: int = 0

    def add(self, other: "Counts") -> None:
        """Add another page's."""
        self.changed += other.changed
        self.created += other.created
        self.set_aside += other.set_aside


@dataclass(slots=True)
class _Work:
    """What is to be done about a page."""

    records: list[tuple[Record, str, str]] = field(default_factory=list)
    gone: list[Tombstone] = field(default_factory=list)
    restamp: list[Values] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)

    def anything(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.records or self.gone or self.restamp or self.aside or self.drop)


def has_news(session: Session, reading: Reading, stream_name: str, items: Sequence[Item], any_aside: bool) -> bool:
    """Return whether storing these items would write anything; only reads.

    `any_aside` is whether any record of this stream is set aside, which saves looking when there is none.
    """
    return bool(items) and _look(session, reading, stream_name, items, any_aside)[0].anything()


def _look(
    session: Session, reading: Reading, stream_name: str, items: Sequence[Item], any_aside: bool = True
) -> tuple["_Work", dict[str, Stored], dict[str, Known]]:
    """Hold the items against what is here: what is to be done, what is stored and what is set aside."""
    ids = [item.external_id for item in items]
    stored = stored_by_id(session, STREAMS[stream_name].table, reading.connection_id, ids)
    aside = crm_set_aside.known(session, reading.connection_id, stream_name, ids) if any_aside else {}
    work = _Work()
    for item in items:
        _sort(reading, stream_name, item, stored.get(item.external_id), aside.get(item.external_id), work)
    return work, stored, aside


def store_items(session: Session, reading: Reading, stream_name: str, items: Sequence[Item]) -> Counts:
    """Store one page in the caller's transaction; each id stands in it once (`pages.read_page` sees to that)."""
    if not items:
        return Counts()
    stream = STREAMS[stream_name]
    work, stored, aside = _look(session, reading, stream_name, items)
    counts = Counts()
    parents = _find_parents(session, reading, stream, work)
    ready = crm_files.with_owners(session, stream.name, _resolved(stream, work, parents, aside), parents)
    written = _write(session, reading, stream, ready, stored)
    update_many(session, stream.table, work.restamp)
    crm_set_aside.drop(session, work.drop)
    counts.set_aside = crm_set_aside.put(session, reading.connection_id, stream_name, work.aside, aside)
    _follow(session, reading, stream, written, parents)
    counts.changed = len(written) + delete_rows(session, reading, stream, work.gone, stored)
    created = [one.record.external_id for one in written if one.created]
    counts.created = len(created)
    _store_waiting(session, reading, stream_name, created)
    return counts


def _sort(reading: Reading, stream: str, item: Item, stored: Stored | None, aside: Known | None, work: _Work) -> None:
    """Decide what one item means against what is here."""
    if _stale(reading, item.updated_at, stored, aside):
        return
    if isinstance(item, Rejected):
        work.aside.append(Aside(item.external_id, item.updated_at, item.reason, item.excerpt))
        return
    waits = aside is not None and bool(aside.waits_for)
    if aside is not None:
        work.drop.append(aside.id)
    if isinstance(item, Tombstone):
        if stored is not None and not stored.deleted:
            work.gone.append(item)
        return
    status = status_word(stream, item, reading.status_map)
    digest = content_hash(item, status)
    if waits or stored is None or stored.deleted or stored.content_hash != digest:
        work.records.append((item, status, digest))
    elif stored.stamp != item.updated_at:
        work.restamp.append({"id": stored.id, "source_updated_at": item.updated_at})


def _stale(reading: Reading, stamp: datetime | None, stored: Stored | None, aside: Known | None) -> bool:
    known = (stored.stamp if stored else None, aside.stamp if aside else None)
    return stamp is not None and any(
        other is not None and stamp < other and reading.comparable(other) for other in known
    )


def content_hash(record: Record, status: str) -> str:
    """Return the hash of all that the portal reads of a record, its own stamp aside."""
    content = record.model_dump_json(exclude={"updated_at"})
    return hashlib.sha256(f"{status}\n{content}".encode()).hexdigest()


def _pointed_to(stream: Stream, parent: Parent, record: Record) -> tuple[str, ...]:
    value = getattr(record, parent.field)
    # A customer who names itself as its parent has none; a visit may well have the same id as its job.
    if value is None or (parent.stream == stream.name and value == record.external_id):
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _find_parents(session: Session, reading: Reading, stream: Stream, work: _Work) -> dict[str, dict[str, int]]:
    """Return, per parent stream, the rows of the records that this page points to."""
    wanted: dict[str, set[str]] = {}
    for parent in stream.parents:
        names = wanted.setdefault(parent.stream, set())
        for record, _, _ in work.records:
            names.update(_pointed_to(stream, parent, record))
    return {name: row_ids(session, STREAMS[name].table, reading.connection_id, ids) for name, ids in wanted.items()}


def _resolved(
    stream: Stream, work: _Work, parents: Mapping[str, Mapping[str, int]], aside: Mapping[str, Known]
) -> list[tuple[Record, str, Values]]:
    """Return the records that can be stored now with all columns; note those that wait for a parent."""
    ready = []
    for record, status, digest in work.records:
        links: Values = {}
        missing: list[tuple[str, bool]] = []
        for parent in stream.parents:
            ids = _pointed_to(stream, parent, record)
            missing += [(f"{parent.stream}:{key}", parent.required) for key in ids if key not in parents[parent.stream]]
            if parent.column:
                links[parent.column] = parents[parent.stream].get(ids[0]) if ids else None
        held = any(required for _, required in missing)
        if missing:
            work.aside.append(_waiting(record, missing, held))
            if record.external_id in aside:
                work.drop.remove(aside[record.external_id].id)
        if not held:
            ready.append((record, digest, {**stream.columns(record, status), **links}))
    return ready


def _waiting(record: Record, missing: Sequence[tuple[str, bool]], held: bool) -> Aside:
    """Describe a record whose parent is not here; the required one is named first."""
    waits_for = next((key for key, required in missing if required), missing[0][0])
    parent_stream, _, parent_id = waits_for.partition(":")
    what = f"{_NOUNS[parent_stream]} “{parent_id}”, which the CRM has not sent"
    reason = f"It waits for the {what}." if held else f"It is stored without the {what}; linked when that comes."
    return Aside(
        record.external_id,
        record.updated_at,
        reason,
        excerpt(record.model_dump(mode="json", exclude_defaults=True)),
        waits_for,
        record.model_dump_json(),
    )


def _write(
    session: Session,
    reading: Reading,
    stream: Stream,
    ready: Sequence[tuple[Record, str, Values]],
    stored: Mapping[str, Stored],
) -> list[Written]:
    """Insert and update the rows of a page; returns what was really written, in its order."""
    olds = whole_rows(session, stream.table, [stored[r.external_id].id for r, _, _ in ready if r.external_id in stored])
    waiting = contact_changes.waiting_on(session, stream.name, olds)
    inserts, updates, changes = [], [], []
    fresh = [(record, values) for record, _, values in ready if record.external_id not in stored]
    starting = crm_people.starting_values(session, stream.name, fresh)
    starting |= crm_files.starting_values(session, stream.name, [record for record, _ in fresh])
    for record, digest, values in ready:
        common = {
            "source_updated_at": record.updated_at,
            "content_hash": digest,
            "source_url": record.url or None,
            "deleted_at": None,
        }
        before = stored.get(record.external_id)
        if before is None:
            key = {"connection_id": reading.connection_id, "external_id": record.external_id}
            made = {"public_id": new_public_id(), "created_at": reading.now}
            inserts.append({**starting.get(record.external_id, {}), **values, **common, **key, **made})
            changes.append((record, digest, None, values))
        else:
            old = olds[before.id]
            values = crm_people.guarded(session, stream.name, old, values, waiting.get(before.id, ()))
            if stream.name == "invoices":
                values |= {"status": _status_here(old, values)}
            updates.append({**values, **common, "id": before.id})
            changes.append((record, digest, old, {**values, "deleted_at": None}))
    insert_many(session, stream.table, inserts)
    update_many(session, stream.table, updates)
    ids = row_ids(session, stream.table, reading.connection_id, [row["external_id"] for row in inserts])
    return [
        Written(record, old["id"] if old else ids[record.external_id], digest, old, new, _changed(old, new))
        for record, digest, old, new in changes
    ]


def _status_here(old: Mapping[str, Any], values: Values) -> str:
    if moved_invoices.is_moved(old, values):
        return values["status"]
    return status_of(values["status"], values["balance_minor"], values["total_minor"], old["paid_here_minor"])


def _changed(old: Mapping[str, object] | None, new: Mapping[str, object]) -> tuple[str, ...]:
    if old is None:
        return ()
    return tuple(name for name, value in new.items() if name not in _UNTOLD and old[name] != value)


def _follow(
    session: Session,
    reading: Reading,
    stream: Stream,
    written: Sequence[Written],
    parents: Mapping[str, Mapping[str, int]],
) -> None:
    """Write what hangs on the rows (lines, technicians, history), and tell the activity log."""
    more: Mapping[int, tuple[str, ...]] = {}
    if stream.name == "visits":
        more = crm_visits.write_children(session, reading, written, parents["technicians"])
    elif stream.name in ("quotes", "invoices"):
        more = write_lines(session, stream.name, written)
    crm_files.follow(session, reading, stream.name, written)
    facts = [] if reading.quiet else [fact for one in written for fact in _facts(stream, one, more)]
    if stream.name == "technicians" and not reading.quiet:
        facts += crm_technicians.facts_for_customers(session, [one for one in written if one.changed])
    facts += crm_people.end_access(session, stream.name, written)
    record_facts(session, reading, stream, facts)
    customer_index.mark(session, crm_people.found_by(stream.name, written))
    record_index.follow(session, stream.name, written)
    visited_jobs.follow(session, stream.name, written)
    moved_invoices.follow(session, stream.name, written)


def _facts(stream: Stream, one: Written, more: Mapping[int, tuple[str, ...]]) -> list[Fact]:
    """Return the activity of one stored record: created, changed or restored; nothing when nothing differs."""
    fields = [*one.changed, *more.get(one.row_id, ())]
    if not one.created and not fields:
        return []
    facts: Values = {} if one.created else {"fields": [name for name in fields if name != "deleted_at"]}
    if stream.has_status:
        facts["status"] = one.value("status")
        if one.old is not None and one.old["status"] != facts["status"]:
            facts["was"] = one.old["status"]
    verb = "created" if one.created else "restored" if "deleted_at" in fields else "changed"
    owners = [one.value("customer_id") if stream.has_customer else one.row_id if stream.name == "customers" else None]
    if one.old is not None and "customer_id" in one.changed:
        owners.append(one.old["customer_id"])
    return [
        Fact(
            f"{stream.noun}.{verb}",
            one.record.external_id,
            one.row_id,
            owner,
            one.record.updated_at,
            one.content_hash,
            facts,
        )
        for owner in owners
    ]


def delete_rows(
    session: Session, reading: Reading, stream: Stream, gone: Iterable[Tombstone], stored: Mapping[str, Stored]
) -> int:
    """Mark rows as deleted and tell so; returns how many."""
    by_row = {stored[tombstone.external_id].id: tombstone for tombstone in gone}
    rows = whole_rows(session, stream.table, by_row)
    marks = [
        {"id": row_id, "deleted_at": by_row[row_id].updated_at, "source_updated_at": by_row[row_id].updated_at}
        for row_id in rows
    ]
    update_many(session, stream.table, marks)
    if stream.name == "visits":
        visited_jobs.write(session, [row["job_id"] for row in rows.values()])
    facts = []
    for row_id, row in rows.items():
        owner = row["customer_id"] if stream.has_customer else row_id if stream.name == "customers" else None
        tombstone = by_row[row_id]
        facts.append(
            Fact(f"{stream.noun}.deleted", tombstone.external_id, row_id, owner, tombstone.updated_at, "deleted", {})
        )
    record_facts(session, reading, stream, facts)
    if stream.name in crm_people.FOUND_BY:
        customer_index.mark(session, [fact.customer_id for fact in facts])
    crm_people.end_access_of_deleted(session, stream.name, by_row)
    return len(rows)


def _store_waiting(session: Session, reading: Reading, stream: str, created: Sequence[str]) -> None:
    """Store the records that waited for these new ones."""
    parents = [f"{stream}:{external_id}" for external_id in created]
    last = 0
    while parents:
        waiting = crm_set_aside.waiting_for(session, reading.connection_id, parents, last)
        if not waiting:
            return
        last = waiting[-1][0]
        by_stream: dict[str, list[Record]] = {}
        for _, name, payload in waiting:
            by_stream.setdefault(name, []).append(MODELS[name].model_validate_json(payload))
        for name, records in by_stream.items():
            store_items(session, reading, name, records)
