"""Signing in and out: real form posts, answered by 303, so that they need no script."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import transaction
from portal_app.delivery import message_page
from portal_app.endpoints.cookies import drop_cookie, keep_cookie, own_token
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import TooMany
from portal_app.services import sign_in
from portal_app.services.opening import ComingSoon
from portal_app.workflows.sign_in import Refused, sign_in_by_password

NO_STORE = {"cache-control": "no-store"}


def refused_page(refusal: FormRefused) -> Response:
    """Return the page for a request that is no form of ours."""
    return message_page(
        "That did not work", refusal.sentence, status=refusal.status, link=(routes.LOGIN, "Go to sign in")
    )


def slow_page(error: TooMany) -> Response:
    """Return the page for somebody who asked too often."""
    response = message_page("Please wait a little", error.sentence, status=429, link=(routes.LOGIN, "Go to sign in"))
    response.headers["retry-after"] = str(error.retry_after)
    return response


def _go(path: str, headers: dict[str, str] | None = None) -> RedirectResponse:
    return RedirectResponse(path, 303, NO_STORE | (headers or {}))


async def login(request: Request) -> Response:
    """Sign in with `email`, `password`, and perhaps `remember` and `next`; 303 onwards, or back with a code word."""
    try:
        require_same_origin(request)
        form = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    wanted = routes.safe_next(form.get("next"))
    try:
        signed_in = await sign_in_by_password(
            form.get("email", ""),
            form.get("password", ""),
            remember=form.get("remember", "") not in {"", "0", "no", "false"},
            next_path=wanted,
            origin=origin_of(request),
            replacing=own_token(request) or None,
        )
    except ComingSoon:
        return _go(routes.ROOT)
    except Refused:
        return _go(routes.login(wanted, "wrong"))
    except TooMany as error:
        return _go(routes.login(wanted, "slow"), {"retry-after": str(error.retry_after)})
    response = _go(signed_in.path)
    keep_cookie(response, signed_in.token, signed_in.keep_until)
    return response


def logout(request: Request) -> Response:
    """End the session of the cookie and take it back; answered the same when there was none."""
    try:
        require_same_origin(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    token = own_token(request)
    if token:
        with transaction() as session:
            sign_in.sign_out(session, token, origin_of(request))
    response = _go(routes.LOGIN)
    drop_cookie(response)
    return response


def to_login(_request: Request) -> Response:
    """Answer somebody who opened or reloaded the address of a form by hand."""
    return _go(routes.LOGIN)


ROUTES = [
    Route(routes.AUTH_LOGIN, login, methods=["POST"]),
    Route(routes.AUTH_LOGOUT, logout, methods=["POST"]),
    Route(routes.AUTH_LOGIN, to_login, methods=["GET"]),
    Route(routes.AUTH_LOGOUT, to_login, methods=["GET"]),
]
