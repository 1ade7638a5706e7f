"""What is made of a business's logo and cover: every size and cut that pages, mails and home screens ask for."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageOps, ImageStat

from portal_app.integrations import images, svg
from portal_app.integrations.images import BadImage

LOGO_BOX = (600, 200)
MARK_SIDE = 512
SOURCE_SIDE = 2000
# Width, height and the most bytes of each cut: the front door's, the home's strip, the tall side of a desktop.
CUTS = {"": (1200, 538, 60_000), "-strip": (1200, 346, 40_000), "-tall": (1000, 1200, 90_000)}
_QUALITIES = (30, 40, 50, 58, 66, 74, 82)
_DIMMED = 0.55
# Of 255: what is fainter everywhere is not seen.
_SEEN = 16
_TO_SEEN = [0] * _SEEN + [255] * (256 - _SEEN)
SMALLEST_LOGO, SMALLEST_COVER = 16, 320
# A logo so much longer than wide would be a line of two pixels where pages show it.
THINNEST_LOGO = 20
# Of 255: a grey of this brightness stands out from the dark page by about 4.5 to 1.
_READABLE_IN_THE_DARK = 125
# Lighter than that on the whole, a logo was made for a dark ground, and gets one where a page is white.
_LOST_ON_WHITE = 235
DARK_GROUND = "#15201f"
_ICON_SIDES = (16, 32, 48)


class TooSmall(BadImage):
    """It would have to be blown up."""


class NothingSeen(BadImage):
    """It is transparent all over."""


class TooThin(BadImage):
    """It would be a hair where pages show it."""


@dataclass(frozen=True, slots=True)
class Made:
    """Files by name, and the size of the largest in pixels."""

    files: Mapping[str, bytes]
    width: int
    height: int


def logo(data: bytes) -> Made:
    """Return a logo for pages (SVG or WebP), for mails (PNG on white) and for icons; raises BadImage."""
    files: dict[str, bytes] = {}
    if svg.is_svg(data):
        drawing, width, height = svg.sanitised(data)
        whole = _painted(drawing, width, height, (1536, 512))
        files["logo.svg"] = drawing.encode()
    else:
        whole = _trimmed(images.upright(data, LOGO_BOX[0]))
    if min(whole.size) < SMALLEST_LOGO:
        raise TooSmall("The picture is too small.")
    if max(whole.size) > THINNEST_LOGO * min(whole.size):
        raise TooThin("The picture is too thin.")
    for_pages, mark = whole.copy(), whole.copy()
    for_pages.thumbnail(LOGO_BOX, Image.Resampling.LANCZOS)
    mark.thumbnail((MARK_SIDE * 3, MARK_SIDE), Image.Resampling.LANCZOS)
    if "logo.svg" not in files:
        files["logo.webp"] = _smaller_webp(for_pages)
    ground = DARK_GROUND if _is_lost_on_white(whole) else "white"
    files["logo.png"] = images.png(images.on_ground(for_pages, ground).quantize(256))
    files["mark.png"] = images.png(mark)
    return Made(files, *for_pages.size)


def _trimmed(picture: Image.Image) -> Image.Image:
    """Return a logo without the margins that programs leave around it: transparent, or white where it is opaque.

    Of white a narrow margin stays: what stands at the rim of an opaque logo is taken for its ground.
    """
    solid = picture.getchannel("A")
    opaque = solid.getextrema()[0] == 255
    seen = (ImageChops.invert(picture.convert("L")) if opaque else solid).point(_TO_SEEN)
    box = seen.getbbox()
    if box is None:
        # Pale letters are as bright as the white around them, and yet no white.
        if opaque and any(high - low >= _SEEN for low, high in picture.convert("RGB").getextrema()):  # type: ignore[misc]
            return picture
        raise NothingSeen("Nothing can be seen in the picture.")
    cropped = picture.crop(box)
    if not opaque or _fills_its_rim(seen.crop(box)):
        return cropped
    ground = ImageStat.Stat(picture.convert("RGB"), mask=ImageChops.invert(seen)).median
    return ImageOps.expand(cropped, border=max(2, cropped.height // 12), fill=(*ground, 255))


def _fills_its_rim(seen: Image.Image) -> bool:
    """Return whether a logo is a sign on a ground of its own, and not letters on white that touch its rim."""
    width, height = seen.size
    sides = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    rim = b"".join(seen.crop(side).tobytes() for side in sides)
    return rim.count(0) * 8 < len(rim)


def _smaller_webp(picture: Image.Image) -> bytes:
    """Return a logo without losses, unless it is a photograph, which would be heavy that way."""
    return min(images.webp(picture, 90), images.webp(picture, 80, lossless=True), key=len)


def _painted(drawing: str, width: float, height: float, box: tuple[int, int]) -> Image.Image:
    scale = min(box[0] / width, box[1] / height)
    data = svg.painted(drawing, max(1, round(width * scale)), max(1, round(height * scale)))
    whole = images.upright(data, max(box))
    if whole.mode == "RGBA" and whole.getchannel("A").getbbox() is None:
        raise BadImage("Nothing is left of the drawing.")
    return whole


def cover(data: bytes, focal_x: int, focal_y: int) -> Made:
    """Return the cuts of a cover, light and dimmed, and what they are cut from; raises BadImage.

    The focal point (percent) keeps its place in each cut, so that a page that cuts once more finds it there too.
    """
    if svg.is_svg(data):
        whole = _painted(*svg.sanitised(data), (SOURCE_SIDE, SOURCE_SIDE))
    else:
        whole = images.upright(data, SOURCE_SIDE)
    if whole.width < SMALLEST_COVER or whole.height < SMALLEST_COVER // 2:
        raise TooSmall("The picture is too small.")
    whole.thumbnail((SOURCE_SIDE, SOURCE_SIDE), Image.Resampling.LANCZOS)
    flat = images.on_white(whole)
    small = flat.copy()
    small.thumbnail((640, 640), Image.Resampling.LANCZOS)
    files = {"source.webp": images.webp(flat, 90), "cover-whole.webp": _bounded_webp(small, 25_000)}
    for name, (width, height, most) in CUTS.items():
        scale = min(1.0, max(flat.width / width, flat.height / height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        cut = ImageOps.fit(flat, size, Image.Resampling.LANCZOS, centering=(focal_x / 100, focal_y / 100))
        files[f"cover{name}.webp"] = _bounded_webp(cut, most)
        files[f"cover{name}-dark.webp"] = _bounded_webp(ImageEnhance.Brightness(cut).enhance(_DIMMED), most)
    return Made(files, *flat.size)


def _bounded_webp(picture: Image.Image, most: int) -> bytes:
    """Return a picture as fine as so many bytes allow, and smaller where it would still be heavy at its coarsest."""
    finest = images.webp(picture, _QUALITIES[-1])
    if len(finest) <= most:
        return finest
    best = images.webp(picture, _QUALITIES[0])
    if len(best) > most:
        return _bounded_webp(picture.reduce(2), most)
    low, high = 1, len(_QUALITIES) - 2
    while low <= high:
        middle = (low + high) // 2
        made = images.webp(picture, _QUALITIES[middle])
        if len(made) <= most:
            low, best = middle + 1, made
        else:
            high = middle - 1
    return best


def plates(mark: bytes) -> tuple[str, str]:
    """Return the colours of the plates a logo's `mark.png` needs to be seen well, on light pages and in the dark.

    Empty where it needs none. A logo that brings its own ground gets that in the dark; dark letters on nothing get
    white there, and white letters a dark ground by day.
    """
    with Image.open(io.BytesIO(mark), formats=("PNG",)) as opened:
        whole = opened.convert("RGBA")
    if whole.getchannel("A").getextrema()[0] == 255:
        return "", "#{:02x}{:02x}{:02x}".format(*whole.convert("RGB").resize((1, 1), box=(0, 0, 1, 1)).tobytes())
    in_the_dark = "#ffffff" if _brightness(whole) < _READABLE_IN_THE_DARK else ""
    return DARK_GROUND if _is_lost_on_white(whole) else "", in_the_dark


def _is_lost_on_white(whole: Image.Image) -> bool:
    return whole.getchannel("A").getextrema()[0] != 255 and _brightness(whole) > _LOST_ON_WHITE


def _brightness(whole: Image.Image) -> float:
    """Return how bright what can be seen of a picture is on the whole, 0 to 255."""
    visible = whole.getchannel("A")
    return ImageStat.Stat(whole.convert("L"), mask=visible).mean[0] if visible.getbbox() else _LOST_ON_WHITE


def icon(mark: bytes | None, side: int, ground: str, ink: str) -> Image.Image:
    """Return a square icon of `side` pixels, of a logo's `mark.png` or, without one, a house.

    A logo that is square itself stands on white; of a wide one its first sign stands out from the accent.
    """
    if mark is None:
        return _house(side, ground, ink)
    with Image.open(io.BytesIO(mark), formats=("PNG",)) as opened:
        whole = opened.convert("RGBA")
    whole = whole.crop(whole.getchannel("A").getbbox())
    if whole.getchannel("A").getextrema()[0] == 255:
        corner = whole.getpixel((0, 0))
        return _on_square(whole, side, corner if isinstance(corner, tuple) else ground, 1.0)
    if 0.6 < whole.width / whole.height < 1.6:
        return _on_square(whole, side, ground if _is_lost_on_white(whole) else "#ffffff", 0.8)
    sign = _first_sign(whole)
    inked = Image.new("RGBA", sign.size, ink)
    inked.putalpha(sign.getchannel("A"))
    return _on_square(inked, side, ground, 0.66 if sign is not whole else 0.84)


def _on_square(picture: Image.Image, side: int, ground: str | tuple[int, ...], share: float) -> Image.Image:
    square = Image.new("RGB", (side, side), ground if isinstance(ground, str) else ground[:3])
    inner = max(1, round(side * share))
    fitted = ImageOps.contain(picture, (inner, inner), Image.Resampling.LANCZOS)
    square.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2), fitted)
    return square


def _first_sign(wide: Image.Image) -> Image.Image:
    """Return what stands at the left of a wide logo, apart from the name, when it is about as wide as high."""
    height = wide.height
    solid = wide.getchannel("A").point([0] * 32 + [255] * 224)
    columns = solid.resize((wide.width, 1), Image.Resampling.BOX).tobytes()
    gap = max(2, height // 14)
    for x in range(height // 2, min(height * 3 // 2, wide.width - gap)):
        if not any(columns[x : x + gap]):
            sign = wide.crop((0, 0, x, height))
            box = sign.getchannel("A").getbbox()
            return sign.crop(box) if box and box[3] - box[1] > height // 2 else wide
    return wide


def _house(side: int, ground: str, ink: str) -> Image.Image:
    """Return the portal's own sign, as it is drawn where an icon may be an SVG."""
    large = side * 4
    square = Image.new("RGB", (large, large), ground)
    outline = ((7, 16), (16, 8), (25, 16), (25, 25), (19, 25), (19, 19), (13, 19), (13, 25), (7, 25))
    ImageDraw.Draw(square).polygon([(x * large / 32, y * large / 32) for x, y in outline], fill=ink)
    return square.resize((side, side), Image.Resampling.LANCZOS)


def ico(picture: Image.Image) -> bytes:
    """Return an icon in the format that browsers ask for by its old name."""
    written = io.BytesIO()
    picture.save(written, "ICO", sizes=[(side, side) for side in _ICON_SIDES])
    return written.getvalue()
