"""Photos of work: checked, turned upright and written anew in three sizes, so that nothing hidden survives."""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil, floor

import pillow_heif
from PIL import Image, UnidentifiedImageError

from portal_app.integrations.images import (
    DAMAGED,
    MOST_PIXELS,
    BadImage,
    NoPicture,
    TooManyPixels,
    in_eight_bits,
    in_usual_colours,
    on_white,
    turned,
    webp,
)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
SIDES = {"small": 480, "medium": 1600, "large": 4000}
"""The longer side of each size in pixels, at most."""
QUALITY, LARGE_QUALITY = 80, 88
_STRIP = 256
_SCALABLE = ("L", "LA", "RGB", "RGBA", "CMYK")
_EXIF_IFD, _TAKEN, _TAKEN_OFFSET = 0x8769, 0x9003, 0x9011


@dataclass(frozen=True, slots=True)
class Made:
    """A photo's files by name (`small.webp` or `small.jpg` …) and the pixels of the largest.

    `taken_at` is what the camera's clock said, with a zone where it gave one; None without a usable word of it.
    """

    files: Mapping[str, bytes]
    width: int
    height: int
    taken_at: datetime | None


def photo(data: bytes) -> Made:
    """Return the sizes of a JPEG, PNG, WebP or HEIC photo; raises BadImage.

    The large one is a JPEG, which everything opens; of the others the smaller of WebP and JPEG is kept.
    """
    large, taken_at = _upright(data)
    files = {"large.jpg": _jpeg(large, LARGE_QUALITY, finest=False)}
    width, height = large.size
    shown = large
    for name in ("medium", "small"):
        shown.thumbnail((SIDES[name], SIDES[name]), Image.Resampling.LANCZOS)
        kinds = {f"{name}.webp": webp(shown, QUALITY), f"{name}.jpg": _jpeg(shown, QUALITY)}
        smaller = min(kinds, key=lambda kind: len(kinds[kind]))
        files[smaller] = kinds[smaller]
    return Made(files, width, height, taken_at)


@lru_cache(maxsize=1)
def _know_heif() -> None:
    """Teach Pillow the format of telephones, on first use; the previews that come along in a file are not read."""
    pillow_heif.register_heif_opener(thumbnails=False)


def _upright(data: bytes) -> tuple[Image.Image, datetime | None]:
    """Return the picture as RGB, the right way up, no larger than the large size; raises BadImage."""
    _know_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise TooManyPixels
                taken_at = _taken_at(picture)
                return _plain(picture), taken_at
    except UnidentifiedImageError:
        if _begins_as_one(data):
            raise BadImage("The picture is damaged.") from None
        raise NoPicture("It is not a JPEG, PNG, WebP or HEIC picture.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except DAMAGED:
        raise BadImage("The picture is damaged.") from None


def _begins_as_one(data: bytes) -> bool:
    """Return whether the first bytes are those of a picture that could be used if it were whole."""
    named = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return named or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n")) or data[4:11] in (b"ftyphei", b"ftypmif")


def _plain(picture: Image.Image) -> Image.Image:
    side = SIDES["large"]
    see_through = "transparency" in picture.info
    # Made small before anything else: each copy of the whole would be as large again.
    picture.draft(None, (2 * side, 2 * side))
    picture = in_eight_bits(picture)
    whole = picture if picture.mode in _SCALABLE else picture.convert("RGBA" if see_through else "RGB")
    small = fitted(whole, side)
    if small is not picture:
        # The pixels of the whole are not needed any more, and they are most of what this takes.
        picture.close()
    del whole
    usual = in_usual_colours(turned(small))
    if see_through or usual.mode in ("LA", "RGBA"):
        flat = on_white(usual.convert("RGBA"))
    else:
        flat = usual if usual.mode == "RGB" else usual.convert("RGB")
    flat.info = {}
    return flat


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """Return the picture with no side longer than `side`; made strip by strip, where the whole would need a copy."""
    width, height = picture.size
    scale = max(width, height) / side
    if scale <= 1:
        picture.load()
        return picture
    size = max(1, round(width / scale)), max(1, round(height / scale))
    tall = height / size[1]
    made = Image.new(picture.mode, size)
    made.info = dict(picture.info)
    for top in range(0, size[1], _STRIP):
        bottom = min(top + _STRIP, size[1])
        # What lies beyond the strip counts at its edge: LANCZOS looks three of the made pixels far.
        first, last = max(0, floor((top - 4) * tall)), min(height, ceil((bottom + 4) * tall))
        strip = picture.crop((0, first, width, last))
        box = (0, top * tall - first, width, min(last - first, bottom * tall - first))
        made.paste(strip.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return made


def _taken_at(picture: Image.Image) -> datetime | None:
    """Read when the photo was taken (Exif 2.32, DateTimeOriginal and OffsetTimeOriginal); None for nonsense."""
    try:
        said = picture.getexif().get_ifd(_EXIF_IFD)
        moment, offset = said.get(_TAKEN), said.get(_TAKEN_OFFSET)
        if not isinstance(moment, str):
            return None
        taken = datetime.strptime(moment.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone comes next
        zone = datetime.strptime(offset.strip("\0 "), "%z").tzinfo if isinstance(offset, str) else None
    except DAMAGED:
        return None
    return taken.replace(tzinfo=zone) if 1990 <= taken.year < 2200 else None


def _jpeg(picture: Image.Image, quality: int, *, finest: bool = True) -> bytes:
    """Return a picture as JPEG; the finest packing of a large one would take as much memory as the picture again."""
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=finest, progressive=finest)
    return written.getvalue()
