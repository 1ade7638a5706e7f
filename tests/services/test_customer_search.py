"""What the search finds is what a plain look at every customer finds, in whichever way it goes about it."""

import random
from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.models import Contact, Customer, CustomerEntry, CustomerWord, CustomerWordDue, Location, Login
from portal_app.services import customer_index, customer_search
from portal_app.services.customer_search import FILTERS, Found, Place
from portal_app.services.customer_words import sort_name, split
from tests.services import people, work

FIRST = ["Sarah", "Søren", "Mark", "Ana", "Anna", "Peter"]
LAST = ["Whitcombe", "Whitfield", "Lind", "Smith", "Ashley"]
TOWNS = ["Bath", "Box", "Wells"]


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def index() -> None:
    with database.transaction() as session:
        customer_index.mark_missing(session)
        while customer_index.write_due(session):
            pass


def fill(count: int) -> dict[int, tuple[Place, set[str], str]]:
    """Write customers and return, for each row, its place, its words and its state."""
    pick = random.Random(3)
    known = {}
    with database.transaction() as session:
        for number in range(count):
            name = f"{pick.choice(FIRST)} {pick.choice(LAST)}"
            town = pick.choice(TOWNS)
            customer = Customer(name=name, number=str(7000 + number), portal_access=pick.random() < 0.7)
            session.add(customer)
            session.flush()
            state = customer_index.OFF
            invited = pick.random() < 0.5
            contact = Contact(customer_id=customer.id or 0, name=name)
            contact.invited_at = work.NOW if invited else None
            if customer.portal_access:
                state = customer_index.INVITED if invited else customer_index.IDLE
            session.add_all([contact, Location(customer_id=customer.id or 0, address={"city": town})])
            words = {*split(name), str(7000 + number), *split(town)}
            known[customer.id or 0] = ((sort_name(name), customer.id or 0), words, state)
    index()
    return known


def look(typed: str, show: str = "all", **at: Any) -> Found:
    with database.reading() as session:
        return customer_search.page(session, customer_search.wanted(typed, show, "GB"), **at)


def everything(typed: str, show: str = "all") -> list[Place]:
    """Walk all pages forwards, then backwards, and return the places; both ways must agree."""
    found, place = [], None
    while True:
        page = look(typed, show, after=place)
        found += page.places
        if not page.more:
            break
        place = page.resume
    assert len(found) == len(set(found))
    back, place = [], (customer_search.LAST_LETTER * 2, 0)
    while True:
        page = look(typed, show, before=place)
        back = [*page.places, *back]
        if not page.more:
            break
        place = page.resume
    assert back == found
    return found


@pytest.fixture
def small_bounds(monkeypatch) -> None:
    """Make a few hundred customers as many as hundreds of thousands."""
    for name, value in {"COUNTED": 20, "WORDS_COUNTED": 60, "SAMPLED": 30, "FIRST_STEP": 8, "LONGEST_WALK": 24}.items():
        monkeypatch.setattr(customer_search, name, value)


@pytest.mark.parametrize("bounds", ["usual", "small"])
@pytest.mark.parametrize("show", FILTERS)
def test_every_search_finds_what_is_there(request, bounds, show):
    if bounds == "small":
        request.getfixturevalue("small_bounds")
    known = fill(150)
    for typed in [
        "",
        "s",
        "a",
        "an",
        "anna",
        "whit",
        "Whitcombe Bath",
        "s b",
        "sarah lind box",
        "7",
        "70",
        "7012",
        "zz",
    ]:
        wanted = split(typed)
        right = [
            place
            for place, words, state in known.values()
            if all(any(word.startswith(term) for word in words) for term in wanted)
            and (not FILTERS[show] or state in FILTERS[show])
        ]
        found = everything(typed, show)
        assert sorted(found) == sorted(right), (typed, show)
        page = look(typed, show)
        assert (page.count == len(right)) if page.exact else (page.count <= len(right)), (typed, show)


def test_names_that_begin_with_a_common_term_come_first(small_bounds):
    fill(150)
    names = [name for name, _ in look("s").places]
    assert all(name.startswith("s") for name in names)
    rest = everything("w")
    first = [name.startswith("w") for name, _ in rest]
    assert first == sorted(first, reverse=True)


def test_a_walk_that_stops_early_says_so_and_goes_on(small_bounds):
    known = fill(150)
    # Both are common, and together they are nobody.
    assert everything("sarah peter") == []
    page = look("sarah peter")
    assert page.places == ()
    assert page.count == 0
    assert len(known) == 150


def test_the_list_is_in_the_order_of_names_without_capitals_and_accents():
    with database.transaction() as session:
        session.add_all([Customer(name=name) for name in ("Zoë", "ábel", "Abbey", "van Dyke", "Øster", "Olsen")])
    index()
    assert [name for name, _ in everything("")] == ["abbey", "abel", "olsen", "oster", "van dyke", "zoe"]


def test_a_place_whose_customer_is_gone_still_goes_on():
    fill(60)
    first = look("")
    gone = first.places[-1][1]
    people.change(Customer, gone, deleted_at=work.NOW)
    with database.transaction() as session:
        customer_index.write(session, [gone])
    following = look("", after=first.resume)
    assert following.places[0] > first.places[-1]


def count(table) -> int:
    with database.reading() as session:
        return len(session.exec(select(table)).all())


def test_deleted_customers_are_forgotten_and_nothing_stays_due():
    fill(5)
    assert (count(CustomerEntry), count(CustomerWordDue)) == (5, 0)
    with database.transaction() as session:
        for customer in session.exec(select(Customer)):
            customer.deleted_at = work.NOW
        customer_index.mark(session, range(1, 6))
        customer_index.write_due(session)
    assert (count(CustomerEntry), count(CustomerWord), count(CustomerWordDue)) == (0, 0, 0)


def test_what_was_never_indexed_is_healed_in_pieces():
    with database.transaction() as session:
        session.add_all([Customer(name=f"Customer {n}") for n in range(30)])
    with database.transaction() as session:
        assert customer_index.mark_missing(session) == 30
        assert customer_index.mark_missing(session) == 0
    pieces = []
    while True:
        with database.transaction() as session:
            pieces.append(customer_index.write_due(session, 12))
        if not pieces[-1]:
            break
    assert pieces == [12, 12, 6, 0]
    with database.reading() as session:
        assert not customer_index.any_due(session)
    assert len(everything("customer")) == 30


def test_somebody_who_signs_in_makes_their_customers_active():
    sarah = people.make_customer("sarah@example.com")
    also = people.make_customer("sarah@example.com", login_id=sarah.login_id)
    index()
    assert look("", "active").places == ()
    assert len(look("", "never").places) == 2
    people.change(Login, sarah.login_id, last_sign_in_at=work.NOW)
    with database.transaction() as session:
        customer_index.mark_login(session, sarah.login_id)
        customer_index.write_due(session)
    assert {row for _, row in look("", "active").places} == {sarah.customer_id, also.customer_id}


def test_a_renamed_customer_is_found_by_the_new_name_alone():
    row = work.customer("Whitcombe")
    index()
    people.change(Customer, row, name="Lindqvist")
    with database.transaction() as session:
        customer_index.write(session, [row])
    assert look("whit").places == ()
    assert look("lind").places == (("lindqvist", row),)


def test_a_filter_nobody_knows_shows_all():
    fill(3)
    assert len(look("", "nonsense").places) == 3
    assert len(look("", "__class__").places) == 3
