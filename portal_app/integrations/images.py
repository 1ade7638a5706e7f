"""Pictures from outside: checked, turned upright, cut to a square and written anew, so nothing hidden survives."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
QUALITY = 82


class BadImage(Exception):
    """The bytes are no picture that can be used; the message says why."""


def square_webp(data: bytes, side: int) -> bytes:
    """Return the middle of a JPEG, PNG or WebP picture as a square WebP of `side` pixels; raises BadImage."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise BadImage("The picture has too many pixels.")
                picture.draft("RGB", (side * 2, side * 2))
                upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except UnidentifiedImageError:
        raise BadImage("It is not a JPEG, PNG or WebP picture.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage("The picture has too many pixels.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise BadImage("The picture is damaged.") from None
    square = ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", square.size, "white")
    flat.paste(square, mask=square.getchannel("A"))
    written = io.BytesIO()
    flat.save(written, "WEBP", quality=QUALITY, method=4)
    return written.getvalue()
