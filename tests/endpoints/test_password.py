"""Invitations and resets: used once, by their reader, and told to the owner."""

import asyncio
from datetime import timedelta

import pytest

from portal_app import clock, database
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Contact, Customer, Login, PasswordLink
from portal_app.services import business, invitations, throttle
from portal_app.services.rights import Role
from tests.services import people
from tests.services.front_door import OFFICE, customer_of, invite, mails, newest, public_id
from tests.services.people import PASSWORD, actor_of, change, kinds, make_customer, make_staff, start_session

COOKIE = "porchlight_session"
EMAIL, NEW = "sarah@example.com", "three blue kettles"


@pytest.fixture(autouse=True)
def _business(business):
    pass


@pytest.fixture
def sarah() -> people.Person:
    return make_customer(EMAIL)


@pytest.fixture
def zoe() -> people.Person:
    """Somebody who has never signed in."""
    person = make_customer("zoe@example.com")
    change(Contact, person.contact_id, login_id=None)
    with database.transaction() as session:
        session.delete(session.get_one(Login, person.login_id))
    return person


async def forgot(client, email=EMAIL):
    return await client.post("/auth/forgot", data={"email": email})


async def choose(client, path, password=NEW):
    return await client.post(path, data={"password": password})


async def sign_in(client, password, email=EMAIL):
    return (await client.post("/auth/login", data={"email": email, "password": password})).headers["location"]


async def reset_path(browser, email=EMAIL) -> str:
    assert (await forgot(browser(), email)).status_code == 303
    return newest(email, "reset")["path"]


async def test_a_forgotten_password(browser, sarah):
    before = start_session(sarah)
    path = await reset_path(browser)
    client = browser()
    page = await client.get(path)
    assert (page.status_code, EMAIL in page.text) == (200, True)
    answer = await choose(client, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert customer_of(answer.cookies[COOKIE]).contact_id == sarah.contact_id
    assert actor_of(before) is None
    assert (await sign_in(browser(), NEW), await sign_in(browser(), PASSWORD)) == ("/home", "/login?e=wrong")
    assert newest(EMAIL, "password_changed")["facts"] == {"by_office": False}


async def test_an_invitation(browser, zoe):
    path = invite(zoe.contact_id)
    assert newest("zoe@example.com", "invitation")["facts"]["customer"] == "Household of zoe@example.com"
    client = browser()
    assert "Welcome" in (await client.get(path)).text
    answer = await choose(client, path)
    assert answer.headers["location"] == "/home"
    assert customer_of(answer.cookies[COOKIE]).contact_id == zoe.contact_id
    assert await sign_in(browser(), NEW, "zoe@example.com") == "/home"
    assert mails(mail="person_invited") == []
    # There was no password before: nobody is to be alarmed.
    assert mails(mail="password_changed") == []


async def test_the_owner_hears_of_others_who_are_invited(browser, sarah, zoe):
    change(Contact, zoe.contact_id, customer_id=sarah.customer_id, role=Role.VIEWER)
    invite(zoe.contact_id)
    (told,) = mails(mail="person_invited")
    assert (told["to"], told["facts"]["person"]) == (EMAIL, "zoe")


async def test_somebody_with_a_password_is_asked_to_sign_in(browser, sarah):
    flat = make_customer(EMAIL, login_id=sarah.login_id)
    change(Contact, flat.contact_id, login_id=None)
    path = invite(flat.contact_id)
    page = await browser().get(path)
    assert "You have a password already" in page.text
    assert (await choose(browser(), path)).status_code == 200
    assert await sign_in(browser(), PASSWORD) == "/home"
    with database.reading() as session:
        assert session.get_one(Contact, flat.contact_id).login_id == sarah.login_id


@pytest.mark.parametrize("password", ["", "short", "password123", "aaaaaaaaaaaa", "x" * 201, EMAIL])
async def test_a_poor_password_is_told_so_and_the_link_stays_good(browser, sarah, password):
    path = await reset_path(browser)
    client = browser()
    answer = await choose(client, path, password)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert (await choose(client, path)).status_code == 303


async def test_opening_and_scanning_spend_nothing(browser, sarah):
    path = await reset_path(browser)
    for method in ("GET", "HEAD", "GET"):
        assert (await browser().request(method, path)).status_code == 200
    scanner = browser()
    del scanner.headers["origin"]
    assert (await choose(scanner, path)).status_code == 403
    assert (await choose(browser(), path)).status_code == 303


async def test_a_link_works_once(browser, sarah):
    path = await reset_path(browser)
    assert (await choose(browser(), path)).status_code == 303
    for answer in (await browser().get(path), await choose(browser(), path, "another good one")):
        assert answer.status_code == 410
    assert await sign_in(browser(), NEW) == "/home"


async def test_of_two_at_once_one_passes(browser, sarah):
    path = await reset_path(browser)
    tried = [f"{NEW} {n}" for n in range(4)]
    answers = await asyncio.gather(*(choose(browser(), path, password) for password in tried))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    winner = next(p for p, answer in zip(tried, answers, strict=True) if answer.status_code == 303)
    assert await sign_in(browser(), winner) == "/home"
    assert len(mails(mail="password_changed")) == 1


async def test_the_newest_alone_is_live_and_a_password_change_ends_all(browser, sarah):
    first, second = await reset_path(browser), await reset_path(browser)
    assert (await choose(browser(), first)).status_code == 410
    assert (await choose(browser(), second)).status_code == 303
    third = await reset_path(browser)
    change(PasswordLink, 3, expires_at=clock.now())
    assert (await browser().get(third)).status_code == 410
    with database.reading() as session:
        lasts = session.get_one(PasswordLink, 1)
        assert lasts.expires_at - lasts.created_at <= timedelta(hours=2, seconds=1)


async def test_a_long_lived_invitation_replaces_no_password(browser, zoe):
    path = invite(zoe.contact_id)
    change(Login, 1, password_hash=people.password_hash())
    await choose(browser(), path)
    with database.reading() as session:
        assert session.get_one(Login, 1).password_hash == people.password_hash()
    assert await sign_in(browser(), PASSWORD, "zoe@example.com") == "/home"


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (Login, {"disabled_at": clock.now()}),
        (Contact, {"disabled_at": clock.now()}),
        (Contact, {"active": False}),
        (Customer, {"portal_access": False}),
        (Customer, {"deleted_at": clock.now()}),
    ],
)
async def test_who_is_shut_out_chooses_no_password(browser, sarah, table, changes):
    path = await reset_path(browser)
    change(table, 1, **changes)
    assert (await browser().get(path)).status_code == 410
    assert (await choose(browser(), path)).status_code == 410
    with database.reading() as session:
        assert session.get_one(Login, 1).password_hash == people.password_hash()


