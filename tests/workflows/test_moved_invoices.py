"""An invoice that the CRM gives to another customer, or puts in another currency: whose the money is then."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations.crm.records import MODELS
from portal_app.models import Customer as CustomerRow
from portal_app.models import Invoice, PaymentSettings
from portal_app.services import (
    crm_connection,
    invoices,
    ledger,
    papers,
    payment_history,
    payments,
    refunds,
    statements,
    taken_back,
)
from portal_app.services.actors import Customer, Staff
from portal_app.services.crm_reading import Reading
from portal_app.services.crm_records import store_items
from portal_app.services.refunds import CREDIT_NOTE
from portal_app.services.rights import StaffRole
from portal_app.tasks.payments import reconcile
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.money import Money, money, run
from tests.workflows.money_back import dispute


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP, which the CRM's poll can change."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000) as ready:
        with transaction() as session:
            session.add(PaymentSettings(id=1))
            connection = crm_connection.ensure(session, "http://127.0.0.1:9")
            for row in (session.get_one(CustomerRow, 1), session.get_one(Invoice, 1), session.get_one(Invoice, 2)):
                row.connection_id = connection
        yield ready


@pytest.fixture
def neighbour(till: Money) -> Customer:
    """Somebody else, whom the CRM knows as cust_2."""
    person = people.make_customer("neighbour@example.com")
    with transaction() as session:
        row = session.get_one(CustomerRow, person.customer_id)
        row.connection_id, row.external_id = 1, "cust_2"
    actor = people.actor_of(people.start_session(person))
    assert isinstance(actor, Customer)
    return actor


def polled(**changes: Any) -> None:
    """Let the poll bring the first invoice with some changes."""
    amount = {"amount_minor": 6000, "currency": "GBP"}
    said = {
        "external_id": "inv_0",
        "updated_at": datetime.now(UTC),
        "number": "2290",
        "customer_id": "cust_1",
        "status": "open",
        "subtotal": amount,
        "tax": amount | {"amount_minor": 0},
        "total": amount,
        "balance": amount,
        "issued_on": clock.now().date(),
    }
    record = MODELS["invoices"].model_validate(said | changes)
    with transaction() as session:
        store_items(session, Reading(1, {}), "invoices", [record])


def paid(till: Money) -> str:
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return attempt


def account(till: Money, reader: Customer) -> tuple[int, list[int]]:
    """Return what a statement ends with and what is on account."""
    with reading() as session:
        found = statements.get(session, reader, date(2026, 1, 1), clock.now().date(), clock.now().date())
        return found.ledgers[0].closing.minor, [one.minor for one in ledger.on_account(session, reader.customer_id)]


def test_a_page_at_stripe_is_shut_and_money_that_comes_all_the_same_is_credit(till: Money, neighbour: Customer):
    attempt, _ = till.begin(0)
    late, still_open = till.begin(1)
    polled(customer_id="cust_2")
    run(reconcile(None))
    assert (till.attempt(attempt).state, till.attempt(late).state) == ("expired", "open")
    people.change(Invoice, 2, customer_id=neighbour.customer_id)
    till.stripe.pay(still_open)
    run(sync_attempt(late))
    assert account(till, till.payer) == (0, [4000])
    assert account(till, neighbour) == (10000, [])


def test_what_was_paid_is_the_payers_credit_and_nobody_reads_of_it_at_the_new_customers(
    till: Money, neighbour: Customer
):
    paid(till)
    assert account(till, till.payer) == (4000, [])
    polled(customer_id="cust_2")
    assert account(till, till.payer) == (4000, [6000])
    assert account(till, neighbour) == (6000, [])
    assert till.left(0, counted=0) == 6000
    with reading() as session:
        paper = papers.invoice(session, neighbour, till.invoices[0]).paper
        found = statements.get(session, neighbour, date(2026, 1, 1), clock.now().date(), clock.now().date())
        [listed] = payment_history.page(session, till.payer).entries
        facts = payments.get(session, till.payer, listed.public_id)
        receipt = papers.receipt(session, till.payer, listed.public_id).paper
    assert (paper.payments, paper.left.minor) == ((), 6000)
    assert [entry.words for entry in found.ledgers[0].entries] == ["Invoice 2290"]
    assert facts.credit is not None
    assert (facts.credit.minor, [part.invoice_public_id for part in facts.parts]) == (6000, [""])
    assert [number for number, _ in receipt.invoices] == ["2290"]
    polled(customer_id="cust_1", number="2290-A")
    assert account(till, till.payer) == (4000, [])
    assert till.left(0) == 0


@pytest.mark.parametrize("told", ["disputed", "credited"])
def test_what_went_back_of_the_old_customers_money_is_not_the_new_ones(till: Money, neighbour: Customer, told: str):
    attempt = paid(till)
    [payment] = till.payments()
    if told == "disputed":
        till.stripe.act(f"payments/{payment.intent_id}/dispute")
        run(sync_attempt(attempt))
    else:
        boss = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
        assert isinstance(boss, Staff)
        people.change(type(payment), 1, intent_id=None)
        with transaction() as session:
            refunds.ask(session, boss, payment.public_id, 6000, CREDIT_NOTE, "")
    polled(customer_id="cust_2")
    with reading() as session:
        entry = invoices.get(session, neighbour, till.invoices[0]).head
        assert taken_back.of_invoice(session, neighbour, till.invoices[0]) == []
    assert (entry.left.minor, entry.credited, entry.disputed) == (6000, 0, 0)


def test_what_is_with_the_old_customers_bank_does_not_wait_for_the_new_one(till: Money, neighbour: Customer):
    attempt, page = till.begin(0)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    polled(customer_id="cust_2")
    with reading() as session:
        assert invoices.get(session, neighbour, till.invoices[0]).head.payable.minor == 6000


def test_a_dispute_lost_after_that_takes_the_credit_and_nothing_of_the_invoice(till: Money, neighbour: Customer):
    attempt = paid(till)
    polled(customer_id="cust_2")
    [payment] = till.payments()
    dispute(till, payment, "lost", 6000)
    run(sync_attempt(attempt))
    assert account(till, till.payer) == (4000, [])
    assert account(till, neighbour) == (6000, [])
    polled(customer_id="cust_1", number="2290-A")
    assert account(till, till.payer) == (10000, [])


def test_an_invoice_whose_currency_changes_is_not_paid_by_money_in_the_old_one(till: Money):
    paid(till)
    yen = {"amount_minor": 30000, "currency": "JPY"}
    polled(subtotal=yen, tax=yen | {"amount_minor": 0}, total=yen, balance=yen)
    assert till.left(0, counted=0) == 30000
    with reading() as session:
        found = statements.get(session, till.payer, date(2026, 1, 1), clock.now().date(), clock.now().date())
        credit = ledger.on_account(session, till.payer.customer_id)
    assert [(one.closing.minor, one.closing.currency) for one in found.ledgers] == [(4000, "GBP"), (30000, "JPY")]
    assert [one.minor for one in credit] == [6000]
    people.change(Invoice, 1, due_on=clock.now().date() + timedelta(days=1))
    with transaction() as session:
        ledger.booked(session, "inv_0", clock.now())
    assert till.left(0, counted=0) == 30000
    polled(number="2290-A")
    assert till.left(0) == 0
