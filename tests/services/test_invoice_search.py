"""Finding invoices by number, title, amount or property: what is found, by whom, in which order, how fast."""

import time

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import NotAllowed
from portal_app.models import Invoice, Location
from portal_app.services import business, invoice_search, invoices
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from tests.services import people, work
from tests.services.work import DAY, TODAY, actor, customer


@pytest.fixture(autouse=True)
def papers(database_file) -> None:
    """Two properties with four invoices, one of them paid."""
    business.forget_look()
    people.make_business()
    customer()
    mill = work.location(label="The Mill", line="3 Weir Lane")
    flat = work.location(label="", line="9 Über Street")
    work.invoice(24000, TODAY + DAY, number="INV-2290", title="Annual boiler service", location_id=mill)
    work.invoice(24050, TODAY, number="INV-2291", title="New 100% tight valve", location_id=flat)
    work.invoice(
        123456,
        TODAY - DAY,
        number="INV-2292",
        title="Boiler exchange",
        status="paid",
        balance_minor=0,
        location_id=flat,
    )
    work.invoice(9000, None, number="", title="ÉVIER bouché", paid_here_minor=3000)


def found(typed: str, who: Customer | None = None, **given) -> list[str]:
    with database.reading() as session:
        page = invoices.page(session, who or actor(), search=typed, **given)
    return sorted(entry.number or "unnumbered" for entry in page.entries)


FINDS = [
    ("2291", ["INV-2291"]),
    ("inv-229", ["INV-2290", "INV-2291", "INV-2292"]),
    ("INV2290", ["INV-2290"]),
    ("invoice 2290", ["INV-2290"]),
    ("boiler", ["INV-2290", "INV-2292"]),
    ("BOILER annual", ["INV-2290"]),
    ("boiler mill", ["INV-2290"]),
    ("mill", ["INV-2290"]),
    ("weir lane", ["INV-2290"]),
    ("über", ["INV-2291", "INV-2292"]),
    ("ÜBER", ["INV-2291", "INV-2292"]),
    ("évier", ["unnumbered"]),
    ("240", ["INV-2290", "INV-2291"]),
    ("£240.00", ["INV-2290"]),
    ("240.5", ["INV-2291"]),
    ("240.50", ["INV-2291"]),
    ("1,234.56", ["INV-2292"]),
    ("1234.56", ["INV-2292"]),
    ("60.00", ["unnumbered"]),
    ("90.0", ["unnumbered"]),
    ("100%", ["INV-2291"]),
    ("%", ["INV-2290", "INV-2291", "INV-2292", "unnumbered"]),
    ("0%t", []),
    ("_", ["INV-2290", "INV-2291", "INV-2292", "unnumbered"]),
    ("2_90", []),
    ("\\", ["INV-2290", "INV-2291", "INV-2292", "unnumbered"]),
    ("boiler zebra", []),
    ("' or 1=1 --", []),
    ("240.500", []),
    ("9" * 40, []),
    ("\x00boiler\x00", ["INV-2290", "INV-2292"]),
    ("   ", ["INV-2290", "INV-2291", "INV-2292", "unnumbered"]),
]


@pytest.mark.parametrize(("typed", "numbers"), FINDS)
def test_what_is_found(typed: str, numbers: list[str]):
    assert found(typed) == numbers


def test_within_a_list_and_a_property():
    assert found("boiler", which="outstanding") == ["INV-2290"]
    assert found("boiler", which="paid") == ["INV-2292"]
    with database.reading() as session:
        mill = session.exec(select(Location.public_id).where(Location.label == "The Mill")).one()
    assert found("inv", location=mill) == ["INV-2290"]


@pytest.mark.parametrize(
    ("typed", "locale", "terms"),
    [
        ("1\u202f234,50 valve", "fr_FR", ["1234,50", "valve"]),
        ("12 240", "fr_FR", ["12240"]),
        ("12 240", "en_GB", ["12", "240"]),
        ("invoice", "en_GB", ["invoice"]),
        ("a a b € -", "en_GB", ["a", "b"]),
        ("1 2 3 4 5 6 7 8", "en_GB", ["1", "2", "3", "4", "5", "6"]),
    ],
)
def test_what_was_typed_in_terms(typed: str, locale: str, terms: list[str]):
    assert invoice_search.terms_of(typed, locale) == terms


def test_only_what_one_may_see():
    other = customer("Other")
    work.invoice(24000, TODAY, number="THEIRS-1", title="Boiler", customer_id=other)
    assert "THEIRS-1" not in found("boiler")
    assert found("theirs", actor(other)) == ["THEIRS-1"]
    with database.reading() as session:
        mill = session.exec(select(Location.id).where(Location.label == "The Mill")).one()
    tenant = actor(1, locations=[mill or 0])
    assert found("boiler", tenant) == ["INV-2290"]
    assert found("über", tenant) == []
    with pytest.raises(NotAllowed):
        found("boiler", actor(1, rights=[Right.VIEW_JOBS]))


def test_pages_follow_each_other():
    for number in range(9):
        work.invoice(100, TODAY, number=f"P-{number}", title="Pump", issued_on=None if number % 3 == 0 else TODAY)
    numbers, cursor = [], None
    for _ in range(9):
        with database.reading() as session:
            page = invoices.page(session, actor(), search="pump", cursor=cursor, limit=2)
        numbers += [entry.number for entry in page.entries]
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(numbers) == [f"P-{number}" for number in range(9)]


def test_ten_thousand_invoices_are_searched_at_once():
    with database.transaction() as session:
        session.add_all(
            Invoice(
                customer_id=1,
                number=f"N-{number}",
                title="Quarterly visit and report",
                status="paid",
                currency="GBP",
                total_minor=5000,
                issued_on=TODAY - number % 3000 * DAY,
            )
            for number in range(10_000)
        )
    found("warm")
    spent = []
    for typed in ("nothing has this", "N-9999", "report", "zürich"):
        began = time.process_time()
        found(typed)
        spent.append(time.process_time() - began)
    assert max(spent) < 0.3, spent
