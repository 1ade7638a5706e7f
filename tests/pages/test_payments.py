"""The customer's list of payments as a client meets it: through the gate, by events."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.components.words import Words
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Allocation, Contact, Payment
from portal_app.money import Money
from portal_app.pages.payments.state import OwnPaymentsState
from portal_app.pages.payments.views import paid_row
from portal_app.services import business
from portal_app.services.payment_history import PAGE, Entry
from portal_app.services.rights import Right
from tests.pages.tab import Tab, tabs
from tests.services import people, work
from tests.services.work import NOW, TODAY


@pytest.fixture
def sarah(database_file: Path) -> people.Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


def pay(person: people.Person, number: str = "2291", **fields: Any) -> int:
    """Write a payment over 90.00 for an invoice of its own."""
    values: dict[str, Any] = {"currency": "GBP", "amount_minor": 9000, "method": "card", "status": "succeeded"}
    wanted = {**values, "paid_at": clock.now(), **fields}
    row = work.add(Payment(customer_id=person.customer_id or 0, **wanted)).id or 0
    invoice = work.invoice(9000, customer_id=person.customer_id or 0, number=number)
    work.add(Allocation(payment_id=row, invoice_id=invoice, amount_minor=9000, cause="payment"))
    return row


def rows(tab: Tab) -> list[Any]:
    return tab.values["own_payments_state.view"].rows


async def test_it_works(sarah: people.Person):
    pay(sarah, method_words="Visa ending in 4242", receipt_number="R-00001")
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        await tab.call(OwnPaymentsState.load)
        [row] = rows(tab)
        assert (row.title, row.figure, row.badge) == ("Invoice 2291", "£90.00", "Paid")
        assert row.sub.startswith("Arrived on ")
        assert row.sub.endswith(" · Visa ending in 4242")
        assert (row.receipt, row.receipt_file) == ("R-00001", f"/files/receipts/{row.key}.pdf")
        assert row.href == f"/payments/{row.key}"
        assert tab.values["own_payments_state.view"].methods is False


async def test_more_is_added_once_and_a_made_up_place_adds_nothing(sarah: people.Person):
    for number in range(PAGE + 3):
        pay(sarah, str(number), paid_at=clock.now() - timedelta(days=number))
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        await tab.call(OwnPaymentsState.load)
        cursor = tab.values["own_payments_state.view"].next_cursor
        assert (len(rows(tab)), bool(cursor)) == (PAGE, True)
        for given in ("payments.1.1", cursor, cursor):
            await tab.call(OwnPaymentsState.show_more, cursor=given)
        assert [row.title for row in rows(tab)] == [f"Invoice {number}" for number in range(PAGE + 3)]
        assert tab.values["own_payments_state.view"].next_cursor == ""


async def test_without_the_right_to_money_it_is_empty_at_once(sarah: people.Person):
    pay(sarah)
    async with tabs() as browser:
        tab = browser.open(people.start_session(sarah))
        await tab.call(OwnPaymentsState.load)
        people.change(Contact, sarah.contact_id, rights=[Right.VIEW_JOBS])
        forget_cached_actors()
        await tab.call(OwnPaymentsState.load)
        assert (rows(tab), tab.values["own_payments_state.trouble"].kind) == ([], "denied")


def entry(state: str, **fields: Any) -> Entry:
    given: dict[str, Any] = {"invoices": ("2291",), "method_words": "", **fields}
    return Entry(1, "p", state, Money(9000, "GBP"), NOW, given.pop("expected_on", None), "bank", **given)


@pytest.mark.parametrize(
    ("state", "fields", "sub"),
    [
        ("paid", {"given_back": Money(1000, "GBP")}, "Arrived on Sunday 22 November · £10.00 given back"),
        ("paid", {"going_back": Money(1, "GBP")}, "Arrived on Sunday 22 November · £0.01 on its way back to you"),
        ("with_bank", {}, "With your bank since Sunday 22 November"),
        (
            "with_bank",
            {"expected_on": TODAY + timedelta(days=6)},
            "With your bank since Sunday 22 November, expected by Saturday 28 November",
        ),
        ("with_bank", {"own": False}, "With the payer’s bank since Sunday 22 November"),
        ("failed", {}, "Tried on Sunday 22 November"),
        ("returned", {}, "Paid on Sunday 22 November, then taken back by your bank"),
        ("refunded", {"given_back": Money(9000, "GBP")}, "Paid on Sunday 22 November · £90.00 given back"),
        ("disputed", {}, "Paid on Sunday 22 November; your bank has asked for it back"),
        ("held", {}, "Received on Sunday 22 November; the office looks at it"),
    ],
)
def test_every_state_in_words(database_file: Path, state: str, fields: dict[str, Any], sub: str):
    people.make_business()
    row = paid_row(entry(state, **fields), Words(business.look(), NOW))
    assert row.sub == sub
    assert row.badge


def test_many_invoices_are_counted(database_file: Path):
    people.make_business()
    words = Words(business.look(), NOW)
    assert paid_row(entry("paid", invoices=tuple("123456")), words).title == "Invoices 1, 2, 3, 4 and 2 more"
    assert paid_row(entry("paid", invoices=()), words).title == "Payment"
