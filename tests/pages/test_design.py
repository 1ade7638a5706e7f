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


@pytest.mark.parametrize("kind", ["badge", "notice", "btn", "avatar", "disc"])
def test_every_kind_the_stylesheet_knows_is_shown(kind: str):
    known = set(re.findall(rf"\.({kind}-[a-z-]+)\b", CSS))
    assert known
    shown = set(re.findall(rf"\b{kind}-[a-z-]+", str(design_page())))
    assert known - shown == set()


def test_the_samples_go_through_every_state():
    found = samples()
    assert {step.state for track in found.tracks for step in track.steps} == {"done", "now", "next", "stopped"}
    assert {step.label for card in found.visits for step in card.steps if step.state == "now"} == set(STEPS[:-1])
    assert any(card.steps and {step.state for step in card.steps} == {"done"} for card in found.visits)
    assert {card.live for card in found.visits} == {True, False}


def test_parts_have_names_of_their_own():
    names = [name for _, name, _ in PARTS]
    assert len(set(names)) == len(names)
