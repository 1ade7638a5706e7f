"""Money that goes back more than once, and in more than one way: what each invoice loses is said once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app import clock, errors
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, PortalError
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import KeyRefused, NotFound
from portal_app.models import Allocation, Business, Customer, Invoice, Outbox
from portal_app.services import (
    accounting,
    invoices,
    ledger,
    recorded_payments,
    statements,
)
from portal_app.services import paid as came
from portal_app.services.actors import Staff
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
from tests.workflows.money_back import boss as boss
from tests.workflows.money_back import crm_says, dispute, paid, status, told
from tests.workflows.money_back import till as till


def test_a_second_credit_note_goes_on_where_the_first_ended(till: Money, boss: Staff):
    _, payment = paid(till, 0, 1)
    for amount in (4500, 3000):
        run(give_back(boss, payment.public_id, amount, CREDIT_NOTE, ""))
    assert told(till, "refunds") == [[("inv_0", 4500)], [("inv_0", 1500), ("inv_1", 1500)]]
    assert (till.left(0), till.left(1)) == (0, 0)


def test_what_is_told_of_one_household_leaves_in_order(till: Money, boss: Staff):
    _, first = paid(till, 0)
    run(give_back(boss, first.public_id, 6000, REOPEN, ""))
    paid(till, 0)
    waiting = [row for row in rows(select(Outbox).order_by(col(Outbox.id))) if row.kind != "mail"]
    assert [row.kind for row in waiting] == ["payments", "refunds", "payments"]
    # Told the other way round, the second payment would bring more than is left.
    assert len({row.subject for row in waiting}) == 1


def test_a_part_that_went_back_leaves_the_rest_paid(till: Money, boss: Staff):
    _, payment = paid(till, 0)
    crm_says(0)
    run(give_back(boss, payment.public_id, 2000, REOPEN, ""))
    assert (till.left(0), status()) == (2000, "partially_paid")


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


def test_the_office_is_told_of_all_refunds_that_failed(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    for amount in (1000, 2500):
        run(give_back(boss, payment.public_id, amount, REOPEN, ""))
    for refund in till.refunds():
        till.stripe.act(f"refunds/{refund.stripe_id}/fail")
    run(sync_attempt(attempt))
    assert all(amount in till.payments()[0].held for amount in ("£10.00", "£25.00"))


def test_without_a_crm_a_refund_that_failed_is_put_right_nowhere(
    stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch
):
    stripe.use(monkeypatch)
    with money(stripe, 6000, crm=False) as till:
        office = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
        assert isinstance(office, Staff)
        attempt, payment = paid(till, 0)
        run(give_back(office, payment.public_id, 2000, REOPEN, ""))
        till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
        run(sync_attempt(attempt))
        assert (till.payments()[0].held, till.left(0)) == ("", 0)


def test_money_for_an_invoice_that_was_deleted_meanwhile_is_credit(till: Money):
    attempt, page = till.begin(0)
    people.change(Invoice, 1, deleted_at=clock.now())
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 6000
    assert told(till, "payments") == [[]]


def test_recorded_money_pays_no_invoice_twice(till: Money, boss: Staff):
    twice = ((till.invoices[0], 6000), (till.invoices[0], 4000))
    [customer] = rows(select(Customer.public_id))
    wanted = Recorded(twice, 10000, "GBP", "cash", clock.now().date())
    with pytest.raises(errors.NotFound), transaction() as session:
        recorded_payments.record(session, boss, customer, wanted)
    assert till.payments() == []


@pytest.mark.parametrize("crm", [True, False])
def test_a_credit_note_whose_refund_failed_leaves_the_debt_as_it_was(
    stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch, crm: bool
):
    stripe.use(monkeypatch)
    with money(stripe, 6000, crm=crm) as till:
        boss = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
        assert isinstance(boss, Staff)
        attempt, page = till.begin(0, amount=3000)
        till.stripe.pay(page)
        run(sync_attempt(attempt))
        payment = till.payments()[0]
        run(give_back(boss, payment.public_id, 3000, CREDIT_NOTE, ""))
        assert till.left() == 3000
        till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
        run(sync_attempt(attempt))
        with reading() as session:
            assert invoices.get(session, till.payer, till.invoices[0]).head.credited == 0
            assert ledger.credit_minor(session, till.payments()[0]) == 0
        # It pays again, and can go back the other way.
        assert till.left() == 3000
        run(give_back(boss, payment.public_id, 3000, REOPEN, ""))
        assert till.left() == 6000


def test_a_credit_note_put_right_at_the_crm_is_booked(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    crm_says(0)
    run(give_back(boss, payment.public_id, 6000, CREDIT_NOTE, ""))
    crm_says(0)
    till.stripe.act(f"refunds/{till.refunds()[0].stripe_id}/fail")
    run(sync_attempt(attempt))
    with transaction() as session:
        resolve_held(session, boss, payment.public_id, sure=True)
    crm_says(0)
    assert rows(select(Allocation).where(col(Allocation.booked_at).is_(None))) == []
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 0
        assert [share.amount_minor for share in ledger.standing(session, till.payments()[0])] == [6000]


def test_a_credit_note_whose_refund_failed_ends_on_the_day_the_money_came_back(till: Money, boss: Staff):
    attempt, payment = paid(till, 0)
    run(give_back(boss, payment.public_id, 2000, CREDIT_NOTE, ""))
    stripe_id = till.refunds()[0].stripe_id or ""
    till.stripe.act(f"refunds/{stripe_id}/fail")
    things = till.stripe.state.things
    things[things[stripe_id]["failure_balance_transaction"]]["created"] -= 3 * 86400
    run(sync_attempt(attempt))
    with reading() as session:
        found = came.of_invoices(session, [1], "Europe/London")
    ended = {
        one.day for one in found if one.words == "Refund that failed" or (one.words == "Credit note" and one.amount < 0)
    }
    assert len(ended) == 1
