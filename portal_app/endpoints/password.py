"""Choosing a password: asked for by its owner, sent by the office, or with an invitation."""

import asyncio
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading
from portal_app.delivery import coming_soon_page, message_page
from portal_app.endpoints.auth import refused_page, slow_page
from portal_app.endpoints.cookies import keep_cookie, own_token
from portal_app.endpoints.door_page import NO_STORE, button, door_page, email_field, field, form, ring_us, ways
from portal_app.endpoints.even_time import in_even_time
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import Invalid, NotFound, TooMany
from portal_app.message_pages import heading
from portal_app.services import business, password_links, passwords
from portal_app.services.password_links import INVITATION, RESET, Choosing
from portal_app.workflows import choose_password

_SENT = "sent"


def forgot_page(request: Request) -> Response:
    """Show the form that asks for a reset, or (`?sent`) that a mail may be on its way."""
    if _SENT not in request.query_params:
        return _forgot()
    title = "Look in your mail"
    return door_page(
        title,
        heading(
            title,
            "If somebody signs in with that address, a link to choose a new password is on its way to it. "
            "It works for two hours.",
            f"Nothing there in a few minutes? Look among unwanted mail, have a link e-mailed instead, {ring_us()}.",
        ),
        ways(("E-mail me a link instead", routes.AUTH_LINK), ("Back to sign in", routes.LOGIN)),
    )


def _forgot(error: str = "") -> Response:
    title = "Forgotten your password?"
    return door_page(
        title,
        heading(title, "Tell us your address, and we send you a link to choose a new one."),
        form(routes.AUTH_FORGOT, email_field(error), button("Send me the link")),
        ways(("Sign in without a password", routes.AUTH_LINK)),
        status=422 if error else 200,
    )


async def forgot(request: Request) -> Response:
    """Mail a reset to `email` if somebody signs in with it; 303 to the same words for everybody."""
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    email = posted.get("email", "")
    if not email.strip():
        return _forgot("Please enter your e-mail address.")
    try:
        await in_even_time(choose_password.send_reset, email, origin_of(request))
    except TooMany as error:
        return slow_page(error)
    return RedirectResponse(f"{routes.AUTH_FORGOT}?{_SENT}=yes", 303, NO_STORE)


def _purpose(request: Request) -> str:
    return RESET if request.url.path.startswith(routes.reset("")) else INVITATION


def show(request: Request) -> Response:
    """Show the form behind a link from a mail; opening it spends nothing."""
    return _answer(request.path_params["token"], _purpose(request))


def _answer(token: str, purpose: str, error: str = "") -> Response:
    with reading() as session:
        choosing = password_links.find(session, token, purpose)
    if choosing is None:
        return coming_soon_page() if business.look().coming_soon else _gone(purpose)
    if purpose == INVITATION and choosing.has_password:
        return _known_already()
    return _choose(token, choosing, error)


def _choose(token: str, choosing: Choosing, error: str) -> Response:
    reset = choosing.purpose == RESET
    title = "Choose a new password" if reset else "Welcome"
    words = (
        "You are signed out everywhere else when you save it."
        if reset
        else "Choose a password, and your visits, quotes and invoices are one sign-in away."
    )
    address = routes.reset(token) if reset else routes.invite(token)
    # Password managers file the new password under this name.
    who = (
        '<div class="field"><label class="label" for="email">Your e-mail</label>'
        '<input class="input" id="email" type="email" autocomplete="username" readonly '
        f'value="{escape(choosing.email)}"></div>'
    )
    password = field(
        "password",
        "New password" if reset else "Password",
        kind="password",
        autocomplete="new-password",
        error=error,
        hint=passwords.POLICY,
        more=f' maxlength="{passwords.LONGEST}"',
    )
    return door_page(
        title,
        heading(title, words),
        form(address, who, password, button("Save and sign in")),
        status=422 if error else 200,
    )


def _known_already() -> Response:
    title = "You have a password already"
    return door_page(
        title,
        heading(title, "This address has signed in before, so the same password opens this account too."),
        f'<a class="btn btn-primary btn-lg btn-block" href="{routes.LOGIN}">Sign in</a>',
        ways(("Forgotten your password?", routes.AUTH_FORGOT)),
    )


async def choose(request: Request) -> Response:
    """Set `password` and sign in; 303 onwards, or the form again with a sentence and the link still good."""
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    token, purpose = request.path_params["token"], _purpose(request)
    try:
        signed_in = await choose_password.choose_password(
            token,
            purpose,
            posted.get("password", ""),
            origin=origin_of(request),
            replacing=own_token(request) or None,
        )
    except NotFound:
        return await asyncio.to_thread(_answer, token, purpose)
    except Invalid as error:
        return await asyncio.to_thread(_answer, token, purpose, error.sentence)
    except TooMany as error:
        return slow_page(error)
    response = RedirectResponse(signed_in.path, 303, NO_STORE)
    keep_cookie(response, signed_in.token, signed_in.keep_until)
    return response


def _gone(purpose: str) -> Response:
    """Answer for a link that is unknown, used, replaced or too old, or whose person is shut out: the same for each."""
    if purpose == RESET:
        words, on = (
            "A link to choose a password lasts two hours and works once.",
            (routes.AUTH_FORGOT, "Send me another"),
        )
    else:
        words = "An invitation lasts two weeks and works once. Without a password we let you in by e-mail."
        on = (routes.AUTH_LINK, "E-mail me a link")
    return message_page("This link no longer works", words, status=410, link=on)


ROUTES = [
    Route(routes.AUTH_FORGOT, forgot_page, methods=["GET"]),
    Route(routes.AUTH_FORGOT, forgot, methods=["POST"]),
    Route(routes.reset("{token}"), show, methods=["GET"]),
    Route(routes.reset("{token}"), choose, methods=["POST"]),
    Route(routes.invite("{token}"), show, methods=["GET"]),
    Route(routes.invite("{token}"), choose, methods=["POST"]),
]
