"""A picture of the brand: made into files beside the old ones, then taken into use in one step."""

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from portal_app.database import reading, transaction
from portal_app.integrations import brand_pictures as pictures
from portal_app.integrations import images, svg
from portal_app.integrations.brand_pictures import Made
from portal_app.integrations.images import BadImage
from portal_app.services import brand_pictures, business
from portal_app.services.actors import Actor
from portal_app.services.brand_pictures import PictureRefused
from portal_app.services.business import Picture
from portal_app.settings import get_settings
from portal_app.workflows import kept_folders

# The files before those in use are kept for pages that are still open.
KEPT_SECONDS = 24 * 3600
WAIT_SECONDS = 20.0
# Counts up with every change of how files are made: the same picture sent again then gets new ones.
MAKING = 3
# One at a time: a picture of 40 megapixels takes a few hundred MB while it is worked on.
_turn = threading.Lock()


def folder() -> Path:
    """Return where the brand's pictures are; each set of files in a folder named by its digest."""
    return get_settings().data_dir / "brand"


def save(actor: Actor, kind: str, data: bytes, focal_x: int = 50, focal_y: int = 50) -> None:
    """Make a picture the business's own; raises PictureRefused, and then the one before it still stands. Blocks."""
    with reading() as session:
        brand_pictures.get(session, actor)
    with _in_turn():
        made = _made(kind, data, focal_x, focal_y)
    recipe = f"{MAKING} {kind} {focal_x} {focal_y} ".encode()
    digest = hashlib.sha256(recipe + data).hexdigest()
    _keep_files(digest, made.files)
    _use(actor, kind, Picture(digest, made.width, made.height, focal_x, focal_y))


def focus(actor: Actor, focal_x: int, focal_y: int) -> None:
    """Cut the cover anew, around another point (percent from the left and the top). Blocks."""
    with reading() as session:
        cover = brand_pictures.get(session, actor).cover
    source = folder() / (cover.digest if cover and cover.digest else "none") / "source.webp"
    if not source.is_file():
        raise PictureRefused("gone")
    save(actor, "cover", source.read_bytes(), focal_x, focal_y)


def remove(actor: Actor, kind: str) -> None:
    """Take a picture away: pages show a plain one."""
    _use(actor, kind, Picture())


def _use(actor: Actor, kind: str, picture: Picture) -> None:
    with transaction() as session:
        brand_pictures.keep(session, actor, kind, picture)
    business.forget_look()


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=WAIT_SECONDS):
        raise PictureRefused("busy")
    try:
        yield
    finally:
        _turn.release()


def _made(kind: str, data: bytes, focal_x: int, focal_y: int) -> Made:
    try:
        return pictures.cover(data, focal_x, focal_y) if kind == "cover" else pictures.logo(data)
    except images.TooManyPixels:
        word = "pixels"
    except images.NoPicture:
        word = "unknown"
    except pictures.TooSmall:
        word = "small"
    except pictures.TooThin:
        word = "thin"
    except pictures.NothingSeen:
        word = "unseen"
    except BadImage:
        word = "drawing" if svg.is_svg(data) else "damaged"
    raise PictureRefused(word)


def _keep_files(digest: str, files: Mapping[str, bytes]) -> None:
    try:
        kept_folders.keep(folder() / digest, files)
    except OSError as error:
        raise PictureRefused("failed") from error


def remove_unused_files(older_than: float = KEPT_SECONDS) -> int:
    """Remove the folders that no picture stands for any more; returns how many. Blocks."""
    return kept_folders.remove_unused(folder(), older_than, _used)


def _used(_: list[str]) -> Collection[str]:
    with reading() as session:
        return brand_pictures.digests(session)
