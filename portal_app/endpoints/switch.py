"""Changing over to another customer of the same person."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import transaction
from portal_app.delivery import not_found
from portal_app.endpoints.auth import refused_page
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.door_page import NO_STORE
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import NotFound
from portal_app.gate.middleware import forget_cached_actors, resolve
from portal_app.services import memberships
from portal_app.services.actors import Customer, Origin


async def switch(request: Request) -> Response:
    """Act for the contact `to` (a public id) from now on; 303 home, 404 for anybody else's."""
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        return refused_page(refusal)
    return await asyncio.to_thread(_switch, own_token(request), posted.get("to", ""), origin_of(request))


def _switch(cookie: str, wanted: str, origin: Origin) -> Response:
    actor = resolve(cookie, origin)
    if actor is None:
        return RedirectResponse(routes.LOGIN, 303, NO_STORE)
    try:
        if not isinstance(actor, Customer):
            raise NotFound
        with transaction() as session:
            memberships.switch(session, actor, wanted)
    except NotFound:
        return not_found()
    forget_cached_actors()
    return RedirectResponse(routes.HOME, 303, NO_STORE)


def to_start(_request: Request) -> Response:
    """Answer somebody who opened or reloaded the address of the form by hand."""
    return RedirectResponse(routes.ROOT, 303, NO_STORE)


ROUTES = [
    Route(routes.AUTH_SWITCH, switch, methods=["POST"]),
    Route(routes.AUTH_SWITCH, to_start, methods=["GET"]),
]
