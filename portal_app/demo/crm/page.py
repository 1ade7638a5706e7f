"""The page on which a person plays the office: moves visits along, sees what the portal sent, makes trouble."""

import ipaddress
import urllib.parse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal_app.demo.crm import page_html
from portal_app.demo.crm.context import Crm, crm_of
from portal_app.demo.crm.faults import board_of
from portal_app.demo.crm.office import edit
from portal_app.demo.crm.problems import read_bytes, refuse
from portal_app.demo.crm.stamps import from_stamp, read_rfc3339, written
from portal_app.demo.crm.store import STREAMS, Record

_STYLE = Path(__file__).parent / "page.css"
_ENDED = ("completed", "canceled")
_RECENT = 400
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
}
TROUBLES: dict[str, tuple[str, Record]] = {
    "down": ("Be down until I say so", {"kind": "down"}),
    "busy": (
        "Answer 429 three times, try again in 5 seconds",
        {"kind": "status", "status": 429, "retry_after": 5, "times": 3},
    ),
    "failing": ("Fail with 500 three times", {"kind": "status", "status": 500, "times": 3}),
    "lost": ("Do the next command but lose the answer", {"kind": "drop_after", "method": "PUT", "times": 1}),
    "slow": ("Take 5 seconds for each answer", {"kind": "slow", "delay": 5, "times": None}),
    "random": ("A bit of everything, one request in three", {"kind": "random", "p": 0.33, "delay": 2}),
}

Endpoint = Callable[[Request], Awaitable[Response]]


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Serve this machine alone, under a loopback name, and take forms only from this page itself."""

    async def serve(request: Request) -> Response:
        if not _is_loopback(request.client.host if request.client else "") or not _is_loopback(request.url.hostname):
            refuse(403, "This page is for the machine it runs on.")
        if request.method == "POST" and not _is_own_form(request):
            refuse(403, "This form was not sent from this page.")
        return await endpoint(request)

    return serve


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_own_form(request: Request) -> bool:
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == f"{request.url.scheme}://{request.url.netloc}"
    return request.headers.get("sec-fetch-site") == "same-origin"


async def visits(request: Request) -> Response:
    """Show today's and open visits by customer."""
    crm = crm_of(request)
    now = datetime.now(UTC)
    groups: dict[str, list[page_html.VisitCard]] = {}
    for key, visit in crm.store.recent("visits", _RECENT):
        if _matters(visit, now):
            card = _card(crm, key, visit)
            groups.setdefault(card.customer, []).append(card)
    technicians = [(key, one.get("name", key)) for key, one in crm.store.all("technicians") if one.get("active")]
    for cards in groups.values():
        cards.sort(key=lambda card: _order(card, now))
    ordered = sorted(groups.items(), key=lambda group: (_order(group[1][0], now), group[0]))
    return _html(page_html.visits_page(ordered, technicians, now))


async def move(request: Request) -> Response:
    """Move a visit along."""
    crm, form = crm_of(request), await _form(request)
    key, status = request.path_params["external_id"], form.get("status", "")
    if status not in page_html.STATUS_WORDS:
        refuse(400, "A visit has no such status.")
    visit = _visit(crm, key)
    change: Record = {"status": status, "status_raw": page_html.STATUS_WORDS[status]}
    if status == "on_the_way" and not _is_ahead(visit.get("eta_at")):
        change["eta_at"] = written(datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=20))
    if status in ("scheduled", "unscheduled"):
        change["eta_at"] = None
    edit(crm, "visits", key, change)
    return _back(f"/#{key}")


async def change_visit(request: Request) -> Response:
    """Change window, likely arrival and technician, and add a travel update."""
    crm, form = crm_of(request), await _form(request)
    key = request.path_params["external_id"]
    visit = _visit(crm, key)
    start, end = _moment(form, "window_start"), _moment(form, "window_end")
    if (start is None) != (end is None) or (start and end and end <= start):
        refuse(400, "An arrival window needs a beginning and a later end.")
    change: Record = {}
    for name, moment in (("window_start", start), ("window_end", end), ("eta_at", _moment(form, "eta_at"))):
        # The form knows minutes: what it shows unchanged must not cut the seconds of what is stored.
        if page_html.form_time(visit.get(name)) != form.get(name, ""):
            change[name] = moment
    if start and visit.get("status") == "unscheduled":
        change["status"] = "scheduled"
    technician = form.get("technician", "")
    if technician and technician not in (visit.get("technician_ids") or []):
        if crm.store.fields("technicians", technician) is None:
            refuse(400, "There is no such technician.")
        change["technician_ids"] = [technician]
    words = form.get("update", "").strip()[:300]
    if words:
        news = {"at": crm.clock.shown_now(), "text": words}
        change["travel_updates"] = [*(visit.get("travel_updates") or []), news]
    if change:
        edit(crm, "visits", key, change)
    return _back(f"/#{key}")


