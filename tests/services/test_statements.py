"""Statements: the account always ends where the invoices do, whatever the period and whoever asks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_app import clock, database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Business, Location
from portal_app.money import Money
from portal_app.services import statement_sheet, statements
from portal_app.services.rights import Right
from portal_app.services.statements import AGES, Came, Charge, Statement, ledgers_of
from tests.services import people
from tests.services.records import TODAY, add_invoice, add_location, contact

pytestmark = pytest.mark.usefixtures("database_file")
YEAR = (date(2026, 1, 1), TODAY)


def charge(number: int, day: date, total: int, left: int, **fields) -> Charge:
    return Charge(number, str(number), "Work", day, day + timedelta(days=14), total, left, "GBP", **fields)


def came(number: int, day: date, amount: int) -> Came:
    return Came(number, day, amount, "GBP", "Paid by card", "R-1")


def make(
    owner: int, first: date = YEAR[0], last: date = YEAR[1], *rights: Right, place: str = "", **limits
) -> Statement:
    with database.reading() as session:
        return statements.get(session, contact(owner, *rights, **limits), first, last, TODAY, place)


def owner() -> int:
    people.make_business()
    return people.make_customer("sarah@example.com").customer_id or 0


def test_it_works():
    sarah = owner()
    add_invoice(sarah, "2200", status="paid", balance_minor=0, issued_on=date(2025, 12, 31), due_on=date(2026, 1, 14))
    add_invoice(sarah, "2201", balance_minor=10000, status="partially_paid", issued_on=date(2026, 1, 1))
    add_invoice(sarah, "2202", issued_on=TODAY, due_on=TODAY)
    add_invoice(sarah, "2203", issued_on=TODAY + timedelta(days=1))
    (ledger,) = make(sarah).ledgers
    assert ledger.opening == Money(0, "GBP")
    assert [(entry.kind, entry.words, entry.amount.minor, entry.balance.minor) for entry in ledger.entries] == [
        ("charge", "Invoice 2201", 24000, 24000),
        ("settled", "Paid", -14000, 10000),
        ("charge", "Invoice 2202", 24000, 34000),
    ]
    assert ledger.closing == Money(34000, "GBP")


def test_a_statement_of_nothing_ends_at_nothing():
    (ledger,) = make(owner()).ledgers
    assert (ledger.opening, ledger.entries, ledger.closing) == (Money(0, "GBP"), (), Money(0, "GBP"))


def test_drafts_cancelled_ones_and_strangers_are_not_in_it():
    sarah, other = owner(), people.make_customer("neighbour@example.com").customer_id or 0
    for status in ("draft", "void", "unknown"):
        add_invoice(sarah, status, status=status)
    add_invoice(sarah, "gone", deleted_at=clock.now())
    add_invoice(other, "theirs")
    assert make(sarah).ledgers[0].entries == ()
    add_invoice(sarah, "2102", status="uncollectible")
    assert [entry.words for entry in make(sarah).ledgers[0].entries] == ["Invoice 2102", "Closed"]
    assert make(sarah).ledgers[0].closing.minor == 0


def test_each_currency_has_an_account_of_its_own():
    sarah = owner()
    add_invoice(sarah, "1", currency="JPY", total_minor=900, balance_minor=900)
    add_invoice(sarah, "2")
    found = make(sarah)
    assert [ledger.closing for ledger in found.ledgers] == [Money(24000, "GBP"), Money(900, "JPY")]
    assert "In JPY" not in found.paper.note


def test_one_property_alone_and_only_those_within_reach():
    sarah = owner()
    mill, barn = add_location(sarah, "Mill"), add_location(sarah, "Barn")
    add_invoice(sarah, "at-mill", location_id=mill)
    add_invoice(sarah, "at-barn", location_id=barn)
    with database.reading() as session:
        names = {row_id: session.get_one(Location, row_id).public_id for row_id in (mill, barn)}
    assert [entry.words for entry in make(sarah, place=names[barn]).ledgers[0].entries] == ["Invoice at-barn"]
    assert make(sarah, place=names[barn]).paper.place == "Barn"
    limited = make(sarah, locations=frozenset({mill}))
    assert [entry.words for entry in limited.ledgers[0].entries] == ["Invoice at-mill"]
    with pytest.raises(NotFound):
        make(sarah, place=names[barn], locations=frozenset({mill}))
    with pytest.raises(NotFound):
        make(sarah, place="nowhere")


def test_without_the_right_to_money_there_is_none():
    sarah = owner()
    with pytest.raises(NotAllowed):
        make(sarah, *YEAR, Right.VIEW_JOBS)


def test_the_ends_of_a_month_are_in_it():
    first, last = date(2026, 2, 1), date(2026, 2, 28)
    days = [date(2026, 1, 31), first, last, date(2026, 3, 1)]
    charges = [charge(number, day, 100, 100) for number, day in enumerate(days)]
    (ledger,) = ledgers_of(charges, [], first, last, last, "GBP")
    assert (ledger.opening.minor, [entry.day for entry in ledger.entries]) == (100, [first, last])
    assert ledger.closing.minor == 300


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 28, 23, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_day_is_the_business_s_own_when_clocks_change(moment, day):
    assert clock.local(moment, "Europe/London").date() == day
    (ledger,) = ledgers_of(
        [charge(1, day, 100, 0)], [came(1, clock.local(moment, "Europe/London").date(), 100)], day, day, day, "GBP"
    )
    assert [entry.kind for entry in ledger.entries] == ["charge", "came"]


def test_an_invoice_without_days_stands_on_the_day_it_came_where_the_business_is():
    sarah = owner()
    for number, hour in (("1", 22), ("2", 23)):
        made = datetime(2026, 7, 31, hour, 30, tzinfo=UTC)
        add_invoice(sarah, number, issued_on=None, due_on=None, created_at=made)
    (ledger,) = make(sarah).ledgers
    assert [entry.day for entry in ledger.entries if entry.kind == "charge"] == [date(2026, 7, 31), date(2026, 8, 1)]


def test_payments_stand_on_their_own_day_and_past_periods_do_not_know_them():
    charges = [charge(1, date(2026, 1, 10), 500, 0)]
    payments = [came(1, date(2026, 3, 5), 200), came(1, date(2026, 4, 6), 300)]
    closing = {
        last: ledgers_of(charges, payments, YEAR[0], last, last, "GBP")[0].closing.minor
        for last in (date(2026, 1, 9), date(2026, 1, 31), date(2026, 3, 31), date(2026, 4, 30))
    }
    assert list(closing.values()) == [0, 500, 300, 0]


def test_what_is_left_is_sorted_by_age():
    as_of = date(2026, 11, 25)
    due = {0: 1, 1: 10, 30: 100, 31: 1000, 60: 10000, 61: 100000, 91: 1000000}
    charges = [charge(late, as_of - timedelta(days=14 + late), amount, amount) for late, amount in due.items()]
    (ledger,) = ledgers_of(charges, [], YEAR[0], as_of, as_of, "GBP")
    assert [age.minor for age in ledger.ages] == [1, 110, 11000, 100000, 1000000]
    assert sum(age.minor for age in ledger.ages) == ledger.closing.minor
    assert len(AGES) == len(ledger.ages)


_DAYS = st.integers(0, 400).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
_CHARGES = st.lists(st.tuples(_DAYS, st.integers(-500, 1000), st.integers(0, 1000), _DAYS, st.integers(0, 400)))


@given(rows=_CHARGES, one=_DAYS, two=_DAYS)
def test_two_periods_in_a_row_are_one(rows, one, two):
    charges = [charge(number, day, total, left) for number, (day, total, left, _, _) in enumerate(rows)]
    payments = [came(number, day, amount) for number, (_, _, _, day, amount) in enumerate(rows)]
    first, last = min(one, two), max(one, two)

    def ledger(begins: date, ends: date):
        return ledgers_of(charges, payments, begins, ends, ends, "GBP")[0]

    whole, early, late = ledger(date(2025, 1, 1), last), ledger(date(2025, 1, 1), first), ledger(first, last)
    assert whole.opening.minor == 0
    assert late.opening == ledger(date(2025, 1, 1), first - timedelta(days=1)).closing
    assert late.closing == whole.closing
    assert early.closing.minor == sum(entry.amount.minor for entry in whole.entries if entry.day <= first)
    assert ledger(date(2025, 1, 1), date(2028, 1, 1)).closing.minor == sum(one.left for one in charges)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-26", "2026-11-25", "swap"),
        ("yesterday", "", "cannot be read"),
        ("2026-02-30", "", "cannot be read"),
        ("20260101", "", "cannot be read"),
        ("2026-W01-1", "", "cannot be read"),
        ("1890-01-01", "", "between"),
        ("", "2999-01-01", "between"),
        ("٢٠٢٦-٠١-٠١", "", "cannot be read"),
    ],
)
def test_days_that_cannot_be_used_get_a_sentence(first, last, words):
    with pytest.raises(Invalid, match=words):
        statements.period(first, last, TODAY)


def test_without_days_it_is_this_year():
    assert statements.period("", "", TODAY) == YEAR


def test_too_long_a_period_gets_a_sentence():
    charges = [charge(number, TODAY, 1, 1) for number in range(statements.MOST_ENTRIES + 1)]
    with pytest.raises(Invalid, match="shorter"):
        ledgers_of(charges, [], *YEAR, TODAY, "GBP")


def test_the_sheet_has_every_line_and_plain_numbers():
    sarah = owner()
    add_invoice(
        sarah, "2201", balance_minor=10000, status="partially_paid", issued_on=date(2026, 1, 1), title="Tap, new"
    )
    written = statement_sheet.as_csv(make(sarah))
    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").split("\r\n") == [
        "Date,What,Reference,Charged,Paid,Balance,Currency",
        "2026-01-01,Brought forward,,,,0.00,GBP",
        '2026-01-01,Invoice 2201,"Tap, new",240.00,,240.00,GBP',
        "2026-01-01,Paid,2201,,140.00,100.00,GBP",
        "2026-11-25,Balance,,,,100.00,GBP",
        '2026-11-25,"Where the day of a payment is not recorded here, it stands on the day of its invoice.",,,,,',
        "",
    ]


def test_currencies_without_decimals_have_none():
    sarah = owner()
    people.change(Business, 1, currency="JPY")
    add_invoice(sarah, "1", currency="JPY", total_minor=900, balance_minor=900, issued_on=TODAY)
    assert b",900,,900,JPY" in statement_sheet.as_csv(make(sarah))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])
def test_no_spreadsheet_calculates_what_somebody_wrote(start):
    sarah = owner()
    add_invoice(sarah, "1", title=f'{start}HYPERLINK("https://evil.example")', issued_on=TODAY)
    cells = statement_sheet.as_csv(make(sarah)).decode("utf-8-sig")
    assert f"\"'{start}HYPERLINK(" in cells
    assert statement_sheet.harmless("Boiler = new") == "Boiler = new"
