"""What the contract lets a portal read: capabilities, streams, single records, ids."""

import base64
import binascii
import json
from typing import TypeGuard

from starlette.requests import Request
from starlette.responses import Response

from portal_app.demo.crm.commands import COMMANDS, read_back
from portal_app.demo.crm.context import Crm, as_json, crm_of, origin_of
from portal_app.demo.crm.problems import check_token, problem, refuse
from portal_app.demo.crm.store import STREAMS, Record, dumps

PAGE = 200
LARGEST_PAGE = 500


async def capabilities(request: Request) -> Response:
    """Say what this CRM offers."""
    crm = crm_of(request)
    check_token(request, crm.token)
    return _json(
        dumps(
            {
                "version": 1,
                "name": "Reference CRM",
                "streams": list(STREAMS),
                "commands": list(COMMANDS),
                "deletes": "tombstone",
                "limits": {"rps": 50, "page": LARGEST_PAGE},
                "time": crm.clock.shown_now(),
            }
        )
    )


async def listing(request: Request) -> Response:
    """Serve one page of a stream.

    The first page fixes a window of stamps, `updated_since` to the newest there is, and the pages walk it by id.
    A record edited meanwhile leaves the window upwards and comes with the next walk, so a walk always ends.
    """
    crm = crm_of(request)
    check_token(request, crm.token)
    stream = _stream(request)
    limit = _limit(request)
    cursor = _read_cursor(request, stream)
    if cursor is None:
        lower = _updated_since(request, crm)
        upper = max(crm.clock.now(), crm.store.newest(stream))
        after = ""
    else:
        lower, upper, after = cursor["from"], cursor["to"], cursor["after"]
    rows = crm.store.walk(stream, after, lower, upper, limit + 1)
    page = rows[:limit]
    following = None
    if len(rows) > limit:
        following = _write_cursor(stream, {"from": lower, "to": upper, "after": page[-1].external_id})
    origin = origin_of(request)
    data = ",".join(as_json(row, crm.clock, origin) for row in page)
    return _json(f'{{"data":[{data}],"next_cursor":{json.dumps(following)},"server_time":"{crm.clock.shown_now()}"}}')


async def ids(request: Request) -> Response:
    """Serve one page of the ids of a stream's records that still exist."""
    crm = crm_of(request)
    check_token(request, crm.token)
    stream = _stream(request)
    limit = _limit(request, usual=1_000, largest=5_000)
    cursor = _read_cursor(request, f"{stream}/ids")
    after = "" if cursor is None else cursor["after"]
    found = crm.store.ids(stream, after, limit + 1)
    page = found[:limit]
    following = None
    if len(found) > limit:
        following = _write_cursor(f"{stream}/ids", {"from": 0, "to": 0, "after": page[-1]})
    return _json(dumps({"data": page, "next_cursor": following, "server_time": crm.clock.shown_now()}))


async def single(request: Request) -> Response:
    """Serve one record: 404 when there never was one, 410 when it was deleted.

    What a command made is also found under the id the portal gave it: a PUT can be read back at its own address.
    """
    crm = crm_of(request)
    check_token(request, crm.token)
    stream, external_id = request.path_params["stream"], request.path_params["external_id"]
    row = crm.store.get(stream, external_id) if stream in STREAMS else None
    if row is None:
        made = read_back(crm, stream, external_id)
        if isinstance(made, Response):
            return made
        row = made
    if row is None:
        _stream(request)
        refuse(404, "There is no such record.")
    if row.deleted:
        return problem(410, "This record was deleted.", deleted_at=crm.clock.shown(row.updated_at))
    return _json(as_json(row, crm.clock, origin_of(request)))


def _json(text: str) -> Response:
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _stream(request: Request) -> str:
    stream = request.path_params["stream"]
    if stream not in STREAMS:
        refuse(404, "There is no such stream.")
    return stream


def _limit(request: Request, usual: int = PAGE, largest: int = LARGEST_PAGE) -> int:
    text = request.query_params.get("limit", "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        refuse(400, "`limit` must be a whole number from 1.")
    return min(int(text), largest)


def _updated_since(request: Request, crm: Crm) -> int:
    # A plus sign in an address that was not escaped arrives as a space: "…+00:00" is far too common to refuse.
    text = request.query_params.get("updated_since", "").replace(" ", "+")
    if not text:
        return -(2**62)
    try:
        return crm.clock.lower_bound(text)
    except ValueError as error:
        refuse(400, f"`updated_since`: {error}")


def _write_cursor(stream: str, window: Record) -> str:
    return base64.urlsafe_b64encode(dumps({"stream": stream, **window}).encode()).decode().rstrip("=")


def _read_cursor(request: Request, stream: str) -> Record | None:
    text = request.query_params.get("cursor", "")
    if not text:
        return None
    try:
        window = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        window = None
    if not _is_window(window) or window["stream"] != stream:
        refuse(400, "`cursor` is not one this stream gave out.")
    return window


def _is_window(window: object) -> TypeGuard[Record]:
    if not isinstance(window, dict) or not isinstance(window.get("after"), str):
        return False
    bounds = (window.get("from"), window.get("to"))
    whole = all(type(bound) is int and abs(bound) < 2**63 for bound in bounds)
    return whole and isinstance(window.get("stream"), str) and window["after"].isprintable()
