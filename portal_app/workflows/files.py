"""Files of customers: made into our own copies beside the others, then taken into use in one step."""

import asyncio
import hashlib
import io
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeVar

from portal_app.database import reading, transaction
from portal_app.integrations import images, photos
from portal_app.integrations.images import BadImage
from portal_app.services import office_files
from portal_app.services.actors import Staff
from portal_app.services.office_files import FileRefused, Kept
from portal_app.settings import get_settings
from portal_app.workflows import kept_folders

MOST_BYTES = 25 * 1024 * 1024
# What no row stands for is kept for a while: its row may be on its way.
KEPT_SECONDS = 24 * 3600
JPEG, WEBP, PDF = "image/jpeg", "image/webp", "application/pdf"
_TYPES = {".jpg": JPEG, ".webp": WEBP, ".pdf": PDF}
# How the copies are made; another number makes them anew.
_RECIPE = b"1 "
Answer = TypeVar("Answer")


def folder() -> Path:
    """Return where our copies are; the sizes of each file in a folder named by its digest."""
    return get_settings().data_dir / "files"


def copy_of(digest: str, size: str) -> tuple[Path, str] | None:
    """Return a copy and its content type; None where it is not there."""
    if not digest:
        return None
    places = ((folder() / digest / f"{size}{ending}", kind) for ending, kind in _TYPES.items())
    return next(((place, kind) for place, kind in places if place.is_file()), None)


def check_target(actor: Staff, what: str, public_id: str) -> None:
    """Raise NotFound or NotAllowed unless the office may add files there. Blocks."""
    with reading() as session:
        office_files.target(session, actor, what, public_id)


async def add(actor: Staff, what: str, public_id: str, name: str, source: BinaryIO, kind: str = "") -> str:
    """Keep a file and add it to a customer, property, job or visit; returns its public id.

    Raises FileRefused, and then nothing of it is kept; NotFound and NotAllowed as `office_files.target`.
    """
    return await _in_turn(lambda: _add(actor, what, public_id, name, source, kind))


def _add(actor: Staff, what: str, public_id: str, name: str, source: BinaryIO, kind: str) -> str:
    check_target(actor, what, public_id)
    kept = make(source)
    with transaction() as session:
        to = office_files.target(session, actor, what, public_id)
        return office_files.add(session, actor, to, name, kept, kind).public_id


class NotKept(FileRefused):
    """Our own disk does not take the file just now; nothing is wrong with it."""

    def __init__(self) -> None:
        super().__init__("failed")


async def keep(data: bytes) -> Kept:
    """Make our copies of a photo or PDF; raises FileRefused, NotKept where trying again may help."""
    return await _in_turn(lambda: make(io.BytesIO(data)))


async def _in_turn(work: Callable[[], Answer]) -> Answer:
    """Run work in the one thread for it: those who wait hold neither memory nor the threads that pages need."""
    return await asyncio.get_running_loop().run_in_executor(_worker(), work)


@lru_cache(maxsize=1)
def _worker() -> ThreadPoolExecutor:
    # A picture of 40 megapixels takes a few hundred MB while it is worked on: one at a time.
    return ThreadPoolExecutor(1, thread_name_prefix="files")


def make(source: BinaryIO) -> Kept:
    """Make our copies of a photo or PDF; raises FileRefused. Blocks.

    Pictures are written anew; a PDF stays as it is, byte for byte, and is only ever given out as a file to keep.
    """
    data = source.read(MOST_BYTES + 1)
    if not data:
        raise FileRefused("empty")
    if len(data) > MOST_BYTES:
        raise FileRefused("large")
    digest = hashlib.sha256(_RECIPE + data).hexdigest()
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            raise FileRefused("torn")
        _keep_files(digest, {"large.pdf": data})
        return Kept(digest, PDF, len(data))
    made = _made(data)
    _keep_files(digest, made.files)
    return Kept(digest, JPEG, len(made.files["large.jpg"]), made.width, made.height, made.taken_at)


def _made(data: bytes) -> photos.Made:
    try:
        return photos.photo(data)
    except images.TooManyPixels:
        word = "pixels"
    except images.NoPicture:
        word = "unknown"
    except BadImage:
        word = "damaged"
    raise FileRefused(word)


def _keep_files(digest: str, made: Mapping[str, bytes]) -> None:
    try:
        kept_folders.keep(folder() / digest, made)
    except OSError as error:
        raise NotKept from error


def remove_unused_files(older_than: float = KEPT_SECONDS) -> int:
    """Remove the folders that no file stands for any more; returns how many. Blocks."""
    return kept_folders.remove_unused(folder(), older_than, _used)


def _used(digests: list[str]) -> Collection[str]:
    with reading() as session:
        return office_files.digests(session, digests)
