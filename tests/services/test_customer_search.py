"""What the search finds is what a plain look at every customer finds, in whichever way it goes about it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.models import Contact, Customer, CustomerEntry, CustomerWord, CustomerWordDue, Location, Login
from portal_app.services import customer_index, customer_search
from portal_app.services.customer_search import FILTERS, LAST_LETTER, Found, Place
from portal_app.services.customer_words import fold, sort_name, split
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


@dataclass(frozen=True)
class Known:
    """What a plain look at a customer says."""

    row: int
    name: str
    words: set[str]
    state: str

    def place(self, term: str) -> Place:
        """Return where the customer stands among those found by a term; without one, in the list by name."""
        found = [word for word in self.words if word.startswith(term)] if term else [""]
        return min(Place(not self.name.startswith(word), word, self.name, self.row) for word in found)


def fill(count: int) -> list[Known]:
    """Write customers and return what is known of each."""
    pick = random.Random(3)
    known = []
    with database.transaction() as session:
        for number in range(count):
            name = f"{pick.choice(FIRST)} {pick.choice(LAST)}"
            town = pick.choice(TOWNS)
            customer = Customer(name=name, number=str(7000 + number), portal_access=pick.random() < 0.7)
            session.add(customer)
            session.flush()
            state = customer_index.OFF
            invited = pick.random() < 0.5
            email = f"{name.split()[0]}.{number}@{pick.choice(FIRST)}.example"
            contact = Contact(customer_id=customer.id or 0, name=name, email=email)
            contact.invited_at = work.NOW if invited else None
            if customer.portal_access:
                state = customer_index.INVITED if invited else customer_index.IDLE
            session.add_all([contact, Location(customer_id=customer.id or 0, address={"city": town})])
            whole = fold(email)
            words = {*split(name), str(7000 + number), *split(town), whole, whole[whole.index("@") :], *split(email)}
            known.append(Known(customer.id or 0, sort_name(name), words, state))
    index()
    return known


def look(typed: str, show: str = "all", **at: Any) -> Found:
    with database.reading() as session:
        return customer_search.page(session, customer_search.wanted(typed, show, "GB"), **at)


def pages(typed: str, show: str, way: str, place: Place | None, size: int) -> Iterator[Found]:
    """Yield all pages from a place on, `after` or `before` it."""
    more = True
    while more:
        page = look(typed, show, **{way: place}, size=size)
        assert list(page.places) == sorted(page.places)
        assert page.resume is None or page.more
        yield page
        more, place = page.more, page.resume


def leading(typed: str, found: Sequence[Place]) -> str:
    """Return the term by whose words something was found; the first one when nothing was."""
    terms = split(typed) or [""]
    return next((term for term in terms if found and found[0].word.startswith(term)), terms[0])


def everything(typed: str, show: str = "all", size: int = 25) -> list[Place]:
    """Walk all pages forwards, then backwards, and return the places; both ways must agree."""
    found = [place for page in pages(typed, show, "after", None, size) for place in page.places]
    assert found == sorted(set(found))
    term = leading(typed, found)
    end = Place(True, term + LAST_LETTER, "", 0) if term else Place(False, "", LAST_LETTER, 0)
    back = list(pages(typed, show, "before", end, size))
    assert [place for page in reversed(back) for place in page.places] == found
    return found


@pytest.fixture
def small_bounds(monkeypatch) -> None:
    """Make a few hundred customers as many as hundreds of thousands."""
    for name, value in {"COUNTED": 20, "MOST_ASKED": 12, "MOST_SEEN": 15}.items():
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
        "e",
        "whit",
        "Whitcombe Bath",
        "s b",
        "w a e",
        "sarah lind box",
        "7",
        "70",
        "7012",
        "zz",
        "zz s",
    ]:
        wanted = split(typed)
        right = [
            one
            for one in known
            if all(any(word.startswith(term) for word in one.words) for term in wanted)
            and (not FILTERS[show] or one.state in FILTERS[show])
        ]
        found = everything(typed, show, 25 if bounds == "usual" else 4)
        assert found == sorted(one.place(leading(typed, found)) for one in right), (typed, show)
        page = look(typed, show)
        assert (page.count == len(right)) if page.exact else (page.count <= len(right)), (typed, show)


def test_names_that_begin_with_a_term_come_first_then_its_words_by_the_alphabet():
    with database.transaction() as session:
        names = ["Wells Sarah", "Sarah Wells", "Sarahson Box", "Sarah Box", "Anna Sarahson", "Anna Sarah"]
        session.add_all([Customer(name=name) for name in names])
    index()
    right = ["sarah box", "sarah wells", "sarahson box", "anna sarah", "wells sarah", "anna sarahson"]
    assert [place.sort_name for place in look("sarah").places] == right


def test_a_walk_that_stops_early_says_so_and_goes_on(small_bounds):
    known = fill(150)
    # Both are common, and together they are nobody.
    assert everything("bath wells") == []
    page = look("bath wells")
    assert page.places == ()
    assert page.count == 0
    assert len(known) == 150


def test_the_list_is_in_the_order_of_names_without_capitals_and_accents():
    with database.transaction() as session:
        session.add_all([Customer(name=name) for name in ("Zoë", "ábel", "Abbey", "van Dyke", "Øster", "Olsen")])
    index()
    assert [place.sort_name for place in everything("")] == ["abbey", "abel", "olsen", "oster", "van dyke", "zoe"]


def test_a_place_whose_customer_is_gone_still_goes_on():
    fill(60)
    first = look("")
    gone = first.places[-1].customer_id
    people.change(Customer, gone, deleted_at=work.NOW)
    with database.transaction() as session:
        customer_index.write(session, [gone])
    following = look("", after=first.resume)
    assert following.places[0] > first.places[-1]


def test_a_customer_who_is_no_longer_found_has_no_place():
    row = work.customer("Whitcombe")
    index()
    with database.reading() as session:
        whit, lind, both = (customer_search.wanted(typed, "all", "GB") for typed in ("whit", "lind", "whit box"))
        assert customer_search.place_of(session, whit, row) == look("whit").places[0]
        assert customer_search.place_of(session, lind, row) is None
        assert customer_search.place_of(session, whit, row + 1) is None
        assert customer_search.place_of(session, both, row) is None


def test_a_walk_goes_on_by_its_own_term_when_another_has_become_rarer():
    with database.transaction() as session:
        customers = [Customer(name=f"Ann Box {n:02}", number=f"{n}") for n in range(40)]
        session.add_all([*customers, *(Customer(name=f"Box {n}") for n in range(3))])
    index()
    first = look("ann box", size=10)
    with database.transaction() as session:
        session.add_all([Customer(name=f"Ann {n}") for n in range(9)])
    index()
    following = look("ann box", after=first.resume)
    assert len({place.sort_name for place in (*first.places, *following.places)}) == 35


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
    assert {place.customer_id for place in look("", "active").places} == {sarah.customer_id, also.customer_id}


def test_a_renamed_customer_is_found_by_the_new_name_alone():
    row = work.customer("Whitcombe")
    index()
    people.change(Customer, row, name="Lindqvist")
    with database.transaction() as session:
        customer_index.write(session, [row])
    assert look("whit").places == ()
    assert look("lind").places == (Place(False, "lindqvist", "lindqvist", row),)


def test_a_filter_nobody_knows_shows_all():
    fill(3)
    assert len(look("", "nonsense").places) == 3
    assert len(look("", "__class__").places) == 3
