"""What may still become of a payment after months, where no webhook tells of it, and how it was paid."""

from datetime import timedelta

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import PaymentAttempt
from portal_app.pages.invoice import pay_state
from portal_app.services import guests, refunds
from portal_app.services.actors import Staff
from portal_app.services.refunds import REOPEN
from portal_app.tasks.payments import reconcile
from portal_app.workflows import pay
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import dispute, paid
from tests.workflows.money_back import till as till


def begun_before(days: int, looked_at: int) -> None:
    """Let the only try be this many days old, and Stripe asked about it last some days ago."""
    with transaction() as session:
        row = session.exec(select(PaymentAttempt)).one()
        row.created_at -= timedelta(days=days)
        row.checked_at = clock.now() - timedelta(days=looked_at)


@pytest.mark.parametrize(
    ("days", "looked_at", "found"), [(10, 2, True), (140, 2, False), (140, 8, True), (390, 8, True), (410, 8, False)]
)
def test_a_debit_is_taken_back_within_thirteen_months(till: Money, days: int, looked_at: int, found: bool):
    attempt, page = till.begin(0)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    till.stripe.act(f"payments/{payment.intent_id}/settle")
    run(sync_attempt(attempt))
    begun_before(days, looked_at)
    dispute(till, payment, "lost")
    run(reconcile(None))
    assert till.left(0) == (6000 if found else 0)


def test_a_refund_that_fails_after_months_is_found(till: Money, boss: Staff):
    _, payment = paid(till, 0)
    begun_before(200, 8)
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    begun_before(0, 8)
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(reconcile(None))
    assert (till.refunds()[0].status, till.left(0)) == ("failed", 0)


@pytest.mark.parametrize(
    ("kind", "contracts"),
    [("nz_bank_account", "bank"), ("pay_by_bank", "other"), ("klarna", "other"), ("card_present", "card")],
)
def test_how_was_paid_is_told_as_it_was(till: Money, kind: str, contracts: str):
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    things = till.stripe.state.things
    intent = things[things[page]["payment_intent"]]
    things[intent["latest_charge"]]["payment_method_details"] = {"type": kind, kind: {}}
    run(sync_attempt(attempt))
    assert till.payments()[0].method == contracts
    assert till.commands()[-1][1]["method"] == contracts


def test_a_payment_is_here_again_whose_refund_stripe_refuses(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    with transaction() as session:
        refund = refunds.ask(session, boss, payment.public_id, 2000, REOPEN, "").public_id
    run(sync_attempt(attempt))
    with transaction() as session:
        refunds.refused(session, refund, "This was refunded already.")
    [payment] = till.payments()
    assert (payment.status, payment.receipt_voided_at) == ("succeeded", None)


def test_two_debits_of_one_invoice_are_with_two_banks(till: Money):
    attempt, page = till.begin(0, amount=2000)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "", "bacs_clears")
    run(sync_attempt(begun.attempt))
    news = pay_state._read(till.payer, till.invoices[0]).news
    assert news.startswith("£60.00 is with 2 banks, all of it expected by ")
