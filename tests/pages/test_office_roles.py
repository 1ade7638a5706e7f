"""What each role of the office may do on the pages of customers, and that nobody else does any of it."""

import asyncio
import itertools
from typing import Any

import pytest

from portal_app.components.shell_state import ShellState
from portal_app.models import Business, Customer, Outbox, SecureLink
from portal_app.pages.office.access.state import AccessState
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.customer_form.state import CustomerFormState
from portal_app.pages.office.customers.state import CustomersState
from portal_app.pages.office.person.state import PersonState
from portal_app.services.rights import StaffRole
from tests.pages.office import FORM, contact_id, cookie, kept, path_of, row, sarah
from tests.pages.tab import open_tab
from tests.services import people

SETTINGS = [
    f"/office/settings/{page}" for page in ("brand", "documents", "content", "visibility", "access", "mail", "payments")
]
ACTS: dict[str, tuple[Any, dict[str, Any], set[StaffRole]]] = {
    "access_on": (CustomerState.access_on, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "access_off": (CustomerState.access_off, {}, {StaffRole.OWNER, StaffRole.MANAGER}),
    "invite": (CustomerState.invite, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "disable": (CustomerState.disable, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER}),
    "reset": (CustomerState.reset_password, {"person": "{}"}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "link": (CustomerState.copy_portal_link, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "revoke": (CustomerState.revoke_all_links, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "bulk": (CustomersState.ask, {"ticks": {FORM: []}}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "create": (
        CustomerFormState.create,
        {"form": {FORM: [["name", "X"]]}},
        {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE},
    ),
    "rights": (PersonState.save_rights, {}, {StaffRole.OWNER, StaffRole.MANAGER, StaffRole.OFFICE}),
    "settings": (AccessState.save, {"form": {FORM: [["link_days", "5"]]}}, {StaffRole.OWNER}),
    "list": (CustomersState.load, {}, set(StaffRole)),
    "profile": (CustomerState.load, {}, set(StaffRole)),
}


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("role", StaffRole)
async def test_what_each_role_may_do(name, role):
    act, payload, allowed = ACTS[name]
    person = sarah()
    before = [(one.portal_access, one.name) for one in kept(Customer)]
    given = {key: contact_id(person) if given == "{}" else given for key, given in payload.items()}
    async with open_tab(cookie(role)) as tab:
        tab.path = path_of(person)
        await tab.call(act, **given)
        if role in allowed:
            assert "/" not in tab.redirects
        else:
            assert tab.redirects == ["/"]
            assert [(one.portal_access, one.name) for one in kept(Customer)] == before
            assert (kept(Outbox), kept(SecureLink), row(Business, 1).link_days) == ([], [], 14)
        assert tab.failures == []


@pytest.mark.parametrize("name", ACTS)
async def test_customers_and_strangers_do_nothing_of_it(name):
    act, payload, _ = ACTS[name]
    person = sarah()
    given = {key: contact_id(person) if given == "{}" else given for key, given in payload.items()}
    for token in (people.start_session(person), "", "x" * 43):
        async with open_tab(token) as tab:
            tab.path = path_of(person)
            await tab.call(act, **given)
            assert tab.redirects
            assert "sarah@example.com" not in str(tab.values)
    assert (kept(Outbox), kept(SecureLink)) == ([], [])


async def test_two_of_the_office_at_once_leave_one_state_and_whole_facts():
    person = sarah()
    first, second = cookie(), cookie(StaffRole.MANAGER)
    async with open_tab(first) as one, open_tab(second) as two:
        one.path = two.path = path_of(person)
        await asyncio.gather(
            *(
                tab.call(act)
                for _ in range(4)
                for tab, act in ((one, CustomerState.access_off), (two, CustomerState.access_on))
            )
        )
        assert (one.failures, two.failures) == ([], [])
    told = people.kinds(lambda kind: kind.startswith("customer.access_"))
    # Every fact is a change: on follows off, and what is last said is so.
    assert all(a != b for a, b in itertools.pairwise(told))
    assert row(Customer, person.customer_id).portal_access == (not told or told[-1] == "customer.access_on")


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        (StaffRole.OWNER, []),
        (StaffRole.MANAGER, SETTINGS),
        (StaffRole.READER, SETTINGS),
    ],
)
async def test_the_navigation_leaves_out_what_a_role_may_not_open(role: StaffRole, hidden: list[str]):
    async with open_tab(cookie(role)) as tab:
        await tab.call(ShellState.load)
        assert tab.values.get("shell_state.without", []) == hidden
