"""Photos come out upright, in three sizes and clean, or not at all."""

import io
import random
import zipfile
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageChops, ImageCms

from portal_app.integrations.images import BadImage, NoPicture, TooManyPixels
from portal_app.integrations.photos import fitted, photo
from tests.pictures import ODD_ENTRIES, bitmap, bomb, ink_profile, oddly_described, printed, telephone_photo


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def colour(picture: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    found = picture.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_it_works(kind: str):
    made = photo(telephone_photo(kind, (2400, 1800)))
    sides = {name.partition(".")[0]: max(opened(data).size) for name, data in made.files.items()}
    assert sides == {"large": 2400, "medium": 1600, "small": 480}
    assert (made.width, made.height) == (1800, 2400)
    assert made.taken_at is not None
    assert made.taken_at.astimezone(UTC) == datetime(2026, 6, 14, 9, 42, 5, tzinfo=UTC)
    for name, data in made.files.items():
        picture = opened(data)
        assert picture.format == {"jpg": "JPEG", "webp": "WEBP"}[name.rpartition(".")[2]]
        assert not picture.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
        assert b"Secretphone" not in data
        top, bottom = (colour(picture, (picture.width // 2, y)) for y in (4, picture.height - 5))
        assert top[2] > 200 > top[0]
        assert bottom[0] > 200 > bottom[2]


def test_the_smaller_of_two_formats_is_kept_and_the_large_one_is_for_everybody():
    noise = Image.effect_noise((900, 700), 90).convert("RGB")
    written = io.BytesIO()
    noise.save(written, "PNG")
    for data in (bitmap(size=(900, 700)), written.getvalue()):
        made = photo(data)
        assert len(made.files) == 3
        assert "large.jpg" in made.files
    assert "medium.webp" in photo(bitmap(size=(900, 700))).files


def test_nothing_is_blown_up():
    made = photo(bitmap(size=(60, 40)))
    assert {opened(data).size for data in made.files.values()} == {(60, 40)}
    assert made.taken_at is None


def test_what_is_see_through_stands_on_white_and_palettes_and_greys_are_read():
    clear = io.BytesIO()
    Image.new("RGBA", (90, 90), (0, 0, 0, 0)).save(clear, "PNG")
    palette = io.BytesIO()
    Image.new("P", (90, 90), 0).save(palette, "PNG", transparency=0)
    grey = io.BytesIO()
    Image.new("L", (90, 90), 255).save(grey, "JPEG")
    for data in (clear, palette, grey):
        assert min(colour(opened(photo(data.getvalue()).files["large.jpg"]), (45, 45))) > 250


def test_a_grey_of_sixteen_bits_is_that_grey():
    written = io.BytesIO()
    Image.new("I;16", (90, 90), 100 * 256).save(written, "PNG")
    assert colour(opened(photo(written.getvalue()).files["large.jpg"]), (45, 45)) == pytest.approx((100,) * 3, abs=2)


def test_wide_colours_are_brought_into_the_usual_ones_and_a_torn_profile_is_no_matter():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    usual = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (usual, usual[:200], lab, b"nonsense"):
        made = photo(bitmap("JPEG", (90, 90), icc_profile=profile))
        assert colour(opened(made.files["large.jpg"]), (80, 45))[0] > 230


def test_a_photo_for_a_printer_has_the_colour_of_its_ink():
    made = photo(printed((5000, 200), ink_profile()))
    for name in made.files:
        assert colour(opened(made.files[name]), (9, 9)) == pytest.approx((0, 146, 216), abs=25)


@pytest.mark.parametrize("said", ["0000:00:00 00:00:00", "yesterday", "1904:01:01 00:00:00", "9999:99:99 99:99:99", ""])
def test_a_camera_that_does_not_know_the_time_says_nothing(said: str):
    exif = Image.Exif()
    exif[0x8769] = {0x9003: said}
    assert photo(bitmap("JPEG", (90, 90), exif=exif)).taken_at is None


def test_what_hides_behind_a_picture_is_gone():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("evil.html", "<script>alert(1)</script>")
    polyglot = bitmap("JPEG", (300, 200), comment=b"<script>alert(2)</script>") + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(polyglot))
    for data in photo(polyglot).files.values():
        assert b"evil.html" not in data
        assert b"<script>" not in data


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", NoPicture),
        (b"Dear Sir or Madam", NoPicture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", NoPicture),
        (b"%PDF-1.4\n%%EOF", NoPicture),
        (bitmap("GIF"), NoPicture),
        (bitmap("TIFF"), NoPicture),
        (bitmap("JPEG")[:3000], BadImage),
        (bitmap("PNG")[:800], BadImage),
        (telephone_photo("HEIF")[:700], BadImage),
        (bomb(), TooManyPixels),
        (bitmap(size=(8000, 5100)), TooManyPixels),
    ],
    ids=["nothing", "text", "svg", "pdf", "gif", "tiff", "half-jpeg", "half-png", "half-heic", "bomb", "40-megapixels"],
)
def test_what_is_refused(data: bytes, refusal: type[BadImage]):
    with pytest.raises(refusal) as caught:
        photo(data)
    assert type(caught.value) is refusal


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_bytes_that_were_changed_on_the_way_never_do_worse_than_being_refused(kind: str):
    dice = random.Random(kind)
    whole = telephone_photo(kind, (160, 120))
    outcomes = set()
    for _ in range(60):
        torn = bytearray(whole)
        for _ in range(dice.randint(1, 25)):
            torn[dice.randrange(len(torn))] = dice.randrange(256)
        try:
            outcomes.add(len(photo(bytes(torn)).files))
        except BadImage:
            outcomes.add(0)
    assert outcomes <= {0, 3}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_strips_make_the_same_picture_as_the_whole(mode: str):
    drawn = Image.effect_noise((900, 1300), 90).convert("RGB")
    if mode == "RGBA":
        drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    whole = drawn.convert(mode)
    found = fitted(whole, 700)
    expected = whole.resize(found.size, Image.Resampling.LANCZOS)
    assert found.size == (485, 700)
    paper = Image.new("RGBA", found.size, "white")
    # What shines through hardly has a colour of its own: only what is seen of it counts.
    seen, wanted = (Image.alpha_composite(paper, one.convert("RGBA")) for one in (found, expected))
    apart = ImageChops.difference(seen.convert("RGB"), wanted.convert("RGB")).histogram()
    assert max(place % 256 for place, count in enumerate(apart) if count) <= 4
    assert fitted(whole, 1300) is whole


@pytest.mark.parametrize("entry", ODD_ENTRIES)
def test_an_odd_entry_of_exif_hinders_nothing(entry: tuple[int, int, int, bytes]):
    made = photo(oddly_described(*entry))
    assert (made.width, made.height) == (48, 64)
