"""Money that goes back more than once, and in more than one way: what each invoice loses is said once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import KeyRefused, NotFound
from portal_app.models import Business, Customer, Invoice, Outbox, Payment, PaymentAttempt, PaymentReversal
from portal_app.services import (
    accounting,
    business,
    invoices,
    ledger,
    outbox,
    payments,
    recorded_payments,
    refunds,
    statements,
)
from portal_app.services.actors import Staff
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.recorded_payments import Recorded, resolve_held
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.services.rights import StaffRole
from portal_app.tasks.payments import reconcile
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000) as ready:
        yield ready


@pytest.fixture
def boss(till: Money) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Money, *numbers: int) -> tuple[str, Payment]:
    """Pay some invoices by card; returns the try and the payment."""
    attempt, page = till.begin(*numbers)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return attempt, till.payments()[-1]


def told(till: Money, kind: str) -> list[list[tuple[str, int]]]:
    """Return the allocations of all commands of a kind: the invoice's id at the CRM, and minor units."""
    bodies = [body for name, body in till.commands() if name == kind]
    return [[(part["invoice_id"], part["amount"]["amount_minor"]) for part in body["allocations"]] for body in bodies]


def test_a_second_credit_note_goes_on_where_the_first_ended(till: Money, boss: Staff):
    _, payment = paid(till, 0, 1)
    for amount in (4500, 3000):
        run(give_back(boss, payment.public_id, amount, CREDIT_NOTE, ""))
    assert told(till, "refunds") == [[("inv_0", 4500)], [("inv_0", 1500), ("inv_1", 1500)]]
    assert (till.left(0), till.left(1)) == (0, 0)


def test_a_dispute_takes_back_no_debt_that_is_gone(till: Money, boss: Staff):
    attempt, payment = paid(till, 0, 1)
    run(give_back(boss, payment.public_id, 3000, CREDIT_NOTE, ""))
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    assert (till.left(0), till.left(1)) == (3000, 4000)


def test_what_is_told_of_one_household_leaves_in_order(till: Money, boss: Staff):
    _, first = paid(till, 0)
    run(give_back(boss, first.public_id, 6000, REOPEN, ""))
    paid(till, 0)
    waiting = [row for row in rows(select(Outbox).order_by(col(Outbox.id))) if row.kind != "mail"]
    assert [row.kind for row in waiting] == ["payments", "refunds", "payments"]
    # Told the other way round, the second payment would bring more than is left.
    assert len({row.subject for row in waiting}) == 1


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


def test_a_part_that_went_back_leaves_the_rest_paid(till: Money, boss: Staff):
    _, payment = paid(till, 0)
    crm_says(0)
    run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    assert (till.left(0), status()) == (2000, "partially_paid")


def status() -> str:
    return rows(select(Invoice.status).where(Invoice.id == 1))[0]


def outstanding(till: Money) -> set[str]:
    with reading() as session:
        return {entry.number for entry in invoices.page(session, till.payer, which="outstanding").entries}


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


def decide(boss: Staff, refund: str) -> None:
    with transaction() as session:
        refunds.treat(session, boss, refund, REOPEN)


@pytest.mark.parametrize("refusal", [KeyRefused, NotFound])
def test_what_the_key_may_not_give_back_is_not_tried_again_later(
    till: Money, boss: Staff, monkeypatch: pytest.MonkeyPatch, refusal: type[PortalError]
):
    _, payment = paid(till, 0)

    async def refuse(*_asked: object, **_how: object) -> None:
        await asyncio.sleep(0)
        raise refusal("The secret key may not do this at Stripe.")

    with monkeypatch.context() as patch:
        patch.setattr(StripeAccount, "refund", refuse)
        with pytest.raises(Invalid):
            run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    assert [refund.status for refund in till.refunds()] == ["failed"]
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    run(reconcile(None))
    assert list(till.stripe.state.find("refund", payment_intent=payment.intent_id)) == []


