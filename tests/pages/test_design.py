"""The page of every part: who sees it, and that it leaves no tone and no state out."""

import re
from pathlib import Path

import pytest

from portal_app.components.visit_words import STEPS
from portal_app.pages.office.design.page import PARTS, design_page
from portal_app.pages.office.design.state import DesignState
from portal_app.pages.office.design.views import samples
from portal_app.services import business
from portal_app.services.rights import StaffRole
from tests.pages.office import cookie
from tests.pages.tab import open_tab
from tests.services import people

CSS = (Path(__file__).resolve().parents[2] / "assets" / "portal.css").read_text()


@pytest.fixture(autouse=True)
def its_business(database_file: Path) -> None:
    people.make_business()
    business.forget_look()


async def test_its_samples_come_from_the_server():
    async with open_tab(cookie()) as tab:
        await tab.call(DesignState.load)
        assert tab.values["design_state.loaded"] is True
        assert len(tab.values["design_state.samples"].visits) == len(samples().visits)


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.OWNER])
async def test_it_is_for_those_who_may_change_the_brand(role: StaffRole):
    async with open_tab(cookie(role)) as tab:
        await tab.call(DesignState.load)
        assert tab.redirects
        assert "design_state.samples" not in tab.values


async def test_customers_and_strangers_are_sent_nothing():
    for token in ("", people.start_session(people.make_customer("sarah@example.com"))):
        async with open_tab(token) as tab:
            await tab.call(DesignState.load)
            assert tab.redirects
            assert "design_state.samples" not in tab.values


# What is no part: the frames around pages, which stand there themselves, and what a single page is laid out with.
NO_PARTS = {
    "frames": """account bottombar bottombar-in cover-plain door door-logo door-main door-ways has-tabbar message-page
        narrow only-large only-small only-wide page page-head tabbar topbar topbar-end topbar-in topnav wrap""",
    "sign-in": "accounts or",
    "home": "as-of hello hello-art home-a home-b home-d home-grid",
    "a job": "job-a job-c job-grid job-t job-v stack-m",
    "an invoice": "aside aside-first cols pay-room",
    "settings": "phone-kind waiting",
    "the office's customer": """head-act in-row legend link-acts office-cols opens person-acts person-name
        person-row profile profile-name stacked summary""",
    "a person's rights": "limit place-ticks right-row",
    "outbox, payments and CRM": """aside-item bare excerpt has-problem letter outbox outbox-sm problem-row row-acts
        stream-last sync-state why""",
    "the office's settings": """brand-cols brand-preview file file-picture phones pickers section-head
        server-fields setting settings-mail""",
}
ELSEWHERE = set(" ".join(NO_PARTS.values()).split())


def classes_of_the_stylesheet() -> set[str]:
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL))
    return {name for one in selectors if "@" not in one for name in re.findall(r"\.([a-z][\w-]*)", one)}


def test_every_class_of_the_stylesheet_is_shown_or_is_no_part():
    """A part that is new fails here until it has its place on the page, or is said to be a single page's own."""
    drawn = str(design_page())
    shown = set(re.findall(r"[a-z][\w-]*", " ".join(re.findall(r"className:(.*?)[,}]", drawn))))
    known = classes_of_the_stylesheet()
    assert known - shown - ELSEWHERE - {"dark"} == set(), "a place on the page, or a word above"
    assert ELSEWHERE & shown == set(), "what is shown need not be excused"
    assert ELSEWHERE - known == set(), "what is gone need not be excused"


def test_the_samples_go_through_every_state():
    found = samples()
    assert {step.state for track in found.tracks for step in track.steps} == {"done", "now", "next", "stopped"}
    assert {step.label for card in found.visits for step in card.steps if step.state == "now"} == set(STEPS[:-1])
    assert any(card.steps and {step.state for step in card.steps} == {"done"} for card in found.visits)
    assert {card.live for card in found.visits} == {True, False}


def test_parts_have_names_of_their_own():
    names = [name for _, name, _ in PARTS]
    assert len(set(names)) == len(names)
