"""Every mail as mail programs show it: narrow and wide, light and dark, with the business's logo and without."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from portal_app.services.business import Picture
from portal_app.services.mail_design import render
from portal_app.services.mail_words import words_of
from portal_app.services.mails import Mail
from tests.browser.conftest import Visit
from tests.browser.floors import look
from tests.browser.visitor import Scheme
from tests.pictures import bitmap
from tests.running import wait_for
from tests.services.test_mail_words import FACTS, LOOK, SECRETS
from tests.site import OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CARDS: dict[Scheme, str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 28, 27)"}
LONG = "Extraordinarily-long-" * 5 + "name"


def show(page: Page, mail: Mail, public_url: str, logo: Picture | None = None, facts: dict | None = None) -> None:
    """Put a mail on the screen, as a mail program does with its HTML part."""
    business = replace(LOOK, logo=logo, accent="#8a3b21")
    page.set_content(render(words_of(mail, facts or FACTS[mail], SECRETS, business), business, public_url).html)


def findings(page: Page) -> list[str]:
    """Return what axe finds, but for the parts a page has: a mail stands within the page of a mail program."""
    return [line for line in look(page) if not line.startswith(("landmark-one-main", "region"))]


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("mail", Mail)
def test_it_fits_and_reads_well_in_both_themes(visit: Visit, site: Site, mail: Mail):
    page = visit().page
    for width in (320, 600):
        page.set_viewport_size({"width": width, "height": 800})
        show(
            page,
            mail,
            site.url,
            facts={name: LONG if isinstance(was, str) else was for name, was in FACTS[mail].items()},
        )
        assert fits(page), f"{mail} with long words at {width} px"
        show(page, mail, site.url)
        assert fits(page), f"{mail} at {width} px"
        for scheme, card in CARDS.items():
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("td.card").first).to_have_css("background-color", card)
            assert findings(page) == [], f"{mail} at {width} px, {scheme}"


def test_a_logo_is_shown_on_white_in_both_themes_and_named_where_pictures_are_off(visit: Visit, site: Site):
    office = site.portal.sign_in(OFFICE)
    files = {"picture": ("logo.png", bitmap(size=(600, 200)), "image/png")}
    assert "told=saved" in office.post("/office/brand/logo", files=files).headers["location"]
    try:
        wait_for(lambda: office.get("/brand/logo?as=png").headers["content-type"] == "image/png", "the logo in mails")
        with site.portal.rows() as rows:
            digest = rows.execute("SELECT digest FROM brand_picture WHERE kind = 'logo'").fetchone()["digest"]
        _shown(visit, site, Picture(digest, 600, 200))
    finally:
        with site.portal.rows() as rows:
            rows.execute("DELETE FROM brand_picture WHERE kind = 'logo'")


def _shown(visit: Visit, site: Site, logo: Picture) -> None:
    visitor = visit()
    page = visitor.page
    for scheme in CARDS:
        page.emulate_media(color_scheme=scheme)
        show(page, Mail.CODE, site.url, logo)
        picture = page.get_by_role("img", name="Bell & Daughters")
        page.wait_for_function("one => one.complete && one.naturalWidth === 600", arg=picture.element_handle())
        head = page.locator("td", has=picture).last
        with Image.open(io.BytesIO(head.screenshot())) as seen:
            assert seen.convert("RGB").getpixel((seen.width - 4, 4)) == (255, 255, 255)
        assert findings(page) == []
    page.route(re.compile("/brand/logo"), lambda route: route.abort())
    visitor.watch.expected += ["/brand/logo", "ERR_FAILED"]
    show(page, Mail.CODE, f"{site.url}/off", logo)
    expect(page.get_by_role("img", name="Bell & Daughters")).to_be_visible()
    assert findings(page) == []
