"""Every page of the customers meets the floors: axe, weight, layout shift, first frame, fit, targets, Tab."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.floors import fits, meets_every_floor
from tests.browser.test_axe import WHO
from tests.browser.visitor import PHONE
from tests.site import OFFICE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.mark.parametrize("path", [path for path, who in WHO.items() if who != OFFICE])
def test_floors(visit: Visit, path: str):
    meets_every_floor(visit(size=PHONE, scheme="dark", email=WHO[path]), path, WHO[path])


def test_a_page_that_is_not_there_fits(visit: Visit):
    visitor = visit(size=PHONE)
    visitor.watch.expected.append("404")
    fits(visitor.open("/nowhere"))


def test_skip_link_leads_past_the_navigation(visit: Visit):
    page = visit(email=WHO["/home"]).open("/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
