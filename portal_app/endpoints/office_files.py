"""Files for the office: everything posted in a period, for the accountant."""

import csv
import heapq
import io
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from portal_app import clock, routes
from portal_app.database import reading
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.errors import Invalid, NotAllowed
from portal_app.gate.middleware import resolve
from portal_app.services import accounting, business
from portal_app.services.accounting import Period, Posting
from portal_app.services.actors import Actor
from portal_app.services.statement_sheet import harmless

HEAD = (
    "date",
    "kind",
    "customer",
    "invoices",
    "amount",
    "currency",
    "method",
    "receipt",
    "stripe_id",
    "reference",
    "treatment",
)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_STORE = {"cache-control": "no-store"}


def payments_csv(request: Request) -> Response:
    """Serve the books from one day to another, both included, as CSV; 404 to those it is not for.

    Days that make no period lead back to the form, which says what is wrong with them.
    """
    actor = resolve(own_token(request), origin_of(request))
    zone = business.look().zone
    try:
        accounting.require(actor)
        first, last = _day(request, "from"), _day(request, "to")
        days = accounting.period(first, last, zone)
    except NotAllowed:
        return PlainTextResponse("We could not find that.", status_code=404, headers=_NO_STORE)
    except (Invalid, ValueError, OverflowError):
        typed = {name: request.query_params.get(name, "")[:20] for name in ("from", "to")}
        back = f"{routes.OFFICE_PAYMENTS}?{urlencode({'tab': 'accountant', **typed})}"
        return RedirectResponse(back, status_code=303, headers=_NO_STORE)
    name = f"payments-{first.isoformat()}-{last.isoformat()}.csv"
    headers = {**_NO_STORE, "content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(actor, days, zone), media_type="text/csv; charset=utf-8", headers=headers)


def _day(request: Request, name: str) -> date:
    text = request.query_params.get(name, "")
    # Python's own reading takes more forms than one, and some that are none.
    if not _DAY.fullmatch(text):
        raise ValueError(name)
    return date.fromisoformat(text)


def _lines(actor: Actor | None, days: Period, zone: str) -> Iterator[str]:
    """Yield the file piece by piece; it begins with the mark by which Excel knows UTF-8."""
    yield "\ufeff" + _line(HEAD)
    sources = [_source(actor, source, days) for source in accounting.SOURCES]
    for posting in heapq.merge(*sources, key=lambda one: one.at):
        yield _line(_cells(posting, zone))


def _source(actor: Actor | None, source: str, days: Period) -> Iterator[Posting]:
    after = None
    while True:
        # Each piece in a reading of its own: whoever downloads slowly holds nothing open.
        with reading() as session:
            found = accounting.batch(session, actor, source, days, after)
        if not found:
            return
        yield from found
        after = found[-1].place


def _cells(posting: Posting, zone: str) -> tuple[str, ...]:
    return (
        clock.local(posting.at, zone).date().isoformat(),
        posting.kind,
        harmless(posting.customer),
        harmless(", ".join(posting.invoices)),
        f"{posting.amount.decimal:f}",
        posting.amount.currency,
        harmless(posting.method),
        harmless(posting.receipt),
        harmless(posting.stripe_id),
        harmless(posting.reference),
        posting.treatment,
    )


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


ROUTES = [Route(routes.OFFICE_PAYMENTS_CSV, payments_csv, methods=["GET"])]
