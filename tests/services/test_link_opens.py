"""Who opened a link, as far as a request tells."""

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.models import LinkOpen
from portal_app.services import link_opens
from portal_app.services.actors import Origin
from portal_app.services.link_opens import Seen
from tests.services import people
from tests.services.front_door import make_link
from tests.services.people import kinds, make_customer

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


@pytest.fixture
def token(database_file) -> str:
    people.make_business()
    return make_link(make_customer("sarah@example.com").customer_id).path.removeprefix("/l/")


def opened(token: str, agent: str, *, like_a_browser: bool = True, press: bool = False) -> list[str]:
    seen = Seen(Origin("192.0.2.9", agent), like_a_browser)
    with database.transaction() as session:
        link = link_opens.find(session, token)
        assert link is not None
        link_opens.opened(session, link, seen, None)
        if press:
            link_opens.pressed(session, link, seen, None)
    with database.reading() as session:
        return list(session.exec(select(LinkOpen.who).order_by(LinkOpen.id)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("agent", "like_a_browser", "who"),
    [
        (PHONE, True, "scanner"),
        (PHONE, False, "robot"),
        ("", True, "robot"),
        ("curl/8.5", True, "robot"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True, "robot"),
        ("Mozilla/5.0 HeadlessChrome/130", True, "robot"),
        ("Mozilla/5.0 BarracudaLinkProtect", True, "scanner"),
        ("Mozilla/5.0 (Microsoft Safe Links)", False, "scanner"),
    ],
)
def test_nobody_is_a_person_who_has_not_pressed(token, agent, like_a_browser, who):
    assert opened(token, agent, like_a_browser=like_a_browser) == [who]


def test_whoever_presses_is_a_person_and_counted_once(token):
    assert opened(token, PHONE, press=True) == ["person"]
    assert opened(token, "curl/8.5", press=True) == ["person", "robot", "person"]
    assert kinds(lambda kind: kind == "link.opened") == ["link.opened"] * 4


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "/" * 43, "é" * 43])
def test_no_other_token_finds_anything(database_file, token):
    with database.reading() as session:
        assert link_opens.find(session, token) is None
