"""What has come stands on the invoice, the statement and the receipt; others' receipts are not there."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import NotFound
from portal_app.integrations.paper.words import words_of
from portal_app.models import Customer as CustomerRow
from portal_app.models import Invoice, Payment
from portal_app.services import invoices, papers, recorded_payments, refunds, statements
from portal_app.services.actors import Customer, Staff
from portal_app.services.recorded_payments import Recorded
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from tests.services import people
from tests.services.records import add_invoice

pytestmark = pytest.mark.usefixtures("database_file")


@pytest.fixture
def sarah() -> Customer:
    people.make_business()
    actor = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert isinstance(actor, Customer)
    return actor


def cash(payer: Customer, invoice: int, amount: int) -> str:
    """Book cash for an invoice and return the payment's public id."""
    boss = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(boss, Staff)
    with transaction() as session:
        row = session.get_one(Invoice, invoice)
        customer = session.get_one(CustomerRow, payer.customer_id).public_id
        wanted = Recorded(((row.public_id, amount),), amount, "GBP", "cash", clock.now().date(), "Till 7")
        return recorded_payments.record(session, boss, customer, wanted).public_id


def test_it_stands_on_every_paper(sarah: Customer, tmp_path: Path):
    today = clock.now().date()
    invoice = add_invoice(sarah.customer_id, "2201", issued_on=today - timedelta(days=3), due_on=today)
    payment = cash(sarah, invoice, 9000)
    with reading() as session:
        public_id = session.get_one(Invoice, invoice).public_id
        paper = papers.invoice(session, sarah, public_id).paper
        assert [(one.words, one.amount.minor) for one in paper.payments] == [("Cash", 9000)]
        assert paper.left.minor == 15000
        (ledger,) = statements.get(session, sarah, today - timedelta(days=9), today, today).ledgers
        assert [(entry.kind, entry.words, entry.amount.minor) for entry in ledger.entries] == [
            ("charge", "Invoice 2201", 24000),
            ("came", "Cash", -9000),
        ]
        assert ledger.closing.minor == 15000
        receipt = papers.receipt(session, sarah, payment).paper
        assert (receipt.number, receipt.payment.amount.minor) == ("R-00001", 9000)
        assert [(number, amount.minor) for number, amount in receipt.invoices] == [("2201", 9000)]


def give_back(payment: str, amount: int, treatment: str) -> None:
    """Give some of a payment back by hand."""
    boss = people.actor_of(people.start_session(people.make_staff("owner@example.com", StaffRole.OWNER)))
    assert isinstance(boss, Staff)
    with transaction() as session:
        refunds.ask(session, boss, payment, amount, treatment, "")


@pytest.mark.parametrize(
    ("amount", "back", "treatment", "state", "sums"),
    [
        (24000, 24000, CREDIT_NOTE, "Credited", (0, 24000, 0)),
        (24000, 4000, CREDIT_NOTE, "Paid, partly credited", (20000, 4000, 0)),
        (9000, 9000, CREDIT_NOTE, "Partly credited", (0, 9000, 15000)),
        (9000, 4000, CREDIT_NOTE, "Partly paid", (5000, 4000, 15000)),
        (24000, 4000, REOPEN, "Partly paid", (20000, 0, 4000)),
    ],
)
def test_what_went_back_is_not_paid(
    sarah: Customer, amount: int, back: int, treatment: str, state: str, sums: tuple[int, int, int]
):
    invoice = add_invoice(sarah.customer_id, "2201")
    give_back(cash(sarah, invoice, amount), back, treatment)
    with reading() as session:
        public_id = session.get_one(Invoice, invoice).public_id
        paper = papers.invoice(session, sarah, public_id).paper
        (entry,) = invoices.page(session, sarah).entries
    assert paper.paid
    assert paper.credited
    assert (paper.state, paper.paid.minor, paper.credited.minor, paper.left.minor) == (state, *sums)
    assert (entry.paid.minor, entry.credited, entry.left.minor) == sums
    assert sum(sums) == paper.total.minor
    assert sum(one.amount.minor for one in paper.payments) == sums[0] + sums[1]


def test_of_a_cancelled_invoice_it_is_not_said_that_it_was_paid(sarah: Customer):
    invoice = add_invoice(sarah.customer_id, "2201", status="void", balance_minor=0)
    with reading() as session:
        paper = papers.invoice(session, sarah, session.get_one(Invoice, invoice).public_id).paper
    assert [row["label"] for row in words_of(paper)["totals"]] == ["Total"]


def test_a_receipt_is_for_its_own_people_and_gone_when_it_is_void(sarah: Customer):
    invoice = add_invoice(sarah.customer_id, "2201")
    payment = cash(sarah, invoice, 9000)
    stranger = people.actor_of(people.start_session(people.make_customer("other@example.com")))
    assert isinstance(stranger, Customer)
    with reading() as session, pytest.raises(NotFound):
        papers.receipt(session, stranger, payment)
    people.change(Payment, 1, receipt_voided_at=clock.now())
    with reading() as session, pytest.raises(NotFound):
        papers.receipt(session, sarah, payment)