def test_what_stripe_took_is_on_its_way_where_it_cannot_be_looked_at(
    till: Money, boss: Staff, monkeypatch: pytest.MonkeyPatch
):
    attempt, payment = paid(till, 0)

    async def refuse(*_asked: object, **_how: object) -> None:
        await asyncio.sleep(0)
        raise KeyRefused("The secret key may not do this at Stripe.")

    later = clock.now() + timedelta(days=2)
    with monkeypatch.context() as patch:
        patch.setattr(StripeAccount, "payment_intent", refuse)
        run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
        [refund] = till.refunds()
        assert refund.status == "pending"
        # By then Stripe may have forgotten the idempotency key, and would give back anew.
        patch.setattr(clock, "now", lambda: later)
        run(reconcile(None))
    assert len([one for one in till.stripe.requests() if one["idempotency_key"] == refund.public_id]) == 1
    run(sync_attempt(attempt))
    [refund] = till.refunds()
    assert (refund.status, refund.booked, till.left(0)) == ("succeeded", True, 2000)


def crm_says(balance: int) -> None:
    """Let the CRM take every command, and read back what it says of the first invoice."""
    with transaction() as session:
        waiting = select(Outbox).where(Outbox.kind != "mail", Outbox.state == "pending")
        for row in session.exec(waiting).all():
            row.state = "done"
            outbox.tell(session, row, "outbox.left", Outcome("done", "applied"))
    with transaction() as session:
        invoice = session.exec(select(Invoice).where(Invoice.external_id == "inv_0")).one()
        invoice.balance_minor, invoice.status = balance, "open" if balance else "paid"
        session.flush()
        ledger.booked(session, "inv_0", clock.now())


def test_a_refund_that_failed_and_was_put_right_hides_no_later_debt(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    crm_says(0)
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    crm_says(6000)
    assert till.left(0) == 6000
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(sync_attempt(attempt))
    assert till.left(0) == 0
    crm_says(0)
    with transaction() as session:
        resolve_held(session, boss, payment.public_id)
    crm_says(0)
    assert till.left(0) == 0
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    crm_says(6000)
    assert till.left(0) == 6000


def held(till: Money, choice: str = "card_ok") -> tuple[str, Payment]:
    """Have 60.00 arrive where 50.00 were asked for; returns the try and the payment, which is held."""
    attempt, page = till.begin(0)
    people.change(PaymentAttempt, 1, amount_minor=5000)
    till.stripe.pay(page, choice)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    if payment.status == "pending":
        till.stripe.act(f"payments/{payment.intent_id}/settle")
        run(sync_attempt(attempt))
        [payment] = till.payments()
    assert payment.held
    return attempt, payment


def use(boss: Staff, payment: Payment) -> None:
    with transaction() as session:
        resolve_held(session, boss, payment.public_id)


def test_held_money_that_went_back_is_not_there_to_be_used(till: Money, boss: Staff):
    _, payment = held(till)
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    [payment] = till.payments()
    assert (payment.status, payment.held) == ("refunded", "")
    with pytest.raises(Invalid), transaction() as session:
        resolve_held(session, boss, payment.public_id)
    assert "receipt" not in till.mails()


def test_held_money_on_its_way_back_is_not_there_to_be_used(till: Money, boss: Staff):
    attempt, payment = held(till, "bacs_clears")
    run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert [refund.status for refund in till.refunds()] == ["pending"]
    with pytest.raises(Invalid, match="on its way back"):
        use(boss, payment)
    [refund] = till.refunds()
    till.stripe.act(f"refunds/{refund.stripe_id}/settle")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.held, payment.receipt_number) == ("refunded", "", None)
    assert "receipt" not in till.mails()


@pytest.mark.parametrize("at_stripe", [False, True])
def test_held_money_whose_refund_failed_is_held_again(till: Money, boss: Staff, at_stripe: bool):
    attempt, payment = held(till)
    if at_stripe:
        till.stripe.act(f"payments/{payment.intent_id}/refund")
        run(sync_attempt(attempt))
    else:
        run(give_back(boss, payment.public_id, 6000, REOPEN, ""))
    assert till.payments()[0].held == ""
    [refund] = till.refunds()
    till.stripe.act(f"refunds/{refund.stripe_id}/fail")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    # The CRM has never heard of this money, so there is nothing to put right there.
    assert "here again" in payment.held
    use(boss, payment)
    assert (till.left(0), [kind for kind, _ in till.commands()]) == (0, ["payments"])


