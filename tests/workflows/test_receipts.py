"""What a receipt says: what came, for what, and from whom to whom, for ever as it was when it was issued."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import reading
from portal_app.integrations.paper import words
from portal_app.integrations.paper.records import ReceiptPaper
from portal_app.models import Business, Customer, Invoice, Outbox
from portal_app.money import Money
from portal_app.pages.payment.views import PaymentView, payment_view
from portal_app.services import business, mail_words, papers, payments, statements
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.services.refunds import REOPEN
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money as Till
from tests.workflows.money import money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """An invoice over 240.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000) as ready:
        yield ready


@pytest.fixture
def boss(till: Till) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Till, left: int) -> None:
    """Pay the invoice on a page that was opened for all of it, while so much of it is left by then."""
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()
    attempt, page = till.begin()
    people.change(Invoice, 1, balance_minor=left, status="partially_paid" if left else "paid")
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def receipt(till: Till) -> ReceiptPaper:
    with reading() as session:
        return papers.receipt(session, till.payer, till.payments()[0].public_id).paper


def facts(name: str) -> list[dict[str, Any]]:
    """Return what mails of a kind are made of."""
    mails = [row.payload for row in rows(select(Outbox).where(Outbox.kind == "mail"))]
    return [mail["facts"] for mail in mails if mail["mail"] == name]


def page(till: Till) -> PaymentView:
    with reading() as session:
        facts = payments.get(session, till.payer, till.payments()[0].public_id)
    return payment_view(facts, Words(business.look()), left=False)


def note(till: Till, days: int = 0) -> str:
    """Return what a statement until so many days ago says below its lines."""
    today = clock.today("Europe/London")
    with reading() as session:
        found = statements.get(session, till.payer, date(2026, 1, 1), today - timedelta(days=days), today)
    return found.paper.note


def test_it_works(till: Till):
    paid(till, 24000)
    assert note(till) == ""
    assert till.mails() == ["receipt"]
    assert (receipt(till).invoices, receipt(till).on_account) == ((("2290", Money(24000, "GBP")),), None)
    assert page(till).sentences[1:] == []


def test_what_pays_no_invoice_is_said(till: Till):
    paid(till, 4000)
    assert (receipt(till).invoices, receipt(till).on_account) == (
        (("2290", Money(4000, "GBP")),),
        Money(20000, "GBP"),
    )
    assert words.words_of(receipt(till))["lines"] == [["Invoice 2290", "£40.00"], ["Payment on account", "£200.00"]]
    assert page(till).sentences[1].startswith("£200.00 of it pays no invoice: more came than was left to pay")
    assert till.mails() == ["office_payment", "receipt"]
    [(asked, mail)] = [(one["what"], one) for one in facts("office_payment")]
    assert (asked, mail["amount_minor"]) == ("over", 20000)
    [mail] = facts("receipt")
    assert (mail["invoices"], mail["over_minor"]) == (["2290"], 20000)
    said = mail_words.words_of(Mail.RECEIPT, mail, {}, business.look()).after[0]
    assert said.startswith("£200.00 of it is more than was left to pay.")
    assert "£200.00 pays no invoice yet" in note(till)
    assert "pays no invoice yet" not in note(till, days=1)


def test_money_all_of_which_pays_nothing_is_said_to_pay_nothing(till: Till):
    paid(till, 0)
    assert (receipt(till).invoices, receipt(till).on_account) == ((), Money(24000, "GBP"))
    assert words.words_of(receipt(till))["lines"] == [["Payment on account", "£240.00"]]
    assert facts("receipt")[0]["invoices"] == []
    assert page(till).parts == []
    assert page(till).sentences[1].startswith("It pays no invoice: more came than was left to pay")


def test_it_stays_as_it_was_issued(till: Till, boss: Staff):
    paid(till, 24000)
    issued = receipt(till)
    people.change(Business, 1, legal_name="Another Ltd", address="1 Elsewhere", tax_number="GB 1", company_number="2")
    people.change(Business, 1, accent="#a01040", paper_footer="Another", zone="Pacific/Auckland", country="US")
    people.change(Customer, till.payer.customer_id, name="Somebody else")
    run(give_back(boss, till.payments()[0].public_id, 1000, REOPEN, ""))
    assert receipt(till) == issued
    assert issued.buyer == ("Household of ann@example.com",)
