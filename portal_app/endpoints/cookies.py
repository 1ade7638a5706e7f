"""The session cookie: read it, give it, take it back."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from portal_app import clock
from portal_app.services import sessions
from portal_app.settings import get_settings


def own_token(request: Request) -> str:
    """Return the session token the browser came with, empty when there is none."""
    return sessions.token_in("; ".join(request.headers.getlist("cookie")), get_settings().https)


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
