"""Pictures from outside come out small, square and clean, or not at all."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from portal_app.integrations.images import BadImage, square_webp, upright
from tests.pictures import ODD_ENTRIES, ink_profile, oddly_described, printed


def picture(kind: str, size: tuple[int, int] = (400, 300), **options: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_works(kind: str) -> None:
    with Image.open(io.BytesIO(square_webp(picture(kind), 256))) as made:
        assert (made.format, made.size, made.mode) == ("WEBP", (256, 256), "RGB")


def test_a_grey_of_sixteen_bits_is_that_grey() -> None:
    written = io.BytesIO()
    Image.new("I;16", (400, 300), 100 * 256).save(written, "PNG")
    with Image.open(io.BytesIO(square_webp(written.getvalue(), 256))) as made:
        assert made.convert("L").getextrema() == (100, 100)


CYAN = (0, 255, 255)
INKS = [
    (ink_profile(), (0, 146, 216)),
    (b"", CYAN),
    (ink_profile()[:300], CYAN),
    (b"x", CYAN),
]


@pytest.mark.parametrize(("profile", "colour"), INKS, ids=["inks", "none", "torn", "nonsense"])
def test_a_picture_for_a_printer_has_the_colour_of_its_ink(profile: bytes, colour: tuple[int, int, int]) -> None:
    with Image.open(io.BytesIO(square_webp(printed(profile=profile), 64))) as made:
        seen = made.convert("RGB").getpixel((32, 32))
    assert seen == pytest.approx(colour, abs=25)


def test_a_wide_profile_keeps_what_is_seen_through() -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    written = io.BytesIO()
    Image.new("RGBA", (400, 300), (200, 40, 40, 0)).save(written, "PNG", icc_profile=wide)
    with Image.open(io.BytesIO(square_webp(written.getvalue(), 64))) as made:
        assert made.convert("RGB").getextrema() == ((255, 255), (255, 255), (255, 255))


def test_what_a_camera_hides_is_gone_and_up_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (51.0, 22.0, 0.0)}
    left_half = Image.new("RGB", (400, 400), "blue")
    left_half.paste("red", (0, 0, 200, 400))
    written = io.BytesIO()
    left_half.save(written, "JPEG", exif=exif)
    with Image.open(io.BytesIO(square_webp(written.getvalue(), 64))) as made:
        assert not made.getexif()
        assert "exif" not in made.info
        top, bottom = made.getpixel((32, 8)), made.getpixel((32, 56))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > bottom[0]


def _huge_png() -> bytes:
    """A few bytes that claim to be 60,000 by 60,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not a JPEG"),
        (picture("GIF"), "not a JPEG"),
        (picture("BMP"), "not a JPEG"),
        (picture("PNG")[:200], "damaged"),
        (picture("JPEG")[:400], "damaged"),
        (_huge_png(), "too many pixels"),
        (picture("PNG", (7000, 6000)), "too many pixels"),
    ],
    ids=["nothing", "svg", "gif", "bmp", "half png", "half jpeg", "bomb", "large"],
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadImage, match=why):
        square_webp(data, 256)


@pytest.mark.parametrize("entry", ODD_ENTRIES)
def test_an_odd_entry_of_exif_hinders_nothing(entry: tuple[int, int, int, bytes]) -> None:
    assert upright(oddly_described(*entry), 64).size == (48, 64)
