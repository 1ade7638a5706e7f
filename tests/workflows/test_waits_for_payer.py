"""What Stripe's page leaves to its payer: a bank account to be confirmed, a voucher or a transfer to be paid."""

from typing import Any

import pytest
from sqlmodel import select

from portal_app.components.payment_words import state_words
from portal_app.database import reading
from portal_app.endpoints import shared
from portal_app.errors import Invalid
from portal_app.models import Activity, Invoice
from portal_app.pages.invoice import pay_state
from portal_app.pages.payment.state import _read as payment_page
from portal_app.services import failed_tries, guests, payments
from portal_app.tasks.payments import reconcile
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import till as till

_VOUCHERS = [
    ("multibanco", "multibanco_display_details", "hosted_voucher_url"),
    ("oxxo", "oxxo_display_details", "hosted_voucher_url"),
    ("customer_balance", "display_bank_transfer_instructions", "hosted_instructions_url"),
]


def _bank_to_be_confirmed(till: Money) -> str:
    people.change(Invoice, 1, currency="USD")
    attempt, page = till.begin()
    till.stripe.pay(page, "us_bank_confirm")
    assert run(sync_attempt(attempt)) == "confirming"
    return attempt


def test_a_bank_account_is_confirmed_before_it_pays(till: Money):
    attempt = _bank_to_be_confirmed(till)
    assert run(sync_attempt(attempt)) == "confirming"
    assert (till.payments(), till.commands(), till.mails(), till.left()) == ([], [], [], 6000)
    with reading() as session:
        facts = payments.get(session, till.payer, attempt)
        assert (facts.state, facts.go_on) == ("confirming", True)
        tried = failed_tries.latest(session, till.payer, till.invoices[0])
        assert tried is not None
        assert tried.kind == failed_tries.TO_CONFIRM
    intent = till.attempt(attempt).intent_id
    assert f"/verify/{intent}" in till.attempt(attempt).checkout_url
    till.stripe.act(f"payments/{intent}/verify")
    assert run(sync_attempt(attempt)) == "processing"
    assert [payment.status for payment in till.payments()] == ["pending"]
    till.stripe.act(f"payments/{intent}/settle")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0


def test_paying_in_another_way_calls_a_bank_account_off(till: Money):
    waits = _bank_to_be_confirmed(till)
    attempt, page = till.begin()
    assert attempt != waits
    assert till.attempt(waits).state == "expired"
    assert next(till.stripe.state.find("payment_intent"))["status"] == "canceled"
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0


def test_a_bank_account_confirmed_meanwhile_is_not_paid_beside(till: Money):
    attempt = _bank_to_be_confirmed(till)
    till.stripe.act(f"payments/{till.attempt(attempt).intent_id}/verify")
    with pytest.raises(Invalid, match="with the bank"):
        till.begin()
    assert till.attempt(attempt).state == "processing"


def test_a_bank_account_waits_for_no_invoice_that_is_settled_elsewhere(till: Money):
    attempt = _bank_to_be_confirmed(till)
    people.change(Invoice, 1, status="paid", balance_minor=0)
    run(reconcile(None))
    assert till.attempt(attempt).state == "expired"


def _told_how(till: Money, page: str, kind: str = "multibanco", step: str = "", link: str = "") -> dict[str, Any]:
    """Finish Stripe's page with what is paid elsewhere; gives the payment as Stripe has it."""
    till.stripe.pay(page)
    things = till.stripe.state.things
    intent = things[things[page]["payment_intent"]]
    action = {"type": step, step: {link: f"https://payments.stripe.com/how/{kind}"}} if step else None
    intent.update(status="requires_action", amount_received=0, next_action=action, latest_charge=None)
    things[page].update(payment_status="unpaid")
    return intent


@pytest.mark.parametrize(("kind", "step", "link"), [*_VOUCHERS, ("other", "", "")])
def test_a_voucher_waits_for_its_payer_and_is_no_bank_account(till: Money, kind: str, step: str, link: str):
    attempt, page = till.begin()
    intent = _told_how(till, page, kind, step, link)
    assert run(sync_attempt(attempt)) == "instructed"
    assert (till.payments(), till.mails(), till.commands(), till.left()) == ([], [], [], 6000)
    assert till.attempt(attempt).checkout_url == (f"https://payments.stripe.com/how/{kind}" if step else "")
    shown = payment_page(till.payer, attempt, False)
    assert (shown.heading, bool(shown.go_on)) == ("£60.00 waits until you pay it", bool(step))
    news = pay_state._read(till.payer, till.invoices[0]).news
    assert news.startswith("Your payment of £60.00 waits until you have paid it")
    told = " ".join([shown.heading, shown.badge, *shown.sentences, news])
    assert "account" not in told
    with reading() as session:
        facts = payments.get(session, till.payer, attempt)
        assert state_words(facts) == ("Not paid in yet", "scheduled")
    assert "payment.instructed" in rows(select(Activity.kind))
    intent.update(status="succeeded", amount_received=6000, next_action=None)
    intent["latest_charge"] = next(till.stripe.state.find("charge", payment_intent=intent["id"]))["id"]
    run(reconcile(None))
    assert (till.attempt(attempt).state, till.left()) == ("instructed", 6000), "it was looked at a moment ago"
    assert run(sync_attempt(attempt)) == "succeeded"
    assert (till.left(), till.mails()) == (0, ["receipt"])


def test_paying_in_another_way_calls_a_voucher_off(till: Money):
    waits, page = till.begin()
    intent = _told_how(till, page, *_VOUCHERS[0])
    run(sync_attempt(waits))
    attempt, page = till.begin()
    assert (till.attempt(waits).state, intent["status"]) == ("expired", "canceled")
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.left() == 0


def test_a_voucher_that_nobody_pays_has_failed(till: Money):
    attempt, page = till.begin()
    intent = _told_how(till, page, *_VOUCHERS[0])
    run(sync_attempt(attempt))
    error = {"code": "payment_intent_payment_attempt_expired", "message": "The voucher has expired."}
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error)
    assert run(sync_attempt(attempt)) == "failed"
    assert (till.payments(), till.left()) == ([], 6000)


def test_a_guest_s_open_page_hears_that_their_voucher_waits(till: Money):
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    before = shared._read(standing(link))
    _told_how(till, till.attempt(begun.attempt).checkout_id or "", *_VOUCHERS[0])
    run(sync_attempt(begun.attempt))
    after = shared._read(standing(link))
    assert (before.news, after.news.split(".")[0]) == (
        "",
        "Your payment waits until you have paid it as Stripe’s page told you",
    )
    assert after.version != before.version
