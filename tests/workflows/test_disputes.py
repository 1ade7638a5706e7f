"""What banks ask, take back and give again, beside refunds and beside each other: each is counted and told once."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from portal_app import errors
from portal_app.components.words import Words
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.models import Activity, Business, Invoice, Location, Outbox, PaymentReversal
from portal_app.pages.office.payment.views import payment_view
from portal_app.services import (
    business,
    credit_use,
    invoices,
    ledger,
    mail_words,
    payments,
    refunds,
)
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.workflows import papers
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, run
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import crm_says, dispute, paid, status, told
from tests.workflows.money_back import till as till


def outstanding(till: Money) -> set[str]:
    with reading() as session:
        return {entry.number for entry in invoices.page(session, till.payer, which="outstanding").entries}


def decide(boss: Staff, refund: str) -> None:
    with transaction() as session:
        refunds.treat(session, boss, refund, REOPEN)


def test_a_dispute_takes_back_no_debt_that_is_gone(till: Money, boss: Staff):
    attempt, payment = paid(till, 0, 1)
    run(give_back(boss, payment.public_id, 3000, CREDIT_NOTE, ""))
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(0), till.left(1)) == (3000, 4000)


def test_a_refund_made_at_stripe_is_decided_while_a_dispute_is_open(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=2000)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    [refund] = till.refunds()
    decide(boss, refund.public_id)
    assert told(till, "refunds") == [[("inv_0", 2000)]]
    assert till.left(0) == 6000


def test_what_the_bank_took_back_is_open_again_before_the_crm_has_heard_of_it(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    crm_says(0)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(0), status(), outstanding(till)) == (6000, "open", {"2290", "2291"})
    till.begin(0, amount=2500)
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    till.stripe.act(f"disputes/{dispute}/won")
    run(sync_attempt(attempt))
    assert (till.left(0), outstanding(till)) == (0, {"2291"})
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 0


def test_a_dispute_in_another_currency_is_over_all_that_is_here_and_brings_it_back(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    run(give_back(boss, payment.public_id, 1000, CREDIT_NOTE, ""))
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found].update(currency="eur", amount=9999)
    run(sync_attempt(attempt))
    assert till.left(0) == 5000
    till.stripe.act(f"disputes/{found}/won")
    run(sync_attempt(attempt))
    assert till.left(0) == 0
    assert {one.amount_minor for one in rows(select(PaymentReversal))} == {5000}


def test_a_question_of_the_bank_moves_no_money_and_is_told_to_the_office_once(till: Money, boss: Staff):
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/inquiry")
    for _ in range(2):
        run(sync_attempt(attempt))
    with reading() as session:
        facts = payments.get(session, boss, payment.public_id)
        assert (facts.state, facts.dispute, payments.to_decide(session)) == ("paid", "asked", 1)
    assert (till.left(0), till.mails().count("office_payment")) == (0, 1)
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert till.left(0) == 6000


@pytest.mark.parametrize(("outcome", "state", "left"), [("closed", "paid", 0), ("escalated", "disputed", 6000)])
def test_what_becomes_of_a_question_of_the_bank(till: Money, boss: Staff, outcome: str, state: str, left: int):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/inquiry")
    run(sync_attempt(attempt))
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    till.stripe.act(f"disputes/{dispute}/{outcome}")
    run(sync_attempt(attempt))
    with reading() as session:
        assert payments.get(session, boss, payment.public_id).state == state
    assert till.left(0) == left


def test_a_won_dispute_pays_again_beside_a_refund_nobody_has_decided(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=2000)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    run(sync_attempt(attempt))
    till.stripe.act(f"disputes/{dispute}/won")
    run(sync_attempt(attempt))
    assert till.left(0) == 0
    [refund] = till.refunds()
    decide(boss, refund.public_id)
    assert told(till, "refunds") == [[("inv_0", 2000)]]
    assert till.left(0) == 2000


def test_a_dispute_that_was_prevented_is_told_by_its_refund_alone(till: Money):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/inquiry")["id"]
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=6000)
    till.stripe.state.things[found]["status"] = "prevented"
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.dispute, [one.status for one in till.refunds()]) == ("refunded", "", ["succeeded"])
    assert rows(select(PaymentReversal)) == []


def test_what_the_bank_leaves_of_a_payment_stays_received(till: Money):
    attempt, payment = paid(till, 0)
    dispute(till, payment, "lost", part=2500)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.dispute, payment.receipt_voided_at) == ("succeeded", "lost", None)
    assert till.left(0) == 2500
    with reading() as session:
        assert ledger.credit_minor(session, payment) == 0
        facts = payments.get(session, till.payer, payment.public_id)
    assert (facts.state, facts.receipt_voided) == ("returned", False)


def test_what_the_bank_leaves_of_a_payment_can_be_given_back(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found]["amount"] = 2500
    run(sync_attempt(attempt))
    with pytest.raises(Invalid, match="bank has asked"):
        run(give_back(boss, payment.public_id, 1000, REOPEN, ""))
    till.stripe.act(f"disputes/{found}/lost")
    run(sync_attempt(attempt))
    with pytest.raises(Invalid, match="At most"):
        run(give_back(boss, payment.public_id, 3501, REOPEN, ""))
    run(give_back(boss, payment.public_id, 3500, REOPEN, ""))
    assert [one.status for one in till.refunds()] == ["succeeded"]
    assert till.left(0) == 6000


def test_a_refund_that_fails_beside_a_lost_dispute_leaves_its_money_here(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    dispute(till, payment, "lost", part=4000)
    run(sync_attempt(attempt))
    assert [(one.status, one.receipt_voided_at is None) for one in till.payments()] == [("failed", False)]
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.receipt_voided_at, till.left(0)) == ("succeeded", None, 4000)
    with reading() as session:
        assert ledger.credit_minor(session, payment) == 0


def office_mails() -> list[str]:
    """Return what the office was told of, in order."""
    found = rows(select(Outbox).where(Outbox.kind == "mail").order_by(col(Outbox.id)))
    return [row.payload["facts"]["what"] for row in found if row.payload["mail"] == "office_payment"]


@pytest.fixture
def reachable(till: Money) -> None:
    """The office has an address."""
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("second", "mails"),
    [("dispute", ["disputed", "dispute_lost", "disputed"]), ("inquiry", ["disputed", "dispute_lost", "asked"])],
)
def test_each_of_two_disputes_is_told_once(till: Money, boss: Staff, second: str, mails: list[str]):
    attempt, payment = paid(till, 0)
    first = dispute(till, payment, "lost", part=2500)
    till.stripe.state.things[first]["created"] -= 60
    run(sync_attempt(attempt))
    found = till.stripe.act(f"payments/{payment.intent_id}/{second}")["id"]
    till.stripe.state.things[found]["amount"] = 3500
    for _ in range(3):
        run(sync_attempt(attempt))
    assert office_mails() == mails


@pytest.mark.usefixtures("reachable")
def test_one_that_was_won_and_another_that_was_lost_are_told_once(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    first = dispute(till, payment, "won")
    till.stripe.state.things[first]["created"] -= 60
    run(sync_attempt(attempt))
    dispute(till, payment, "lost")
    for _ in range(3):
        run(sync_attempt(attempt))
    assert office_mails() == ["disputed", "dispute_won", "disputed", "dispute_lost"]


def test_one_that_was_won_hides_none_that_is_open(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    first = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    things = till.stripe.state.things
    things[first].update(amount=2000, created=things[first]["created"] - 60, status="lost")
    dispute(till, payment, "won", part=1000)
    things[first]["status"] = "needs_response"
    run(sync_attempt(attempt))
    assert till.payments()[0].dispute == "open"
    with pytest.raises(Invalid, match="bank has asked"):
        run(give_back(boss, payment.public_id, 100, REOPEN, ""))


def test_who_is_limited_gets_no_receipt_that_names_others_properties(till: Money, boss: Staff):
    """Whatever the money pays today: it was won back, and used for an invoice within reach."""
    with transaction() as session:
        owner = till.payer.customer_id
        here, there = Location(customer_id=owner, label="Here"), Location(customer_id=owner, label="There")
        session.add_all([here, there])
        session.flush()
        session.get_one(Invoice, 1).location_id, session.get_one(Invoice, 2).location_id = there.id, here.id
        more = Invoice(customer_id=owner, number="2299", currency="GBP", total_minor=6000, balance_minor=6000)
        more.location_id, within_reach = here.id, here.id or 0
        session.add(more)
        later = more.public_id
    attempt, payment = paid(till, 0, 1)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found]["amount"] = 6000
    run(sync_attempt(attempt))
    people.change(Invoice, 1, status="void")
    till.stripe.act(f"disputes/{found}/won")
    run(sync_attempt(attempt))
    with transaction() as session:
        offer = credit_use.offered(session, boss, payment.public_id)
        assert offer is not None
        credit_use.use(session, boss, payment.public_id, later, 6000, offer.puts)
    limited = replace(till.payer, locations=frozenset({within_reach}))
    assert run(papers.receipt(till.payer, payment.public_id)).data
    with pytest.raises(errors.NotFound):
        run(papers.receipt(limited, payment.public_id))


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("kind", ["dispute", "inquiry"])
def test_the_office_knows_by_when_to_answer(till: Money, boss: Staff, kind: str):
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/{kind}")["id"]
    thing = till.stripe.state.things[found]
    thing["evidence_details"] = {**thing["evidence_details"], "due_by": 1798070340}
    run(sync_attempt(attempt))
    mails = [row.payload for row in rows(select(Outbox).where(Outbox.kind == "mail")) if "what" in row.payload["facts"]]
    said = mail_words.words_of(Mail.OFFICE_PAYMENT, mails[-1]["facts"], {}, business.look())
    assert "Please answer at Stripe by 23 December 2026" in " ".join(said.before)
    with reading() as session:
        view = payment_view(payments.get(session, boss, payment.public_id), "", Words(business.look()))
        assert payments.get(session, till.payer, payment.public_id).dispute_due_at is None
    assert "Stripe’s dashboard by 23 December 2026, 23:59" in view.says
    thing["status"] = thing["status"].replace("needs_response", "under_review")
    run(sync_attempt(attempt))
    assert till.payments()[0].dispute_due_at is None


def test_what_is_won_for_an_invoice_that_was_paid_again_is_told_to_be_over(till: Money):
    people.change(Business, 1, support_email="office@bell.example")
    business.forget_look()
    attempt, payment = paid(till, 0)
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    run(sync_attempt(attempt))
    paid(till, 0)
    till.stripe.act(f"disputes/{found}/won")
    run(sync_attempt(attempt))
    told = [row.payload["facts"] for row in rows(select(Outbox)) if row.payload.get("mail") == Mail.OFFICE_PAYMENT]
    assert [(one["what"], one["amount_minor"]) for one in told][-2:] == [("dispute_won", 6000), ("over", 6000)]


def test_that_a_bank_asks_no_further_is_news(till: Money):
    attempt, payment = paid(till, 0)
    till.stripe.act(f"payments/{payment.intent_id}/inquiry")
    run(sync_attempt(attempt))
    [asked] = till.stripe.state.find("dispute", payment_intent=payment.intent_id)
    till.stripe.act(f"disputes/{asked['id']}/closed")
    run(sync_attempt(attempt))
    kinds = [row.kind for row in rows(select(Activity).order_by(col(Activity.id)))]
    assert kinds[-2:] == ["payment.questioned", "payment.question_closed"]
