"""The session's cookie and the browser's own, which a code is bound to: read them, give them, take them back."""

import secrets
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from portal_app import clock
from portal_app.services import guest_sessions, sessions
from portal_app.settings import get_settings

_BROWSER = "porchlight_browser"


def own_token(request: Request) -> str:
    """Return the session token the browser came with, empty when there is none."""
    return sessions.token_in(_cookies(request), get_settings().https)


def _cookies(request: Request) -> str:
    """Return all cookies of a request as one header: some proxies send a header for each."""
    return "; ".join(request.headers.getlist("cookie"))


def keep_cookie(response: Response, token: str, until: datetime | None) -> None:
    """Give the browser its session cookie, until a moment or (None) until it closes."""
    https = get_settings().https
    response.set_cookie(
        sessions.cookie_name(https),
        token,
        max_age=None if until is None else max(0, round((until - clock.now()).total_seconds())),
        path="/",
        secure=https,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response) -> None:
    """Take the session cookie back; the attributes must be those it was given with."""
    https = get_settings().https
    response.delete_cookie(sessions.cookie_name(https), path="/", secure=https, httponly=True, samesite="lax")


def browser_token(request: Request) -> str:
    """Return the secret of this browser, empty when it has none yet or came with several."""
    return sessions.token_in(_cookies(request), get_settings().https, _BROWSER)


def new_browser_token() -> str:
    """Return a fresh secret for a browser: one that was planted there beforehand is worth nothing."""
    return secrets.token_urlsafe(32)


def keep_browser(response: Response, token: str) -> None:
    """Give the browser its secret until it closes."""
    https = get_settings().https
    response.set_cookie(
        sessions.host_cookie(_BROWSER, https), token, path="/", secure=https, httponly=True, samesite="lax"
    )


def drop_browser(response: Response) -> None:
    """Take the browser's secret back."""
    https = get_settings().https
    response.delete_cookie(sessions.host_cookie(_BROWSER, https), path="/", secure=https, httponly=True, samesite="lax")


def guest_token(request: Request) -> str:
    """Return the token of a guest's browser, empty when it has none or came with several."""
    return sessions.token_in(_cookies(request), get_settings().https, guest_sessions.COOKIE)


def keep_guest(response: Response, token: str, until: datetime) -> None:
    """Give a guest's browser its token, until a moment."""
    https = get_settings().https
    response.set_cookie(
        sessions.host_cookie(guest_sessions.COOKIE, https),
        token,
        max_age=max(0, round((until - clock.now()).total_seconds())),
        path="/",
        secure=https,
        httponly=True,
        samesite="lax",
    )
