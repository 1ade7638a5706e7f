"""The settings page as a client meets it: through the gate, by events."""

from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock, database
from portal_app.components.devices import device_words
from portal_app.models import Contact, Login, LoginSession, Outbox, SecureLink
from portal_app.pages.settings.state import SettingsState
from portal_app.services import sealed
from portal_app.services.rights import Right, Role
from portal_app.services.sessions import BROWSER
from tests.conftest import forget_settings
from tests.pages.tab import tabs
from tests.services.people import (
    actor_of,
    change,
    make_business,
    make_customer,
    make_location,
    make_staff,
    session_of,
    start_session,
)

KEY = "sk_test_" + "a" * 24


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    make_business()


def add_link(customer_id: int | None, contact_id: int | None = None) -> str:
    with database.transaction() as session:
        row = SecureLink(customer_id=customer_id or 0, contact_id=contact_id, expires_at=clock.now() + BROWSER.idle)
        session.add(row)
        return row.public_id


async def test_it_works():
    sarah = make_customer("sarah@example.com", phones=[{"kind": "mobile", "number": "07700900001"}])
    make_location(sarah, "Mill", visible=False)
    add_link(sarah.customer_id)
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        view = (await tab.call(SettingsState.load))["view"]
        assert (view.name, view.email) == ("sarah", "sarah@example.com")
        assert [(phone.shown, phone.kind_word) for phone in view.phones] == [("07700 900001", "Mobile")]
        assert [address.title for address in view.addresses] == ["Invoices go to", "Mill"]
        assert [device.here for device in view.devices] == [True]
        assert [link.title for link in view.links] == ["Link to your portal"]
        await tab.call(SettingsState.edit, part="name")
        shown = await tab.call(SettingsState.save_name, form={"name": "Sarah Whitcombe"})
        assert (shown["view"].name, shown["editing"], shown["done"]) == ("Sarah Whitcombe", "", "Your name is saved.")


@pytest.mark.parametrize(
    ("rights", "key", "shown"),
    [
        (set(Right), KEY, (True, True)),
        (set(Right), "", (True, False)),
        (set(Right) - {Right.PAY}, KEY, (True, False)),
        (set(Right) - {Right.VIEW_MONEY}, KEY, (False, False)),
    ],
    ids=["all", "no key", "no paying", "no money"],
)
async def test_ways_to_payments_stand_there_for_those_who_may(monkeypatch, rights, key, shown):
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    async with tabs() as browser:
        tab = browser.open(start_session(make_customer("sarah@example.com")))
        change(Contact, 1, rights=sorted(rights))
        view = (await tab.call(SettingsState.load))["view"]
        assert (view.money, view.pays) == shown


async def test_what_is_wrong_is_said_and_the_form_stays_open():
    async with tabs() as browser:
        tab = browser.open(start_session(make_customer("sarah@example.com")))
        await tab.call(SettingsState.load)
        await tab.call(SettingsState.edit, part="phones")
        shown = await tab.call(SettingsState.save_phones, form={"number-0": "12", "kind-0": "mobile"})
        assert shown["problem"].startswith("“12” is no telephone number")
        assert "editing" not in shown
        shown = await tab.call(SettingsState.save_phones, form={"number-0": "07700 900001", "kind-0": "mobile"})
        assert (shown["problem"], shown["editing"]) == ("", "")


async def test_a_form_arrives_as_browsers_send_it():
    async with tabs() as browser:
        tab = browser.open(start_session(make_customer("sarah@example.com")))
        await tab.call(SettingsState.load)
        shown = await tab.call(SettingsState.save_name, form={"__reflex_form_data__": [["name", "Sarah W"]]})
        assert shown["view"].name == "Sarah W"


@pytest.mark.parametrize(
    "form",
    [
        None,
        1,
        [],
        "x",
        {"name": 1},
        {"name": None},
        {"name": ["x"]},
        {"name": "x" * 401},
        {"x" * 41: ""},
        {str(n): "" for n in range(61)},
        {"__reflex_form_data__": "x"},
    ],
)
async def test_what_is_no_form_is_refused(form: Any):
    sarah = make_customer("sarah@example.com")
    handlers = (
        SettingsState.save_name,
        SettingsState.save_phones,
        SettingsState.save_address,
        SettingsState.ask_email,
        SettingsState.confirm_email,
    )
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        before = (await tab.call(SettingsState.load))["view"]
        for handler in handlers:
            assert await tab.call(handler, form=form) == {}
        assert (await tab.call(SettingsState.load)).get("view", before) == before


