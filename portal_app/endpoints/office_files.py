"""Files for the accountant: everything posted in a period, and what is in a payout of Stripe's."""

import asyncio
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
from portal_app.delivery import message_page
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.errors import Invalid, NotAllowed, NotFound, PortalError, TooMany
from portal_app.gate.middleware import resolve
from portal_app.integrations.stripe.values import PayoutLine
from portal_app.money import Money
from portal_app.services import accounting, business
from portal_app.services.accounting import Period, Posting
from portal_app.services.actors import Actor, Staff
from portal_app.services.statement_sheet import decimal, harmless
from portal_app.services.throttle import get_throttle
from portal_app.workflows.payouts import NEVER_ARRIVE, FoundPayout, payout

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
PAYOUT_HEAD = (
    "payout",
    "status",
    "arrives",
    "date",
    "kind",
    "customer",
    "invoices",
    "receipt",
    "gross",
    "fee",
    "net",
    "currency",
    "stripe_id",
)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BACK = (routes.office_payment_list("payouts"), "Back to the payouts")
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
        return _nothing()
    except (Invalid, ValueError, OverflowError):
        typed = {name: request.query_params.get(name, "")[:20] for name in ("from", "to")}
        back = f"{routes.OFFICE_PAYMENTS}?{urlencode({'tab': 'accountant', **typed})}"
        return RedirectResponse(back, status_code=303, headers=_NO_STORE)
    name = f"payments-{first.isoformat()}-{last.isoformat()}.csv"
    headers = {**_NO_STORE, "content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(actor, days, zone), media_type="text/csv; charset=utf-8", headers=headers)


def _nothing() -> Response:
    return PlainTextResponse("We could not find that.", status_code=404, headers=_NO_STORE)


async def payout_csv(request: Request) -> Response:
    """Serve what is in one payout as CSV; 404 to those it is not for, and a page that says why Stripe did not tell."""
    actor = await asyncio.to_thread(resolve, own_token(request), origin_of(request))
    try:
        if not isinstance(actor, Staff):
            raise NotAllowed
        get_throttle().ask_for_paper(actor.login_id)
        found = await payout(actor, request.path_params["payout_id"])
    except (NotAllowed, NotFound):
        return _nothing()
    except TooMany as refusal:
        page = message_page("That was quick", refusal.sentence, status=429, link=_BACK)
        page.headers["retry-after"] = str(refusal.retry_after)
        return page
    except PortalError as trouble:
        return message_page("Stripe was not asked", trouble.sentence, status=502, link=_BACK)
    zone = (await asyncio.to_thread(business.look)).zone
    text = "\ufeff" + _line(PAYOUT_HEAD) + "".join(_line(_payout_cells(found, one, zone)) for one in found.payout.lines)
    headers = {**_NO_STORE, "content-disposition": f'attachment; filename="payout-{found.payout.id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _payout_cells(found: FoundPayout, line: PayoutLine, zone: str) -> tuple[str, ...]:
    payout, ours = found.payout, found.known.get(line.payment_intent_id or "")
    came = line.kind in ("charge", "payment")
    return (
        payout.id,
        harmless(payout.status),
        "" if payout.status in NEVER_ARRIVE else payout.arrival.isoformat(),
        clock.local(line.created, zone).date().isoformat(),
        harmless(line.kind),
        harmless(ours.customer if ours else ""),
        harmless(", ".join(ours.invoices) if ours else ""),
        harmless(ours.receipt if ours else ""),
        *(decimal(Money(minor, payout.currency)) for minor in (line.amount, line.fee, line.net)),
        payout.currency,
        # As in the file of everything posted: a payment by its payment intent, all else by its own id.
        harmless((came and line.payment_intent_id) or line.source),
    )


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
        decimal(posting.amount),
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


ROUTES = [
    Route(routes.OFFICE_PAYMENTS_CSV, payments_csv, methods=["GET"]),
    Route(routes.office_payout_file("{payout_id}"), payout_csv, methods=["GET"]),
]
