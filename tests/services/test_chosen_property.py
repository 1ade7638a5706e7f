"""The property that a contact looks at: remembered for them, and forgotten when it is gone or out of reach."""

from dataclasses import replace

import pytest

from portal_app import database
from portal_app.components.property_choice import chosen_place
from portal_app.errors import NotAllowed, NotFound
from portal_app.models import Location
from portal_app.services import dashboard, properties
from portal_app.services.actors import Customer as Actor
from portal_app.services.properties import ALL
from portal_app.services.rights import Right
from tests.services import people, work
from tests.services.work import DAY, LONDON, NOW

JOBS = Right.VIEW_JOBS


@pytest.fixture
def sarah(database_file) -> Actor:
    people.make_business()
    found = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert isinstance(found, Actor)
    return found


def place_of(who: Actor, label: str) -> tuple[int, str]:
    row = work.location(who.customer_id, label)
    with database.reading() as session:
        return row, session.get_one(Location, row).public_id


def remembered(who: Actor, right: Right = JOBS) -> str:
    with database.reading() as session:
        return properties.remembered(session, who, right)


def test_it_works(sarah: Actor):
    _, mill = place_of(sarah, "Mill")
    _, barn = place_of(sarah, "Barn")
    assert chosen_place(sarah, JOBS, "") == ""
    assert chosen_place(sarah, JOBS, mill) == mill
    assert chosen_place(sarah, JOBS, "") == mill
    assert chosen_place(sarah, Right.VIEW_MONEY, "") == mill
    assert chosen_place(sarah, JOBS, barn) == barn
    assert chosen_place(sarah, JOBS, "") == barn
    assert chosen_place(sarah, JOBS, ALL) == ""
    assert chosen_place(sarah, JOBS, "") == ""


def test_each_person_has_a_choice_of_their_own(sarah: Actor):
    _, mill = place_of(sarah, "Mill")
    chosen_place(sarah, JOBS, mill)
    other = people.actor_of(people.start_session(people.make_customer("jo@example.com")))
    assert isinstance(other, Actor)
    assert remembered(other) == ""
    with pytest.raises(NotFound):
        chosen_place(other, JOBS, mill)
    assert remembered(other) == ""


def test_what_is_gone_or_out_of_reach_falls_back_to_all(sarah: Actor):
    row, mill = place_of(sarah, "Mill")
    barn, _ = place_of(sarah, "Barn")
    chosen_place(sarah, JOBS, mill)
    limited = replace(sarah, locations=frozenset({barn}))
    narrowed = replace(sarah, right_locations={Right.VIEW_MONEY: frozenset({barn})})
    assert remembered(limited) == ""
    assert (remembered(narrowed), remembered(narrowed, Right.VIEW_MONEY)) == (mill, "")
    assert remembered(replace(sarah, rights=frozenset({Right.VIEW_MONEY}))) == ""
    with pytest.raises(NotFound):
        chosen_place(limited, JOBS, mill)
    people.change(Location, row, deleted_at=NOW)
    assert remembered(sarah) == ""
    with pytest.raises(NotFound):
        chosen_place(sarah, JOBS, mill)


def test_nothing_is_remembered_without_the_right(sarah: Actor):
    _, mill = place_of(sarah, "Mill")
    with pytest.raises(NotAllowed), database.transaction() as session:
        properties.remember(session, replace(sarah, rights=frozenset()), JOBS, mill)


def test_home_tells_of_the_chosen_propertys_visits_alone(sarah: Actor):
    mill, _ = place_of(sarah, "Mill")
    barn, _ = place_of(sarah, "Barn")
    for name, place in (("Mill tap", mill), ("Barn tap", barn)):
        for days in (0, 1, 2):
            starts = NOW + days * DAY
            work.visit("scheduled", starts, customer_id=sarah.customer_id, title=name, location_id=place)
    with database.reading() as session:
        everything = dashboard.home(session, sarah, LONDON, now=NOW)
        here = dashboard.home(session, sarah, LONDON, now=NOW, location_id=barn)
    assert {visit.title for visit in everything.coming} == {"Mill tap", "Barn tap"}
    assert here.card is not None
    assert here.card.title == "Barn tap"
    assert [visit.title for visit in here.coming] == ["Barn tap", "Barn tap"]
    assert here.coming_total == 2
