"""The office adds files in the browser, holds and shows them; the customer's open page follows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.floors import findings
from tests.browser.visitor import DESKTOP, PHONE
from tests.pictures import bitmap, pdf, telephone_photo
from tests.site import OFFICE, Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
VISIBILITY = "/office/settings/visibility"


@pytest.fixture(autouse=True)
def as_it_was(site: Site) -> Iterator[None]:
    yield
    with site.portal.rows() as rows:
        rows.execute("DELETE FROM file WHERE connection_id IS NULL")
        rows.execute("DELETE FROM visibility")


def to_files(page: Page) -> None:
    page.locator(".tabs a[href$='tab=files']").click()
    page.locator("#add-files").wait_for(state="attached")


def drop(page: Page, paths: list[Path]) -> None:
    """Drag files from outside over the field and let them go, as the browser's own gestures do."""
    field = page.locator(".drop")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    client = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        client.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})
    client.detach()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_several_files_are_added_each_answered_for_itself(visit: Visit, tmp_path: Path, size):
    given = {
        "IMG_1.HEIC": telephone_photo("HEIF"),
        "manual.pdf": pdf(),
        "notes.png": b"Dear Sir or Madam",
        "half\u202egpj.png": bitmap(size=(900, 600))[:-400],
        "large.png": b"x" * (25 * 1024 * 1024 + 1),
    }
    for name, data in given.items():
        (tmp_path / name).write_bytes(data)
    page = visit(email=OFFICE, size=size).open("/office/customers/[id]")
    to_files(page)
    paths = [tmp_path / name for name in given]
    if size == DESKTOP:
        drop(page, paths)
    else:
        page.locator("#add-files").set_input_files(paths)
    told = page.locator("#upload-list li")
    expect(told).to_have_count(5)
    damaged = "halfgpj.png: This picture is damaged"
    for number, words in enumerate(("Added.", "Added.", "no picture and no PDF", damaged, "larger than 25 MB")):
        expect(told.nth(number)).to_contain_text(words)
    rows = page.get_by_role("list", name="Files", exact=True)
    for name in ("IMG_1", "manual"):
        expect(rows.get_by_role("link", name=f"{name} (download)")).to_be_visible()
    assert findings(page) == []


def test_files_chosen_before_the_script_has_arrived_are_added(visit: Visit, tmp_path: Path):
    photo = tmp_path / "Early.jpg"
    photo.write_bytes(bitmap("JPEG", (400, 300)))
    page = visit(email=OFFICE, size=DESKTOP).open("/office/customers/[id]")
    held: list[Route] = []
    page.route("**/upload.js", lambda route: held.append(route))
    with page.expect_request("**/upload.js"):
        to_files(page)
    page.locator("#add-files").set_input_files(photo)
    expect(page.locator("#upload-list li")).to_have_count(0)
    held[0].continue_()
    expect(page.locator("#upload-list li")).to_contain_text("Added.")


def test_more_than_twenty_at_once(visit: Visit, tmp_path: Path):
    files = []
    for number in range(22):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(bitmap(size=(40 + number, 30)))
    page = visit(email=OFFICE, size=DESKTOP).open("/office/customers/[id]")
    to_files(page)
    page.locator("#add-files").set_input_files(files)
    told = page.locator("#upload-list li")
    expect(told.filter(has_text="At most 20 files at once")).to_have_count(2)
    expect(told.filter(has_text="Added.")).to_have_count(20, timeout=60_000)


def test_held_files_wait_until_somebody_shows_them(visit: Visit, tmp_path: Path):
    settings = visit(email=OFFICE, size=DESKTOP).open(VISIBILITY)
    settings.get_by_role("switch", name="Hold new files").check()
    settings.get_by_role("button", name="Save what customers see").click()
    expect(settings.get_by_text("Saved. It counts")).to_be_visible()
    assert findings(settings) == []

    page = visit(email=OFFICE, size=DESKTOP).open("/office/customers/[id]")
    to_files(page)
    photo = tmp_path / "Valve.jpg"
    photo.write_bytes(bitmap("JPEG", (400, 300)))
    page.locator("#add-files").set_input_files(photo)
    expect(page.get_by_role("list", name="Files", exact=True).get_by_text("To review")).to_be_visible()
    page.get_by_role("link", name="Files to review 1 waiting").first.click()
    page.locator("#waiting").wait_for()
    assert findings(page) == []
    page.get_by_role("checkbox", name="Tick Valve").click()
    page.get_by_role("button", name="Show 1 ticked").click()
    expect(page.get_by_text("1 file shown.")).to_be_visible()
    expect(page.get_by_text("Nothing waits")).to_be_visible()


def test_an_open_page_loses_a_detail_at_once(visit: Visit):
    customer = visit(size=DESKTOP, email="customer@example.com").open("/jobs/[id]")
    about = customer.get_by_role("heading", name="About this job")
    expect(about).to_be_visible()
    settings = visit(email=OFFICE, size=DESKTOP).open(VISIBILITY)
    settings.get_by_role("switch", name="Descriptions of jobs").uncheck()
    settings.get_by_role("button", name="Save what customers see").click()
    expect(about).to_have_count(0)
