"""Changing over between the accounts of one person."""

import pytest

from portal_app import clock, database
from portal_app.models import Contact
from portal_app.services import memberships
from tests.services import people
from tests.services.front_door import customer_of, public_id
from tests.services.people import change, kinds, make_customer, make_staff, start_session

COOKIE = "porchlight_session"


@pytest.fixture(autouse=True)
def _business(business):
    pass


@pytest.fixture
def sarah() -> people.Person:
    return make_customer("sarah@example.com")


@pytest.fixture
def flat(sarah) -> people.Person:
    return make_customer("sarah@example.com", login_id=sarah.login_id)


async def switch(client, to):
    return await client.post("/auth/switch", data={"to": to})


async def test_it_works(browser, sarah, flat):
    client, token = browser(), start_session(sarah)
    client.cookies.set(COOKIE, token)
    with database.transaction() as session:
        (other,) = memberships.others(session, customer_of(token))
    assert other.public_id == public_id(Contact, flat.contact_id)
    answer = await switch(client, other.public_id)
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert customer_of(token).contact_id == flat.contact_id
    assert kinds() == ["session.switched"]
    assert (await switch(client, other.public_id)).status_code == 303
    assert kinds() == ["session.switched"]


async def test_only_ones_own_that_stand(browser, sarah, flat):
    stranger = make_customer("tom@example.com")
    client, token = browser(), start_session(sarah)
    client.cookies.set(COOKIE, token)
    change(Contact, flat.contact_id, disabled_at=clock.now())
    for to in (public_id(Contact, stranger.contact_id), public_id(Contact, flat.contact_id), "", "1", "x" * 9000):
        answer = await switch(client, to)
        assert answer.status_code == 404
    assert customer_of(token).contact_id == sarah.contact_id


async def test_nobody_and_the_office_have_nothing_to_change(browser, sarah):
    to = public_id(Contact, sarah.contact_id)
    assert (await switch(browser(), to)).headers["location"] == "/login"
    client = browser()
    client.cookies.set(COOKIE, start_session(make_staff("ruth@example.com")))
    assert (await switch(client, to)).status_code == 404
    assert (await client.get("/auth/switch")).headers["location"] == "/"


def test_accounts_of_the_same_name_are_told_apart(sarah, flat):
    with database.transaction() as session:
        assert [one.name for one in memberships.others(session, customer_of(start_session(sarah)))] == [
            "Household of sarah@example.com, sarah"
        ]
