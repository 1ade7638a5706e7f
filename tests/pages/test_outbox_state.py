"""The outbox page's handlers, called through the gate with real sessions."""

from typing import Any

import pytest
from sqlmodel import select

from portal_app.database import reading, transaction
from portal_app.models import Outbox
from portal_app.pages.office.outbox.state import OutboxState
from portal_app.services import mails, outbox
from portal_app.services.mails import Mail
from portal_app.services.rights import StaffRole
from tests.pages.tab import Tab, open_tab
from tests.services import people

TOKEN = "Zx9_-" * 9


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def cookie(role: StaffRole = StaffRole.OWNER) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def command(state: str = "office") -> str:
    with transaction() as session:
        payload = {"base": {"name": "A"}, "change": {"name": "B"}}
        row = outbox.put(session, "contact-changes", "contact:1", payload)
        row.state, row.last_error = state, "The CRM says no: it is late"
        return row.public_id


def invitation(state: str = "pending") -> str:
    with transaction() as session:
        facts, secrets = {"customer": "Kim", "days": 14}, {"path": f"/auth/invite/{TOKEN}", "code": "123456"}
        row = mails.queue(session, Mail.INVITATION, "kim@example.com", facts, secrets=secrets)
        row.state = state
        return row.public_id


def state_of(public_id: str) -> str:
    with reading() as session:
        return session.exec(select(Outbox.state).where(Outbox.public_id == public_id)).one()


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"outbox_state.{name}"]


@pytest.mark.parametrize("mail", Mail)
async def test_every_mail_has_a_word(mail: Mail):
    with transaction() as session:
        row = mails.queue(session, mail, "kim@example.com", {}, secrets={"path": "/payments/x", "code": "123456"})
        public_id = row.public_id
    async with open_tab(cookie()) as tab:
        await tab.call(OutboxState.load)
        assert tab.failures == []
        [shown] = value(tab, "view").rows
        assert shown.what not in ("", "Mail", str(mail))
        await tab.call(OutboxState.open, public_id=public_id)
        assert value(tab, "opened").what == shown.what


async def test_it_works():
    public_id = command()
    async with open_tab(cookie()) as tab:
        await tab.call(OutboxState.load)
        view = value(tab, "view")
        assert [(row.what, row.state, row.why) for row in view.rows] == [
            ("Change of details", "Needs you", "The CRM says no: it is late")
        ]
        assert (view.mail_unset, value(tab, "may_act")) == (True, True)
        await tab.call(OutboxState.open, public_id=public_id)
        assert [(line.name, line.value) for line in value(tab, "opened").lines] == [("Name", "A → B")]
        await tab.call(OutboxState.retry, public_id=public_id)
        assert state_of(public_id) == "pending"
        await tab.call(OutboxState.finish, public_id=public_id)
        assert value(tab, "message") == "Marked as done by hand."
        assert value(tab, "view").rows == []
        await tab.call(OutboxState.withdraw, public_id=public_id)
        assert value(tab, "failed")
        assert (tab.failures, tab.redirects) == ([], [])
    assert state_of(public_id) == "done"


async def test_no_code_or_link_reaches_the_office():
    public_id = invitation()
    async with open_tab(cookie()) as tab:
        await tab.call(OutboxState.load)
        await tab.call(OutboxState.open, public_id=public_id)
        assert "Choose a password" in value(tab, "opened").text
        assert "••••••" in value(tab, "opened").text
        assert TOKEN not in str(tab.values)
        assert "123456" not in str(tab.values)


async def test_a_reader_looks_and_touches_nothing():
    public_id = command()
    async with open_tab(cookie(StaffRole.READER)) as tab:
        await tab.call(OutboxState.load)
        assert len(value(tab, "view").rows) == 1
        assert not value(tab, "may_act")
        for handler in (OutboxState.retry, OutboxState.finish, OutboxState.withdraw):
            await tab.call(handler, public_id=public_id)
        assert tab.redirects == ["/"] * 3
    assert state_of(public_id) == "office"


async def test_customers_and_strangers_are_turned_away():
    public_id = command()
    kim = people.start_session(people.make_customer("kim@example.com"))
    for token in (kim, "", "x" * 43):
        async with open_tab(token) as tab:
            await tab.call(OutboxState.load)
            for handler in (OutboxState.open, OutboxState.retry, OutboxState.finish, OutboxState.withdraw):
                await tab.call(handler, public_id=public_id)
            assert "outbox_state.view" not in tab.values or value(tab, "view").rows == []
            assert len(tab.redirects) == 5
    assert state_of(public_id) == "office"


@pytest.mark.parametrize("bad", ["", "x" * 65, "a b", "../x", 7, None, ["x"], {"a": 1}])
async def test_what_is_no_id_is_refused(bad: Any):
    public_id = command()
    async with open_tab(cookie()) as tab:
        for handler in (OutboxState.open, OutboxState.retry, OutboxState.finish, OutboxState.withdraw):
            await tab.call(handler, public_id=bad)
            await tab.call(handler, public_id=public_id, more=1)
    assert state_of(public_id) == "office"


async def test_an_id_of_nothing_says_so():
    async with open_tab(cookie()) as tab:
        await tab.call(OutboxState.load)
        for handler in (OutboxState.open, OutboxState.retry):
            await tab.call(handler, public_id="nobody")
            assert value(tab, "message") == "We could not find that."
        assert tab.failures == []
