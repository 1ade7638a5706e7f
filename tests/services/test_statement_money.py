"""What statements say of money that came before its invoice, or for one that was edited, cancelled or deleted since."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import Allocation, Invoice
from portal_app.models import Customer as CustomerRow
from portal_app.models.base import new_public_id
from portal_app.services import ledger, recorded_payments, statement_sheet, statements
from portal_app.services.actors import Customer, Staff
from portal_app.services.recorded_payments import Recorded
from portal_app.services.statements import Statement
from tests.services import people
from tests.services.records import add_invoice

pytestmark = pytest.mark.usefixtures("database_file")


@pytest.fixture
def sarah() -> Customer:
    people.make_business()
    actor = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert isinstance(actor, Customer)
    return actor


@pytest.fixture
def today() -> date:
    return clock.now().date()


def cash(payer: Customer, invoice: int, amount: int, day: date) -> None:
    boss = people.actor_of(people.start_session(people.make_staff(f"{new_public_id()}@example.com")))
    assert isinstance(boss, Staff)
    with transaction() as session:
        row = session.get_one(Invoice, invoice)
        customer = session.get_one(CustomerRow, payer.customer_id).public_id
        wanted = Recorded(((row.public_id, amount),), amount, "GBP", "cash", day, f"for {row.number}")
        recorded_payments.record(session, boss, customer, wanted)


def booked() -> None:
    """Let the CRM's balances count all that was paid."""
    with transaction() as session:
        for row in session.exec(select(Allocation)):
            row.told_at = row.booked_at = clock.now()
        ledger.recount(session, [row.id or 0 for row in session.exec(select(Invoice))])


def made(payer: Customer, first: date, last: date) -> Statement:
    with reading() as session:
        return statements.get(session, payer, first, last, clock.now().date())


def lines(found: Statement) -> list[tuple[str, int]]:
    return [(entry.words, entry.amount.minor) for entry in found.ledgers[0].entries]


def ends(payer: Customer) -> tuple[int, list[int]]:
    """Return what the statement of the last month ends with, and what is on account."""
    today = clock.now().date()
    with reading() as session:
        credit = [one.minor for one in ledger.on_account(session, payer.customer_id)]
    return made(payer, today - timedelta(days=30), today).ledgers[0].closing.minor, credit


def test_each_day_ends_where_the_next_begins(sarah: Customer, today: date):
    def invoice(number: str, issued: int, paid: int, amount: int = 24000, **fields: Any) -> None:
        row = add_invoice(sarah.customer_id, number, issued_on=today + timedelta(days=issued), due_on=today)
        cash(sarah, row, amount, today + timedelta(days=paid))
        people.change(Invoice, row, **fields)

    invoice("prepaid", -10, -20)
    invoice("ahead", 5, -3, 9000)
    invoice("later", -18, -2, 5000)
    invoice("cancelled", -16, -15, status="void", balance_minor=0)
    invoice("deleted", -14, -13, deleted_at=clock.now())
    invoice("smaller", -12, -11, total_minor=20000, balance_minor=-4000, status="paid", paid_here_minor=0)
    add_invoice(sarah.customer_id, "CN-1", issued_on=today - timedelta(days=9), total_minor=-5000, balance_minor=-5000)
    add_invoice(sarah.customer_id, "fresh", issued_on=today + timedelta(days=3))
    days = [today + timedelta(days=number) for number in range(-25, 9)]
    each = [made(sarah, day, day).ledgers[0] for day in days]
    assert each[0].opening.minor == 0
    for ended, begins in pairwise(each):
        assert ended.closing == begins.opening
    by_day = {day: ledger.closing.minor for day, ledger in zip(days, each, strict=True)}
    # 240.00 that came ten days before their invoice; what is left in the end of all that are or will be there.
    assert by_day[today - timedelta(days=19)] == -24000
    assert by_day[today] == -9000 + 19000 - 4000 - 5000
    assert by_day[days[-1]] == 15000 + 19000 - 4000 - 5000 + 24000
    whole = made(sarah, days[0], days[-1]).ledgers[0]
    assert (whole.opening, whole.closing) == (each[0].opening, each[-1].closing)
    assert sum(age.minor for age in made(sarah, days[0], today).ledgers[0].ages) == by_day[today]


