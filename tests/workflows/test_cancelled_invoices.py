"""Money that paid an invoice which the CRM cancels or deletes: its payer's credit until that is undone, never twice."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import Allocation, Customer, Invoice, Outbox
from portal_app.money import Money as Amount
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.views import payment_view
from portal_app.services import credit_use, crm_connection, ledger, payment_history, payments, statements
from portal_app.services.actors import Staff
from portal_app.services.business import look
from portal_app.services.recorded_payments import Recorded, record
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.workflows.deliver import deliver, take_due
from portal_app.workflows.poll_pass import run_pass
from portal_app.workflows.read_back import read_back
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run
from tests.workflows.money_back import dispute

TOTALS = (24000, 30000)


class Office:
    """The portal with a customer of two invoices over 240.00 and 300.00, the first of which was paid in cash."""

    def __init__(self, till: Money, crm: RunningCrm) -> None:
        boss = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
        assert isinstance(boss, Staff)
        self.till, self.crm, self.boss = till, crm, boss
        with transaction() as session:
            self.connection = crm_connection.ensure(session, crm.url)
            session.get_one(Customer, till.payer.customer_id).connection_id = self.connection
            for invoice in session.exec(select(Invoice)):
                invoice.connection_id = self.connection
        crm.post("customers", external_id="cust_1", kind="person", name="Ann", active=True)
        for number in (0, 1):
            self.said(number)

    def said(self, number: int, status: str = "open", balance: int | None = None) -> None:
        """Let the CRM's office say something of an invoice."""
        total = {"amount_minor": TOTALS[number], "currency": "GBP"}
        self.crm.post(
            "invoices",
            external_id=f"inv_{number}",
            number=str(2290 + number),
            customer_id="cust_1",
            status=status,
            lines=[],
            issued_on=clock.now().date().isoformat(),
            subtotal=total,
            tax=total | {"amount_minor": 0},
            total=total,
            balance=total if balance is None else total | {"amount_minor": balance},
        )

    def restored(self, status: str, balance: int) -> None:
        """Let the CRM's office undo what was done to the first invoice, poll that, and read it back."""
        self.said(0, status, balance)
        self.agree()
        self.agree()

    def agree(self) -> None:
        """Tell the CRM what waits for it, read back what it was told, and poll."""

        async def work() -> None:
            adapter = RestAdapter(self.crm.url, self.crm.token)
            try:
                while jobs := take_due(most_mails=0, most_commands=10):
                    for job in jobs:
                        await deliver(job, adapter)
                await read_back(adapter)
                for _ in range(10):
                    if (await run_pass(self.connection, adapter)).complete:
                        return
            finally:
                await adapter.close()

        run(work())

    def cash(self) -> str:
        """Take the first invoice's 240.00 in cash, and tell the CRM."""
        with transaction() as session:
            customer = session.get_one(Customer, self.till.payer.customer_id).public_id
            wanted = Recorded(((self.till.invoices[0], 24000),), 24000, "GBP", "cash", clock.now().date())
            return record(session, self.boss, customer, wanted).public_id

    def use(self, payment: str, amount: int) -> None:
        """Use some of a payment for the second invoice."""
        with reading() as session:
            offer = credit_use.offered(session, self.boss, payment)
        assert offer is not None
        with transaction() as session:
            credit_use.use(session, self.boss, payment, self.till.invoices[1], amount, offer.puts)

    def left(self) -> tuple[int, int]:
        """Return what is left of both invoices."""
        return self.till.left(0), self.till.left(1)

    def credit(self) -> int:
        """Return what is on account, which the statement says as well, and the payments on their own."""
        with reading() as session:
            found = ledger.on_account(session, self.till.payer.customer_id)
            each = [ledger.credit_minor(session, session.merge(one)) for one in self.till.payments()]
            today = clock.now().date()
            note = statements.get(session, self.till.payer, date(2026, 1, 1), today, today).paper.note
        assert sum(each) == sum(one.minor for one in found)
        assert all(f"{one.show('en_GB')} pays no invoice yet" in note for one in found)
        return sum(each)

    def closing(self) -> int:
        """Return what the statement ends with."""
        with reading() as session:
            today = clock.now().date()
            return statements.get(session, self.till.payer, date(2026, 1, 1), today, today).ledgers[0].closing.minor

    def stuck(self) -> list[str]:
        """Return what waits for somebody's word about the CRM."""
        return [row.last_error for row in rows(select(Outbox).where(Outbox.kind != "mail", Outbox.state != "done"))]


