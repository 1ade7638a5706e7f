"""The office gives pictures by the browser's own file chooser; customers' pages show them, in light and dark."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import DESKTOP
from tests.pictures import PLAIN_SVG, SCRIPTED, bitmap
from tests.site import CUSTOMER, OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
BRAND = "/office/settings/brand"


@pytest.fixture(autouse=True)
def as_it_was(site: Site) -> Iterator[None]:
    yield
    with site.portal.rows() as rows:
        rows.execute("DELETE FROM brand_picture")


def give(page: Page, label: str, file: Path) -> None:
    with page.expect_navigation(url=re.compile(r"told=")):
        page.get_by_label(label, exact=True).set_input_files(file)
    page.locator(".check").first.wait_for()


def paint(picture: Locator) -> list[int]:
    """Return the colour in the top left of a picture as the browser shows it, as soon as it is there."""
    return picture.evaluate("""async picture => {
        await picture.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
        const context = canvas.getContext("2d");
        context.drawImage(picture, 0, 0, 8, 8);
        return [...context.getImageData(1, 1, 1, 1).data].slice(0, 3);
    }""")


def test_pictures_are_given_seen_by_customers_and_taken_away(visit: Visit, site: Site, tmp_path: Path):
    logo, cover = tmp_path / "logo.svg", tmp_path / "cover.jpg"
    logo.write_bytes(PLAIN_SVG)
    cover.write_bytes(bitmap("JPEG", (2400, 1000), left="blue"))
    customer = visit(email=CUSTOMER, size=DESKTOP)
    before = customer.open("/home")
    page = visit(email=OFFICE, size=DESKTOP).open(BRAND)
    give_logo_and_cover(page, logo, cover)
    assert findings(page) == []
    keeps_room_for_the_cover(page)

    # Mail that is read in a browser shows the logo from another site; nothing else is shown there.
    for address, shown_by in (("/brand/logo?as=png", "cross-origin"), ("/brand/logo", "same-origin")):
        answer = page.request.get(f"{site.url}{address}")
        assert answer.headers["cross-origin-resource-policy"] == shown_by

    # A page that was open all the time shows them from its next navigation on.
    before.get_by_role("navigation").get_by_role("link", name="Jobs", exact=True).locator("visible=true").click()
    before.locator("#past").wait_for()
    shown = before.locator(".logo img.only-light").first
    expect(shown).to_have_attribute("src", re.compile(r"^/brand/logo\?v="))
    assert paint(shown) == [0x8A, 0x3B, 0x21]

    for scheme, brightness in (("light", range(240, 256)), ("dark", range(100, 170))):
        home = visit(email=CUSTOMER, scheme=scheme, size=DESKTOP).open("/home")
        assert paint(home.locator(f".logo img.only-{scheme}").first) == [0x8A, 0x3B, 0x21]
        if scheme == "dark":
            # It was made for paper, and none was given for the dark.
            expect(home.locator(".logo img.only-dark").first).to_have_css("background-color", "rgb(255, 255, 255)")
            expect(home.locator(".logo img.only-dark").first).to_have_css("border-radius", "8px")
        art = home.locator(f".hello-art img.only-{scheme}")
        assert paint(art)[2] in brightness
        assert art.evaluate("picture => getComputedStyle(picture).objectPosition") == "10% 50%"
        assert findings(home) == []

    for words in ("Use the name instead", "Use a plain colour"):
        page.get_by_role("button", name=words).click()
        page.get_by_text("Taken away.").wait_for()
        expect(page.get_by_role("button", name=words)).to_have_count(0)


def give_logo_and_cover(page: Page, logo: Path, cover: Path) -> None:
    give(page, "Upload logo", logo)
    expect(page.locator("#pictures").get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("600 × 200 pixels")).to_be_visible()
    give(page, "Upload cover picture", cover)
    expect(page.get_by_text("2000 × 833 pixels")).to_be_visible()
    seen = page.get_by_role("img", name="The cover as it is")
    box = seen.bounding_box()
    assert box is not None
    with page.expect_navigation(url=re.compile(r"told=saved")):
        seen.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.5})
    expect(page.get_by_label("From the left")).to_have_value("10")
    expect(page.get_by_label("From the top")).to_have_value("50")


def keeps_room_for_the_cover(page: Page) -> None:
    """Fail when what is below the cover moves once that has come."""
    cover = re.compile("shape=whole")
    page.route(cover, lambda _held_back: None)
    page.reload(wait_until="commit")
    box = page.get_by_role("img", name="The cover as it is").bounding_box()
    assert box is not None
    assert abs(box["height"] - box["width"] * 833 / 2000) < 1
    page.unroute(cover)
    page.reload()


def test_what_came_of_it_is_in_sight_on_a_phone(visit: Visit, tmp_path: Path):
    cover = tmp_path / "cover.jpg"
    cover.write_bytes(bitmap("JPEG", (1600, 800)))
    page = visit(email=OFFICE).open(BRAND)
    # What is typed meanwhile is shown, and neither a colour that is picked nor the picture takes it away.
    welcome, own = page.get_by_label("Welcome line"), page.get_by_label("Your own")
    welcome.fill("Half a sentence")
    expect(page.locator(".phone-foot").first).to_contain_text("Half a sentence")
    page.get_by_role("button", name="Brick").click()
    expect(own).to_have_value("#8a3b21")
    give(page, "Upload cover picture", cover)
    expect(page.locator("#cover-picture").get_by_text("Saved.")).to_be_in_viewport()
    expect(welcome).to_have_value("Half a sentence")
    expect(own).to_have_value("#8a3b21")
    page.get_by_role("button", name="Undo changes").click()
    expect(own).to_have_value("")
    expect(welcome).not_to_have_value("Half a sentence")


def test_what_cannot_be_used_is_said_where_it_was_chosen(visit: Visit, tmp_path: Path):
    page = visit(email=OFFICE).open(BRAND)
    scripted = tmp_path / "scripted.svg"
    scripted.write_bytes(SCRIPTED)
    give(page, "Upload logo", scripted)
    expect(page.locator("#pictures").get_by_text("Saved.")).to_be_visible()
    for name, data, words in (
        ("text.png", b"Dear Sir or Madam", "no picture that we can read"),
        ("half.jpg", bitmap("JPEG")[:4000], "damaged"),
        ("large.png", b"x" * (30 * 1024 * 1024), "larger than 8 MB"),
        ("wide.png", bitmap(size=(8000, 5100)), "more than 40 megapixels"),
    ):
        file = tmp_path / name
        file.write_bytes(data)
        give(page, "Replace logo", file)
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_text("600 × 200 pixels")).to_be_visible()
    assert findings(page) == []


def test_a_large_file_is_refused_by_the_server_too(visit: Visit, tmp_path: Path):
    """Without our script the browser sends it all, and still hears why it was refused."""
    page = visit(email=OFFICE).open(BRAND)
    file = tmp_path / "large.png"
    file.write_bytes(b"x" * (30 * 1024 * 1024))
    page.evaluate("document.querySelectorAll('[data-sends]').forEach(input => input.removeAttribute('data-sends'))")
    page.get_by_label("Upload logo", exact=True).set_input_files(file)
    with page.expect_navigation(url=re.compile(r"told=large")):
        page.evaluate("document.getElementById('logo-file').form.submit()")
    expect(page.get_by_text("larger than 8 MB")).to_be_visible()
