"""Pictures from outside: checked, turned upright, cut to a square and written anew, so nothing hidden survives."""

import io
import struct
import warnings

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
QUALITY = 82
# What Pillow raises for a file that is not as it should be.
DAMAGED = (
    *(OSError, ValueError, SyntaxError, EOFError, MemoryError, RuntimeError, AttributeError),
    *(struct.error, TypeError, KeyError, IndexError, OverflowError, ZeroDivisionError),
)
_ORIENTATION = 0x0112
_WAY = Image.Transpose
_TURNS = {
    2: _WAY.FLIP_LEFT_RIGHT,
    3: _WAY.ROTATE_180,
    4: _WAY.FLIP_TOP_BOTTOM,
    5: _WAY.TRANSPOSE,
    6: _WAY.ROTATE_270,
    7: _WAY.TRANSVERSE,
    8: _WAY.ROTATE_90,
}
_REDUCIBLE = ("L", "LA", "RGB", "RGBA", "CMYK")


class BadImage(Exception):
    """The bytes are no picture that can be used; the message says why."""


class NoPicture(BadImage):
    """The bytes are something else altogether."""


class TooManyPixels(BadImage):
    """It would take more memory than a picture is worth."""

    def __init__(self) -> None:
        super().__init__("The picture has too many pixels.")


def square_webp(data: bytes, side: int) -> bytes:
    """Return the middle of a JPEG, PNG or WebP picture as a square WebP of `side` pixels; raises BadImage."""
    square = ImageOps.fit(upright(data, side * 2), (side, side), Image.Resampling.LANCZOS)
    return webp(on_white(square), QUALITY)


def upright(data: bytes, enough: int) -> Image.Image:
    """Return a JPEG, PNG or WebP picture as RGBA, the right way up and without what came along; raises BadImage.

    One that is much larger than `enough` pixels a side may come smaller, but never below that.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise TooManyPixels
                picture.draft("RGB", (enough, enough))
                picture.load()
                picture = in_eight_bits(picture)
                # Made small before anything else: each copy of the whole would be as large again.
                factor = min(picture.size) // enough
                small = picture.reduce(factor) if factor > 1 and picture.mode in _REDUCIBLE else picture
                usual = in_usual_colours(turned(small))
                made = usual if usual.mode == "RGBA" else usual.convert("RGBA")
    except UnidentifiedImageError:
        raise NoPicture("It is not a JPEG, PNG or WebP picture.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except DAMAGED:
        raise BadImage("The picture is damaged.") from None
    made.info = {}
    return made


def turned(picture: Image.Image) -> Image.Image:
    """Return a picture the right way up, as its Exif says; entries of that which nobody can write stand in no way.

    `ImageOps.exif_transpose` writes all of them anew, and fails at one of a type that its tag does not have.
    """
    try:
        way = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except DAMAGED:
        way = None
    return picture.transpose(way) if way is not None else picture


def in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits as one of eight; any other as it is. Converted as it is, it would be white."""
    if picture.mode != "I;16":
        return picture
    grey = Image.frombytes("L", picture.size, picture.tobytes(), "raw", "L;16")
    grey.info = picture.info
    return grey


def in_usual_colours(picture: Image.Image) -> Image.Image:
    """Return a picture of a profile of its own in sRGB, which is what one without is taken for; any other as it is.

    Telephones have a wider profile, printers one of inks (CMYK).
    """
    profile, inks = picture.info.get("icc_profile"), picture.mode == "CMYK"
    if not isinstance(profile, bytes) or not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        usual = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(picture, given, usual, outputMode="RGB" if inks else None, inPlace=not inks)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A profile of another kind of picture, or none at all: the colours stay as they are.
        return picture
    return made or picture


def on_white(picture: Image.Image) -> Image.Image:
    """Return an RGBA picture without its transparency."""
    return on_ground(picture, "white")


def on_ground(picture: Image.Image, colour: str) -> Image.Image:
    """Return an RGBA picture laid on a colour."""
    flat = Image.new("RGB", picture.size, colour)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def webp(picture: Image.Image, quality: int, *, lossless: bool = False) -> bytes:
    """Return a picture as WebP."""
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=quality, method=4, lossless=lossless)
    return written.getvalue()


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
