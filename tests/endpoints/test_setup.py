import asyncio
import re
from html.parser import HTMLParser

import httpx
import pytest
from sqlmodel import select

from portal_app import clock, database, routes
from portal_app.models import Business, Login, SetupToken
from portal_app.services import business, setup
from portal_app.services.actors import Staff
from portal_app.services.rights import Permission
from tests.services.people import actor_of

FORM = {
    "business_name": "Bell & Daughters",
    "country": "GB",
    "phone": "01632 960111",
    "support_email": "hello@bell.example",
    "name": "Ada Bell",
    "email": "ada@bell.example",
    "password": "four warm radiators",
}


@pytest.fixture
def token(database_file) -> str:
    business.forget_look()
    with database.transaction() as session:
        return setup.create_setup_token(session)


class Page(HTMLParser):
    """What a browser would find: elements by id, and every one in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def by_id(self, name: str) -> dict[str, str | None]:
        return next(attributes for _, attributes in self.elements if attributes.get("id") == name)

    def tags(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


async def post(client: httpx.AsyncClient, token: str, **changes: str) -> httpx.Response:
    return await client.post(routes.setup(token), data=FORM | changes)


async def test_it_works(browser, token):
    client = browser()
    shown = await client.get(routes.setup(token))
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    done = await post(client, token)
    assert (done.status_code, done.headers["location"]) == (303, "/office/customers")
    actor = actor_of(done.cookies["porchlight_session"])
    assert isinstance(actor, Staff)
    assert actor.permissions == frozenset(Permission)
    signed_in = await browser().post("/auth/login", data={"email": "ADA@bell.example", "password": FORM["password"]})
    assert signed_in.headers["location"] == "/office/customers"


async def test_opening_the_link_spends_nothing(browser, token):
    for _ in range(3):
        assert (await browser().get(routes.setup(token))).status_code == 200
    assert (await browser().head(routes.setup(token))).status_code == 200
    assert (await post(browser(), token)).status_code == 303


async def test_a_used_link_says_so(browser, token):
    await post(browser(), token)
    for answer in (await browser().get(routes.setup(token)), await post(browser(), token)):
        assert answer.status_code == 410
        assert "no longer works" in answer.text
        assert "set-cookie" not in answer.headers


async def test_an_old_link_says_so_even_with_a_filled_form(browser, token):
    with database.transaction() as session:
        session.exec(select(SetupToken)).one().expires_at = clock.now()
    answer = await post(browser(), token)
    assert answer.status_code == 410
    with database.reading() as session:
        assert session.exec(select(Business)).all() == []


@pytest.mark.parametrize("made_up", ["x", "a" * 43, "%00", "%ff", "..%2f..", "<script>", "a" * 5000])
async def test_a_made_up_link_says_the_same(browser, token, made_up):
    answer = await browser().get(f"/setup/{made_up}")
    assert answer.status_code in {404, 410}
    assert "<script>" not in answer.text.replace('<script src="/theme.js"></script>', "")


async def test_nothing_typed_is_lost_but_the_password(browser, token):
    answer = await post(
        browser(), token, business_name='Bell "&" <b>Daughters</b>', email="ada@bell", zone="Europe/Paris"
    )
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.by_id("business_name")["value"] == 'Bell "&" <b>Daughters</b>'
    assert page.by_id("email")["value"] == "ada@bell"
    assert page.by_id("phone")["value"] == FORM["phone"]
    assert page.by_id("password")["value"] == ""
    assert FORM["password"] not in answer.text
    assert "<b>" not in answer.text
    chosen = [option["value"] for option in page.tags("option") if "selected" in option]
    assert chosen == ["GB", "", "", "Europe/Paris"]
    assert (await post(browser(), token)).status_code == 303


async def test_each_error_stands_at_its_field_and_the_first_gets_the_focus(browser, token):
    answer = await post(browser(), token, name="", email="", password="short")
    page = Page(answer.text)
    assert "3 fields need another look" in answer.text
    for name in ("name", "email", "password"):
        field = page.by_id(name)
        assert field["aria-invalid"] == "true"
        assert f"{name}-error" in (field["aria-describedby"] or "").split()
        page.by_id(f"{name}-error")
    assert "aria-invalid" not in page.by_id("phone")
    assert [a["id"] for _, a in page.elements if "autofocus" in a] == ["name"]


async def test_the_page_is_whole_without_any_script_of_its_own(browser, token):
    html = (await browser().get(routes.setup(token))).text
    page = Page(html)
    assert [script.get("src") for script in page.tags("script")] == ["/theme.js"]
    assert not re.search(r"\son\w+=|style=|javascript:", html)
    labels = {label["for"] for label in page.tags("label")}
    controls = [a["id"] for tag, a in page.elements if tag in {"input", "select"}]
    assert set(controls) == labels
    for control in controls:
        for described in (page.by_id(control or "").get("aria-describedby") or "").split():
            page.by_id(described)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert len(html) < 80_000


async def test_two_windows_make_one_business(browser, token):
    answers = await asyncio.gather(*(post(browser(), token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    with database.reading() as session:
        assert len(session.exec(select(Business)).all()) == 1
        assert len(session.exec(select(Login)).all()) == 1


async def test_what_is_no_form_is_refused_kindly(browser, token):
    answer = await browser().post(routes.setup(token), json=FORM)
    assert answer.status_code == 415
    assert routes.setup(token) in answer.text
    answer = await post(browser(), token, business_name="x" * 20_000)
    assert answer.status_code == 413
    answer = await browser().post(
        routes.setup(token), content=b"name=%ff", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 400


async def test_a_form_with_nothing_in_it_names_every_field(browser, token):
    answer = await browser().post(
        routes.setup(token), content=b"", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 422
    assert "6 fields need another look" in answer.text
