"""The office's own edits over HTTP: change, create, replace and delete any record of any stream."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from portal_app.demo.crm.context import Crm, as_json, crm_of, origin_of
from portal_app.demo.crm.problems import check_token, read_object, refuse
from portal_app.demo.crm.store import STREAMS, Record, Row

_MISSING = object()

# Setting a visit's status sets the first stamp and clears the others: stamps win over the word for whoever reads them.
_VISIT_STAMPS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "unscheduled": (None, ("on_the_way_at", "started_at", "on_hold_at", "completed_at", "canceled_at")),
    "scheduled": (None, ("on_the_way_at", "started_at", "on_hold_at", "completed_at", "canceled_at")),
    "on_the_way": ("on_the_way_at", ("started_at", "on_hold_at", "completed_at", "canceled_at")),
    "in_progress": ("started_at", ("on_hold_at", "completed_at", "canceled_at")),
    "on_hold": ("on_hold_at", ("completed_at", "canceled_at")),
    "completed": ("completed_at", ("on_hold_at", "canceled_at")),
    "canceled": ("canceled_at", ("on_hold_at", "completed_at")),
}
_RESUMED = {"in_progress", "on_the_way"}


async def patch(request: Request) -> Response:
    """Merge any fields into a record, as its office would."""
    crm = crm_of(request)
    check_token(request, crm.token)
    stream = _stream(request)
    change = await read_object(request)
    external_id = request.path_params["external_id"]
    if change.pop("external_id", external_id) != external_id:
        refuse(400, "`external_id` cannot be changed.")
    edit(crm, stream, external_id, change)
    return _shown(request, crm, stream, external_id)


async def create(request: Request) -> Response:
    """Create or replace one record with the `external_id` in the body.

    With `as_served`, that value alone is what the listing will hold, however wrong: for trying a reader's patience.
    """
    crm = crm_of(request)
    check_token(request, crm.token)
    stream = _stream(request)
    fields = await read_object(request)
    external_id = fields.pop("external_id", None)
    if not is_id(external_id):
        refuse(400, "`external_id` must be a text of 1 to 200 printable characters.")
    existed = crm.store.get(stream, external_id) is not None
    stamp = _stamp(crm, fields.pop("updated_at", _MISSING))
    deleted = fields.pop("deleted", False) is True
    if "as_served" in fields:
        crm.store.put_verbatim(stream, external_id, fields["as_served"], stamp)
    else:
        crm.store.put(stream, external_id, fields, stamp, deleted=deleted)
    return _shown(request, crm, stream, external_id, 200 if existed else 201)


async def delete(request: Request) -> Response:
    """Delete a record: from now on the listing holds its tombstone."""
    crm = crm_of(request)
    check_token(request, crm.token)
    stream, external_id = _stream(request), request.path_params["external_id"]
    with crm.store.transaction():
        row = _existing(crm, stream, external_id)
        crm.store.put(stream, external_id, {} if row.verbatim else row.fields(), crm.clock.now(), deleted=True)
    return Response(status_code=204)


def edit(crm: Crm, stream: str, external_id: str, change: Record) -> None:
    """Merge fields into a record and stamp it; refuse with 400 or 404."""
    change = dict(change)
    stamp = _stamp(crm, change.pop("updated_at", _MISSING))
    with crm.store.transaction():
        row = _existing(crm, stream, external_id)
        if row.verbatim:
            refuse(409, "This record is served word for word; replace it by POST instead.")
        deleted = change.pop("deleted", row.deleted) is True
        fields = row.fields()
        complete = _COMPLETERS.get(stream)
        if complete is not None:
            complete(fields, change, crm.clock.shown_now())
        fields.update(change)
        crm.store.put(stream, external_id, fields, stamp, deleted=deleted)


def is_id(value: Any) -> bool:
    """Tell whether a value can be a record's id."""
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def _complete_visit(fields: Record, change: Record, now: str) -> None:
    if "eta_at" in change and change["eta_at"] != fields.get("eta_at"):
        change.setdefault("eta_told_at", None if change["eta_at"] is None else now)
    status = change.get("status")
    if not isinstance(status, str):
        return
    change.setdefault("status_raw", status)
    if status not in _VISIT_STAMPS:
        return
    own, later = _VISIT_STAMPS[status]
    if own is not None and not (status in _RESUMED and fields.get(own)):
        change.setdefault(own, now)
    for name in later:
        change.setdefault(name, None)


def _complete_job(_: Record, change: Record, now: str) -> None:
    status = change.get("status")
    if not isinstance(status, str):
        return
    change.setdefault("status_raw", status)
    change.setdefault("closed_at", now if status in ("completed", "canceled") else None)


_COMPLETERS: dict[str, Callable[[Record, Record, str], None]] = {"visits": _complete_visit, "jobs": _complete_job}


def _stream(request: Request) -> str:
    stream = request.path_params["stream"]
    if stream not in STREAMS:
        refuse(404, "There is no such stream.")
    return stream


def _existing(crm: Crm, stream: str, external_id: str) -> Row:
    row = crm.store.get(stream, external_id)
    if row is None:
        refuse(404, "There is no such record.")
    return row


def _stamp(crm: Crm, given: Any) -> int:
    if given is _MISSING:
        return crm.clock.now()
    try:
        return crm.clock.stored(given)
    except ValueError as error:
        refuse(400, f"`updated_at`: {error}")


def _shown(request: Request, crm: Crm, stream: str, external_id: str, status: int = 200) -> Response:
    row = _existing(crm, stream, external_id)
    return Response(as_json(row, crm.clock, origin_of(request)), status, media_type="application/json")
