"""The portal's door: shut to everybody but the office and testers, who are kept here."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, Customer
from portal_app.services import invitations, links, memberships, opening, sessions, testers
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.rights import Permission
from tests.services import people
from tests.services.front_door import mails, public_id
from tests.services.people import actor_of, change, make_customer, make_staff, start_session

pytestmark = pytest.mark.usefixtures("database_file")
OFFICE = System("test")


@pytest.fixture(autouse=True)
def _business(database_file) -> None:
    people.make_business()


def set_open(on: bool) -> None:
    with database.transaction() as session:
        testers.set_portal_open(session, OFFICE, on)


def set_tester(person: people.Person, on: bool) -> None:
    with database.transaction() as session:
        testers.set_tester(session, OFFICE, public_id(Contact, person.contact_id), on)


def names(found: list[testers.Person]) -> list[str]:
    return [person.name for person in found]


def test_a_new_installation_is_open():
    with database.reading() as session:
        assert not opening.is_shut(session)


def test_shut_only_testers_and_the_office_come_in_and_open_all_are_back():
    sarah, zoe = make_customer("sarah@example.com"), make_customer("zoe@example.com")
    tokens = {person.email: start_session(person) for person in (sarah, zoe)}
    office = start_session(make_staff("ruth@example.com"))
    set_tester(zoe, True)
    set_open(False)
    assert actor_of(tokens["sarah@example.com"]) is None
    assert actor_of(tokens["zoe@example.com"])
    assert actor_of(office)
    with database.reading() as session:
        standing = sessions.standing(session, [people.session_of(token).id or 0 for token in tokens.values()])
    assert standing == {people.session_of(tokens["zoe@example.com"]).id}
    set_tester(zoe, False)
    assert actor_of(tokens["zoe@example.com"]) is None
    set_open(True)
    assert all(actor_of(token) for token in tokens.values())
    assert people.kinds(lambda kind: "portal" in kind or "tester" in kind) == [
        "contact.tester_added",
        "business.portal_shut",
        "contact.tester_removed",
        "business.portal_opened",
    ]


def test_doing_the_same_twice_is_noted_once():
    sarah = make_customer("sarah@example.com")
    for _ in range(2):
        set_open(False)
        set_tester(sarah, True)
    assert people.kinds(lambda kind: "portal" in kind or "tester" in kind) == [
        "business.portal_shut",
        "contact.tester_added",
    ]


def test_a_tester_of_one_customer_sees_nothing_of_another_of_theirs():
    one = make_customer("sarah@example.com")
    other = make_customer("sarah@mill.example", login_id=one.login_id)
    token = start_session(one)
    set_tester(other, True)
    set_open(False)
    actor = actor_of(token)
    assert actor is not None
    assert getattr(actor, "customer_id", None) == other.customer_id
    with database.reading() as session:
        assert [contact.id for contact in memberships.of_login(session, one.login_id)] == [other.contact_id]


def test_a_disabled_tester_stays_out():
    sarah = make_customer("sarah@example.com")
    set_tester(sarah, True)
    set_open(False)
    token = start_session(sarah)
    assert actor_of(token)
    change(Customer, sarah.customer_id, portal_access=False)
    assert actor_of(token) is None


def test_the_office_invites_testers_and_nobody_else_and_owners_who_wait_hear_nothing():
    owner, zoe = make_customer("owner@example.com"), make_customer("zoe@example.com")
    change(Contact, zoe.contact_id, customer_id=owner.customer_id, role="household")
    customer = public_id(Customer, owner.customer_id)
    theirs, hers = (public_id(Contact, person.contact_id) for person in (owner, zoe))
    set_open(False)
    with database.transaction() as session:
        for contact in (theirs, hers):
            with pytest.raises(Invalid, match="not open to customers yet"):
                invitations.invite(session, OFFICE, contact)
        with pytest.raises(Invalid, match="has no tester"):
            links.send(session, OFFICE, customer)
        with pytest.raises(Invalid, match="zoe is not one of its testers"):
            links.send(session, OFFICE, customer, contact_public_id=hers)
    set_tester(zoe, True)
    with database.transaction() as session:
        invitations.invite(session, OFFICE, hers)
        links.send(session, OFFICE, customer)
    assert mails("owner@example.com") == []
    assert len(mails("zoe@example.com")) == 2


def test_testers_are_found_by_name_and_address():
    sarah = make_customer("sarah@example.com")
    make_customer("sara_h%@example.com")
    change(Contact, sarah.contact_id, name="Sarah Whitcombe")
    with database.reading() as session:
        assert names(testers.find(session, OFFICE, "WHITCOM")) == ["Sarah Whitcombe"]
        assert names(testers.find(session, OFFICE, "sarah@EX")) == ["Sarah Whitcombe"]
        assert names(testers.find(session, OFFICE, "h%@")) == []
        assert names(testers.find(session, OFFICE, "a_h")) == ["sara_h%"]
        assert testers.find(session, OFFICE, " s ") == []
        assert testers.testers(session, OFFICE) == []
    set_tester(sarah, True)
    with database.reading() as session:
        assert testers.find(session, OFFICE, "whitcom") == []
        [found] = testers.testers(session, OFFICE)
        assert (found.email, found.customer, found.ready) == (
            "sarah@example.com",
            "Household of sarah@example.com",
            True,
        )


def test_only_those_who_may_change_settings():
    sarah = make_customer("sarah@example.com")
    public = public_id(Contact, sarah.contact_id)
    clerk = Staff(1, 1, 1, "Clerk", "office", frozenset(Permission) - {Permission.CHANGE_SETTINGS})
    customer = actor_of(start_session(sarah))
    assert customer is not None
    acts: list[Callable[[Session, Actor], object]] = [
        lambda session, actor: testers.set_portal_open(session, actor, False),
        testers.testers,
        lambda session, actor: testers.find(session, actor, "sarah"),
        lambda session, actor: testers.set_tester(session, actor, public, True),
    ]
    for actor in (clerk, customer):
        for act in acts:
            with database.transaction() as session, pytest.raises(NotAllowed):
                act(session, actor)
    with database.transaction() as session, pytest.raises(NotFound):
        testers.set_tester(session, OFFICE, "nobody", True)


@pytest.mark.parametrize("typed", ["Éva", "éva", "ÉVA"])
def test_a_name_is_found_in_any_case(typed: str):
    change(Contact, make_customer("eva@example.com").contact_id, name="Éva Kovács")
    with database.reading() as session:
        assert names(testers.find(session, OFFICE, typed)) == ["Éva Kovács"]