def test_money_for_an_invoice_dated_ahead_stands_on_todays_statement(sarah: Customer, today: date):
    ahead = today + timedelta(days=5)
    cash(sarah, add_invoice(sarah.customer_id, "2201", issued_on=ahead, due_on=ahead), 24000, today)
    assert ends(sarah) == (-24000, [])
    assert lines(made(sarah, today, today)) == [("Cash", -24000)]


def test_an_invoice_of_a_later_day_opens_no_account_of_its_own(sarah: Customer, today: date):
    add_invoice(sarah.customer_id, "1", issued_on=today + timedelta(days=1), currency="JPY")
    assert [ledger.closing.currency for ledger in made(sarah, today, today).ledgers] == ["GBP"]


@pytest.mark.parametrize(
    "change", [{"status": "void", "balance_minor": 0}, {"status": "draft"}, {"deleted_at": clock.now()}]
)
def test_money_that_paid_what_is_cancelled_or_deleted_since_is_on_account(
    sarah: Customer, today: date, change: dict[str, Any]
):
    invoice = add_invoice(sarah.customer_id, "2201", issued_on=today - timedelta(days=9), due_on=today)
    cash(sarah, invoice, 24000, today)
    people.change(Invoice, invoice, **change)
    assert ends(sarah) == (0, [24000])
    found = made(sarah, today - timedelta(days=9), today)
    note = "Of what has come, £240.00 pays no invoice yet and is not counted here."
    assert found.paper.note == note
    assert f'{today},"{note}",,,,,\r\n' in statement_sheet.as_csv(found).decode("utf-8-sig")
    people.change(Invoice, invoice, status="open", balance_minor=24000, deleted_at=None)
    assert ends(sarah) == (0, [])
    assert made(sarah, today, today).paper.note == ""


def test_what_the_crm_says_was_paid_too_much_stands(sarah: Customer, today: date):
    """Paid in full, booked by the CRM, then edited from 240.00 to 200.00."""
    invoice = add_invoice(sarah.customer_id, "2201", issued_on=today - timedelta(days=9), due_on=today)
    cash(sarah, invoice, 24000, today)
    booked()
    people.change(Invoice, invoice, status="paid", balance_minor=-4000, total_minor=20000)
    assert ends(sarah) == (-4000, [])
    assert lines(made(sarah, today - timedelta(days=9), today)) == [("Invoice 2201", 20000), ("Cash", -24000)]


def test_what_is_in_the_balance_already_makes_no_credit_until_it_is_read_back(sarah: Customer, today: date):
    invoice = add_invoice(sarah.customer_id, "2201", issued_on=today, due_on=today)
    cash(sarah, invoice, 24000, today)
    people.change(Invoice, invoice, status="paid", balance_minor=0)
    assert ends(sarah) == (0, [])


def test_a_credit_of_the_crms_takes_off_what_is_owed_until_it_is_used(sarah: Customer, today: date):
    day = today - timedelta(days=9)
    invoice = add_invoice(sarah.customer_id, "2201", issued_on=day, due_on=today)
    credit = add_invoice(sarah.customer_id, "CN-1", issued_on=day, due_on=today, total_minor=-5000, balance_minor=-5000)
    assert ends(sarah) == (19000, [])
    assert lines(made(sarah, day, today)) == [("Invoice 2201", 24000), ("Credit CN-1", -5000)]
    people.change(Invoice, credit, balance_minor=0, status="paid")
    people.change(Invoice, invoice, balance_minor=19000, status="partially_paid")
    assert ends(sarah) == (19000, [])
    assert sorted(lines(made(sarah, day, today))) == [
        ("Credit CN-1", -5000),
        ("Credit used", 5000),
        ("Invoice 2201", 24000),
        ("Paid", -5000),
    ]
