"""The owner's set-up link: a form that creates the business and its first account, once."""

import asyncio
from dataclasses import fields

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading, transaction
from portal_app.delivery import message_page
from portal_app.endpoints.cookies import keep_cookie
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.endpoints.setup_page import form_page
from portal_app.errors import NotFound
from portal_app.services import business, passwords, sessions, setup, sign_in
from portal_app.services.actors import Origin
from portal_app.services.setup import SetupForm, SetupRefused

_FIELDS = tuple(field.name for field in fields(SetupForm))


def show(request: Request) -> Response:
    """Show the form; opening the link spends nothing."""
    token = request.path_params["token"]
    if not _stands(token):
        return _gone()
    return form_page(token, SetupForm(), {})


async def finish(request: Request) -> Response:
    """Create the business and sign its owner in, or show the form again with a sentence at each field."""
    token = request.path_params["token"]
    try:
        require_same_origin(request)
        posted = await read_form(request)
    except FormRefused as refusal:
        back = (routes.setup(token), "Back to the form")
        return message_page("That did not work", refusal.sentence, status=refusal.status, link=back)
    form = SetupForm(**{name: posted.get(name, "") for name in _FIELDS})
    return await asyncio.to_thread(_finish, token, form, origin_of(request))


def _finish(token: str, form: SetupForm, origin: Origin) -> Response:
    if not _stands(token):
        return _gone()
    try:
        complete = setup.check(form)
    except SetupRefused as refusal:
        return form_page(token, form, refusal.fields, status=422)
    password_hash = passwords.hash_password(complete.password)
    try:
        with transaction() as session:
            login = setup.complete(session, token, complete, password_hash)
            cookie = sessions.start(session, login, contact_id=None, remembered=False, origin=origin)
    except NotFound:
        return _gone()
    business.forget_look()
    response = RedirectResponse(sign_in.landing(None, in_office=True), 303, {"cache-control": "no-store"})
    keep_cookie(response, cookie, None)
    return response


def _stands(token: str) -> bool:
    with reading() as session:
        return setup.link_stands(session, token)


def _gone() -> Response:
    """Answer for a link that is unknown, older than an hour, replaced or used: the same for each."""
    return message_page(
        "This link no longer works",
        "A set-up link lasts one hour and works once. If the portal is set up, sign in; "
        "if not, start it again on its server and open the new link that it prints.",
        status=410,
        link=(routes.LOGIN, "Go to sign in"),
    )


ROUTES = [
    Route(routes.setup("{token}"), show, methods=["GET"]),
    Route(routes.setup("{token}"), finish, methods=["POST"]),
]
