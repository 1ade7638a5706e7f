"""Uploading the brand's pictures as a browser does, and what is served afterwards."""

import io
from html import escape

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from portal_app.database import reading
from portal_app.endpoints import brand, brand_upload
from portal_app.services import business
from portal_app.services.mail_design import render
from portal_app.services.mail_parts import Words
from portal_app.services.rights import StaffRole
from tests.pictures import PLAIN_SVG, SCRIPTED, bitmap
from tests.services import people

PAGE = "/office/settings/brand"


@pytest.fixture
def browser_app(database_file) -> Starlette:
    return Starlette(routes=[*brand_upload.ROUTES, *brand.ROUTES])


@pytest.fixture(autouse=True)
def its_business(database_file) -> None:
    people.make_business()
    business.forget_look()


@pytest.fixture
def owner(browser) -> httpx.AsyncClient:
    return signed_in(browser, people.start_session(people.make_staff("ruth@example.com")))


def signed_in(browser, token: str) -> httpx.AsyncClient:
    client = browser()
    client.cookies.set("porchlight_session", token)
    return client


def kept() -> dict:
    with reading() as session:
        return business.pictures(session)


def file(data: bytes, name: str = "logo.png") -> dict:
    return {"picture": (name, data, "image/png")}


async def told(client: httpx.AsyncClient, kind: str, data: bytes, name: str = "logo.png") -> str:
    answer = await client.post(f"/office/brand/{kind}", files=file(data, name))
    assert answer.status_code == 303, answer.text
    address = httpx.URL(answer.headers["location"])
    assert (address.path, address.params["picture"], address.fragment) == (PAGE, kind, f"{kind}-picture")
    return address.params["told"]


def clear() -> bytes:
    """Return a picture in which nothing is to be seen."""
    written = io.BytesIO()
    Image.new("RGBA", (600, 200), (0, 0, 0, 0)).save(written, "PNG")
    return written.getvalue()


def colour(answer: httpx.Response, at: tuple[int, int]) -> tuple[int, ...]:
    with Image.open(io.BytesIO(answer.content)) as picture:
        found = picture.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return found


async def test_a_logo_is_worn_everywhere_at_once(owner):
    before = await owner.get("/brand/logo")
    assert await told(owner, "logo", bitmap(size=(1200, 300))) == "saved"
    after = await owner.get("/brand/logo", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.headers["content-type"]) == (200, "image/webp")
    assert (await owner.get("/brand/logo?theme=dark")).content == after.content
    again = await owner.get("/brand/logo", headers={"if-none-match": after.headers["etag"]})
    assert again.status_code == 304
    mail = await owner.get("/brand/logo?as=png")
    assert mail.headers["content-type"] == "image/png"
    assert colour(mail, (590, 75))[0] > 240
    for side in (32, 180, 192, 512):
        icon = await owner.get(f"/brand/icon?size={side}")
        with Image.open(io.BytesIO(icon.content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (side, side))
    assert (await owner.get("/brand/icon")).headers["content-type"] == "image/png"
    with Image.open(io.BytesIO((await owner.get("/favicon.ico")).content)) as picture:
        assert picture.format == "ICO"
    rendered = render(Words("S", "H", ()), business.look(), "https://portal.example.com")
    assert '<img src="https://portal.example.com/brand/logo?as=png&amp;v=' in rendered.html
    assert f'alt="{escape(business.look().name)}"' in rendered.html


async def test_without_pictures_everything_is_drawn(owner):
    assert (await owner.get("/brand/icon")).headers["content-type"] == "image/svg+xml"
    assert (await owner.get("/brand/icon?size=64000")).headers["content-type"] == "image/svg+xml"
    with Image.open(io.BytesIO((await owner.get("/brand/icon?size=512")).content)) as picture:
        assert picture.size == (512, 512)
    assert "<img" not in render(Words("S", "H", ()), business.look(), "https://portal.example.com").html
    assert (await owner.get("/brand/logo?as=png")).headers["content-type"] == "image/svg+xml"


async def test_a_logo_for_the_dark_and_none_at_all(owner):
    plate = 'img.only-dark[src^="/brand/logo"] { padding: 4px 8px; border-radius: 8px; background: #ffffff;'
    assert plate not in (await owner.get("/brand.css")).text
    assert await told(owner, "logo", PLAIN_SVG) == "saved"
    assert plate in (await owner.get("/brand.css")).text
    assert await told(owner, "logo_dark", bitmap(size=(600, 200), left="green")) == "saved"
    assert "only-dark" not in (await owner.get("/brand.css")).text
    assert (await owner.get("/brand/logo")).headers["content-type"] == "image/svg+xml"
    assert colour(await owner.get("/brand/logo?theme=dark"), (5, 5))[1] > 100
    for kind in ("logo_dark", "logo"):
        answer = await owner.post(f"/office/brand/{kind}/remove")
        assert answer.headers["location"] == f"{PAGE}?picture={kind}&told=removed#{kind}-picture"
    assert "<text" in (await owner.get("/brand/logo?theme=dark")).text


async def test_a_white_logo_gets_a_ground_by_day(owner):
    white = PLAIN_SVG.replace(b"#8a3b21", b"#fff").replace(b"#222", b"#fff")
    assert await told(owner, "logo", white) == "saved"
    styles = (await owner.get("/brand.css")).text
    assert 'img.only-light[src^="/brand/logo"]' in styles
    assert "only-dark" not in styles


async def test_what_cannot_be_seen_is_refused(owner):
    assert await told(owner, "logo", clear()) == "unseen"
    assert await told(owner, "logo", bitmap(size=(4000, 40))) == "thin"
    assert kept() == {}


async def test_a_cover_its_cuts_and_its_point(owner):
    answer = await owner.post(
        "/office/brand/cover", files=file(bitmap(size=(3000, 900))), data={"x": "100", "y": "not a number"}
    )
    assert "told=saved" in answer.headers["location"]
    assert (kept()["cover"].focal_x, kept()["cover"].focal_y) == (100, 50)
    assert "--cover-at: 100% 50%" in (await owner.get("/brand.css")).text
    assert colour(await owner.get("/brand/cover?shape=tall"), (5, 5))[0] > 200
    await owner.post("/office/brand/cover/focus", data={"x": "0", "y": "999"})
    assert (kept()["cover"].focal_x, kept()["cover"].focal_y) == (0, 100)
    light, dark = [await owner.get(f"/brand/cover?shape=tall{theme}") for theme in ("", "&theme=dark")]
    assert colour(light, (5, 5))[2] > 200 > 170 > colour(dark, (5, 5))[2] > 100


async def test_what_lies_in_the_folder_is_shown_until_something_is_given_or_taken_away(owner, portal_env):
    folder = portal_env / "brand"
    folder.mkdir(exist_ok=True)
    for name in ("logo", "logo-dark", "cover"):
        (folder / f"{name}.svg").write_text(f"<svg>{name}</svg>")
    assert "logo-dark" in (await owner.get("/brand/logo?theme=dark")).text
    await owner.post("/office/brand/cover/remove")
    assert "<svg>" not in (await owner.get("/brand/cover")).text
    assert await told(owner, "logo", PLAIN_SVG) == "saved"
    assert "logo-dark" not in (await owner.get("/brand/logo?theme=dark")).text


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"Dear Sir or Madam", "logo.png", "unknown"),
        (bitmap("JPEG")[:4000], "photo.jpg", "damaged"),
        (bitmap(size=(8000, 5100)), "photo.png", "pixels"),
        (b"x" * (8 * 1024 * 1024 + 1), "large.png", "large"),
        (b"x" * (30 * 1024 * 1024), "larger.png", "large"),
        (b"", "empty.png", "unknown"),
        (b"", "", "none"),
        (b"<svg", "a.svg", "drawing"),
    ],
    ids=["text", "half", "40 megapixels", "8 MB", "30 MB", "empty", "none", "half svg"],
)
async def test_bad_input_is_told_and_keeps_what_there_was(owner, data: bytes, name: str, word: str):
    assert await told(owner, "logo", SCRIPTED) == "saved"
    before = kept()
    assert await told(owner, "logo", data, name) == word
    assert kept() == before


