"""What hangs on a visit: its technicians, its history of statuses, and recommendations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from portal_app.integrations.crm import records
from portal_app.models import Recommendation, VisitStatusChange, VisitTechnician
from portal_app.models.base import new_public_id, table_of
from portal_app.services.crm_reading import Reading, Written
from portal_app.services.crm_store import chunks, delete_where_in, insert_many, update_many
from portal_app.services.crm_streams import Values

_LINK = table_of(VisitTechnician)
_STEP = table_of(VisitStatusChange)
_ADVICE = table_of(Recommendation)
WITHDRAWN = "withdrawn"
_STEPS = {
    "on_the_way_at": "on_the_way",
    "started_at": "in_progress",
    "on_hold_at": "on_hold",
    "completed_at": "completed",
    "canceled_at": "canceled",
}


def write_children(
    session: Session, reading: Reading, written: Sequence[Written], technicians: Mapping[str, int]
) -> Mapping[int, tuple[str, ...]]:
    """Write what hangs on these visits; returns, per existing visit, what of it is different now."""
    _write_history(session, reading, written, technicians)
    changed: dict[int, tuple[str, ...]] = {}
    for row_id in _write_technicians(session, written, technicians):
        changed[row_id] = ("technicians",)
    for row_id in _write_advice(session, reading, written):
        changed[row_id] = (*changed.get(row_id, ()), "recommendations")
    return changed


def _visit(one: Written) -> records.Visit:
    assert isinstance(one.record, records.Visit)
    return one.record


def _write_technicians(session: Session, written: Sequence[Written], technicians: Mapping[str, int]) -> list[int]:
    wanted: dict[int, list[int]] = {}
    for one in written:
        wanted[one.row_id] = _people(one, technicians)
    there: dict[int, list[int]] = {one.row_id: [] for one in written if not one.created}
    c = _LINK.c
    for part in chunks(there):
        statement = select(c.visit_id, c.technician_id).where(c.visit_id.in_(part)).order_by(c.position)
        for visit_id, technician_id in session.connection().execute(statement):
            there[visit_id].append(technician_id)
    different = [visit_id for visit_id, ids in there.items() if ids != wanted[visit_id]]
    delete_where_in(session, _LINK, "visit_id", different)
    new = [one.row_id for one in written if one.created]
    rows = [
        {"visit_id": visit_id, "technician_id": technician_id, "position": place}
        for visit_id in (*new, *different)
        for place, technician_id in enumerate(wanted[visit_id])
    ]
    insert_many(session, _LINK, rows)
    return different


def _people(one: Written, technicians: Mapping[str, int]) -> list[int]:
    known = (technicians[key] for key in _visit(one).technician_ids if key in technicians)
    return list(dict.fromkeys(known))


def _write_history(
    session: Session, reading: Reading, written: Sequence[Written], technicians: Mapping[str, int]
) -> None:
    steps: list[Values] = []
    corrections: list[Values] = []
    for one in written:
        found, corrected = history(one.old, one.new, one.record.updated_at)
        same = {"visit_id": one.row_id, "learned_at": reading.now, "technician_ids": _people(one, technicians)}
        steps += [{**same, **step} for step in found]
        corrections += [{"of_visit": one.row_id, **correction} for correction in corrected]
    insert_many(session, _STEP, steps)
    if corrections:
        c = _STEP.c
        statement = (
            update(_STEP)
            .where(c.visit_id == bindparam("of_visit"), c.status == bindparam("of"), c.at == bindparam("was_at"))
            .values(at=bindparam("is_at"))
        )
        session.connection().execute(statement, corrections)


def history(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], stamp: datetime
) -> tuple[list[Values], list[Values]]:
    """Return the steps `{was, status, at}` a visit took since `old`, and corrected times `{of, was_at, is_at}`.

    Steps between two polls are known by their timestamps; a status without one counts from the record's stamp.
    A time that changed while the status did not is the same step told better.
    """
    found: list[tuple[datetime, str]] = []
    corrected: list[Values] = []
    for column, status in _STEPS.items():
        was_at, is_at = old[column] if old else None, new[column]
        if is_at is None or is_at == was_at:
            continue
        if old and was_at is not None and old["status"] == new["status"]:
            corrected.append({"of": status, "was_at": was_at, "is_at": is_at})
        else:
            found.append((is_at, status))
    order = list(_STEPS.values())
    found.sort(key=lambda step: (step[0], order.index(step[1])))
    last = found[-1][1] if found else (old["status"] if old else "")
    if last != new["status"]:
        found.append((max(stamp, found[-1][0]) if found else stamp, new["status"]))
    steps: list[Values] = []
    was = old["status"] if old else ""
    for at, status in found:
        steps.append({"was": was, "status": status, "at": at})
        was = status
    return steps, corrected


def _write_advice(session: Session, reading: Reading, written: Sequence[Written]) -> list[int]:
    there = _advice_there(session, [one.row_id for one in written if not one.created])
    inserts: list[Values] = []
    updates: list[Values] = []
    changed: list[int] = []
    for one in written:
        known = there.get(one.row_id, {})
        wanted = {advice.id: _advice(one, advice) for advice in _visit(one).recommendations}
        made = {"created_at": reading.now, "visit_id": one.row_id}
        new = [
            {**values, **made, "external_id": key, "public_id": new_public_id()}
            for key, values in wanted.items()
            if key not in known
        ]
        different = [
            {**values, "id": known[key]["id"]}
            for key, values in wanted.items()
            if key in known and any(known[key][name] != value for name, value in values.items())
        ]
        unsaid = [row for key, row in known.items() if key not in wanted and row["state"] != WITHDRAWN]
        different += [
            {**{name: row[name] for name in _ADVICE_COLUMNS}, "state": WITHDRAWN, "id": row["id"]} for row in unsaid
        ]
        inserts += new
        updates += different
        if not one.created and (new or different):
            changed.append(one.row_id)
    insert_many(session, _ADVICE, inserts)
    update_many(session, _ADVICE, updates)
    return changed


_ADVICE_COLUMNS = ("customer_id", "title", "detail", "price_from_minor", "price_to_minor", "currency", "state")


def _advice(one: Written, advice: records.Recommendation) -> Values:
    low, high = advice.price_from, advice.price_to
    money = low or high
    return {
        "customer_id": one.value("customer_id"),
        "title": advice.title,
        "detail": advice.detail,
        "price_from_minor": low.amount_minor if low else None,
        "price_to_minor": high.amount_minor if high else None,
        "currency": money.currency if money else "",
        "state": advice.state,
    }


def _advice_there(session: Session, visit_ids: Sequence[int]) -> dict[int, dict[str, Mapping[str, Any]]]:
    found: dict[int, dict[str, Mapping[str, Any]]] = {}
    for part in chunks(visit_ids):
        rows = session.connection().execute(select(_ADVICE).where(_ADVICE.c.visit_id.in_(part))).mappings()
        for row in rows:
            found.setdefault(row["visit_id"], {})[row["external_id"]] = dict(row)
    return found
