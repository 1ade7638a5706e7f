"""The handlers of "Mails that come back", called through the gate: the password goes in and never comes back."""

from typing import Any

import pytest

from portal_app.database import reading
from portal_app.models import BounceMailbox
from portal_app.pages.office.settings_mail.bounce_state import BounceSettingsState
from portal_app.pages.office.settings_mail.bounce_views import found_sentence
from portal_app.services.rights import StaffRole
from portal_app.workflows.read_bounces import Found
from tests.conftest import forget_settings
from tests.integrations.running_imap import NAME, PASSWORD, RunningImap
from tests.pages.tab import Tab, open_tab
from tests.services import people

GOOD = {
    "imap_preset": "own",
    "imap_host": "imap.example.com",
    "imap_port": "993",
    "imap_username": NAME,
    "imap_password": PASSWORD,
    "imap_folder": "INBOX",
}


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def cookie(role: StaffRole = StaffRole.OWNER) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"bounce_settings_state.{name}"]


def stored() -> BounceMailbox | None:
    with reading() as session:
        row = session.get(BounceMailbox, 1)
        session.expunge_all()
        return row


async def test_it_works():
    with RunningImap() as imap:
        imap.add(b"Content-Type: text/plain\n\nHello")
        async with open_tab(cookie()) as tab:
            await tab.call(BounceSettingsState.load)
            assert value(tab, "bounce").state == "Not read"
            await tab.call(BounceSettingsState.check)
            assert value(tab, "message").startswith("No mailbox is set yet")
            await tab.call(BounceSettingsState.choose, preset="fastmail")
            assert (value(tab, "draft").host, value(tab, "draft").port) == ("imap.fastmail.com", "993")
            await tab.call(
                BounceSettingsState.save, form={**GOOD, "imap_host": "127.0.0.1", "imap_port": str(imap.port)}
            )
            assert value(tab, "message").startswith("Saved.")
            assert (value(tab, "bounce").state, value(tab, "bounce").has_password) == ("Not read yet", True)
            await tab.call(BounceSettingsState.check)
            assert value(tab, "message") == (
                "The connection works. 1 new mail looked at, no delivery report among them."
            )
            assert value(tab, "bounce").state == "Read"
            imap.password = "changed"
            await tab.call(BounceSettingsState.check)
            assert value(tab, "message") == ""
            assert value(tab, "bounce").state == "Cannot be read"
            assert "does not accept the user name and password" in value(tab, "bounce").problem
            assert "It last worked" in value(tab, "bounce").problem
            assert PASSWORD not in str(tab.values)
            await tab.call(BounceSettingsState.clear)
            assert (value(tab, "bounce").source, value(tab, "bounce").problem) == ("none", "")
            assert (tab.failures, tab.redirects) == ([], [])


async def test_each_wrong_field_is_told_and_nothing_else_is_lost():
    async with open_tab(cookie()) as tab:
        await tab.call(BounceSettingsState.load)
        saved = value(tab, "saved")
        await tab.call(BounceSettingsState.save, form={**GOOD, "imap_host": "", "imap_port": "x"})
        wrong = value(tab, "wrong")
        assert (bool(wrong.host), bool(wrong.port), bool(wrong.password)) == (True, True, False)
        # The form is not drawn anew, so what was typed stays in it.
        assert value(tab, "saved") == saved
        assert PASSWORD not in str(tab.values)
    row = stored()
    assert row is None or row.host == ""


@pytest.mark.parametrize(
    "form",
    [
        {**GOOD, "imap_last_uid": "1"},
        {**GOOD, "imap_port": 993},
        {**GOOD, "imap_host": "x" * 5000},
        {"host": "imap.example.com"},
        [],
        None,
    ],
)
async def test_what_the_form_does_not_have_is_refused(form: Any):
    async with open_tab(cookie()) as tab:
        await tab.call(BounceSettingsState.save, form=form)
        assert "bounce_settings_state.message" not in tab.values
    assert stored() is None


async def test_only_those_who_may_change_settings():
    kim = people.start_session(people.make_customer("kim@example.com"))
    for token in (cookie(StaffRole.OFFICE), cookie(StaffRole.READER), kim, ""):
        async with open_tab(token) as tab:
            await tab.call(BounceSettingsState.load)
            await tab.call(BounceSettingsState.save, form=GOOD)
            await tab.call(BounceSettingsState.check)
            await tab.call(BounceSettingsState.clear)
            assert len(tab.redirects) == 4
            assert not tab.values.get("bounce_settings_state.loaded")
    assert stored() is None


async def test_the_environment_wins_and_shows_no_password(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", "imaps://env:sesame@env.example.com")
    forget_settings()
    async with open_tab(cookie()) as tab:
        await tab.call(BounceSettingsState.load)
        assert value(tab, "bounce").source == "environment"
        await tab.call(BounceSettingsState.save, form=GOOD)
        assert value(tab, "failed")
        assert "PORTAL_BOUNCE_IMAP_URL" in value(tab, "bounce").sentence
        assert "sesame" not in str(tab.values)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Found(), "The connection works. There is no new mail."),
        (Found(3, 1, 1), "3 new mails looked at, 1 delivery report read: 1 mail of this portal came back."),
        (Found(3, 2), "2 delivery reports read, with no news of this portal's mail."),
        (Found(200, more=True), "no delivery report among them. More are waiting, and are read in a moment."),
    ],
)
def test_what_was_found(found: Found, sentence: str):
    assert found_sentence(found).endswith(sentence)
