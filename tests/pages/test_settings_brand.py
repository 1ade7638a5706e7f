"""The brand's settings through the gate: tried, saved, refused, and served."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from portal_app.database import reading
from portal_app.endpoints import brand as endpoint
from portal_app.models import Business
from portal_app.pages.office.settings_brand.state import BrandSettingsState
from portal_app.services import brand_colours, business
from portal_app.services.actors import Staff
from portal_app.services.mail_design import as_html
from portal_app.services.mail_parts import Words
from portal_app.services.rights import StaffRole
from tests.pages.office import cookie
from tests.pages.tab import open_tab, tabs
from tests.services import people

GOOD = {
    "name": "Hartley & Sons",
    "accent": "#1D4F91",
    "accent_2": "",
    "theme": "dark",
    "welcome": "Warm homes since 1987.",
    "support_email": "hello@hartley.example",
    "phone": "01225 496 001",
}


@pytest.fixture(autouse=True)
def its_business(database_file) -> None:
    people.make_business()
    business.forget_look()


@pytest.fixture
async def visitor() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who fetches what carries the look."""
    transport = httpx.ASGITransport(Starlette(routes=endpoint.ROUTES))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


def stored() -> dict[str, Any]:
    with reading() as session:
        about = business.get(session)
        assert about is not None
        return {name: getattr(about, name) for name in GOOD}


async def test_what_is_saved_is_on_the_pages_and_in_mails_at_once(visitor: httpx.AsyncClient):
    before = await visitor.get("/brand.css")
    assert before.text == ""
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.save, form=GOOD)
        assert tab.values["brand_settings_state.message"].startswith("Saved.")
        assert tab.failures == []
    assert stored() == {**GOOD, "accent": "#1d4f91"}
    after = await visitor.get("/brand.css", headers={"if-none-match": before.headers["etag"]})
    light, dark = brand_colours.light("#1d4f91"), brand_colours.dark("#1d4f91")
    assert f"html:root, html .theme-light {{ --brand: {light.main};" in after.text
    assert f"html.dark, html .theme-dark {{ --brand: {dark.main};" in after.text
    assert (await visitor.get("/brand.css", headers={"if-none-match": after.headers["etag"]})).status_code == 304
    assert '"dark", chosen' in (await visitor.get("/theme.js")).text
    assert light.main in (await visitor.get("/brand/icon")).text
    assert dark.strong in (await visitor.get("/brand/logo?theme=dark")).text
    assert business.look().name == "Hartley & Sons"
    html = as_html(Words("S", "H", (), button=("Open", "/")), business.look(), "https://p.example/")
    assert light.main in html
    assert dark.main in html
    assert brand_colours.OWN_ACCENT not in html


async def test_what_is_text_is_compressed_for_those_who_take_it(visitor: httpx.AsyncClient):
    for path in ("/theme.js", "/brand/cover", "/brand/logo?theme=dark"):
        small = await visitor.get(path, headers={"accept-encoding": "gzip"})
        plain = await visitor.get(path, headers={"accept-encoding": "identity"})
        assert (small.headers["content-encoding"], small.headers["vary"]) == ("gzip", "accept-encoding")
        assert "content-encoding" not in plain.headers
        assert small.content == plain.content
        assert small.headers["etag"] != plain.headers["etag"]
        again = await visitor.get(path, headers={"accept-encoding": "gzip", "if-none-match": small.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_trying_shows_a_preview_and_changes_nothing():
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.try_accent, typed="#8a3b21")
        preview = tab.values["brand_settings_state.preview"]
        assert preview.light.main == brand_colours.light("#8a3b21").main
        await tab.call(BrandSettingsState.try_accent, typed="#8a3b2")
        await tab.call(BrandSettingsState.try_accent, typed="#ffffff")
        assert tab.values["brand_settings_state.preview"].light == preview.light
        await tab.call(BrandSettingsState.try_accent, typed="")
        await tab.call(BrandSettingsState.try_second, typed="#00ffcc")
        assert tab.values["brand_settings_state.preview"].light.glow == "#00ffcc"
        await tab.call(BrandSettingsState.pick, accent="#2f6b34")
        assert tab.values["brand_settings_state.draft"].accent == "#2f6b34"
    assert stored()["accent"] == ""


async def test_picking_a_colour_fills_no_other_field_anew():
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.try_line, name="welcome", typed="Half a sent")
        before = tab.values["brand_settings_state.draft"]
        await tab.call(BrandSettingsState.pick, accent="#2f6b34")
        after = tab.values["brand_settings_state.draft"]
        assert (after.number, after.welcome) == (before.number, "Half a sent")
        assert after.picks == before.picks + 1


