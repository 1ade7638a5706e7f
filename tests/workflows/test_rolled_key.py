"""A key that was rolled at Stripe: what began under the old one ends under the new, and nothing of another account."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import Invalid, NotAllowed, PortalError
from portal_app.integrations.stripe import StripeAccount
from portal_app.integrations.stripe.errors import NotFound
from portal_app.models import Payment, PaymentAttempt, Refund, StripeCustomer
from portal_app.services import attempts, payment_settings, payment_work, payments, refunds
from portal_app.services.actors import Staff
from portal_app.services.recorded_payments import say_debit
from portal_app.settings import get_settings
from portal_app.tasks.payments import reconcile
from portal_app.workflows.payment_setup import set_up
from portal_app.workflows.refund import give_back
from portal_app.workflows.rolled_key import adopt
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """One invoice over 60.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 6000) as ready:
        yield ready


def roll(till: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", till.stripe.rolled_key)
    forget_settings()


def under_the_debit(till: Money) -> str:
    attempt, page = till.begin(0)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    assert till.attempt(attempt).state == "processing"
    return attempt


def test_a_debit_under_way_arrives(till: Money, monkeypatch: pytest.MonkeyPatch):
    attempt = under_the_debit(till)
    roll(till, monkeypatch)
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/settle")
    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    run(sync_attempt(attempt))
    assert till.attempt(attempt).state == "processing"
    run(adopt())
    run(sync_attempt(attempt))
    assert till.attempt(attempt).state == "succeeded"
    assert till.left(0) == 0
    with reading() as session:
        keys = payment_settings.keys(session)
    assert keys is not None
    for table in (PaymentAttempt, StripeCustomer):
        assert {row.key_mark for row in rows(select(table))} == {keys.mark}
    run(adopt())


def test_a_new_key_in_the_settings_takes_over_at_once(till: Money, monkeypatch: pytest.MonkeyPatch):
    attempt = under_the_debit(till)
    before = till.attempt(attempt).key_mark
    roll(till, monkeypatch)
    boss = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(boss, Staff)
    run(set_up(boss))
    assert till.attempt(attempt).key_mark != before
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/settle")
    run(sync_attempt(attempt))
    assert till.attempt(attempt).state == "succeeded"


def test_a_key_of_another_account_gets_nothing(till: Money, monkeypatch: pytest.MonkeyPatch):
    attempt = under_the_debit(till)
    before = till.attempt(attempt).key_mark
    roll(till, monkeypatch)

    async def unknown(*_asked: object, **_how: object) -> None:
        await asyncio.sleep(0)
        raise NotFound("No such payment_intent.")

    for name in ("payment_intent", "checkout", "payment_methods"):
        monkeypatch.setattr(StripeAccount, name, unknown)
    run(adopt())
    assert {row.key_mark for row in rows(select(PaymentAttempt))} == {before}
    assert {row.key_mark for row in rows(select(StripeCustomer))} == {before}


@pytest.mark.parametrize(
    ("state", "way", "waits", "problem"),
    [
        ("open", "checkout", timedelta(0), ""),
        ("confirming", "checkout", timedelta(days=9, hours=2), ""),
        ("created", "saved", timedelta(0), "look at Stripe"),
    ],
)
def test_a_try_of_another_account_is_in_nobodys_way_once_its_time_is_over(
    till: Money, monkeypatch: pytest.MonkeyPatch, state: str, way: str, waits: timedelta, problem: str
):
    before, _ = till.begin(0)
    with transaction() as session:
        attempt = attempts.find(session, before)
        attempt.state, attempt.way = state, way
        attempt.created_at -= waits
        attempt.expires_at -= waits
    with RunningStripe() as other:
        monkeypatch.setenv("STRIPE_API_BASE", other.url)
        roll(till, monkeypatch)
        with pytest.raises(PortalError, match="begun, and may still come"):
            till.begin(0)
        later = clock.now() + (timedelta(hours=23) if waits else timedelta(hours=1))
        monkeypatch.setattr(clock, "now", lambda: later)
        after, page = till.begin(0)
        assert till.attempt(before).state == "expired"
        assert problem in till.attempt(before).problem
        assert bool(problem) == bool(till.attempt(before).problem)
        other.pay(page)
        run(sync_attempt(after))
    assert till.left(0) == 0


@pytest.mark.parametrize("key", ["sk_test_of_another_account", ""])
def test_money_that_another_account_took_is_not_given_back_from_here(
    till: Money, monkeypatch: pytest.MonkeyPatch, key: str
):
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    boss = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(boss, Staff)
    with pytest.raises(Invalid, match="another key"):
        run(give_back(boss, till.payments()[0].public_id, 1000, "reopen", ""))
    assert till.refunds() == []


def another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_another_account")
    forget_settings()


def boss_of() -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(actor, Staff)
    return actor


def test_what_was_given_back_in_another_account_is_written_down_and_known_when_its_key_is_back(
    till: Money, monkeypatch: pytest.MonkeyPatch
):
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    boss, [payment] = boss_of(), till.payments()
    with pytest.raises(Invalid, match="can be asked"):
        run(give_back(boss, payment.public_id, 1000, "reopen", "", elsewhere=True))
    key = get_settings().stripe_secret_key.get_secret_value()
    another_account(monkeypatch)
    till.stripe.act(f"payments/{payment.intent_id}/refund", amount=1000)
    run(give_back(boss, payment.public_id, 1000, "reopen", "Too much", elsewhere=True))
    assert ([(one.status, one.stripe_id) for one in till.refunds()], till.left(0)) == ([("succeeded", None)], 1000)
    assert till.commands()[-1][0] == "refunds"
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    [refund] = till.refunds()
    assert (refund.status, bool(refund.stripe_id), till.left(0), till.mails().count("refund")) == (
        "succeeded",
        True,
        1000,
        1,
    )


@pytest.mark.parametrize(("arrived", "left", "mail"), [(True, 0, "receipt"), (False, 6000, "payment_failed")])
def test_the_office_says_what_became_of_a_debit_in_another_account(
    till: Money, monkeypatch: pytest.MonkeyPatch, arrived: bool, left: int, mail: str
):
    attempt = under_the_debit(till)
    boss, [payment] = boss_of(), till.payments()
    key = get_settings().stripe_secret_key.get_secret_value()
    with transaction() as session, pytest.raises(Invalid, match="Look at Stripe now"):
        say_debit(session, boss, payment.public_id, arrived=arrived)
    another_account(monkeypatch)
    with transaction() as session, pytest.raises(NotAllowed):
        say_debit(session, till.payer, payment.public_id, arrived=arrived)
    with transaction() as session:
        say_debit(session, boss, payment.public_id, arrived=arrived)
    [payment] = till.payments()
    assert (payment.status, till.left(0)) == ("succeeded" if arrived else "failed", left)
    assert (till.mails().count(mail), till.commands()[-1][1]["status"]) == (1, payment.status)
    with transaction() as session, pytest.raises(Invalid, match="already"):
        say_debit(session, boss, payment.public_id, arrived=not arrived)
    # The key comes back, and Stripe says that it has arrived: that is what counts.
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    till.stripe.act(f"payments/{payment.intent_id}/settle")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert ([one.status for one in till.payments()], till.left(0)) == (["succeeded"], 0)
    assert till.mails().count("receipt") == 1


def said_to_have_arrived(till: Money, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Payment, Staff, str]:
    """Have the office say that a debit has arrived, under the key of another account; gives the key of its own, too."""
    attempt = under_the_debit(till)
    boss, [payment] = boss_of(), till.payments()
    key = get_settings().stripe_secret_key.get_secret_value()
    another_account(monkeypatch)
    with transaction() as session:
        say_debit(session, boss, payment.public_id, arrived=True)
    return attempt, payment, boss, key


def test_a_debit_that_the_office_said_had_arrived_and_that_failed_is_taken_back(
    till: Money, monkeypatch: pytest.MonkeyPatch
):
    attempt, payment, boss, key = said_to_have_arrived(till, monkeypatch)
    run(give_back(boss, payment.public_id, 1000, "reopen", "Too much", elsewhere=True))
    assert till.left(0) == 1000
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    # While it has not come to an end there, what was said stands.
    assert run(sync_attempt(attempt)) == "succeeded"
    till.stripe.act(f"payments/{payment.intent_id}/fail")
    for _ in range(2):
        assert run(sync_attempt(attempt)) == "failed"
        [payment] = till.payments()
        assert (payment.status, bool(payment.receipt_voided_at), till.left(0)) == ("failed", True, 6000)
        assert (till.mails().count("payment_failed"), till.mails().count("receipt")) == (1, 1)
    kind, body = till.commands()[-1]
    assert (kind, body["reason"], body["amount"]["amount_minor"]) == ("payment-reversals", "returned", 5000)
    with reading() as session:
        assert payments.get(session, till.payer, payment.public_id).state == "returned"


def test_what_stripe_has_confirmed_is_not_taken_back(till: Money, monkeypatch: pytest.MonkeyPatch):
    attempt, payment, _, key = said_to_have_arrived(till, monkeypatch)
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    till.stripe.act(f"payments/{payment.intent_id}/settle")
    assert run(sync_attempt(attempt)) == "succeeded"
    assert till.attempt(attempt).said_at is None
    assert (till.left(0), till.mails().count("receipt")) == (0, 1)


def waiting(till: Money, boss: Staff, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Ask for a refund of all that was paid, which Stripe does not hear of before its key is another's."""
    attempt, page = till.begin(0)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    with transaction() as session:
        asked = refunds.ask(session, boss, till.payments()[0].public_id, 6000, "reopen", "").public_id
    people.change(Refund, 1, created_at=clock.now() - timedelta(days=3), at=clock.now() - timedelta(days=3))
    another_account(monkeypatch)
    return attempt, asked


def say(boss: Staff, refund: str, *, given_back: bool) -> None:
    with transaction() as session:
        refunds.settle(session, boss, refund, given_back=given_back)


def test_a_refund_in_another_account_waits_for_the_office_and_not_for_ever(
    till: Money, monkeypatch: pytest.MonkeyPatch
):
    boss = boss_of()
    key = get_settings().stripe_secret_key.get_secret_value()
    attempt, asked = waiting(till, boss, monkeypatch)
    with reading() as session:
        now = clock.now()
        work = payment_work.to_do(session, "other", open_before=now, bank_before=now, settled_before=now)
        assert not work.anything
    [payment] = till.payments()
    with pytest.raises(Invalid, match="say first what became of that one"):
        run(give_back(boss, payment.public_id, 6000, "reopen", "", elsewhere=True))
    with pytest.raises(NotAllowed):
        say(cast(Staff, till.payer), asked, given_back=True)
    say(boss, asked, given_back=True)
    [refund] = till.refunds()
    assert (refund.status, refund.at.date(), till.left(0)) == ("succeeded", clock.now().date(), 6000)
    assert (till.commands()[-1][0], till.mails()[-1], till.payments()[0].status) == ("refunds", "refund", "refunded")
    with pytest.raises(Invalid, match="already"):
        say(boss, asked, given_back=False)
    # The key comes back, and Stripe tells of the same refund.
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    till.stripe.act(f"payments/{payment.intent_id}/refund")
    run(sync_attempt(attempt))
    assert ([one.status for one in till.refunds()], till.left(0)) == (["succeeded"], 6000)


@pytest.mark.parametrize("went_after_all", [False, True])
def test_a_refund_in_another_account_that_was_not_made_leaves_the_money_here(
    till: Money, monkeypatch: pytest.MonkeyPatch, went_after_all: bool
):
    boss = boss_of()
    key = get_settings().stripe_secret_key.get_secret_value()
    _, asked = waiting(till, boss, monkeypatch)
    say(boss, asked, given_back=False)
    [payment] = till.payments()
    with reading() as session:
        facts = payments.get(session, boss, payment.public_id)
        assert facts.left_to_refund is not None
        assert (facts.left_to_refund.minor, facts.refunds[0].status, till.left(0)) == (6000, "failed", 0)
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    if went_after_all:
        till.stripe.act(f"payments/{payment.intent_id}/refund")
        [made] = till.stripe.state.find("refund", payment_intent=payment.intent_id)
        made["metadata"] = {"refund": asked}
    people.change(PaymentAttempt, 1, checked_at=clock.now() - timedelta(days=2))
    run(reconcile(None))
    assert len(list(till.stripe.state.find("refund", payment_intent=payment.intent_id))) == went_after_all
    status, left = ("succeeded", 6000) if went_after_all else ("failed", 0)
    assert ([one.status for one in till.refunds()], till.left(0)) == ([status], left)


def test_what_became_of_a_refund_is_not_said_while_stripe_can_be_asked(till: Money, monkeypatch: pytest.MonkeyPatch):
    boss = boss_of()
    key = get_settings().stripe_secret_key.get_secret_value()
    _, asked = waiting(till, boss, monkeypatch)
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    with pytest.raises(Invalid, match="Look at Stripe now"):
        say(boss, asked, given_back=True)


def test_without_a_key_nothing_is_asked(till: Money, monkeypatch: pytest.MonkeyPatch):
    under_the_debit(till)
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    forget_settings()
    asked = len(till.stripe.state.things)
    run(adopt())
    assert len(till.stripe.state.things) == asked


def test_a_refund_on_its_way_that_was_called_off_counts_once_it_arrives(till: Money, monkeypatch: pytest.MonkeyPatch):
    boss, key = boss_of(), get_settings().stripe_secret_key.get_secret_value()
    attempt, page = till.begin(0)
    till.stripe.pay(page, "bacs_clears")
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/settle")
    run(sync_attempt(attempt))
    run(give_back(boss, till.payments()[0].public_id, 6000, "reopen", ""))
    [refund] = till.refunds()
    another_account(monkeypatch)
    say(boss, refund.public_id, given_back=False)
    assert ([one.status for one in till.refunds()], till.left(0)) == (["failed"], 0)
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    forget_settings()
    till.stripe.act(f"refunds/{refund.stripe_id}/settle")
    run(sync_attempt(attempt))
    run(sync_attempt(attempt))
    # Two rows, so that the books of each day stay as they are.
    called_off, went = till.refunds()
    assert (called_off.status, called_off.stripe_id, called_off.failed_at is not None) == ("failed", None, True)
    assert (went.status, went.stripe_id, went.treatment, went.at > called_off.at) == (
        "succeeded",
        refund.stripe_id,
        "reopen",
        True,
    )
    assert (till.left(0), till.payments()[0].status, till.mails().count("refund")) == (6000, "refunded", 1)
