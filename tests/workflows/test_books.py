"""On which day things stand in the accountant's books and on statements, and that closed months stay as they were."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import Payment, Refund
from portal_app.services import accounting, refunds, statements
from portal_app.services.actors import Staff
from portal_app.services.refunds import REOPEN
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import paid
from tests.workflows.money_back import till as till

DAY = 86400


def ago(days: int) -> date:
    return clock.now().date() - timedelta(days=days)


def posted(boss: Staff, first: date, last: date) -> list[tuple[str, int]]:
    """Return what the books of some days have beside payments and what Stripe keeps of those."""
    days = accounting.period(first, last, "Europe/London")
    with reading() as session:
        found = [
            one
            for source in accounting.SOURCES
            if source != "payments"
            for one in accounting.batch(session, boss, source, days)
        ]
    return [(one.kind, one.amount.minor) for one in found]


def back_then(till: Money, kind: str, days: int, **which: Any) -> None:
    """Let something at Stripe have happened some days ago, and what it moved on the balance with it."""
    for thing in till.stripe.state.find(kind, **which):
        thing["created"] -= days * DAY
        for moved in thing.get("balance_transactions", []):
            moved["created"] -= days * DAY


@pytest.mark.parametrize("choice", ["card_ok", "bacs_clears"])
def test_a_closed_month_stays_as_it_was_when_a_refund_fails_later(till: Money, boss: Staff, choice: str):
    attempt, page = till.begin(0)
    till.stripe.pay(page, choice)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    if choice == "bacs_clears":
        till.stripe.act(f"payments/{payment.intent_id}/settle")
        run(sync_attempt(attempt))
    till.stripe.act(f"payments/{payment.intent_id}/refund")
    back_then(till, "refund", 40, payment_intent=payment.intent_id)
    run(sync_attempt(attempt))
    assert posted(boss, ago(50), ago(30)) == [("refund", -6000)]
    [refund] = till.refunds()
    till.stripe.act(f"refunds/{refund.stripe_id}/fail")
    [came] = till.stripe.state.find("balance_transaction", type="refund_failure", source=refund.stripe_id)
    came["created"] -= 5 * DAY
    for _ in range(2):
        run(sync_attempt(attempt))
    assert posted(boss, ago(50), ago(30)) == [("refund", -6000)]
    assert posted(boss, ago(5), ago(5)) == [("refund_failed", 6000)]
    assert posted(boss, ago(29), ago(0)) == [("refund_failed", 6000)]


def test_a_refund_that_stripe_refused_never_was(till: Money, boss: Staff):
    _, payment = paid(till, 0)
    with transaction() as session:
        asked = refunds.ask(session, boss, payment.public_id, 6000, REOPEN, "").public_id
    assert posted(boss, ago(1), ago(0)) == []
    with transaction() as session:
        refunds.refused(session, asked, "No.")
    assert posted(boss, ago(1), ago(0)) == []


def test_a_closed_month_stays_as_it_was_when_a_dispute_is_won_later(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    back_then(till, "dispute", 40, id=found)
    run(sync_attempt(attempt))
    before = posted(boss, ago(50), ago(30))
    assert before == [("disputed", -6000), ("fee", -1500)]
    till.stripe.act(f"disputes/{found}/won")
    # In some countries Stripe gives its fee back as well.
    given = till.stripe.state.things[found]["balance_transactions"][-1]
    given.update(fee=-1500, created=given["created"] - 3 * DAY)
    for _ in range(2):
        run(sync_attempt(attempt))
    assert posted(boss, ago(50), ago(30)) == before
    assert posted(boss, ago(3), ago(3)) == [("dispute_won", 6000), ("fee", 1500)]


def test_what_the_bank_asked_about_first_stands_on_the_day_on_which_it_was_taken(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/inquiry")["id"]
    back_then(till, "dispute", 40, id=found)
    till.stripe.act(f"disputes/{found}/escalated")
    run(sync_attempt(attempt))
    assert posted(boss, ago(50), ago(30)) == []
    assert posted(boss, ago(0), ago(0)) == [("disputed", -6000), ("fee", -1500)]


def test_a_refund_made_at_stripe_stands_on_stripes_day_in_the_books_and_on_statements(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    people.change(Payment, 1, paid_at=clock.now() - timedelta(days=5))
    till.stripe.act(f"payments/{payment.intent_id}/refund")
    back_then(till, "refund", 3, payment_intent=payment.intent_id)
    run(sync_attempt(attempt))
    with transaction() as session:
        refunds.treat(session, boss, rows(select(Refund))[0].public_id, REOPEN)
    assert posted(boss, ago(3), ago(3)) == [("refund", -6000)]
    with reading() as session:
        [account] = statements.get(session, till.payer, ago(10), ago(0), ago(0)).ledgers
    assert [(one.day, one.amount.minor) for one in account.entries if one.words == "Refund"] == [(ago(3), 6000)]


def test_a_refund_that_the_portal_asked_for_stands_on_the_day_on_which_stripe_made_it(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    with transaction() as session:
        asked = refunds.ask(session, boss, payment.public_id, 1000, REOPEN, "").public_id
    people.change(Refund, 1, at=clock.now() - timedelta(days=2), created_at=clock.now() - timedelta(days=2))
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=1000)
    for one in till.stripe.state.find("refund", payment_intent=payment.intent_id):
        one.update(metadata={"refund": asked}, created=one["created"] - DAY)
    run(sync_attempt(attempt))
    assert posted(boss, ago(2), ago(2)) == []
    assert posted(boss, ago(1), ago(1)) == [("refund", -1000)]
    run(give_back(boss, payment.public_id, 500, REOPEN, ""))
    assert posted(boss, ago(0), ago(0)) == [("refund", -500)]
