"""Adding files from the office: streamed to disk, bounded, and each one answered for itself."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.endpoints.auth import NO_STORE
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.forms import FormRefused, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import NotAllowed, NotFound, PortalError
from portal_app.gate.middleware import resolve
from portal_app.services.actors import Staff
from portal_app.services.office_files import MOST_AT_ONCE, FileRefused
from portal_app.workflows import files

# The page sends one file at a time; a form without a script sends several.
MOST_BYTES = 60 * 1024 * 1024
READ_SECONDS = 300
_TOO_LARGE = "This is more than 60 MB at once. Please send fewer or smaller files; each may have 25 MB."
_UNREADABLE = "We could not read that. Please use the form on our page."


class _TooLarge(MultiPartException):
    """More has come than is taken; the parser closes what it has put on disk."""

    def __init__(self) -> None:
        super().__init__(_TOO_LARGE)


async def upload(request: Request) -> Response:
    """Take `files` (several) and perhaps `kind`; answer with what became of each: its id, or a sentence."""
    what, public_id = request.path_params["what"], request.path_params["public_id"]
    try:
        require_same_origin(request)
        actor = await asyncio.to_thread(resolve, own_token(request), origin_of(request))
        if not isinstance(actor, Staff):
            raise NotFound
        await asyncio.to_thread(files.check_target, actor, what, public_id)
        form = await _read(request)
        try:
            return JSONResponse({"files": await _add_all(actor, what, public_id, form)}, headers=NO_STORE)
        finally:
            await form.close()
    except FormRefused as refusal:
        return _refused(refusal.sentence, refusal.status)
    except NotAllowed as refusal:
        return _refused(refusal.sentence, 403)
    except PortalError as refusal:
        return _refused(refusal.sentence, 404)


async def _read(request: Request) -> FormData:
    """Return the form, its files on disk where they are larger than a little; raises FormRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise FormRefused(_UNREADABLE, 415)
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit():
        raise FormRefused(_UNREADABLE)
    if int(announced[:15]) > MOST_BYTES:
        raise FormRefused(_TOO_LARGE, 413)
    try:
        async with asyncio.timeout(READ_SECONDS):
            parser = MultiPartParser(
                request.headers, _bounded(request), max_files=MOST_AT_ONCE, max_fields=4, max_part_size=1024
            )
            return await parser.parse()
    except _TooLarge as error:
        raise FormRefused(_TOO_LARGE, 413) from error
    except (TimeoutError, ClientDisconnect) as error:
        raise FormRefused("The files did not arrive whole. Please send them again.", 408) from error
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise FormRefused(_UNREADABLE) from error


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    """Pass on what arrives; raises _TooLarge as soon as it is too much."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > MOST_BYTES:
            raise _TooLarge
        yield chunk


async def _add_all(actor: Staff, what: str, public_id: str, form: FormData) -> list[dict[str, Any]]:
    """Add the files in their order; what is wrong with one keeps no other back."""
    given = [one for one in form.getlist("files") if isinstance(one, UploadFile) and (one.filename or one.size)]
    if not given:
        raise FormRefused("Please choose a file first.")
    kind = form.get("kind")
    told: list[dict[str, Any]] = []
    for one in given:
        name = one.filename or ""
        try:
            added = await files.add(actor, what, public_id, name, one.file, kind if isinstance(kind, str) else "")
            told.append({"name": name[:200], "id": added})
        except FileRefused as refusal:
            told.append({"name": name[:200], "sentence": refusal.sentence})
    return told


def _refused(sentence: str, status: int) -> Response:
    return JSONResponse({"sentence": sentence}, status_code=status, headers=NO_STORE)


ROUTES = [Route(routes.office_file_upload("{what}", "{public_id}"), upload, methods=["POST"])]