async def test_what_is_typed_outlives_a_picture_that_is_sent_meanwhile_and_undo_forgets_it():
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.try_line, name="welcome", typed="Warm homes.")
        await tab.call(BrandSettingsState.try_accent, typed="#8a3b21")
        tab.path = "/office/settings/brand?picture=logo&told=saved"
        draft = (await tab.call(BrandSettingsState.load))["draft"]
        assert (draft.welcome, draft.accent) == ("Warm homes.", "#8a3b21")
        assert tab.values["brand_settings_state.preview"].light.main == brand_colours.light("#8a3b21").main
        draft = (await tab.call(BrandSettingsState.undo))["draft"]
        assert (draft.welcome, draft.accent) == (stored()["welcome"], "")
        await tab.call(BrandSettingsState.try_line, name="phone", typed="01225 496 009")
        tab.path = "/office/settings/brand"
        assert (await tab.call(BrandSettingsState.load))["draft"].phone == stored()["phone"]


async def test_only_lines_of_the_form_can_be_typed():
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.try_line, name="number", typed="9")
        assert tab.values["brand_settings_state.draft"].number == 1


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("accent", "teal", "hash and six digits"),
        ("accent", "#ffffff", "cannot be seen"),
        ("accent_2", "#fefefe", "cannot be seen"),
        ("accent", "#000;}body{", "hash and six digits"),
        ("welcome", "x" * 121, "too long"),
        ("support_email", "nobody", "e-mail address"),
        ("phone", "ring", "telephone number"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_stored(field: str, typed: str, words: str):
    before = stored()
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.save, form={**GOOD, field: typed})
        assert words in getattr(tab.values["brand_settings_state.wrong"], field)
        assert tab.failures == []
    assert stored() == before


async def test_a_name_can_be_changed_but_not_left_out(visitor: httpx.AsyncClient):
    before = await visitor.get("/brand/logo")
    version = business.look().version
    async with open_tab(cookie()) as tab:
        for typed, words in (("  ", "What is your business called?"), ("x" * 121, "too long")):
            await tab.call(BrandSettingsState.save, form={**GOOD, "name": typed})
            assert words in tab.values["brand_settings_state.wrong"].name
        assert stored()["name"] != "x" * 121
        await tab.call(BrandSettingsState.save, form={**GOOD, "name": "  Bell\n& Daughters "})
    assert stored()["name"] == "Bell & Daughters"
    after = await visitor.get("/brand/logo", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "Bell" in after.text
    assert business.look().version != version


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Bell & Daughters", ["Bell &amp; Daughters"]),
        ("Hartley Heating & Plumbing", ["Hartley Heating", "&amp; Plumbing"]),
        ("Wärmepumpenfachbetrieb", ["Wärmepumpenfachbetrieb"]),
        ("<Bath> Boiler and Bathroom Co", ["&lt;Bath&gt; Boiler", "and Bathroom Co"]),
    ],
)
async def test_a_long_name_is_drawn_in_two_lines(visitor: httpx.AsyncClient, name: str, lines: list[str]):
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.save, form={**GOOD, "name": name})
    assert re.findall(r">([^<]+)</text>", (await visitor.get("/brand/logo")).text) == lines


