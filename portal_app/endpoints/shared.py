"""What a guest reaches: one invoice, its PDF, paying it, and whether its open page still stands. Nothing else."""

import asyncio
from dataclasses import dataclass
from datetime import date
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from portal_app import logs, routes
from portal_app.components.invoice_paper import InvoicePaper, paper_of
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.delivery import message_page
from portal_app.endpoints.cookies import guest_token
from portal_app.endpoints.door_page import NO_STORE, door_page, ways
from portal_app.endpoints.forms import FormRefused, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.endpoints.papers import PRIVATE, disposition
from portal_app.endpoints.shared_page import shared_page
from portal_app.errors import NotFound, PortalError, TooMany
from portal_app.integrations.stripe.errors import StripeTrouble
from portal_app.message_pages import heading
from portal_app.money import Money
from portal_app.services import (
    attempts,
    business,
    guest_sessions,
    guests,
    held_money,
    invoices,
    pay_amounts,
    payment_settings,
)
from portal_app.services.actors import Guest
from portal_app.services.throttle import get_throttle
from portal_app.workflows import papers
from portal_app.workflows.pay import pay_as_guest
from portal_app.workflows.sync_attempt import sync_attempt

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the page shows: the paper, its version in a word, who sent it, what can be paid, what is on its way."""

    paper: InvoicePaper
    version: str
    sender: str
    pay: str
    news: str


async def show(request: Request) -> Response:
    """Show the invoice to the browser that proved the guest's address; the same page to all others."""
    guest = await asyncio.to_thread(_guest, request)
    return await _page(guest) if guest is not None else await asyncio.to_thread(_over)


async def news(request: Request) -> Response:
    """Say whether an open page still stands, and which version of it: 200 with a word, or 410."""
    version = await asyncio.to_thread(_version, request)
    return PlainTextResponse(version, 200 if version else 410, NO_STORE)


async def file(request: Request) -> Response:
    """Give out the PDF, which counts as a view."""
    guest = await asyncio.to_thread(_guest, request)
    if guest is None:
        return await asyncio.to_thread(_over)
    try:
        get_throttle().ask_for_guest_paper(guest.guest_id)
        made = await papers.invoice(guest, guest.invoice)
    except TooMany as refusal:
        page = await asyncio.to_thread(
            door_page, "That was quick", heading("That was quick", refusal.sentence), status=429
        )
        page.headers["retry-after"] = str(refusal.retry_after)
        return page
    except NotFound:
        return await asyncio.to_thread(_over)
    headers = {"cache-control": PRIVATE, "content-disposition": disposition(made.name)}
    return Response(made.data, media_type="application/pdf", headers=headers)


async def pay(request: Request) -> Response:
    """Take the guest on to Stripe's page for all that is left; 422 with a sentence where that is refused."""
    try:
        require_same_origin(request)
    except FormRefused as refusal:
        return message_page("That did not work", refusal.sentence, status=refusal.status)
    guest = await asyncio.to_thread(_guest, request)
    if guest is None:
        return await asyncio.to_thread(_over)
    try:
        begun = await pay_as_guest(guest)
    except PortalError as refusal:
        return await _page(guest, refusal.sentence)
    if not begun.url:
        return RedirectResponse(routes.shared(guest.link), 303, NO_STORE)
    return await asyncio.to_thread(_onward, begun.url)


async def paid(request: Request) -> Response:
    """Look at Stripe for what came of it, and lead back to the invoice; webhook and reconcile do it as well."""
    guest = await asyncio.to_thread(_guest, request)
    if guest is None:
        return await asyncio.to_thread(_over)
    for attempt in await asyncio.to_thread(_unsettled, guest):
        try:
            await sync_attempt(attempt)
        except (StripeTrouble, NotFound) as trouble:
            log.warning("guest_payment_not_synced", attempt=attempt, reason=trouble.sentence)
    return RedirectResponse(routes.shared(guest.link), 303, NO_STORE)


def _guest(request: Request) -> Guest | None:
    with reading() as session:
        return guest_sessions.resolve(session, guest_token(request), request.path_params["link"], origin_of(request))