async def test_strangers_staff_and_others_change_nothing():
    sarah, noor = make_customer("sarah@example.com"), make_customer("noor@example.com")
    theirs = start_session(sarah)
    link = add_link(sarah.customer_id)
    key = session_of(theirs).public_id
    async with tabs() as browser:
        for cookie in ("", "x" * 43, start_session(make_staff("ruth@example.com"))):
            tab = browser.open(cookie)
            assert "view" not in await tab.call(SettingsState.load)
            assert "view" not in await tab.call(SettingsState.save_name, form={"name": "Mallory"})
        tab = browser.open(start_session(noor))
        shown = await tab.call(SettingsState.load)
        assert "sarah" not in repr(shown["view"])
        assert (await tab.call(SettingsState.end_device, key=key))["problem"] == "We could not find that."
        assert (await tab.call(SettingsState.end_link, key=link))["problem"] == "We could not find that."
    assert actor_of(theirs) is not None
    with database.reading() as session:
        assert session.exec(select(SecureLink.revoked_at)).all() == [None]
        assert session.get_one(Contact, sarah.contact_id).name == "sarah"


async def test_ending_a_browser_and_a_link():
    sarah = make_customer("sarah@example.com")
    here, phone = start_session(sarah), start_session(sarah)
    link = add_link(sarah.customer_id)
    async with tabs() as browser:
        tab = browser.open(here)
        await tab.call(SettingsState.load)
        shown = await tab.call(SettingsState.end_device, key=session_of(phone).public_id)
        assert [device.here for device in shown["view"].devices] == [True]
        assert actor_of(phone) is None
        assert (await tab.call(SettingsState.end_link, key=link))["view"].links == []
        assert (await tab.call(SettingsState.end_device, key=session_of(here).public_id))["problem"]
    assert actor_of(here) is not None


async def test_the_address_moves_once_its_code_is_right():
    sarah = make_customer("sarah@example.com")
    async with tabs() as browser:
        tab = browser.open(start_session(sarah))
        await tab.call(SettingsState.load)
        await tab.call(SettingsState.edit, part="email")
        shown = await tab.call(SettingsState.ask_email, form={"email": "new@example.com"})
        assert shown["view"].code_sent_to == "new@example.com"
        with database.reading() as session:
            code = sealed.unseal(session.exec(select(Outbox.sealed)).one())["code"]
        assert code not in repr(shown)
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        shown = await tab.call(SettingsState.confirm_email, form={"code": wrong})
        assert "not right" in shown["problem"]
        shown = await tab.call(SettingsState.confirm_email, form={"code": f"{code[:3]} {code[3:]}"})
        assert (shown["view"].email, shown["view"].code_sent_to, shown["editing"]) == ("new@example.com", "", "")
    with database.reading() as session:
        assert session.get_one(Login, sarah.login_id).email == "new@example.com"


async def test_only_the_owner_is_offered_addresses_to_change():
    person = make_customer("sarah@example.com", role=Role.HOUSEHOLD)
    make_location(person, "Mill", visible=False)
    async with tabs() as browser:
        tab = browser.open(start_session(person))
        view = (await tab.call(SettingsState.load))["view"]
        assert (view.owner, [address.title for address in view.addresses]) == (False, ["Mill"])
        form = {"key": "billing", "line1": "2 New Road", "city": "Bath"}
        assert "owner" in (await tab.call(SettingsState.save_address, form=form))["problem"]


@pytest.mark.parametrize("word", ["changed", "present", "twice", "weak", "slow", "nonsense", "__class__"])
async def test_what_came_of_a_new_password_is_said_in_words_of_ours(word):
    async with tabs() as browser:
        tab = browser.open(start_session(make_customer("sarah@example.com")))
        tab.path = f"/settings?password={word}"
        shown = await tab.call(SettingsState.load)
        said = shown.get("done", "") + shown.get("password_problem", "")
        assert bool(said) == (word in {"changed", "present", "twice", "weak", "slow"})
        assert "nonsense" not in said


async def test_no_state_holds_a_password_or_a_code():
    names = {name for name in SettingsState.vars if "password" in name or "code" in name}
    assert names == {"password_problem"}
    assert "password" not in {column.name for column in LoginSession.__table__.columns}  # type: ignore[attr-defined]


async def test_a_change_elsewhere_shows_without_closing_the_form():
    sarah = make_customer("sarah@example.com")
    token = start_session(sarah)
    state = SettingsState(_reflex_internal_init=True)  # type: ignore[call-arg]
    state.editing, state.problem = "phones", "Still wrong."
    change(Contact, sarah.contact_id, name="Changed elsewhere")
    await state._refresh(actor_of(token))  # type: ignore[arg-type]
    assert (state.view.name, state.editing, state.problem) == ("Changed elsewhere", "phones", "Still wrong.")


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on an Android phone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16; Tab) AppleWebKit/537.36 SamsungBrowser/29 Chrome/140.0 Safari/537.36",
            "Samsung Internet on an Android tablet",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on a Mac"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "A browser on Linux"),
        ("curl/8", "A browser we do not know"),
        ("", "A browser we do not know"),
    ],
)
def test_browsers_in_plain_words(agent, words):
    assert device_words(agent) == words
