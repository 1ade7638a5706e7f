"""How SQLite answers the front door: every step by an index, however many people and links there are."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from portal_app import database
from portal_app.models import Contact, Customer, Login, SecureLink
from portal_app.services import codes, invitations, link_opens, links, memberships, password_links, sessions
from portal_app.services.actors import Visitor
from portal_app.services.link_opens import Seen
from tests.services import people
from tests.services.front_door import OFFICE, customer_of, make_link, public_id
from tests.services.people import HOME, Person
from tests.services.test_query_plans import refusals, run

# Sorts of what an index has narrowed down: the waiting codes of one browser, the openings of one link.
NARROW = ("FROM one_time_code", "FROM link_open")


@pytest.fixture
def person(database_file) -> Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


def found(act: Callable[[Session], Any]) -> list[str]:
    return [one for one in refusals(run(act)) if "TEMP B-TREE" not in one or not any(table in one for table in NARROW)]


def test_links(person):
    household = public_id(Customer, person.customer_id)
    made = make_link(person.customer_id)
    token = made.path.removeprefix("/l/")
    actor = customer_of(people.start_session(person))
    seen = Seen(HOME, like_a_browser=True)

    def open_and_press(session: Session) -> None:
        link = link_opens.find(session, token)
        assert link is not None
        link_opens.door(session, link)
        link_opens.way_for(session, actor, link)
        link_opens.opened(session, link, seen, None)
        link_opens.pressed(session, link, seen, None)

    acts: list[Callable[[Session], Any]] = [
        open_and_press,
        lambda session: links.send(session, OFFICE, household),
        lambda session: links.resend(session, OFFICE, made.public_id),
        lambda session: links.of_customer(session, OFFICE, household),
        lambda session: links.of_account(session, actor),
        lambda session: links.own_way(session, session.get_one(Contact, person.contact_id)),
        lambda session: link_opens.send_fresh(session, session.get_one(SecureLink, 1)),
        lambda session: sessions.end_for_link(session, 1, "test"),
        lambda session: links.revoke(session, OFFICE, made.public_id),
        lambda session: links.revoke_all(session, OFFICE, household),
    ]
    for act in acts:
        assert found(act) == []


def test_codes_and_passwords(person):
    browser = "b" * 43
    actor = customer_of(people.start_session(person))
    contact = public_id(Contact, person.contact_id)
    with database.transaction() as session:
        token = password_links.create(session, session.get_one(Login, person.login_id), password_links.RESET)
    acts: list[Callable[[Session], Any]] = [
        lambda session: codes.ask(session, person.email, browser, purpose=codes.SIGN_IN),
        lambda session: codes.waiting(session, browser),
        lambda session: codes.check(session, browser, "123456", codes.SIGN_IN),
        lambda session: memberships.reached_by(session, person.email),
        lambda session: memberships.attach(session, session.get_one(Login, person.login_id)),
        lambda session: memberships.others(session, actor),
        lambda session: memberships.switch(session, actor, contact),
        lambda session: invitations.invite(session, OFFICE, contact),
        lambda session: invitations.send_reset(session, OFFICE, contact),
        lambda session: invitations.forgot(session, Visitor(HOME), person.email),
        lambda session: password_links.find(session, token, password_links.RESET),
    ]
    for act in acts:
        assert found(act) == []
