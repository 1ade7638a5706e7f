"""Charges and refunds whose answer was lost: what Stripe did is found, what it never did is not done days later."""

import json
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from portal_app import clock
from portal_app.database import transaction
from portal_app.errors import Invalid
from portal_app.integrations.stripe import verify_event
from portal_app.integrations.stripe.errors import OutcomeUnknown
from portal_app.models import Contact, Invoice, Payment, PaymentAttempt, Refund
from portal_app.services import attempts, refunds
from portal_app.services.actors import Staff
from portal_app.services.refunds import REOPEN
from portal_app.services.settlement import out_of_reach
from portal_app.tasks.payments import reconcile
from portal_app.workflows import pay
from portal_app.workflows.refund import send
from portal_app.workflows.stripe_events import take_event
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.endpoints.test_stripe_webhook import HEADER, signed
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import paid
from tests.workflows.money_back import till as till


def with_saved_card(till: Money, hours_ago: float) -> str:
    """Write a try to pay 60.00 with a saved card, of which Stripe has not heard yet."""
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    [card] = run(pay.saved_methods(till.payer))
    keys, payer = run(pay.ready(till.payer))
    waiting = pay._write(till.payer, till.wants(0), keys, payer, card.id)
    people.change(PaymentAttempt, 2, created_at=clock.now() - timedelta(hours=hours_ago))
    return waiting


def charged_unheard(till: Money) -> str:
    """Charge a saved card for 60.00 and lose the answer; a day later Stripe has forgotten the key."""
    waiting = with_saved_card(till, 0)
    till.stripe.act("trouble", lose=3, lose_path="/v1/payment_intents")
    with pytest.raises(OutcomeUnknown):
        run(sync_attempt(waiting))
    till.stripe.act("trouble")
    till.stripe.state.answers.clear()
    people.change(PaymentAttempt, 2, created_at=clock.now() - timedelta(hours=26))
    return waiting


def news(till: Money, attempt: str) -> None:
    """Let Stripe tell of it, as it does for three days."""
    for one in till.stripe.state.find("event", type="payment_intent.succeeded"):
        shown = till.stripe.state.shown(one)
        if shown["data"]["object"]["metadata"].get("attempt") == attempt:
            body = json.dumps(shown).encode()
            run(take_event(verify_event(body, signed(body)[HEADER], RunningStripe.webhook_secret)))
            return
    pytest.fail("Stripe has no news of it.")


def booked(till: Money) -> list[int]:
    return sorted(one.amount_minor for one in till.payments())


@pytest.mark.parametrize("first", ["reconcile", "news"])
def test_money_that_stripe_took_is_booked_a_day_later(till: Money, first: str) -> None:
    attempt = charged_unheard(till)
    if first == "reconcile":
        run(reconcile(None))
        assert booked(till) == [4000, 6000]
    news(till, attempt)
    assert (booked(till), till.attempt(attempt).state, till.left(0)) == ([4000, 6000], "succeeded", 0)


def test_money_taken_under_a_key_that_was_away_is_booked_once_stripe_tells_of_it(till: Money) -> None:
    attempt = charged_unheard(till)
    people.change(PaymentAttempt, 2, expires_at=clock.now() - timedelta(hours=25))
    with transaction() as session:
        out_of_reach(session, attempts.lock(session, attempt))
    assert till.attempt(attempt).state == "expired"
    news(till, attempt)
    assert (booked(till), till.left(0)) == ([4000, 6000], 0)


def test_what_stripe_never_heard_of_ends_and_may_be_paid_again(till: Money) -> None:
    attempt = with_saved_card(till, 26)
    run(reconcile(None))
    ended = till.attempt(attempt)
    assert (booked(till), ended.state) == ([4000], "failed")
    assert "not charged" in ended.problem
    paid(till, 0)
    assert booked(till) == [4000, 6000]


