"""Changing one's own password: a form of the browser's own, so that no page's state ever holds one."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.endpoints.auth import NO_STORE, refused_page
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import Invalid, TooMany
from portal_app.gate.middleware import resolve
from portal_app.services.actors import Customer
from portal_app.workflows.own_password import WrongPassword, change_own_password


async def password(request: Request) -> Response:
    """Take `present`, `new` and `again`; 303 back to the settings with a code word for what came of it."""
    try:
        require_same_origin(request)
        form = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    actor = await asyncio.to_thread(resolve, own_token(request), origin_of(request))
    if not isinstance(actor, Customer):
        return _go(routes.login(routes.SETTINGS))
    return await _change(actor, form)


async def _change(actor: Customer, form: dict[str, str]) -> Response:
    word, headers = "changed", {}
    if form.get("new", "") != form.get("again", ""):
        return _back("twice")
    try:
        await change_own_password(actor, form.get("present", ""), form.get("new", ""))
    except WrongPassword:
        word = "present"
    except Invalid:
        word = "weak"
    except TooMany as error:
        word, headers = "slow", {"retry-after": str(error.retry_after)}
    return _back(word, headers)


def to_settings(_request: Request) -> Response:
    """Answer somebody who opened or reloaded the address of the form by hand."""
    return _go(routes.SETTINGS)


def _back(word: str, headers: dict[str, str] | None = None) -> Response:
    return _go(f"{routes.SETTINGS}?password={word}#password", headers)


def _go(path: str, headers: dict[str, str] | None = None) -> Response:
    return RedirectResponse(path, 303, NO_STORE | (headers or {}))


ROUTES = [
    Route(routes.AUTH_PASSWORD, password, methods=["POST"]),
    Route(routes.AUTH_PASSWORD, to_settings, methods=["GET"]),
]