@pytest.fixture
def office(
    stripe: RunningStripe, database_file: Path, empty_crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    stripe.use(monkeypatch)
    monkeypatch.setenv("PORTAL_CRM_URL", empty_crm.url)
    monkeypatch.setenv("PORTAL_CRM_TOKEN", empty_crm.token)
    forget_settings()
    with money(stripe, *TOTALS) as till:
        yield Office(till, empty_crm)


def cancelled(office: Office) -> None:
    office.said(0, "void", 0)


def deleted(office: Office) -> None:
    office.crm.delete("invoices", "inv_0")


GONE = pytest.mark.parametrize("gone", [cancelled, deleted])
Gone = Callable[[Office], None]


@GONE
def test_it_is_told_as_credit_and_counts_again_when_that_is_undone(office: Office, gone: Gone):
    payment = office.cash()
    office.agree()
    assert (office.left(), office.credit(), office.closing()) == ((0, 30000), 0, 30000)
    gone(office)
    office.agree()
    assert (office.left()[1], office.credit(), office.closing()) == (30000, 24000, 30000)
    with reading() as session:
        facts = payments.get(session, office.till.payer, payment)
        [listed] = payment_history.page(session, office.till.payer).entries
    assert (facts.credit, facts.parts, listed.invoices) == (Amount(24000, "GBP"), (), ())
    assert "pays no invoice" in payment_view(facts, Words(look())).sentences[1]
    office.restored("paid", 0)
    assert (office.left(), office.credit(), office.closing()) == ((0, 30000), 0, 30000)
    assert office.stuck() == []


@GONE
@pytest.mark.parametrize("before", ["told", "untold"])
def test_it_is_used_for_another_and_not_twice_when_that_is_undone(office: Office, gone: Gone, before: str):
    payment = office.cash()
    if before == "told":
        office.agree()
    gone(office)
    office.agree()
    office.use(payment, 20000)
    assert (office.left()[1], office.credit(), office.closing()) == (10000, 4000, 10000)
    if before == "untold":
        return
    office.agree()
    assert (office.left()[1], office.stuck()) == (10000, [])
    theirs = [one["balance"]["amount_minor"] for one in office.crm.walk("invoices") if one["external_id"] == "inv_1"]
    assert theirs == [10000]
    # The CRM's office restores it, and has taken the money off: it is to be paid again, for what was used elsewhere.
    office.restored("partially_paid", 20000)
    assert (office.left(), office.credit(), office.closing()) == ((20000, 10000), 0, 30000)
    assert (office.till.left(0), office.stuck()) == (20000, [])
    assert rows(select(Allocation.id).where(col(Allocation.booked_at).is_(None))) == []


def test_a_crm_that_restores_it_as_paid_has_to_be_put_right(office: Office, monkeypatch: pytest.MonkeyPatch):
    payment = office.cash()
    office.agree()
    cancelled(office)
    office.agree()
    office.use(payment, 24000)
    office.agree()
    tomorrow = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    office.agree()
    assert office.stuck() == []
    office.restored("paid", 0)
    assert (office.left(), office.credit(), office.closing()) == ((24000, 6000), 0, 30000)
    [why] = office.stuck()
    assert "does not show it a day later" in why
    [told] = pay_state._read(office.till.payer, office.till.invoices[0]).paid
    assert (told.amount, told.badge) == ("£240.00", "Used elsewhere")


@GONE
@pytest.mark.parametrize("treatment", [REOPEN, CREDIT_NOTE])
def test_it_is_given_back_and_not_counted_when_that_is_undone(office: Office, gone: Gone, treatment: str):
    payment = office.cash()
    office.agree()
    gone(office)
    office.agree()
    run(give_back(office.boss, payment, 10000, treatment, ""))
    assert (office.credit(), office.closing()) == (14000, 30000)
    office.use(payment, 14000)
    assert (office.till.left(1), office.credit()) == (16000, 0)
    office.agree()
    assert (office.till.left(1), office.stuck()) == (16000, [])
    office.restored("open", 24000)
    assert (office.left(), office.credit(), office.closing()) == ((24000, 16000), 0, 40000)


def test_a_dispute_takes_what_stands_first_and_the_rest_of_the_credit(office: Office):
    till = office.till
    attempt, page = till.begin(0, 1)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    office.agree()
    cancelled(office)
    office.agree()
    assert (office.till.left(1), office.credit()) == (0, 24000)
    [payment] = till.payments()
    dispute(till, payment, "lost", 40000)
    run(sync_attempt(attempt))
    office.agree()
    assert (office.till.left(1), office.credit(), office.closing()) == (30000, 14000, 30000)
    assert office.stuck() == []
    office.restored("partially_paid", 10000)
    assert (office.left(), office.credit(), office.closing()) == ((10000, 30000), 0, 40000)
