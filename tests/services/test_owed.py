from datetime import UTC, date, datetime

import pytest

from portal_app import clock, database
from portal_app.money import Money
from portal_app.services import owed
from portal_app.services.rights import Right
from tests.services import work
from tests.services.work import DAY, TODAY, actor


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    work.customer("Whitcombe")
    work.customer("Neighbour")


def ask(who=None, today: date = TODAY) -> list[owed.Owed]:
    with database.reading() as session:
        return owed.owed(session, who or actor(), today)


def test_it_works():
    work.invoice(24_000, TODAY + DAY, number="INV-7")
    [found] = ask()
    assert found.public_id
    expected = owed.Owed(Money(24_000, "GBP"), 1, Money(0, "GBP"), 0, TODAY + DAY, "INV-7", found.public_id)
    assert found == expected


def test_nothing_is_owed_by_somebody_without_invoices():
    assert ask() == []


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.VIEW_MONEY])
def test_no_other_right_shows_money(right):
    work.invoice(24_000)
    assert ask(actor(rights=[right])) == []
    assert ask(actor(rights=[Right.VIEW_MONEY]))


@pytest.mark.parametrize("status", ["draft", "unknown", "paid", "void", "uncollectible", ""])
def test_only_unpaid_invoices_are_owed(status):
    work.invoice(24_000, status=status)
    assert ask() == []


@pytest.mark.parametrize(
    "columns",
    [
        {"customer_id": 2},
        {"deleted_at": work.NOW},
        {"balance_minor": 0},
        {"balance_minor": -500},
    ],
)
def test_other_peoples_deleted_settled_and_credited_ones_are_not_owed(columns):
    work.invoice(24_000, **columns)
    assert ask() == []


def test_what_is_left_of_a_part_payment_is_owed():
    work.invoice(24_000, status="partially_paid", balance_minor=4_000)
    assert ask()[0].total == Money(4_000, "GBP")


def test_currencies_are_never_added():
    work.invoice(24_000, TODAY - DAY, number="A")
    work.invoice(1_000, currency="EUR", number="B")
    work.invoice(99_000, currency="JPY", number="C")
    assert [(entry.total, entry.overdue, entry.number) for entry in ask()] == [
        (Money(99_000, "JPY"), Money(0, "JPY"), "C"),
        (Money(24_000, "GBP"), Money(24_000, "GBP"), "A"),
        (Money(1_000, "EUR"), Money(0, "EUR"), "B"),
    ]


def test_the_part_whose_day_has_passed_is_overdue_and_today_is_not():
    for due in (TODAY - DAY, TODAY, TODAY + DAY, None):
        work.invoice(1_000, due)
    (entry,) = ask()
    assert (entry.invoices, entry.overdue_invoices, entry.overdue.minor) == (4, 1, 1_000)
    assert (entry.due_first, entry.number) == (TODAY - DAY, "")


def test_what_is_with_the_bank_is_owed_and_not_overdue():
    work.invoice(5_000, TODAY - DAY, with_bank_minor=5_000)
    work.invoice(3_000, TODAY - DAY, with_bank_minor=1_000)
    (entry,) = ask()
    assert (entry.total.minor, entry.with_bank_minor) == (8_000, 6_000)
    assert (entry.overdue.minor, entry.overdue_invoices) == (2_000, 1)


@pytest.mark.parametrize(("zone", "late"), [("Pacific/Auckland", 1), ("Europe/London", 0), ("America/Los_Angeles", 0)])
def test_overdue_counts_by_the_business_day(zone, late):
    evening = datetime(2026, 11, 22, 20, tzinfo=UTC)  # the 23rd has begun in Auckland
    work.invoice(1_000, TODAY)
    (entry,) = ask(today=clock.local(evening, zone).date())
    assert entry.overdue_invoices == late


def test_limited_people_see_their_properties_alone():
    mine, other = work.location(label="Mine"), work.location(label="Other")
    work.invoice(1, location_id=mine)
    work.invoice(10, location_id=other)
    work.invoice(100)
    totals = {seen: sum(e.total.minor for e in ask(actor(locations=seen))) for seen in [(mine,), (other,), ()]}
    assert totals == {(mine,): 1, (other,): 10, (): 0}
    assert ask()[0].total.minor == 111
    assert ask(actor(2, locations=[mine])) == []


def test_large_amounts_stay_exact():
    for _ in range(3):
        work.invoice(10**15 - 1)
    assert ask()[0].total.minor == 3 * (10**15 - 1)
