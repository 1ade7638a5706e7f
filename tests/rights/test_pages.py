"""Every customer's page, with every right taken away in every way: what the right covers is in nothing that is sent."""

from typing import Any

import pytest
from reflex.utils.format import json_dumps

from portal_app.gate import CUSTOMER
from portal_app.gate.middleware import forget_cached_actors
from portal_app.pages import PAGES
from portal_app.services import business
from portal_app.services.rights import Right
from tests.pages.tab import Tab, tabs
from tests.rights.world import MARKS, World, make_world, stands_in, switch_off
from tests.services import people

pytestmark = pytest.mark.usefixtures("database_file")
ROUTES = [page.route for page in PAGES if page.audience is CUSTOMER]
WAYS = ("person", "portal", "property")


def address(route: str, world: World) -> str:
    """Return where a page of the world's customer stands; a new page with an id needs a line here."""
    addresses = {
        "/jobs/[id]": f"/jobs/{world.job}",
        "/plans/[id]": f"/plans/{world.plan}",
        "/invoices/[id]": f"/invoices/{world.invoice}",
        "/payments/[id]": f"/payments/{world.payment}",
    }
    return addresses.get(route, route)


async def load(tab: Tab, route: str, world: World) -> dict[str, Any]:
    """Open a page as its address does; returns the variables that were sent."""
    tab.path = address(route, world)
    assert "[" not in tab.path
    page = next(page for page in PAGES if page.route == route)
    found: dict[str, Any] = {}
    for handler in page.on_load if isinstance(page.on_load, list) else [page.on_load]:
        found |= await tab.call(handler)
    return found


def marks_in(values: dict[str, Any], right: Right) -> list[str]:
    text = json_dumps(values)
    return [mark for mark in MARKS.get(right, ()) if stands_in(mark, text)]


async def test_with_all_rights_all_of_it_is_somewhere():
    world = make_world()
    async with tabs() as opened:
        tab = opened.open(people.start_session(world.person))
        sent = {route: await load(tab, route, world) for route in ROUTES}
    seen = {right: {mark for values in sent.values() for mark in marks_in(values, right)} for right in MARKS}
    assert seen == {right: set(marks) for right, marks in MARKS.items()}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("right", list(Right))
async def test_without_a_right_none_of_it_is_anywhere(right: Right, how: str):
    world = make_world()
    switch_off(right, how, world)
    async with tabs() as opened:
        tab = opened.open(people.start_session(world.person))
        for route in ROUTES:
            assert marks_in(await load(tab, route, world), right) == [], route


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("right", sorted(MARKS))
async def test_a_page_that_is_open_loses_it(right: Right, how: str):
    world = make_world()
    async with tabs() as opened:
        for route in ROUTES:
            tab = opened.open(people.start_session(world.person))
            values = await load(tab, route, world)
            switch_off(right, how, world)
            forget_cached_actors()
            business.forget_look()
            values |= await load(tab, route, world)
            assert marks_in(values, right) == [], route
            switch_off(right, "nothing", world)
            forget_cached_actors()


@pytest.mark.parametrize("right", sorted(MARKS))
async def test_a_person_of_another_property_is_sent_nothing(right: Right):
    world = make_world()
    world.limit_to(world.elsewhere)
    async with tabs() as opened:
        tab = opened.open(people.start_session(world.person))
        for route in ROUTES:
            assert marks_in(await load(tab, route, world), right) == [], route


async def test_another_customer_is_sent_nothing_of_it():
    world = make_world()
    stranger = people.make_customer("neighbour@example.com")
    async with tabs() as opened:
        tab = opened.open(people.start_session(stranger))
        for route in ROUTES:
            values = await load(tab, route, world)
            assert [marks_in(values, right) for right in MARKS] == [[]] * len(MARKS), route