async def test_too_much_without_saying_so_is_refused_while_it_arrives(owner):
    sent = 0

    async def endless():
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
        while True:
            sent += 1
            yield b"x" * 1024 * 1024

    answer = await owner.post(
        "/office/brand/logo", content=endless(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert "told=large" in answer.headers["location"]
    assert sent < 12


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "image/png"}, bitmap(), 415),
        ({"content-type": "multipart/form-data"}, b"--b--", 400),
        ({"content-type": "multipart/form-data; boundary=b"}, b"no form", 400),
        ({"content-type": "multipart/form-data; boundary=b", "content-length": "-1"}, b"", 400),
        ({"content-type": "application/x-www-form-urlencoded"}, b"picture=1", 415),
    ],
)
async def test_what_is_no_upload(owner, headers: dict, content: bytes, status: int):
    answer = await owner.post("/office/brand/logo", content=content, headers=headers)
    assert answer.status_code == status
    assert kept() == {}


async def test_a_word_instead_of_a_file(owner):
    answer = await owner.post(
        "/office/brand/logo",
        content=b'--b\r\nContent-Disposition: form-data; name="picture"\r\n\r\nhello\r\n--b--\r\n',
        headers={"content-type": "multipart/form-data; boundary=b"},
    )
    assert "told=none" in answer.headers["location"]


async def test_other_people_and_other_sites(browser):
    sarah = people.start_session(people.make_customer("sarah@example.com"))
    owner = people.start_session(people.make_staff("ruth@example.com"))
    roles = [role for role in StaffRole if role is not StaffRole.OWNER]
    colleagues = [people.start_session(people.make_staff(f"{role}@example.com", role)) for role in roles]
    for path in ("/office/brand/logo", "/office/brand/cover/focus", "/office/brand/logo/remove"):
        stranger = await browser().post(path, files=file(PLAIN_SVG))
        assert stranger.headers["location"].startswith("/login")
        for token in (sarah, *colleagues):
            assert (await signed_in(browser, token).post(path, files=file(PLAIN_SVG))).status_code == 404
        foreign = browser(Origin="https://evil.example")
        foreign.cookies.set("porchlight_session", owner)
        assert (await foreign.post(path, files=file(PLAIN_SVG))).status_code == 403
        assert (await browser().get(path)).headers["location"] == PAGE
    unknown = await signed_in(browser, owner).post("/office/brand/other", files=file(PLAIN_SVG))
    assert unknown.status_code == 404
    assert kept() == {}
