"""Signing in by a code: ask for one with an address, type it in."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading
from portal_app.endpoints.auth import refused_page, slow_page
from portal_app.endpoints.cookies import (
    browser_token,
    drop_browser,
    guest_token,
    keep_browser,
    keep_cookie,
    keep_guest,
    new_browser_token,
    own_token,
)
from portal_app.endpoints.door_page import (
    NO_STORE,
    button,
    door_page,
    email_field,
    field,
    form,
    hidden,
    remember,
    ring_us,
    ways,
)
from portal_app.endpoints.even_time import in_even_time
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import TooMany
from portal_app.message_pages import heading
from portal_app.services import codes
from portal_app.services.opening import ComingSoon
from portal_app.workflows import guest_codes, sign_in_by_code
from portal_app.workflows.sign_in_by_code import CodeRefused

_NOTHING_CAME = "Nothing came? Look among unwanted mail, ask for another one, "
_NO_GUEST_CODE = "Nothing came? Look among unwanted mail, or press the link in the first mail once more."
_IN_THE_MAIL = "The code is in the mail we sent. It works in the browser that asked for it."


def ask_page(request: Request) -> Response:
    """Show the form that asks for a code."""
    return _ask(routes.safe_next(request.query_params.get("next")))


def _ask(next_path: str, error: str = "") -> Response:
    title = "E-mail me a link"
    return door_page(
        title,
        heading(title, "We send a link and a six-digit code to your address. No password is needed."),
        form(routes.AUTH_LINK, hidden("next", next_path), email_field(error), button("E-mail me a link")),
        ways(("Sign in with a password instead", routes.login(next_path))),
        status=422 if error else 200,
    )


async def ask(request: Request) -> Response:
    """Mail a code to `email` if it is a customer's; always 303 to the page that takes it."""
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    email, wanted = posted.get("email", ""), routes.safe_next(posted.get("next"))
    if not email.strip():
        return _ask(wanted, "Please enter your e-mail address.")
    browser = new_browser_token()
    try:
        await in_even_time(sign_in_by_code.send_code, email, browser, next_path=wanted, origin=origin_of(request))
    except TooMany as error:
        return slow_page(error)
    response = RedirectResponse(routes.AUTH_CODE, 303, NO_STORE)
    keep_browser(response, browser)
    return response


def code_page(request: Request) -> Response:
    """Show the field for the code; only the browser that asked is told, masked, where it went."""
    with reading() as session:
        waiting = codes.waiting(session, browser_token(request))
    if waiting is None:
        return _code_form(_IN_THE_MAIL)
    if waiting.purpose == codes.GUEST:
        return _code_form(_sent_to(waiting), guest=True)
    if waiting.purpose == codes.LINK:
        return _code_form(_sent_to(waiting))
    return _code_form(
        f"If {waiting.email} is an address we have on file, a six-digit code is on its way to it. "
        f"It works for {codes.MINUTES} minutes, in this browser."
    )


def _sent_to(waiting: codes.Waiting) -> str:
    return f"We sent a six-digit code to {waiting.email}. It works for {codes.MINUTES} minutes."


def _code_form(words: str, error: str = "", *, guest: bool = False) -> Response:
    """Return the field; a guest signs in nowhere, and gets another code by the link they were sent."""
    title = "Enter your code"
    digits = ' inputmode="numeric" maxlength="40"' + ("" if error else " autofocus")
    return door_page(
        title,
        heading(title, words),
        form(
            routes.AUTH_CODE,
            field("code", "Six-digit code", autocomplete="one-time-code", error=error, more=digits),
            "" if guest else remember(),
            button("Open the invoice" if guest else "Sign in"),
        ),
        f'<p class="text muted">{_NO_GUEST_CODE if guest else _NOTHING_CAME + ring_us() + "."}</p>',
        "" if guest else ways(("Ask for another code", routes.AUTH_LINK)),
        status=422 if error else 200,
    )


async def sign_in(request: Request) -> Response:
    """Sign in with `code` and perhaps `remember`; 303 to what was asked for, or the form again, the same for all."""
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    if await asyncio.to_thread(_is_guest, request):
        return await asyncio.to_thread(_open, request, posted.get("code", ""))
    try:
        signed_in = await asyncio.to_thread(
            sign_in_by_code.sign_in_by_code,
            browser_token(request),
            posted.get("code", ""),
            remember=posted.get("remember", "") == "yes",
            origin=origin_of(request),
            replacing=own_token(request) or None,
        )
    except ComingSoon:
        return RedirectResponse(routes.ROOT, 303, NO_STORE)
    except CodeRefused as refusal:
        return _code_form(_IN_THE_MAIL, refusal.sentence)
    except TooMany as error:
        return slow_page(error)
    response = RedirectResponse(signed_in.path, 303, NO_STORE)
    keep_cookie(response, signed_in.token, signed_in.keep_until)
    drop_browser(response)
    return response


def _is_guest(request: Request) -> bool:
    """Return whether the code this browser waits for opens an invoice that was sent to a guest."""
    with reading() as session:
        waiting = codes.waiting(session, browser_token(request))
    return waiting is not None and waiting.purpose == codes.GUEST


def _open(request: Request, typed: str) -> Response:
    """Show a guest what they were sent; nobody is signed in by that, or out."""
    try:
        opened = guest_codes.open_by_code(
            browser_token(request), typed, origin=origin_of(request), replacing=guest_token(request)
        )
    except CodeRefused as refusal:
        return _code_form(_IN_THE_MAIL, refusal.sentence, guest=True)
    except TooMany as error:
        return slow_page(error)
    response = RedirectResponse(opened.path, 303, NO_STORE)
    keep_guest(response, opened.token, opened.until)
    drop_browser(response)
    return response


ROUTES = [
    Route(routes.AUTH_LINK, ask_page, methods=["GET"]),
    Route(routes.AUTH_LINK, ask, methods=["POST"]),
    Route(routes.AUTH_CODE, code_page, methods=["GET"]),
    Route(routes.AUTH_CODE, sign_in, methods=["POST"]),
]
