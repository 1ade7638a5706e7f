"""The mail settings' handlers, called through the gate: the password goes in and never comes back."""

from typing import Any

import pytest

from portal_app.database import reading
from portal_app.models import MailSettings, Outbox
from portal_app.pages.office.settings_mail.state import MailSettingsState
from portal_app.services import mail_settings
from portal_app.services.rights import StaffRole
from tests.conftest import forget_settings
from tests.pages.tab import Tab, open_tab
from tests.services import people

GOOD = {
    "preset": "own",
    "host": "mail.example.com",
    "port": "587",
    "security": "starttls",
    "username": "portal",
    "password": "hunter2",
    "from_address": "portal@example.com",
}


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def cookie(role: StaffRole = StaffRole.OWNER) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"mail_settings_state.{name}"]


def stored() -> MailSettings | None:
    with reading() as session:
        row = session.get(MailSettings, 1)
        session.expunge_all()
        return row


async def test_it_works():
    async with open_tab(cookie()) as tab:
        await tab.call(MailSettingsState.load)
        assert value(tab, "mail").state == "Not set up"
        await tab.call(MailSettingsState.choose, preset="fastmail")
        assert (value(tab, "draft").host, value(tab, "draft").port) == ("smtp.fastmail.com", "465")
        await tab.call(MailSettingsState.save, form=GOOD)
        assert value(tab, "message").startswith("Saved.")
        assert (value(tab, "mail").state, value(tab, "mail").has_password) == ("Set up", True)
        await tab.call(MailSettingsState.send_test)
        assert value(tab, "message") == "A test message is on its way to owner@example.com."
        assert "hunter2" not in str(tab.values)
        await tab.call(MailSettingsState.clear)
        assert value(tab, "mail").source == "none"
        assert (tab.failures, tab.redirects) == ([], [])
    with reading() as session:
        assert session.get_one(Outbox, 1).payload["to"] == "owner@example.com"


async def test_each_wrong_field_is_told_and_nothing_else_is_lost():
    async with open_tab(cookie()) as tab:
        await tab.call(MailSettingsState.load)
        saved = value(tab, "saved")
        await tab.call(MailSettingsState.save, form={**GOOD, "host": "", "port": "x"})
        wrong = value(tab, "wrong")
        assert (bool(wrong.host), bool(wrong.port), bool(wrong.password)) == (True, True, False)
        # The form is not drawn anew, so what was typed stays in it.
        assert value(tab, "saved") == saved
        assert "hunter2" not in str(tab.values)
    row = stored()
    assert row is None or row.host == ""


@pytest.mark.parametrize(
    "form",
    [
        {**GOOD, "id": "1"},
        {**GOOD, "password_sealed": "x"},
        {**GOOD, "port": 587},
        {**GOOD, "host": "x" * 5000},
        [],
        "x",
        None,
    ],
)
async def test_what_the_form_does_not_have_is_refused(form: Any):
    async with open_tab(cookie()) as tab:
        await tab.call(MailSettingsState.save, form=form)
        assert "mail_settings_state.message" not in tab.values
    assert stored() is None


async def test_only_those_who_may_change_settings(monkeypatch: pytest.MonkeyPatch):
    kim = people.start_session(people.make_customer("kim@example.com"))
    for token in (cookie(StaffRole.OFFICE), cookie(StaffRole.READER), kim, ""):
        async with open_tab(token) as tab:
            await tab.call(MailSettingsState.load)
            await tab.call(MailSettingsState.save, form=GOOD)
            await tab.call(MailSettingsState.send_test)
            await tab.call(MailSettingsState.clear)
            assert len(tab.redirects) == 4
            assert not tab.values.get("mail_settings_state.loaded")
    assert stored() is None


async def test_the_environment_wins_and_shows_no_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_SMTP_URL", "smtps://env:sesame@env.example.com")
    monkeypatch.setenv("PORTAL_MAIL_FROM", "env@example.com")
    forget_settings()
    async with open_tab(cookie()) as tab:
        await tab.call(MailSettingsState.load)
        assert value(tab, "mail").source == "environment"
        await tab.call(MailSettingsState.save, form=GOOD)
        assert value(tab, "failed")
        assert "sesame" not in str(tab.values)
    with reading() as session:
        found = mail_settings.route(session)
        assert found is not None
        assert found.server.host == "env.example.com"
