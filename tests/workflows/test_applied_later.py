"""A CRM that takes what it is told of money and applies it later, or never: paid and being booked until then."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid
from portal_app.integrations.crm.errors import CrmUnavailable
from portal_app.models import Allocation, Invoice, Outbox
from portal_app.services import crm_connection, ledger, outbox, outbox_office
from portal_app.services.actors import Staff
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.refunds import CREDIT_NOTE, REOPEN
from portal_app.workflows.read_back import read_back
from portal_app.workflows.refund import give_back
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 100.00 and 40.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 10000, 4000) as ready:
        yield ready


@pytest.fixture
def boss(till: Money) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Money, amount: int | None = None) -> None:
    """Pay the first invoice, or a part of it, by card."""
    attempt, page = till.begin(0, amount=amount)
    till.stripe.pay(page)
    assert run(sync_attempt(attempt)) == "succeeded"


def told(status: str = "accepted", *, just_now: bool = False, most: int | None = None, by_hand: bool = False) -> None:
    """Let the CRM answer everything that waits for it, or the first of it, a minute ago; or somebody enter it there."""
    with transaction() as session:
        pending = select(Outbox).where(Outbox.kind != "mail", Outbox.state == "pending").order_by(col(Outbox.id))
        for row in session.exec(pending.limit(most)).all():
            row.state = "done"
            outbox.tell(session, row, "outbox.left", Outcome("done", status, by_hand=by_hand))
        if not just_now:
            for paid_here in session.exec(select(Allocation).where(col(Allocation.told_at).is_not(None))).all():
                paid_here.told_at = min(paid_here.told_at or clock.now(), clock.now() - timedelta(minutes=1))


def polled(balance: int) -> list[str]:
    """Let the poll bring another balance of the first invoice; returns what is to be read back then."""
    with transaction() as session:
        invoice = session.get_one(Invoice, 1)
        invoice.balance_minor, invoice.status = balance, "partially_paid" if balance else "paid"
    return waiting()


def waiting() -> list[str]:
    with reading() as session:
        return ledger.to_read_back(session)


def looked() -> None:
    """Read the first invoice back, as it stands."""
    with transaction() as session:
        ledger.booked(session, "inv_0", clock.now())


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> datetime:
    now = clock.now() + by
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


def test_what_is_only_accepted_is_booked_once_the_balance_moves(till: Money):
    paid(till)
    told()
    looked()
    assert (till.left(), waiting()) == (0, [])
    with pytest.raises(Invalid, match="nothing left"):
        till.begin(0)
    assert polled(0) == ["inv_0"]
    looked()
    assert (till.left(), waiting()) == (0, [])
    polled(2500)
    assert till.left() == 2500


@pytest.mark.parametrize("status", ["applied", "accepted"])
def test_what_was_applied_is_booked_by_the_first_reading_back(till: Money, status: str):
    paid(till, 4000)
    told(status, just_now=True)
    assert waiting() == ["inv_0"]
    polled(6000)
    looked()
    assert (till.left(), waiting()) == (6000, [])


@pytest.mark.parametrize("back", [0, 4000])
def test_a_crm_that_says_it_has_applied_something_and_does_nothing_is_not_believed(
    till: Money, boss: Staff, back: int, monkeypatch: pytest.MonkeyPatch
):
    paid(till)
    if back:
        told("applied")
        polled(0)
        looked()
        run(give_back(boss, till.payments()[0].public_id, back, REOPEN, ""))
    told("applied", just_now=True)
    looked()
    assert till.left() == back
    with pytest.raises(Invalid, match="nothing left" if not back else "more than"):
        till.begin(0, amount=back + 1)
    later(monkeypatch, timedelta(hours=25))
    assert waiting() == ["inv_0"]
    looked()
    assert ["does not show it" in why for _, why in _needs_office()] == [True]
    assert till.left() == back


@pytest.mark.parametrize("balance", [10500, 9500])
def test_another_change_of_the_balance_is_not_taken_for_the_payment(till: Money, balance: int):
    paid(till, 6000)
    told()
    assert polled(balance) == ["inv_0"]
    looked()
    assert (till.left(), waiting()) == (balance - 6000, [])
    polled(balance - 6000)
    looked()
    assert till.left() == balance - 6000


@pytest.mark.parametrize("balance", [4001, 5000, 3000])
def test_a_crm_that_rounds_or_changes_more_at_the_same_time_is_followed(till: Money, balance: int):
    paid(till, 6000)
    told()
    polled(balance)
    looked()
    assert till.left() == balance


def test_payments_are_booked_one_by_one_as_they_are_applied(till: Money):
    for amount in (5000, 3000):
        paid(till, amount)
        told()
    assert till.left() == 2000
    for balance in (5000, 2000):
        polled(balance)
        looked()
        assert till.left() == 2000
    polled(1000)
    assert till.left() == 1000


def test_an_older_one_that_is_never_applied_holds_up_no_other(till: Money):
    for amount in (6000, 2000):
        paid(till, amount)
        told()
    polled(8000)
    looked()
    assert till.left() == 2000
    polled(2000)
    looked()
    assert till.left() == 2000


def test_what_goes_back_is_booked_in_the_other_direction(till: Money, boss: Staff):
    paid(till)
    told()
    polled(0)
    looked()
    run(give_back(boss, till.payments()[0].public_id, 4000, REOPEN, ""))
    told()
    looked()
    assert (till.left(), waiting()) == (4000, [])
    polled(4000)
    looked()
    assert till.left() == 4000


def test_a_credit_note_moves_no_balance_and_waits_for_none(till: Money, boss: Staff):
    paid(till)
    told()
    polled(0)
    looked()
    run(give_back(boss, till.payments()[0].public_id, 4000, CREDIT_NOTE, ""))
    told()
    assert waiting() == ["inv_0"]
    looked()
    assert (till.left(), waiting()) == (0, [])


def _needs_office() -> list[tuple[str, str]]:
    with reading() as session:
        rows = session.exec(select(Outbox).where(Outbox.state == outbox.OFFICE)).all()
        return [(row.public_id, row.last_error) for row in rows]


def test_what_is_not_applied_within_a_day_is_the_office_s(till: Money, boss: Staff, monkeypatch: pytest.MonkeyPatch):
    paid(till, 6000)
    told()
    later(monkeypatch, timedelta(hours=23))
    assert waiting() == []
    later(monkeypatch, timedelta(hours=2))
    assert waiting() == ["inv_0"]
    looked()
    [(command, why)] = _needs_office()
    assert "does not show it" in why
    assert (till.left(), waiting()) == (4000, [])
    with transaction() as session:
        outbox_office.finish_by_hand(session, boss, command)
    polled(4000)
    looked()
    assert (till.left(), waiting(), _needs_office()) == (4000, [], [])


def test_one_that_the_office_sends_again_is_waited_for_anew(till: Money, boss: Staff, monkeypatch: pytest.MonkeyPatch):
    paid(till, 6000)
    told()
    later(monkeypatch, timedelta(hours=25))
    looked()
    with transaction() as session:
        outbox_office.retry(session, boss, _needs_office()[0][0])
    told()
    looked()
    assert (till.left(), waiting(), _needs_office()) == (4000, [], [])
    polled(4000)
    looked()
    assert till.left() == 4000


def test_a_crm_is_not_asked_again_and_again(till: Money):
    asked: list[str] = []

    async def get(stream: str, external_id: str) -> None:
        asked.append(f"{stream}/{external_id}")

    adapter: Any = SimpleNamespace(get=get)
    paid(till)
    told("applied", just_now=True)
    assert run(read_back(adapter)) == 1
    told("applied")
    assert run(read_back(adapter)) == 0
    assert asked == ["invoices/inv_0"]


def test_what_is_in_the_balance_before_the_answer_has_come_is_booked_when_it_comes(till: Money):
    paid(till, 2000)
    told()
    paid(till, 5000)
    assert polled(5000) == ["inv_0"]
    looked()
    told()
    assert (till.left(), waiting()) == (0, ["inv_0"])
    polled(3000)
    looked()
    assert (till.left(), waiting()) == (3000, [])


def test_what_came_and_went_unseen_is_booked(till: Money, boss: Staff):
    paid(till, 6000)
    told()
    run(give_back(boss, till.payments()[0].public_id, 6000, REOPEN, ""))
    assert waiting() == []
    told()
    assert waiting() == ["inv_0"]
    looked()
    assert (till.left(), waiting()) == (10000, [])
    assert polled(4000) == []
    assert till.left() == 4000


def test_a_payment_and_what_of_it_went_back_are_told_from_their_sum(till: Money, boss: Staff):
    paid(till, 6000)
    told()
    run(give_back(boss, till.payments()[0].public_id, 3500, REOPEN, ""))
    told()
    assert polled(7500) == ["inv_0"]
    looked()
    assert (till.left(), waiting()) == (7500, [])


def test_money_that_comes_while_the_balance_counts_twice_pays_all_it_was_meant_for(till: Money):
    first, page = till.begin(0, amount=4000)
    till.stripe.pay(page)
    run(sync_attempt(first))
    second, page = till.begin(0, amount=6000)
    told("applied")
    # The poll is faster than the reading back of this one invoice.
    polled(6000)
    till.stripe.pay(page)
    run(sync_attempt(second))
    looked()
    told("applied")
    polled(0)
    looked()
    with reading() as session:
        assert [ledger.credit_minor(session, payment) for payment in till.payments()] == [0, 0]
    assert till.left() == 0


def test_a_dispute_won_while_the_balance_counts_twice_pays_again(till: Money):
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    told("applied")
    polled(0)
    [payment] = till.payments()
    till.stripe.act(f"payments/{payment.intent_id}/dispute")
    run(sync_attempt(attempt))
    [dispute] = [one["id"] for one in till.stripe.state.find("dispute", payment_intent=payment.intent_id)]
    till.stripe.act(f"disputes/{dispute}/won")
    run(sync_attempt(attempt))
    looked()
    with reading() as session:
        assert ledger.credit_minor(session, till.payments()[0]) == 0
    told("applied")
    looked()
    assert till.left() == 0


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_a_balance_showed_before_the_answer_had_come_is_not_looked_for_again_in_the_next(
    till: Money, by_hand: bool, monkeypatch: pytest.MonkeyPatch
):
    paid(till, 4000)
    polled(6000)
    paid(till, 2000)
    told(most=1, by_hand=by_hand)
    assert waiting() == ["inv_0"]
    looked()
    assert till.left() == 4000
    told("applied")
    polled(4000)
    looked()
    assert (till.left(), waiting()) == (4000, [])
    later(monkeypatch, timedelta(hours=25))
    assert (waiting(), _needs_office()) == ([], [])


def test_what_went_back_before_its_answer_had_come_books_no_payment_that_is_not_applied(till: Money, boss: Staff):
    paid(till, 4000)
    told()
    polled(6000)
    looked()
    run(give_back(boss, till.payments()[0].public_id, 4000, REOPEN, ""))
    polled(10000)
    paid(till, 7000)
    told(most=1)
    looked()
    assert till.left() == 3000
    told()
    looked()
    assert (till.left(), waiting()) == (3000, [])
    polled(3000)
    looked()
    assert till.left() == 3000


def test_one_that_the_crm_cannot_give_keeps_no_other_from_being_read_back(till: Money):
    with transaction() as session:
        crm_connection.ensure(session, "https://crm.example")
    paid(till)
    attempt, page = till.begin(1, amount=1500)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    told("applied", just_now=True)
    # The poll has brought what the CRM says of the second by now: 40.00 less 15.00.
    people.change(Invoice, 2, balance_minor=2500, status="partially_paid")

    async def get(_stream: str, external_id: str) -> None:
        await asyncio.sleep(0)
        if external_id == "inv_0":
            raise CrmUnavailable("It answers 500.")

    adapter: Any = SimpleNamespace(get=get)
    for _ in range(30):
        with contextlib.suppress(CrmUnavailable):
            run(read_back(adapter))
    assert till.left(1) == 2500
