"""Photos and documents of a job as customers meet them: by touch and by keys, live, and never more than is theirs."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import DESKTOP, PHONE, SIZES, Visitor
from tests.site import CUSTOMER, NEIGHBOUR, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
COUNT = 6


def job_with_photos(visitor: Visitor) -> Page:
    """Open the job of the demo that has photos, once the CRM's files have come."""
    # It belongs to a plan, which stands for its jobs until one of them is searched for.
    page = visitor.open("/jobs?q=boiler service")
    page.locator("a.record", has_text="Annual boiler service").first.click()
    expect(page.locator(".gallery img")).to_have_count(COUNT, timeout=60_000)
    return page


def ids(page: Page) -> list[str]:
    found = page.locator(".gallery a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [address.split("/")[2] for address in found]


def said(page: Page) -> Any:
    return page.get_by_role("dialog").get_by_role("status")


def swipe(page: Page, *, left: bool) -> None:
    """Draw a finger over the picture, as the browser's own gestures do."""
    client = page.context.new_cdp_session(page)
    start, way = (300, -240) if left else (60, 240)
    for step in range(11):
        finger = {"x": start + way * step / 10, "y": 400}
        kind = "touchMove" if step else "touchStart"
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [finger]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    client.detach()


def test_by_keys(visit: Visit):
    page = job_with_photos(visit(size=DESKTOP, email=CUSTOMER))
    thumb = page.locator(".gallery a").nth(1)
    thumb.focus()
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(f"2 of {COUNT}: Pressure 1.4 bar")
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    assert findings(page) == []
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_have_text(f"3 of {COUNT}: New valve fitted")
    page.keyboard.press("End")
    expect(said(page)).to_have_text(f"{COUNT} of {COUNT}: Flue outside")
    expect(page.get_by_role("button", name="Next")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    expect(said(page)).to_have_text(f"5 of {COUNT}: Hot water cylinder")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(thumb).to_be_focused()


def test_by_touch(visit: Visit):
    page = job_with_photos(visit(size=PHONE, email=CUSTOMER))
    page.locator(".gallery a").first.tap()
    expect(said(page)).to_have_text(f"1 of {COUNT}: Before: boiler")
    swipe(page, left=True)
    expect(said(page)).to_have_text(f"2 of {COUNT}: Pressure 1.4 bar")
    swipe(page, left=False)
    expect(said(page)).to_have_text(f"1 of {COUNT}: Before: boiler")
    seen = page.locator(".viewer li img").first
    expect(seen).to_have_js_property("complete", True)
    assert seen.evaluate("one => one.naturalWidth") > 480
    assert "/medium" in seen.evaluate("one => one.currentSrc")
    page.get_by_role("button", name="Close").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_faster_than_the_script_that_shows_it(visit: Visit):
    visitor = visit(size=PHONE, email=CUSTOMER)
    held: list[Route] = []
    visitor.page.route("**/gallery.js", lambda asked: held.append(asked))
    page = job_with_photos(visitor)
    page.locator(".gallery a").nth(1).tap()
    page.locator(".gallery a").nth(1).tap()
    page.wait_for_function("document.head.querySelectorAll('script[src=\"/gallery.js\"]').length >= 2")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert held
    # What was held goes on by that.
    page.unroute("**/gallery.js")
    expect(said(page)).to_have_text(f"2 of {COUNT}: Pressure 1.4 bar")
    page.get_by_role("button", name="Next").tap()
    expect(said(page)).to_have_text(f"3 of {COUNT}: New valve fitted")


@pytest.mark.parametrize("size", SIZES)
def test_to_keep_or_only_to_look_at(visit: Visit, site: Site, size: str):
    page = job_with_photos(visit(size=SIZES[size], email=CUSTOMER))
    keeps = page.get_by_role("dialog").get_by_role("link", name="Download")
    page.locator(".gallery a").first.click()
    with page.expect_download() as kept:
        keeps.click()
    assert kept.value.suggested_filename == "Before boiler.jpg"
    page.keyboard.press("Escape")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    decide(site, "view_only")
    try:
        expect(page.locator("[data-download^='/']")).to_have_count(0)
        page.reload()
        expect(page.locator(".gallery img")).to_have_count(COUNT)
        page.locator(".gallery a").first.click()
        for place in range(1, COUNT + 1):
            expect(said(page)).to_contain_text(f"{place} of {COUNT}")
            expect(keeps).to_have_count(0)
            page.keyboard.press("ArrowRight")
        gives_no_original(site, page, asked)
    finally:
        decide(site, "downloadable")


def gives_no_original(site: Site, page: Page, asked: list[str]) -> None:
    """Ask for every address that the page asked for or names, and for those that somebody would try."""
    named = page.evaluate(
        "[...document.querySelectorAll('[href], [src], [data-download]')]"
        ".flatMap(one => [one.href, one.src, one.dataset.download])"
    )
    photos, who = ids(page), site.portal.sign_in(CUSTOMER)
    every = {urlsplit(address).path for address in [*asked, *named] if address}
    pictures = sorted(path for path in every if path.startswith("/files/") and path.split("/")[2] in photos)
    assert {path.rpartition("/")[2] for path in pictures} == {"small", "medium"}
    assert len(pictures) == 2 * COUNT
    for path in pictures:
        answer = who.get(path)
        assert answer.status_code == 200
        # What the office's pictures came as.
        assert not answer.content.startswith(b"\x89PNG")
        assert "content-disposition" not in answer.headers
    for one in photos:
        for size in ("large", "original", "large.jpg", "large%2fmedium", "%2e%2e/large"):
            assert who.get(f"/files/{one}/{size}").status_code == 404, size


def decide(site: Site, download: str) -> None:
    """Let the office decide about all photos."""
    site.portal.python(f"""
from dataclasses import replace
from portal_app.database import transaction
from portal_app.services import visibility
from portal_app.services.actors import System
with transaction() as session:
    visibility.save(session, System("test"), replace(visibility.of_portal(session), photo_download="{download}"))
""")


def test_a_new_photo_arrives_on_the_open_page(visit: Visit, site: Site):
    page = job_with_photos(visit(size=PHONE, email=CUSTOMER))
    attachment = {
        "subject": {"kind": "visit", "id": "vis_4087"},
        "location_id": "loc_2001",
        "kind": "photo",
        "name": "../../etc/<b>After\u202egpj",
        "mime": "image/png",
        "size": 10,
        "url": "@crm/files/flue.png",
        "expires_on": None,
        "visible_to_customer": True,
    }
    site.crm.post("attachments", external_id="att_live", **attachment)
    expect(page.locator(".gallery img")).to_have_count(COUNT + 1, timeout=30_000)
    expect(page.locator(".gallery .cap").last).to_have_text("../../etc/<b>Aftergpj")
    photo = ids(page)[-1]
    given = site.portal.sign_in(CUSTOMER).get(f"/files/{photo}/large")
    assert (
        given.headers["content-disposition"] == "attachment; filename=\"bAftergpj.jpg\"; filename*=UTF-8''bAftergpj.jpg"
    )
    site.crm.patch("attachments", "att_live", visible_to_customer=False)
    expect(page.locator(".gallery img")).to_have_count(COUNT, timeout=30_000)
    assert site.portal.sign_in(CUSTOMER).get(f"/files/{photo}/small").status_code == 404


def test_documents_are_kept_and_never_opened_here(visit: Visit, site: Site):
    page = job_with_photos(visit(size=DESKTOP, email=CUSTOMER))
    papers = page.get_by_role("region", name="Documents").get_by_role("link")
    expect(papers).to_have_count(2, timeout=60_000)
    with page.expect_download() as kept:
        papers.filter(has_text="Boiler manual").click()
    assert kept.value.suggested_filename == "Boiler manual.pdf"
    path = papers.first.get_attribute("href") or ""
    answer = site.portal.sign_in(CUSTOMER).get(path)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    stranger = site.portal.sign_in(NEIGHBOUR)
    for address in (path, *(f"/files/{one}/{size}" for one in ids(page) for size in ("small", "medium", "large"))):
        assert stranger.get(address).status_code == 404
        assert httpx.get(f"{site.url}{address}", trust_env=False).status_code == 404


@pytest.mark.parametrize("size", SIZES)
def test_all_documents_by_property(visit: Visit, size: str):
    page = visit(size=SIZES[size], email=CUSTOMER).open("/home")
    if size == "phone":
        page.get_by_role("button", name="Your account").tap()
        page.get_by_role("link", name="Documents").tap()
    else:
        page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Documents").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    papers = page.get_by_role("region", name="Documents, newest first").get_by_role("listitem")
    expect(papers.filter(has_text="Old gas safety record").get_by_text("Expired")).to_be_visible(timeout=60_000)
    expect(papers.filter(has_text="last year").get_by_text(re.compile("^Expires (in 2 days|tomorrow)"))).to_be_visible()
    page.get_by_role("navigation", name="Property").get_by_role("link").last.click()
    expect(papers.filter(has_text="Old gas safety record")).to_have_count(0)