async def received(request: Request) -> Response:
    """Show the commands that came from the portal, newest first."""
    return _html(page_html.received_page(crm_of(request).store.commands(200)))


async def trouble(request: Request) -> Response:
    """Show the faults in force and offer some."""
    choices = [(name, words) for name, (words, _) in TROUBLES.items()]
    return _html(page_html.trouble_page(choices, [fault.shown() for fault in board_of(request).faults]))


async def make_trouble(request: Request) -> Response:
    """Put one of the offered faults in force, or end all."""
    chosen = (await _form(request)).get("trouble", "")
    if chosen == "none":
        board_of(request).clear()
    elif chosen in TROUBLES:
        board_of(request).add(TROUBLES[chosen][1])
    else:
        refuse(400, "There is no such trouble.")
    return _back("/trouble")


async def record(request: Request) -> Response:
    """Show one record field by field: where "open in CRM" leads."""
    crm, stream, key = crm_of(request), request.path_params["stream"], request.path_params["external_id"]
    fields = crm.store.fields(stream, key) if stream in STREAMS else None
    if fields is None:
        refuse(404, "There is no such record.")
    return _html(page_html.record_page(stream, key, fields))


async def style(_: Request) -> Response:
    """Serve the stylesheet."""
    return Response(_STYLE.read_bytes(), media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})


def _matters(visit: Record, now: datetime) -> bool:
    if visit.get("status") not in _ENDED:
        return True
    return any(
        abs(now - moment) < timedelta(hours=18)
        for moment in map(_read, (visit.get("window_start"), visit.get("completed_at"), visit.get("canceled_at")))
        if moment is not None
    )


def _order(card: page_html.VisitCard, now: datetime) -> tuple[bool, str]:
    """Put what is under way or near first, then by window; what has none comes last."""
    start = _read(card.start)
    near = start is not None and abs(now - start) < timedelta(hours=18)
    return not (near or card.status in ("on_the_way", "in_progress")), written(start) if start else "9999"


def _card(crm: Crm, key: str, visit: Record) -> page_html.VisitCard:
    place = crm.store.fields("locations", visit.get("location_id")) or {}
    address = place.get("address")
    address = address if isinstance(address, dict) else {}
    technician_ids = visit.get("technician_ids")
    technician_ids = technician_ids if isinstance(technician_ids, list) else []
    notes = [
        note.get("body", "")
        for _, note in crm.store.all("booking-notes")
        if note.get("customer_id") == visit.get("customer_id")
    ]
    technicians = [(crm.store.fields("technicians", one) or {}).get("name", one) for one in technician_ids]
    return page_html.VisitCard(
        key=key,
        customer=str((crm.store.fields("customers", visit.get("customer_id")) or {}).get("name", "Unknown customer")),
        title=str((crm.store.fields("jobs", visit.get("job_id")) or {}).get("title", "Visit")),
        place=", ".join(str(address[part]) for part in ("line1", "line2", "city") if address.get(part)),
        status=str(visit.get("status")),
        start=visit.get("window_start"),
        end=visit.get("window_end"),
        eta=visit.get("eta_at"),
        technician_ids=[str(one) for one in technician_ids],
        technicians=[str(name) for name in technicians],
        notes=[str(note) for note in notes],
    )


def _visit(crm: Crm, key: str) -> Record:
    visit = crm.store.fields("visits", key)
    if visit is None:
        refuse(404, "There is no such visit.")
    return visit


def _read(text: object) -> datetime | None:
    try:
        return from_stamp(read_rfc3339(text))
    except (ValueError, OverflowError):
        return None


def _is_ahead(text: object) -> bool:
    moment = _read(text)
    return moment is not None and moment > datetime.now(UTC)


def _moment(form: dict[str, str], name: str) -> str | None:
    """Read a `datetime-local` field, which is by the business's wall clock, into RFC 3339."""
    text = form.get(name, "")
    if not text:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=page_html.ZONE)
        return written(local.astimezone(UTC))
    except (ValueError, OverflowError):
        refuse(400, f"{text[:40]!r} is not a date and time.")


async def _form(request: Request) -> dict[str, str]:
    body = await read_bytes(request)
    return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50))


def _html(text: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type="text/html; charset=utf-8", headers=_HEADERS)


def _back(path: str) -> Response:
    return Response(status_code=303, headers={"Location": path, **_HEADERS})


ROUTES = [
    Route("/", _guarded(visits), methods=["GET"]),
    Route("/received", _guarded(received), methods=["GET"]),
    Route("/trouble", _guarded(trouble), methods=["GET"]),
    Route("/trouble", _guarded(make_trouble), methods=["POST"]),
    Route("/visits/{external_id}/move", _guarded(move), methods=["POST"]),
    Route("/visits/{external_id}/change", _guarded(change_visit), methods=["POST"]),
    Route("/records/{stream}/{external_id}", _guarded(record), methods=["GET"]),
    Route("/page.css", style, methods=["GET"]),
]
