"""Papers to take along: invoices, statements; each checked for who asks, counted, and given out as a file."""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import clock, routes
from portal_app.delivery import message_page, not_found
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.errors import Invalid, NotAllowed, NotFound, SignInRequired, TooMany
from portal_app.gate.middleware import resolve
from portal_app.services import business, statements
from portal_app.services.actors import Customer, Staff
from portal_app.services.throttle import get_throttle
from portal_app.workflows import papers
from portal_app.workflows.papers import Made

# Kept by nobody: a paper on a shared device must be gone with its reader.
PRIVATE = "private, no-store"
_PDF, _CSV = "application/pdf", "text/csv; charset=utf-8"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|%;]+')
Maker = Callable[[Customer | Staff], Awaitable[Made]]


async def invoice(request: Request) -> Response:
    """Give a customer one of their invoices."""
    return await _give(request, Customer, lambda actor: papers.invoice(actor, _asked(request)))


async def office_invoice(request: Request) -> Response:
    """Give the office an invoice as its customer gets it."""
    return await _give(request, Staff, lambda actor: papers.invoice(actor, _asked(request)))


async def receipt(request: Request) -> Response:
    """Give a customer the receipt of a payment."""
    return await _give(request, Customer, lambda actor: papers.receipt(actor, _asked(request)))


async def office_receipt(request: Request) -> Response:
    """Give the office a receipt as its customer gets it."""
    return await _give(request, Staff, lambda actor: papers.receipt(actor, _asked(request)))


async def statement(request: Request) -> Response:
    """Give a customer their statement of account, as PDF or CSV by the address; days that make none lead back."""
    sheet, wanted = request.url.path.endswith(".csv"), request.query_params
    first, last, place = (wanted.get(name, "")[:64] for name in ("from", "to", "property"))
    try:
        statements.period(first, last, clock.today((await asyncio.to_thread(business.look)).zone))
    except Invalid:
        # Its page says at the field what is wrong.
        back = f"{routes.STATEMENT}?{urlencode({'from': first, 'to': last, 'property': place})}"
        return RedirectResponse(back, status_code=303, headers={"cache-control": "no-store"})

    async def make(actor: Customer | Staff) -> Made:
        if not isinstance(actor, Customer):
            raise NotFound
        return await papers.statement(actor, first, last, place, sheet=sheet)

    return await _give(request, Customer, make)


async def sample(request: Request) -> Response:
    """Give the office an invoice to nobody, with its settings as they are."""

    async def make(actor: Customer | Staff) -> Made:
        if not isinstance(actor, Staff):
            raise NotFound
        return await papers.sample(actor)

    return await _give(request, Staff, make)


def _asked(request: Request) -> str:
    return request.path_params["public_id"]


async def _give(request: Request, who: type[Customer] | type[Staff], make: Maker) -> Response:
    """Return what is made for the person who asks, or a page that says why there is nothing."""
    try:
        actor = await asyncio.to_thread(resolve, own_token(request), origin_of(request))
        if actor is None:
            raise SignInRequired
        if not isinstance(actor, who):
            raise NotFound
        get_throttle().ask_for_paper(actor.login_id)
        return _file(await make(actor))
    except SignInRequired:
        return _way_in(request, who)
    except (NotFound, NotAllowed) as refusal:
        return (
            not_found()
            if isinstance(refusal, NotFound)
            else _refused("This is not yours to see", refusal.sentence, 403)
        )
    except Invalid as refusal:
        return _refused("We could not make this statement", refusal.sentence, 400)
    except TooMany as refusal:
        page = _refused("That was quick", refusal.sentence, 429)
        page.headers["retry-after"] = str(refusal.retry_after)
        return page


def _way_in(request: Request, who: type[Customer] | type[Staff]) -> Response:
    """Return the way to sign in and back to the page that has the button; the office does not exist for strangers."""
    if who is Staff:
        return not_found()
    back = routes.INVOICES if request.path_params else routes.STATEMENT
    return RedirectResponse(routes.login(back), status_code=303, headers={"cache-control": "no-store"})


def _refused(title: str, sentence: str, status: int) -> Response:
    return message_page(title, sentence, status=status, link=(routes.ROOT, "Go back to the portal"))


def _file(made: Made) -> Response:
    kind = _CSV if made.name.endswith(".csv") else _PDF
    headers = {"cache-control": PRIVATE, "content-disposition": disposition(made.name)}
    return Response(made.data, media_type=kind, headers=headers)


def disposition(name: str) -> str:
    """Return the header that makes a browser keep a file under a name, whatever letters it has (RFC 6266)."""
    stem, _, suffix = name.rpartition(".")
    clean = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", stem)).split()).strip(". ")[:100] or "Document"
    plain = unicodedata.normalize("NFKD", clean).encode("ascii", "ignore").decode().strip() or "Document"
    whole = quote(f"{clean}.{suffix}", safe="", errors="replace")
    return f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{whole}"


ROUTES = [
    Route(routes.invoice_file("{public_id}"), invoice, methods=["GET"]),
    Route(routes.receipt_file("{public_id}"), receipt, methods=["GET"]),
    Route(routes.office_receipt_file("{public_id}"), office_receipt, methods=["GET"]),
    Route(routes.STATEMENT_PDF, statement, methods=["GET"]),
    Route(routes.STATEMENT_CSV, statement, methods=["GET"]),
    Route(routes.office_invoice_file("{public_id}"), office_invoice, methods=["GET"]),
    Route(routes.OFFICE_SAMPLE_INVOICE, sample, methods=["GET"]),
]
