"""Photos and documents of customers, each checked for who asks before a byte is read."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading, transaction
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.endpoints.papers import disposition
from portal_app.errors import NotFound, PortalError, TooMany
from portal_app.gate.middleware import resolve
from portal_app.services import files
from portal_app.services.actors import Customer, Staff
from portal_app.services.files import Served
from portal_app.services.throttle import get_throttle
from portal_app.workflows.files import copy_of

# A preview may be looked at again for a while without asking; what is kept as a file is kept by nobody else.
PREVIEW, KEPT = "private, max-age=300", "private, no-store"


def customer_file(request: Request) -> Response:
    """Give out one size of a file; the same 404 for all that the person may not have."""
    actor = resolve(own_token(request), origin_of(request))
    try:
        if not isinstance(actor, Customer | Staff):
            raise NotFound
        with reading() as session:
            served = files.get(session, actor, request.path_params["public_id"], request.path_params["size"])
        found = copy_of(served.digest, served.size)
        if found is None:
            raise NotFound
        if served.keep and request.method == "GET":
            _note(actor, served)
    except TooMany as refusal:
        headers = {"cache-control": "no-store", "retry-after": str(refusal.retry_after)}
        return PlainTextResponse(refusal.sentence, status_code=429, headers=headers)
    except PortalError:
        return PlainTextResponse("We could not find that.", status_code=404, headers={"cache-control": "no-store"})
    place, kind = found
    headers = {"cache-control": KEPT if served.keep else PREVIEW}
    if served.keep:
        headers["content-disposition"] = disposition(served.name)
    return FileResponse(place, media_type=kind, headers=headers)


def _note(actor: Customer | Staff, served: Served) -> None:
    get_throttle().ask_for_paper(actor.login_id)
    with transaction() as session:
        files.note_download(session, actor, served)


ROUTES = [Route(routes.file("{public_id}", "{size}"), customer_file, methods=["GET"])]