def test_held_money_that_the_bank_took_is_not_there_to_be_used(till: Money, boss: Staff):
    attempt, payment = held(till)
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    with pytest.raises(Invalid, match="gone back"):
        use(boss, payment)
    assert till.payments()[0].held
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    till.stripe.act(f"disputes/{dispute}/lost")
    run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.held, till.commands()) == ("failed", "", [])


def test_the_crm_hears_of_what_of_held_money_went_back_before_it_was_used(till: Money, boss: Staff):
    _, payment = held(till)
    run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    assert till.commands() == []
    use(boss, payment)
    [(first, money_in), (second, money_out)] = till.commands()
    assert (first, money_in["amount"]["amount_minor"]) == ("payments", 6000)
    assert told(till, "payments") == [[("inv_0", 4000)]]
    assert (second, money_out["amount"]["amount_minor"], money_out["allocations"]) == ("refunds", 2000, [])
    [row] = till.payments()
    assert (money_out["payment_id"], till.left(0)) == (row.command_id, 2000)


def test_a_statement_of_a_past_period_knows_nothing_of_later_payments(till: Money):
    today = clock.now().date()
    people.change(Invoice, 1, issued_on=today - timedelta(days=60))
    paid(till, 0)
    with reading() as session:
        past = statements.get(session, till.payer, today - timedelta(days=70), today - timedelta(days=40), today)
        now = statements.get(session, till.payer, today - timedelta(days=39), today, today)
    assert [ledger.closing.minor for ledger in past.ledgers] == [6000]
    assert [entry.kind for entry in past.ledgers[0].entries] == ["charge"]
    assert [ledger.opening.minor for ledger in now.ledgers] == [6000]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Kiritimati", "America/Phoenix", "Pacific/Pago_Pago"])
def test_recorded_money_stands_on_its_day_where_the_business_is(till: Money, boss: Staff, zone: str):
    people.change(Business, 1, zone=zone)
    day = clock.now().date() - timedelta(days=3)
    with transaction() as session:
        customer = session.get_one(Customer, till.payer.customer_id).public_id
        wanted = Recorded(((till.invoices[0], 6000),), 6000, "GBP", "cash", day)
        payment = recorded_payments.record(session, boss, customer, wanted)
        assert clock.local(payment.paid_at, zone).date() == day
    with pytest.raises(Invalid, match="very same"), transaction() as session:
        recorded_payments.record(session, boss, customer, wanted)


def dispute(till: Money, payment: Payment, outcome: str, part: int | None = None) -> str:
    """Have the bank want a payment back, or a part of it alone, and decide it so; returns the dispute."""
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found]["amount"] = part or payment.amount_minor
    till.stripe.act(f"disputes/{found}/{outcome}")
    return found


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
    for _ in range(2):
        run(sync_attempt(attempt))
    [payment] = till.payments()
    assert (payment.status, payment.receipt_voided_at, till.left(0)) == ("succeeded", None, 6000)
    with reading() as session:
        assert ledger.credit_minor(session, payment) == 2000


def test_the_books_are_stripes_balance_to_the_cent(till: Money, boss: Staff):
    def balance() -> int:
        return sum(one["net"] for one in till.stripe.state.find("balance_transaction"))

    before = balance()
    first, one = paid(till, 0)
    second, two = paid(till, 1)
    run(give_back(boss, one.public_id, 1999, REOPEN, ""))
    dispute(till, two, "lost")
    run(sync_attempt(second))
    again, three = paid(till, 1)
    dispute(till, three, "won")
    run(sync_attempt(again))
    run(sync_attempt(first))
    today = clock.now().date()
    days = accounting.period(today - timedelta(days=1), today + timedelta(days=1), "UTC")
    with reading() as session:
        posted = [one for source in accounting.SOURCES for one in accounting.batch(session, boss, source, days)]
    assert sum(one.amount.minor for one in posted) == balance() - before
    assert [one.amount.minor for one in posted if one.kind == "fee"][-2:] == [-1500, -1500]
