"""What a phone installs, and what is kept for when there is no connection."""

import io
import json
import re

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from portal_app import database
from portal_app.endpoints import brand, installed
from portal_app.services import brand_colours, business
from portal_app.settings import get_settings

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture
def browser_app() -> Starlette:
    """The routes a phone asks."""
    return Starlette(routes=[*brand.ROUTES, *installed.ROUTES])


def change(**values: str) -> None:
    with database.transaction() as session:
        found = business.get(session)
        assert found
        for name, value in values.items():
            setattr(found, name, value)
        session.add(found)
    business.forget_look()


async def manifest(client: httpx.AsyncClient) -> dict:
    answer = await client.get("/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    return json.loads(answer.content)


async def test_the_manifest_is_the_businesss_own(browser):
    change(name="Hartley Heating & Plumbing", accent="#8a3b21", theme="light")
    told = await manifest(browser())
    assert (told["name"], told["short_name"]) == ("Hartley Heating & Plumbing", "Hartley")
    assert (told["start_url"], told["scope"], told["display"]) == ("/home", "/", "standalone")
    assert told["theme_color"] == brand_colours.light("#8a3b21").panel
    change(theme="dark")
    told = await manifest(browser())
    assert told["theme_color"] == brand_colours.dark("#8a3b21").panel
    assert told["background_color"] == brand_colours.DARK_CANVAS


async def test_its_icons_are_there_in_the_sizes_it_names(browser):
    client = browser()
    icons = (await manifest(client))["icons"]
    assert {one["sizes"] for one in icons} == {"192x192", "512x512"}
    for one in icons:
        answer = await client.get(one["src"])
        assert answer.headers["content-type"] == one["type"] == "image/png"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert f"{picture.width}x{picture.height}" == one["sizes"]


@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/offline", "/sw.js"])
async def test_it_is_sent_once_and_compressed(browser, path):
    client = browser()
    first = await client.get(path, headers={"accept-encoding": "gzip"})
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    assert first.headers["content-encoding"] == "gzip"
    again = await client.get(path, headers={"accept-encoding": "gzip", "if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Hartley Heating & Plumbing", "Hartley"),
        ("Bell & Daughters", "Bell"),
        ("Bell & Co", "Bell & Co"),
        ("Wärmepumpenfachbetrieb", "Wärmepumpenf"),
        ("Bo", "Bo"),
        ("&", "&"),
        ("", ""),
    ],
)
def test_a_name_that_fits_below_an_icon(name: str, short: str):
    assert installed.short_name(name) == short


async def test_without_a_connection_the_phone_number_is_said_and_can_be_rung(browser):
    change(name="Bell <& Daughters>", phone="+44 (0)1632 960-111")
    page = (await browser().get("/offline")).text
    assert 'href="tel:+4401632960111">Ring +44 (0)1632 960-111</a>' in page
    assert "Bell &lt;&amp; Daughters&gt; cannot be reached" in page
    for nothing_to_dial in ("", "At the counter", "+ ()"):
        change(phone=nothing_to_dial)
        page = (await browser().get("/offline")).text
        assert "tel:" not in page
        assert "ring" not in page


async def test_a_change_of_what_is_kept_changes_the_worker(browser):
    client = browser()
    seen = {(await client.get("/sw.js")).text}
    for values in ({"phone": "01632 960222"}, {"name": "Another"}, {"accent": "#8a3b21"}, {"theme": "dark"}):
        change(**values)
        seen.add((await client.get("/sw.js")).text)
    assert len(seen) == 5


async def test_the_worker_keeps_nothing_that_is_anybodys_own(browser):
    client = browser()
    worker = (await client.get("/sw.js")).text
    found = re.search(r"KEPT = (\[.*?\]);", worker)
    assert found
    kept = json.loads(found[1])
    pictures = {"/brand/logo", "/brand/logo?theme=dark", "/brand/icon"}
    assert set(kept) == {"/offline", "/portal.css", "/brand.css", "/theme.js", *pictures}
    assert ".put(" not in worker
    assert 'credentials: "omit"' in worker


async def test_it_can_be_taken_away_again(browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(get_settings(), "offline_page", False)
    worker = (await browser().get("/sw.js")).text
    assert "unregister()" in worker
    assert "fetch" not in worker
