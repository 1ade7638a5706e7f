"""Uploading the brand's pictures: plain forms of the office's own page, so that no file passes through its state."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from portal_app import routes
from portal_app.delivery import not_found
from portal_app.endpoints.auth import NO_STORE, refused_page
from portal_app.endpoints.cookies import own_token
from portal_app.endpoints.forms import FormRefused, read_form, require_same_origin
from portal_app.endpoints.network import origin_of
from portal_app.errors import PortalError
from portal_app.gate.middleware import resolve
from portal_app.services.actors import Staff
from portal_app.services.brand_pictures import MOST_BYTES, PictureRefused
from portal_app.services.business import PICTURE_KINDS
from portal_app.services.rights import Permission
from portal_app.workflows import brand_pictures

# What surrounds the file in a form.
MOST_AROUND = 16 * 1024
# A browser hears what is wrong only once it has sent everything: so much is taken and thrown away.
MOST_THROWN_AWAY = 64 * 1024 * 1024
READ_SECONDS = 60


async def upload(request: Request) -> Response:
    """Take `picture` (and for the cover `x` and `y`, percent); 303 back to the page with a word for what came of it."""
    kind = request.path_params["kind"]

    async def work(actor: Staff) -> None:
        form = await _read_upload(request)
        try:
            data = await _file_in(form)
            x, y = _percent(form.get("x")), _percent(form.get("y"))
        finally:
            await form.close()
        await asyncio.to_thread(brand_pictures.save, actor, kind, data, x, y)

    return await _answer(request, kind, work, "saved")


async def remove(request: Request) -> Response:
    """Take the picture away."""
    kind = request.path_params["kind"]

    async def work(actor: Staff) -> None:
        await asyncio.to_thread(brand_pictures.remove, actor, kind)

    return await _answer(request, kind, work, "removed")


async def focus(request: Request) -> Response:
    """Cut the cover around another point: `x` and `y` in percent."""

    async def work(actor: Staff) -> None:
        form = await read_form(request)
        await asyncio.to_thread(brand_pictures.focus, actor, _percent(form.get("x")), _percent(form.get("y")))

    return await _answer(request, "cover", work, "saved")


async def _answer(request: Request, kind: str, work: Callable, done: str) -> Response:
    """Do the work for staff who may, asked by our own page; what goes wrong is said on the page."""
    try:
        require_same_origin(request)
        actor = await asyncio.to_thread(resolve, own_token(request), origin_of(request))
        if actor is None:
            return _go(routes.login(routes.OFFICE_BRAND))
        if kind not in PICTURE_KINDS or not isinstance(actor, Staff):
            return not_found()
        actor.require(Permission.CHANGE_SETTINGS)
        await work(actor)
    except FormRefused as refusal:
        return refused_page(refusal)
    except PictureRefused as refusal:
        return _back(kind, refusal.word)
    except PortalError:
        return not_found()
    return _back(kind, done)


async def _read_upload(request: Request) -> FormData:
    """Return the form, its file on disk where it is larger than a little; raises PictureRefused or FormRefused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise FormRefused("We could not read that. Please use the form on our page.", 415)
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit():
        raise FormRefused("We could not read that. Please use the form on our page.", 400)
    try:
        async with asyncio.timeout(READ_SECONDS):
            if int(announced[:15]) > MOST_BYTES + MOST_AROUND:
                await _throw_away(request, int(announced[:15]))
                raise PictureRefused("large")
            parser = MultiPartParser(request.headers, _bounded(request), max_files=1, max_fields=4, max_part_size=1024)
            return await parser.parse()
    except (TimeoutError, ClientDisconnect) as error:
        raise FormRefused("The picture did not arrive whole. Please send it again.", 408) from error
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise FormRefused("We could not read that. Please use the form on our page.") from error


async def _bounded(request: Request) -> AsyncGenerator[bytes, None]:
    """Pass on what arrives; raises PictureRefused as soon as it is too much."""
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > MOST_BYTES + MOST_AROUND:
            raise PictureRefused("large")
        yield chunk


async def _throw_away(request: Request, announced: int) -> None:
    """Let a browser finish sending, where that does not take forever; nothing of it is kept."""
    if announced <= MOST_THROWN_AWAY:
        async for _ in request.stream():
            continue


async def _file_in(form: FormData) -> bytes:
    found = form.get("picture")
    if not isinstance(found, UploadFile):
        raise PictureRefused("none")
    data = await found.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PictureRefused("large")
    if not data:
        raise PictureRefused("none" if not found.filename else "unknown")
    return data


def _percent(typed: object) -> int:
    """Return a percentage as a range input sends it, the middle for anything else."""
    text = typed if isinstance(typed, str) else ""
    return min(100, int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else 50


def to_page(_request: Request) -> Response:
    """Answer somebody who opened or reloaded the address of a form by hand."""
    return _go(routes.OFFICE_BRAND)


def _back(kind: str, word: str) -> Response:
    return _go(routes.office_brand(kind, word))


def _go(path: str) -> Response:
    return RedirectResponse(path, 303, NO_STORE)


_FOCUS = routes.brand_focus()
_UPLOAD, _REMOVE = routes.brand_upload("{kind}"), routes.brand_remove("{kind}")
ROUTES = [
    Route(_FOCUS, focus, methods=["POST"]),
    Route(_UPLOAD, upload, methods=["POST"]),
    Route(_REMOVE, remove, methods=["POST"]),
    *(Route(path, to_page, methods=["GET"]) for path in (_FOCUS, _UPLOAD, _REMOVE)),
]