@pytest.mark.parametrize("kind", ["reset", "invite"])
async def test_links_of_one_kind_are_not_the_other(browser, sarah, zoe, kind):
    path = invite(zoe.contact_id) if kind == "reset" else await reset_path(browser)
    other = f"/auth/{kind}/{path.rpartition('/')[2]}"
    assert (await browser().get(other)).status_code == 410
    assert (await choose(browser(), other)).status_code == 410


@pytest.mark.parametrize("token", ["x", "%00", "é" * 40, "A" * 43])
async def test_unknown_ones_say_how_to_go_on(browser, sarah, token):
    for kind in ("reset", "invite"):
        answer = await browser().get(f"/auth/{kind}/{token}")
        assert (answer.status_code, 'href="/auth/' in answer.text) == (410, True)


async def test_an_unknown_address_reads_like_a_known_one(browser, sarah, zoe):
    async def shape(email, address):
        client = browser(address)
        asked = [await forgot(client, email) for _ in range(throttle.RESETS.amount + 1)]
        page = await client.get(asked[0].headers["location"])
        return [(one.status_code, sorted(one.headers), one.text) for one in (*asked, page)]

    disabled = make_customer("old@example.com")
    change(Login, disabled.login_id, disabled_at=clock.now())
    # A portal reads it when it starts, so that its messages wear the brand.
    business.look()
    known = await shape(EMAIL, "192.0.2.1")
    for n, email in enumerate(["nobody@example.com", "zoe@example.com", "old@example.com"]):
        assert await shape(email, f"198.51.{n}.1") == known
    assert {one["to"] for one in mails()} == {EMAIL}


async def test_somebody_of_the_office_resets_their_own(browser):
    make_staff("ruth@example.com")
    path = await reset_path(browser, "ruth@example.com")
    answer = await choose(browser(), path)
    assert answer.headers["location"].startswith("/office")


async def test_the_office_sends_resets_to_customers_never_to_colleagues(browser, sarah):
    with database.transaction() as session:
        invitations.send_reset(session, OFFICE, session.get_one(Contact, 1).public_id)
    assert newest(EMAIL, "reset")["facts"] == {"hours": 2, "by_office": True}
    colleague = make_staff("ruth@example.com")
    own = make_customer("ruth@example.com", login_id=colleague.login_id)
    with pytest.raises(NotAllowed), database.transaction() as session:
        invitations.send_reset(session, OFFICE, public_id(Contact, own.contact_id))


def test_inviting_many_names_those_who_cannot_be(sarah, zoe):
    shut = make_customer("shut@example.com")
    change(Customer, shut.customer_id, portal_access=False)
    ids = [public_id(Contact, person.contact_id) for person in (zoe, shut)]
    with database.transaction() as session:
        went = invitations.invite_many(session, OFFICE, [*ids, "unknown"])
    assert went.count == 1
    assert set(went.refused) == {ids[1], "unknown"}
    assert kinds(lambda kind: kind == "contact.invited") == ["contact.invited"]
    with pytest.raises(NotAllowed), database.transaction() as session:
        invitations.invite(session, customer_of(start_session(sarah)), ids[0])
    change(Contact, zoe.contact_id, email="", login_id=None)
    with pytest.raises(Invalid), database.transaction() as session:
        invitations.invite(session, OFFICE, ids[0])


async def test_strangers_neither_fill_a_mailbox_nor_keep_its_owner_out(browser, sarah):
    start_session(sarah)
    statuses = [(await forgot(browser(f"198.51.{n}.1"))).status_code for n in range(throttle.RESETS.amount + 3)]
    assert statuses == [303] * throttle.RESETS.amount + [429] * 3
    assert len(mails(EMAIL, "reset")) == throttle.RESETS.amount
    assert (await forgot(browser(people.HOME.network))).status_code == 303
