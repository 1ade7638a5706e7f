"""Settings, Access, Portal through the gate; and a valid session's socket while the portal is shut."""

import pytest

from portal_app import database
from portal_app.gate import CUSTOMER
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Contact
from portal_app.pages import PAGES
from portal_app.pages.office.access.portal_state import PortalState
from portal_app.services import business, opening, testers
from portal_app.services.actors import System
from portal_app.services.rights import StaffRole
from tests.pages import office
from tests.pages.tab import open_tab, tabs
from tests.rights.test_pages import ROUTES, load, marks_in
from tests.rights.world import MARKS, make_world
from tests.services import people


@pytest.fixture(autouse=True)
def _business(request: pytest.FixtureRequest, database_file) -> None:
    if "world" not in request.node.name:
        people.make_business()


def is_shut() -> bool:
    with database.reading() as session:
        return opening.is_shut(session)


async def test_the_office_shuts_and_opens_it():
    async with open_tab(office.cookie()) as tab:
        await tab.call(PortalState.load)
        assert tab.values["portal_state.view"].open is True
        await tab.call(PortalState.save, form=office.form())
        assert is_shut()
        assert business.look().coming_soon
        assert tab.values["portal_state.view"].open is False
        assert "opens soon" in tab.values["portal_state.told"]
        await tab.call(PortalState.save, form=office.form(**{"portal-open": "on"}))
        assert not is_shut()
        assert tab.failures == []


async def test_the_office_keeps_the_testers():
    sarah = office.sarah()
    async with open_tab(office.cookie()) as tab:
        await tab.call(PortalState.load)
        await tab.call(PortalState.look_for, typed="sar")
        [found] = tab.values["portal_state.found"]
        assert found.href == f"{office.path_of(sarah)}/people/{office.contact_id(sarah)}"
        await tab.call(PortalState.add, person=found.id)
        assert [one.id for one in tab.values["portal_state.view"].testers] == [found.id]
        assert tab.values["portal_state.found"] == []
        assert office.row(Contact, sarah.contact_id).tester is True
        await tab.call(PortalState.look_for, typed="nobody at all")
        assert "Nobody of that name" in tab.values["portal_state.told"]
        await tab.call(PortalState.remove, person=found.id)
        assert office.row(Contact, sarah.contact_id).tester is False
        await tab.call(PortalState.add, person="gone")
        assert tab.values["portal_state.wrong"] != ""
        assert tab.failures == []


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.OWNER])
async def test_only_those_who_may_change_settings(role: StaffRole):
    sarah = office.sarah()
    async with open_tab(office.cookie(role)) as tab:
        for handler, payload in (
            (PortalState.load, {}),
            (PortalState.save, {"form": office.form()}),
            (PortalState.look_for, {"typed": "sarah"}),
            (PortalState.add, {"person": office.contact_id(sarah)}),
            (PortalState.remove, {"person": office.contact_id(sarah)}),
        ):
            await tab.call(handler, **payload)
        assert len(tab.redirects) == 5
        assert "portal_state.view" not in tab.values
    assert not is_shut()
    assert office.row(Contact, sarah.contact_id).tester is False


async def test_a_valid_session_of_the_world_is_sent_nothing_of_any_page():
    world = make_world()
    token = people.start_session(world.person)
    async with tabs() as opened:
        tab = opened.open(token)
        await load(tab, "/home", world)
        with database.transaction() as session:
            testers.set_portal_open(session, System("test"), False)
        forget_cached_actors()
        business.forget_look()
        for other in (tab, opened.open(token)):
            for route in ROUTES:
                before = len(other.redirects)
                values = await load(other, route, world)
                assert [marks_in(values, right) for right in MARKS] == [[]] * len(MARKS), route
                assert world.person.email not in str(values)
                assert set(other.redirects[before:]) == {"/"}, route
        assert tab.failures == []
    assert {page.route for page in PAGES if page.audience is CUSTOMER} == set(ROUTES)
