"""What is made of a logo and a cover: sizes, cuts, icons; and what is refused, in bounded memory."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from portal_app.integrations import brand_pictures
from portal_app.integrations.images import BadImage, NoPicture, TooManyPixels
from portal_app.settings import ROOT
from tests.pictures import PLAIN_SVG, bitmap, bomb

_PEAK = """
import sys
from pathlib import Path
from portal_app.integrations import brand_pictures, images
try:
    brand_pictures.cover(Path(sys.argv[1]).read_bytes(), 50, 50)
except images.BadImage as error:
    print(type(error).__name__)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_bitmap_logo(kind: str):
    made = brand_pictures.logo(bitmap(kind, (1200, 300)))
    assert set(made.files) == {"logo.webp", "logo.png", "mark.png"}
    assert (made.width, made.height) == (600, 150)
    assert {opened(data).size for name, data in made.files.items() if name != "mark.png"} == {(600, 150)}


def test_a_drawn_logo():
    made = brand_pictures.logo(PLAIN_SVG)
    assert set(made.files) == {"logo.svg", "logo.png", "mark.png"}
    assert opened(made.files["logo.png"]).size == (600, 200)
    assert opened(made.files["logo.png"]).convert("RGB").getpixel((599, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("ground", "ink", "plates"),
    [
        ("white", "black", ("", "#ffffff")),
        ("#f4efe6", "black", ("", "#f4efe6")),
        ("#101010", "white", ("", "#101010")),
        (None, "#15201f", ("", "#ffffff")),
        (None, "#8a3b21", ("", "#ffffff")),
        (None, "#ffd58a", ("", "")),
        (None, "white", (brand_pictures.DARK_GROUND, "")),
        (None, None, ("", "")),
    ],
)
def test_a_logo_made_for_another_ground_gets_a_plate(ground: str | None, ink: str | None, plates: tuple[str, str]):
    picture = Image.new("RGBA", (600, 200), ground or (0, 0, 0, 0))
    if ink:
        picture.paste(Image.new("RGBA", (300, 100), ink), (150, 50))
    written = io.BytesIO()
    picture.save(written, "PNG")
    assert brand_pictures.plates(written.getvalue()) == plates


def lettered(size: tuple[int, int], ground: object, ink: object) -> bytes:
    """Return a logo whose letters stand in the middle of much else."""
    picture = Image.new("RGBA", size, ground)  # type: ignore[arg-type]
    picture.paste(Image.new("RGBA", (400, 100), ink), ((size[0] - 400) // 2, (size[1] - 100) // 2))  # type: ignore[arg-type]
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(
    ("ground", "ink", "size"),
    [((0, 0, 0, 0), "#8a3b21", (400, 100)), ("white", "#8a3b21", (400, 100)), ("#8a3b21", "white", (600, 600))],
)
def test_margins_are_left_away_but_not_a_ground(ground: object, ink: object, size: tuple[int, int]):
    made = brand_pictures.logo(lettered((1000, 1000) if size[1] == 100 else (600, 600), ground, ink))
    assert (made.width / made.height) == pytest.approx(size[0] / size[1], rel=0.02)


def wordmark(kind: str, margin: int, ink: str = "black", ground: str = "white") -> bytes:
    """Return a logo of two letters H, whose stems stand in all corners of what is left without its margin."""
    picture = Image.new("RGB", (500 + 2 * margin, 120 + 2 * margin), ground)
    draw = ImageDraw.Draw(picture)
    for x in (0, 150, 320, 470):
        draw.rectangle((margin + x, margin, margin + x + 29, margin + 119), fill=ink)
    for x in (0, 320):
        draw.rectangle((margin + x, margin + 50, margin + x + 179, margin + 69), fill=ink)
    written = io.BytesIO()
    picture.save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize("margin", [0, 1, 200])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_ground_of_an_opaque_wordmark_is_not_its_first_letter(kind: str, margin: int):
    mark = brand_pictures.logo(wordmark(kind, margin)).files["mark.png"]
    by_day, in_the_dark = brand_pictures.plates(mark)
    assert by_day == ""
    assert min(bytes.fromhex(in_the_dark[1:])) > 240
    assert min(brand_pictures.icon(mark, 64, "#0f5c5c", "#ffffff").getpixel((1, 1))) > 240  # type: ignore[type-var,arg-type]


def test_a_margin_of_white_stays_narrow():
    made = brand_pictures.logo(wordmark("PNG", 200))
    assert made.width / made.height == pytest.approx(520 / 140, rel=0.02)


def test_a_pale_logo_on_white_is_one():
    made = brand_pictures.logo(wordmark("PNG", 100, ink="#fff8d0"))
    assert made.width / made.height == pytest.approx(700 / 320, rel=0.02)
    assert opened(made.files["logo.webp"]).convert("RGB").getextrema()[2][0] < 220  # type: ignore[index]


def test_a_white_logo_brings_its_ground_into_mails_and_icons():
    ring = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ring.paste("white", (0, 0, 400, 100))
    ring.paste("white", (0, 0, 100, 400))
    written = io.BytesIO()
    ring.save(written, "PNG")
    files = brand_pictures.logo(written.getvalue()).files
    assert opened(files["logo.png"]).convert("RGB").getpixel((190, 190)) == (21, 32, 31)
    icon = brand_pictures.icon(files["mark.png"], 64, "#0f5c5c", "#ffffff")
    assert icon.getpixel((1, 1)) == (15, 92, 92)
    assert icon.getpixel((10, 10)) == (255, 255, 255)


def test_what_a_camera_hides_is_gone_and_up_is_up():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "in the kitchen of somebody"
    made = brand_pictures.cover(bitmap("JPEG", (1200, 1200), exif=exif), 50, 50)
    for data in made.files.values():
        assert b"kitchen" not in data
        assert not opened(data).getexif()
    tall = opened(made.files["cover-tall.webp"]).convert("RGB")
    top, bottom = tall.getpixel((tall.width // 2, 20)), tall.getpixel((tall.width // 2, tall.height - 20))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[2] > 200 > bottom[2]


def test_the_point_in_sight_and_the_dark():
    left, right = (brand_pictures.cover(bitmap("PNG", (3000, 1000)), x, 50).files for x in (0, 100))
    tall_left, tall_right = (opened(files["cover-tall.webp"]).convert("RGB") for files in (left, right))
    assert tall_left.getpixel((5, 5))[2] > 200 > tall_right.getpixel((5, 5))[2]  # type: ignore[index]
    dark = opened(left["cover-tall-dark.webp"]).convert("RGB")
    assert 100 < dark.getpixel((5, 5))[2] < 170  # type: ignore[index]
    strip = opened(left["cover-strip.webp"])
    assert strip.size == (1200, 346)
    assert abs(tall_left.width / tall_left.height - 1000 / 1200) < 0.01


def test_the_cuts_of_a_busy_photograph_are_light():
    noise = io.BytesIO()
    Image.effect_noise((1300, 900), 60).convert("RGB").save(noise, "JPEG", quality=90)
    files = brand_pictures.cover(noise.getvalue(), 50, 50).files
    assert len(files["cover-whole.webp"]) <= 25_000
    for name, (_, _, most) in brand_pictures.CUTS.items():
        for theme in ("", "-dark"):
            assert len(files[f"cover{name}{theme}.webp"]) <= most


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"Dear Sir or Madam", NoPicture),
        (b"", NoPicture),
        (bitmap("GIF"), NoPicture),
        (bitmap("JPEG")[:4000], BadImage),
        (bitmap("PNG")[:2000], BadImage),
        (bitmap("PNG", (8000, 5100)), TooManyPixels),
        (bomb(), TooManyPixels),
        (bitmap("PNG", (12, 12)), brand_pictures.TooSmall),
    ],
    ids=["text", "nothing", "gif", "half jpeg", "half png", "large", "bomb", "tiny"],
)
def test_what_is_refused(data: bytes, refusal: type[BadImage]):
    for make in (brand_pictures.logo, lambda data: brand_pictures.cover(data, 50, 50)):
        with pytest.raises(refusal):
            make(data)


def test_what_is_refused_as_a_logo():
    for picture, refusal in (
        (Image.new("RGBA", (600, 200), (9, 9, 9, 0)), brand_pictures.NothingSeen),
        (Image.new("RGB", (600, 200), "white"), brand_pictures.NothingSeen),
        (Image.linear_gradient("L").point([255 - one // 32 for one in range(256)]), brand_pictures.NothingSeen),
        (Image.new("RGB", (5000, 40), "red"), brand_pictures.TooThin),
        (Image.new("RGB", (40, 5000), "red"), brand_pictures.TooThin),
    ):
        written = io.BytesIO()
        picture.save(written, "PNG")
        with pytest.raises(refusal):
            brand_pictures.logo(written.getvalue())


@pytest.mark.parametrize("made", [brand_pictures.logo, lambda data: brand_pictures.cover(data, 50, 50)])
def test_a_drawing_of_which_nothing_is_left(made):
    with pytest.raises(BadImage):
        made(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 600"><image href="x.png"/></svg>')


def test_memory_is_bounded(tmp_path: Path):
    """The largest picture that is taken, with transparency, and one that only claims to be far larger."""
    largest = io.BytesIO()
    Image.new("RGBA", (7300, 5400), (1, 2, 3, 128)).save(largest, "PNG", compress_level=1)
    for name, data, most, word in (("most", largest.getvalue(), 420, ""), ("bomb", bomb(), 150, "TooManyPixels")):
        file = tmp_path / name
        file.write_bytes(data)
        ran = subprocess.run(
            [sys.executable, "-c", _PEAK, str(file)], capture_output=True, text=True, check=True, timeout=60, cwd=ROOT
        )
        *said, peak = ran.stdout.split()
        assert " ".join(said) == word
        assert int(peak) < most, f"{name}: {peak} MB"


def icon_of(
    size: tuple[int, int], colour: tuple[int, ...], box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    logo = Image.new("RGBA", size, (0, 0, 0, 0))
    logo.paste(colour, box or (0, 0, *size))
    written = io.BytesIO()
    logo.save(written, "PNG")
    return brand_pictures.icon(written.getvalue(), 64, "#0f5c5c", "#ffffff")


def test_icons():
    round_one = icon_of((100, 100), (200, 0, 0, 255), (10, 10, 80, 90))
    assert (round_one.size, round_one.getpixel((1, 1))) == ((64, 64), (200, 0, 0))
    ring = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ring.paste((200, 0, 0, 255), (0, 0, 100, 50))
    ring.paste((200, 0, 0, 255), (0, 0, 50, 100))
    written = io.BytesIO()
    ring.save(written, "PNG")
    square = brand_pictures.icon(written.getvalue(), 64, "#0f5c5c", "#ffffff")
    assert square.getpixel((1, 1)) == (255, 255, 255)
    mark = opened(brand_pictures.logo(PLAIN_SVG).files["mark.png"])
    assert mark.height == 512
    wide = brand_pictures.icon(brand_pictures.logo(PLAIN_SVG).files["mark.png"], 64, "#0f5c5c", "#ffffff")
    assert wide.getpixel((1, 1)) == (15, 92, 92)
    assert wide.getpixel((32, 32)) == (255, 255, 255)
    house = brand_pictures.icon(None, 192, "#0f5c5c", "#ffffff")
    assert (house.size, house.getpixel((1, 1))) == ((192, 192), (15, 92, 92))
    assert opened(brand_pictures.ico(wide)).format == "ICO"


def moving(kind: str) -> bytes:
    """Return a picture of two frames: blue, then red."""
    written = io.BytesIO()
    first, second = (Image.new("RGB", (600, 200), colour) for colour in ("blue", "red"))
    first.save(written, kind, save_all=True, append_images=[second], duration=100)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_a_picture_that_moves_stands_still(kind: str):
    for made in (brand_pictures.logo(moving(kind)).files, brand_pictures.cover(moving(kind), 50, 50).files):
        for name, data in made.items():
            picture = opened(data)
            assert getattr(picture, "n_frames", 1) == 1, name
            red, _, blue = picture.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
            assert blue > red, name


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_hides_behind_a_picture_is_gone(kind: str):
    hidden = bitmap(kind, (600, 400)) + b"<script>evil</script>PK\x03\x04evil.exe"
    for made in (brand_pictures.logo(hidden).files, brand_pictures.cover(hidden, 50, 50).files):
        assert [name for name, data in made.items() if b"evil" in data] == []


def test_another_kind_under_a_known_name_is_no_picture():
    for kind in ("ICO", "GIF", "TIFF", "BMP"):
        with pytest.raises(NoPicture):
            brand_pictures.logo(bitmap(kind, (64, 64)))


@pytest.mark.parametrize("size", [(1, 1), (10_000, 10), (10, 10_000), (15, 600)])
def test_a_logo_that_would_be_a_speck_or_a_hair(size: tuple[int, int]):
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, "PNG")
    with pytest.raises(brand_pictures.TooSmall):
        brand_pictures.logo(written.getvalue())