def _version(request: Request) -> str:
    guest = _guest(request)
    if guest is None:
        return ""
    with reading() as session:
        return guest_sessions.version(session, guest)


def _unsettled(guest: Guest) -> list[str]:
    with reading() as session:
        return attempts.unsettled_of_guest(session, guest)


async def _page(guest: Guest, wrong: str = "") -> Response:
    try:
        sheet = await asyncio.to_thread(_read, guest)
    except NotFound:
        return await asyncio.to_thread(_over)
    return await asyncio.to_thread(
        shared_page,
        sheet.paper,
        guest.link,
        sheet.version,
        reader=guest.name,
        sender=sheet.sender,
        pay=sheet.pay,
        news=sheet.news,
        wrong=wrong,
    )


_WAITS = {
    attempts.CONFIRMING: (
        "Your payment waits until your bank account is confirmed: see Stripe’s e-mail. Nothing is charged before that; "
        "paying in another way here calls it off."
    ),
    attempts.INSTRUCTED: (
        "Your payment waits until you have paid it as Stripe’s page told you. If you have, nothing more needs to be "
        "done: it counts once the money has come. Paying in another way here calls it off."
    ),
}


def _read(guest: Guest) -> _Sheet:
    words = Words(business.look())
    with transaction() as session:
        guest_sessions.note_seen(session, guest)
    with reading() as session:
        document = invoices.get(session, guest, guest.invoice)
        keys, version = payment_settings.keys(session), guest_sessions.version(session, guest)
        expected, held = attempts.expected_on(session, guest.invoice_id), held_money.is_for(session, guest.invoice_id)
        sender, waits = guests.sender_of(session, guest).name, attempts.waiting_of_guest(session, guest)
    head = document.head
    payable = head.payable
    may_pay = guest.may_pay and keys is not None and payable.minor > 0 and not held
    news = _WAITS.get(waits) or _news(head, words, expected)
    if held and payable.minor > 0:
        news = held_money.SENTENCE.format(invoice="this invoice")
    if may_pay and pay_amounts.is_refused(payable):
        may_pay, news = False, news or pay_amounts.refusal(payable, words.look.locale)
    return _Sheet(
        paper=paper_of(document, words),
        version=version,
        sender=sender,
        pay=words.money(payable) if may_pay else "",
        news=news,
    )


def _news(head: invoices.Entry, words: Words, expected: date | None) -> str:
    if head.with_bank:
        by = f", expected by {words.long_day(expected)}" if expected else ""
        amount = words.money(Money(head.with_bank, head.total.currency))
        return f"{amount} is with the bank{by}. It counts as paid once that confirms it."
    if head.disputed and head.left.minor:
        amount = words.money(Money(head.disputed, head.total.currency))
        return f"A bank is looking at a payment of {amount}: nothing of that needs to be paid until it has decided."
    return f"{words.money(head.in_booking)} is paid and being booked." if head.in_booking.minor else ""


def _over() -> Response:
    """Answer a browser that may not see it: never could, no longer may, or came to something that never was."""
    title = "Please open the link in your mail"
    return door_page(
        title,
        heading(
            title,
            "What was sent to you is shown in the browser in which you typed your code, for twelve hours, and as long "
            "as its sender wants you to see it.",
        ),
        status=410,
    )


def _onward(url: str) -> HTMLResponse:
    """Return the step to Stripe: browsers let no form lead to another site, and a page may."""
    page = door_page(
        "On to Stripe",
        heading("On to Stripe", "You pay on the page of Stripe, our payment service."),
        ways(("Go on to the payment", url)),
    )
    refresh = f'<meta http-equiv="refresh" content="0;url={escape(url)}">'
    html = bytes(page.body).decode().replace("<head>\n", f"<head>\n{refresh}\n", 1)
    return HTMLResponse(html, headers=NO_STORE)


ROUTES = [
    Route(routes.shared("{link}"), show, methods=["GET"]),
    Route(routes.shared_news("{link}"), news, methods=["GET"]),
    Route(routes.shared_file("{link}"), file, methods=["GET"]),
    Route(routes.shared_pay("{link}"), pay, methods=["POST"]),
    Route(routes.shared_paid("{link}"), paid, methods=["GET"]),
]
