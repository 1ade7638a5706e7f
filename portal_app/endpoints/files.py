"""Pictures and files, each checked for who asks before a byte is read."""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.database import reading
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.network import origin_of
from portal_app.errors import PortalError
from portal_app.gate.middleware import resolve
from portal_app.services import technicians
from portal_app.settings import get_settings

# Private: a shared cache must not keep it; an hour: the address stays when the photo changes.
PRIVATE = "private, max-age=3600"


def technician_photo(request: Request) -> Response:
    """Serve a technician's photo to those whom they visit; the same 404 for everything else."""
    actor = resolve(own_token(request), origin_of(request))
    try:
        with reading() as session:
            content_hash = technicians.photo_hash(session, actor, request.path_params["public_id"])
    except PortalError:
        return _absent()
    file = get_settings().data_dir / "files" / f"{content_hash}.webp"
    if not file.is_file():
        return _absent()
    return FileResponse(file, media_type="image/webp", headers={"cache-control": PRIVATE})


def _absent() -> Response:
    return PlainTextResponse("We could not find that.", status_code=404, headers={"cache-control": "no-store"})


ROUTES = [Route(routes.technician_photo("{public_id}"), technician_photo, methods=["GET"])]
