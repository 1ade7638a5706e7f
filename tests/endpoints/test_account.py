"""Changing one's own password: a plain form post."""

import pytest
from starlette.applications import Starlette

from portal_app.endpoints import account, auth
from portal_app.models import Login
from tests.services import people
from tests.services.people import PASSWORD, actor_of, kinds, start_session

NEW = "seven cold radiators"


@pytest.fixture
def browser_app(database_file) -> Starlette:
    return Starlette(routes=[*account.ROUTES, *auth.ROUTES])


@pytest.fixture(autouse=True)
def _business(business):
    pass


def form(present: str = PASSWORD, new: str = NEW, again: str | None = None) -> dict[str, str]:
    return {"present": present, "new": new, "again": new if again is None else again}


def signed_in(browser, token: str):
    client = browser()
    client.cookies.set("porchlight_session", token)
    return client


async def test_it_works(browser):
    sarah = people.make_customer("sarah@example.com")
    here, other = start_session(sarah), start_session(sarah)
    answer = await signed_in(browser, here).post("/auth/password", data=form())
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?password=changed#password")
    assert actor_of(here) is not None
    assert actor_of(other) is None
    assert "login.password_changed" in kinds()
    old = await browser().post("/auth/login", data={"email": "sarah@example.com", "password": PASSWORD})
    assert "e=wrong" in old.headers["location"]
    new = await browser().post("/auth/login", data={"email": "sarah@example.com", "password": NEW})
    assert new.headers["location"] == "/home"


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (form(present="not mine at all"), "present"),
        (form(present=""), "present"),
        (form(again="another one here"), "twice"),
        (form(new="short"), "weak"),
        (form(new="password1234"), "weak"),
        (form(new="sarah@example.com"), "weak"),
        (form(new="x" * 201), "weak"),
        ({"present": PASSWORD}, "weak"),
    ],
)
async def test_what_does_not_fit_changes_nothing(browser, given, word):
    sarah = people.make_customer("sarah@example.com")
    here, other = start_session(sarah), start_session(sarah)
    answer = await signed_in(browser, here).post("/auth/password", data=given)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/settings?password={word}#password")
    assert actor_of(other) is not None
    assert "login.password_changed" not in kinds()


async def test_strangers_staff_and_other_sites_are_turned_away(browser):
    ruth = people.make_staff("ruth@example.com")
    for token in ("", "x" * 43, start_session(ruth)):
        answer = await signed_in(browser, token).post("/auth/password", data=form())
        assert answer.headers["location"] == "/login?next=/settings"
    sarah = start_session(people.make_customer("sarah@example.com"))
    client = signed_in(browser, sarah)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert (await client.post("/auth/password", data=form(), headers=headers)).status_code == 403
    assert "login.password_changed" not in kinds()
    assert (await client.get("/auth/password")).headers["location"] == "/settings"


async def test_guessing_the_present_password_is_slowed_down(browser):
    sarah = people.make_customer("sarah@example.com")
    client = signed_in(browser, start_session(sarah))
    answers = [await client.post("/auth/password", data=form(present="not mine at all")) for _ in range(10)]
    assert answers[0].headers["location"] == "/settings?password=present#password"
    assert answers[-1].headers["location"] == "/settings?password=slow#password"
    assert "retry-after" in answers[-1].headers


async def test_who_has_no_password_cannot_set_one_here(browser):
    sarah = people.make_customer("sarah@example.com")
    people.change(Login, sarah.login_id, password_hash=None)
    answer = await signed_in(browser, start_session(sarah)).post("/auth/password", data=form())
    assert answer.headers["location"] == "/settings?password=present#password"