@pytest.mark.parametrize("hours_ago", [0.01, 3, 20])
@pytest.mark.parametrize(
    ("row", "meanwhile"),
    [
        (Invoice, {"balance_minor": 0, "status": "paid"}),
        (Invoice, {"status": "void"}),
        (Contact, {"disabled_at": clock.now()}),
    ],
)
def test_a_card_is_not_charged_later_for_what_is_no_longer_right(
    till: Money, row: type, meanwhile: dict, hours_ago: float
) -> None:
    attempt = with_saved_card(till, hours_ago)
    people.change(row, 1 if row is Invoice else till.payer.contact_id, **meanwhile)
    run(sync_attempt(attempt))
    assert booked(till) == [4000]
    # What was asked a moment ago may still be on its way to Stripe.
    assert till.attempt(attempt).state == ("created" if hours_ago < 1 else "failed")


def test_what_was_charged_before_the_invoice_was_paid_otherwise_is_credit(till: Money) -> None:
    attempt = charged_unheard(till)
    people.change(PaymentAttempt, 2, created_at=clock.now() - timedelta(hours=3))
    people.change(Invoice, 1, balance_minor=0, status="paid")
    run(reconcile(None))
    assert (booked(till), till.attempt(attempt).state, till.left(0)) == ([4000, 6000], "succeeded", 0)


def refunded_unheard(till: Money, boss: Staff) -> Payment:
    """Give back 10.00 and lose the answer; two days later Stripe has forgotten the key."""
    _, payment = paid(till, 0)
    with transaction() as session:
        asked = refunds.ask(session, boss, payment.public_id, 1000, REOPEN, "").public_id
    till.stripe.act("trouble", lose=3, lose_path="/v1/refunds")
    with pytest.raises(OutcomeUnknown):
        run(send(asked, first=True))
    till.stripe.act("trouble")
    till.stripe.state.answers.clear()
    people.change(Refund, 1, created_at=clock.now() - timedelta(days=2))
    people.change(PaymentAttempt, 1, checked_at=clock.now() - timedelta(days=3))
    return payment


@pytest.mark.parametrize("unlike", ["", "busy", "behind"])
def test_a_refund_is_given_once_however_late_its_answer(till: Money, boss: Staff, unlike: str) -> None:
    payment = refunded_unheard(till, boss)
    if unlike == "busy":
        till.stripe.act("trouble", fail=3, fail_status=500)
        run(reconcile(None))
        till.stripe.act("trouble")
    elif unlike == "behind":
        # The payment itself is not looked at just now.
        people.change(PaymentAttempt, 1, checked_at=clock.now())
    run(reconcile(None))
    [charge] = till.stripe.state.find("charge", payment_intent=payment.intent_id)
    assert (charge["amount_refunded"], [one.status for one in till.refunds()]) == (1000, ["succeeded"])


def test_tries_that_always_fail_keep_no_others_from_being_looked_at(till: Money) -> None:
    """More of them than are looked at in one turn, all of which have waited longer."""
    attempt, page = till.begin(0)
    mark, now = till.attempt(attempt).key_mark, clock.now()
    with transaction() as session:
        session.add_all(
            PaymentAttempt(
                customer_id=till.payer.customer_id,
                currency="GBP",
                amount_minor=100,
                way="checkout",
                state="open",
                key_mark=mark,
                stripe_customer="cus_1",
                checkout_id=f"cs_gone_{number}",
                expires_at=now,
                checked_at=now - timedelta(days=4),
            )
            for number in range(60)
        )
        session.connection().execute(
            update(PaymentAttempt)
            .where(col(PaymentAttempt.public_id) == attempt)
            .values(checked_at=now - timedelta(hours=1))
        )
    till.stripe.pay(page)
    for _ in range(12):
        run(reconcile(None))
    assert rows(select(PaymentAttempt.state).where(PaymentAttempt.public_id == attempt)) == ["succeeded"]


def test_whoever_presses_again_is_not_told_that_nothing_was_charged(till: Money) -> None:
    charged_unheard(till)
    [card] = run(pay.saved_methods(till.payer))
    people.change(PaymentAttempt, 2, created_at=clock.now())
    till.stripe.act("trouble", lose=9, lose_path="/v1/payment_intents")
    with pytest.raises(Invalid, match="do not pay in another way"):
        run(pay.pay_with_saved(till.payer, till.wants(0), card.id))
    till.stripe.act("trouble", lose=0)