async def test_two_who_have_it_open_do_not_undo_each_other():
    token, first = cookie(), {name: str(value) for name, value in stored().items()}
    async with tabs() as browser:
        ann, bob = browser.open(token), browser.open(token)
        await ann.call(BrandSettingsState.load)
        await bob.call(BrandSettingsState.load)
        await bob.call(BrandSettingsState.save, form=first | {"phone": "01225 496 001", "theme": "dark"})
        await ann.call(BrandSettingsState.try_accent, typed="#8a3b21")
        await ann.call(BrandSettingsState.save, form=first | {"accent": "#8A3B21"})
        assert (stored()["phone"], stored()["accent"], stored()["theme"]) == ("01225 496 001", "#8a3b21", "dark")
        assert ann.values["brand_settings_state.draft"].phone == "01225 496 001"
        mine = first | {"phone": "01225 496 001", "theme": "light", "accent": "#1d4f91"}
        await bob.call(BrandSettingsState.try_accent, typed="#1d4f91")
        await bob.call(BrandSettingsState.save, form=mine)
        assert "to “#8a3b21”" in bob.values["brand_settings_state.wrong"].accent
        assert (stored()["accent"], stored()["theme"]) == ("#8a3b21", "dark")
        await bob.call(BrandSettingsState.save, form=mine)
        assert (stored()["accent"], stored()["theme"]) == ("#1d4f91", "light")
        assert (ann.failures, bob.failures) == ([], [])


async def test_a_theme_both_have_changed_is_said_in_its_words():
    token, first = cookie(), {name: str(value) for name, value in stored().items()}
    async with tabs() as browser:
        ann, bob = browser.open(token), browser.open(token)
        await ann.call(BrandSettingsState.load)
        await bob.call(BrandSettingsState.load)
        await bob.call(BrandSettingsState.save, form=first | {"theme": "dark"})
        await ann.call(BrandSettingsState.save, form=first | {"theme": "light"})
        assert "to “Dark”" in ann.values["brand_settings_state.wrong"].theme
    assert stored()["theme"] == "dark"


async def test_a_theme_there_is_not_is_refused():
    async with open_tab(cookie()) as tab:
        await tab.call(BrandSettingsState.load)
        await tab.call(BrandSettingsState.save, form={**GOOD, "theme": 'x";alert(1)//'})
        assert tab.values["brand_settings_state.failed"] is True
    assert stored()["theme"] == "system"


async def test_what_became_of_a_picture_stays_when_the_feed_brings_that_change():
    token = cookie()
    async with open_tab(token) as tab:
        tab.path = "/office/settings/brand?picture=logo&told=removed"
        told = (await tab.call(BrandSettingsState.load))["pictures"]
    assert (told.about, told.failed) == ("logo", False)
    assert told.told.startswith("Taken away.")
    actor = people.actor_of(token)
    assert isinstance(actor, Staff)
    state = BrandSettingsState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.pictures = told
    await state._refresh(actor)
    assert (state.pictures.about, state.pictures.told, state.pictures.failed) == ("logo", told.told, False)


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.OWNER])
async def test_only_those_who_may_change_settings(role: StaffRole):
    async with open_tab(cookie(role)) as tab:
        for handler, payload in (
            (BrandSettingsState.load, {}),
            (BrandSettingsState.pick, {"accent": "#123456"}),
            (BrandSettingsState.try_accent, {"typed": "#123456"}),
            (BrandSettingsState.try_second, {"typed": "#123456"}),
            (BrandSettingsState.try_line, {"name": "welcome", "typed": "x"}),
            (BrandSettingsState.undo, {}),
            (BrandSettingsState.save, {"form": GOOD}),
        ):
            await tab.call(handler, **payload)
        assert len(tab.redirects) == 7
        assert "brand_settings_state.draft" not in tab.values
    assert stored()["accent"] == ""


async def test_customers_and_strangers_do_nothing_of_it():
    person = people.make_customer("sarah@example.com")
    for token in ("", people.start_session(person)):
        async with open_tab(token) as tab:
            await tab.call(BrandSettingsState.save, form=GOOD)
            assert tab.redirects
    assert stored()["accent"] == ""


def test_its_columns_are_those_of_the_business():
    assert set(GOOD) <= set(Business.model_fields)
