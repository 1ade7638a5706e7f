"""A flood of news from Stripe: kept, answered, and acted on behind, once, whatever happens in between."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import stripe as sdk
from sqlmodel import col, select, update

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.errors import NotFound
from portal_app.integrations.crm.adapter import CrmAdapter
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.integrations.stripe import verify_event
from portal_app.integrations.stripe.values import Event
from portal_app.models import PaymentAttempt, StripeEvent
from portal_app.services import stripe_news
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.stripe_news import Told
from portal_app.tasks.payments import reconcile
from portal_app.workflows import sync_attempt as sync
from portal_app.workflows.stripe_events import take_event
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture(scope="module")
def stripe() -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        yield running


@pytest.fixture
def till(stripe: RunningStripe, each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 240.00 and 100.00 GBP, on each database in turn."""
    for name, value in stripe.settings.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    with money(stripe, 24000, 10000) as ready:
        yield ready


def news(till: Money, kind: str) -> Event:
    """Return Stripe's newest event of a kind."""
    body = json.dumps(till.stripe.state.shown(next(till.stripe.state.find("event", type=kind))))
    secret = RunningStripe.webhook_secret
    return verify_event(
        body.encode(), sdk.WebhookSignature.generate_signature_header(body, secret, int(time.time())), secret
    )


def waiting() -> list[str]:
    return [one.id for one in rows(select(StripeEvent).where(col(StripeEvent.due_at).is_not(None)))]


def make_due() -> None:
    with transaction() as session:
        session.connection().execute(
            update(StripeEvent).where(col(StripeEvent.due_at).is_not(None)).values(due_at=clock.now())
        )


def test_what_comes_while_the_portal_is_busy_is_kept_and_acted_on_once(till: Money):
    _, page = till.begin()
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    for _ in range(3):
        run(take_event(event, busy=True))
    assert (waiting(), till.left(), till.payments()) == ([event.id], 24000, [])
    for _ in range(2):
        run(reconcile(None))
    assert (waiting(), till.left(), len(till.payments()), till.mails()) == ([], 0, 1, ["receipt"])
    run(take_event(event))
    assert (len(rows(select(StripeEvent))), till.mails()) == (1, ["receipt"])


def test_while_one_waits_the_next_waits_behind_it(till: Money):
    for number in (0, 1):
        _, page = till.begin(number)
        till.stripe.pay(page)
        run(take_event(news(till, "payment_intent.succeeded"), busy=number == 0))
    assert len(waiting()) == 2
    run(reconcile(None))
    assert (waiting(), till.left(0), till.left(1), till.mails()) == ([], 0, 0, ["receipt", "receipt"])


def test_two_events_about_one_try_are_one_look_at_stripe(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    for kind in ("checkout.session.completed", "payment_intent.succeeded"):
        run(take_event(news(till, kind), busy=True))
    with reading() as session:
        told = stripe_news.to_work_on(session, StripeKeys(RunningStripe.key, "", "").mark, clock.now(), 50)
    assert told == [Told(attempt, thorough=False)]
    run(reconcile(None))
    assert (waiting(), till.left(), len(till.payments())) == ([], 0, 1)


def test_whoever_asks_stripe_first_deals_with_what_was_told_before(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(take_event(news(till, "payment_intent.succeeded"), busy=True))
    run(sync_attempt(attempt))
    assert (waiting(), till.left()) == ([], 0)


def test_what_is_told_after_stripe_was_asked_waits_on(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    run(take_event(event, busy=True))
    with transaction() as session:
        later = clock.now() + timedelta(minutes=5)
        session.connection().execute(update(StripeEvent).values(received_at=later))
    run(sync_attempt(attempt))
    assert (waiting(), till.left()) == ([event.id], 0)


def test_money_that_went_back_is_found_though_the_news_waited(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/refund", amount=4000)
    run(take_event(news(till, "refund.created"), busy=True))
    run(reconcile(None))
    assert ([one.amount_minor for one in till.refunds()], waiting()) == ([4000], [])


def test_news_of_what_went_back_waits_on_while_stripe_is_asked_for_what_came(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/refund", amount=4000)
    event = news(till, "refund.created")
    run(take_event(event, busy=True))
    run(take_event(news(till, "payment_intent.succeeded"), busy=True))
    run(sync_attempt(attempt, thorough=False))
    assert waiting() == [event.id]
    run(reconcile(None))
    assert waiting() == []


def test_news_of_what_went_back_are_looked_at_again_where_somebody_was_faster(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    asked_at, old = clock.now(), run(sync._look_up(sync._read(attempt)))
    run(sync_attempt(attempt, thorough=False))
    row = StripeEvent(id="evt_late", type="refund.failed", received_at=asked_at, attempt=attempt)
    sync._apply(attempt, old, row, asked_at)
    assert waiting() == ["evt_late"]
    run(reconcile(None))
    assert waiting() == []


def test_while_stripe_is_away_it_waits_and_nothing_is_lost(till: Money):
    _, page = till.begin()
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    run(take_event(event, busy=True))
    till.stripe.act("trouble", fail=20)
    try:
        run(reconcile(None))
        [row] = rows(select(StripeEvent))
        assert (till.left(), till.payments()) == (24000, [])
        assert row.due_at is not None
        assert row.due_at > clock.now() + timedelta(seconds=30)
    finally:
        till.stripe.act("trouble", fail=0)
    run(reconcile(None))
    assert waiting() == [event.id], "it is not its time yet"
    make_due()
    run(reconcile(None))
    assert (waiting(), till.left(), till.mails()) == ([], 0, ["receipt"])


def unreadable(till: Money, number: int) -> str:
    """Have an invoice paid and let Stripe's answer about it lack what it always has; returns the news of it."""
    _, page = till.begin(number)
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    run(take_event(event, busy=True))
    till.stripe.state.get("payment_intent", event.object_id).pop("created")
    return event.id


def test_news_nobody_can_read_keep_no_others_waiting(till: Money):
    broken = unreadable(till, 0)
    _, page = till.begin(1)
    till.stripe.pay(page)
    run(take_event(news(till, "payment_intent.succeeded"), busy=True))
    run(reconcile(None))
    assert (waiting(), till.left(0), till.left(1)) == ([broken], 24000, 0)
    [row] = rows(select(StripeEvent).where(StripeEvent.id == broken))
    assert row.due_at is not None
    assert row.due_at > clock.now() + timedelta(seconds=30)


def test_what_goes_wrong_at_the_crm_keeps_no_payment_waiting(till: Money, monkeypatch: pytest.MonkeyPatch):
    async def broken(adapter: CrmAdapter) -> int:
        raise KeyError("total")

    monkeypatch.setattr("portal_app.tasks.payments.read_back", broken)
    _, page = till.begin(0)
    till.stripe.pay(page)
    run(take_event(news(till, "payment_intent.succeeded"), busy=True))
    run(reconcile(RestAdapter("http://127.0.0.1:9", "token")))
    assert (waiting(), till.left(0)) == ([], 0)


def test_news_of_another_accounts_try_wait_for_its_key(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    run(take_event(event, busy=True))
    with transaction() as session:
        session.connection().execute(
            update(PaymentAttempt).where(col(PaymentAttempt.public_id) == attempt).values(key_mark="another")
        )
    run(reconcile(None))
    assert (waiting(), till.left()) == ([event.id], 24000)


def test_a_lost_try_and_strangers_are_told_apart_in_a_flood_too(till: Money):
    _, page = till.begin()
    till.stripe.pay(page)
    event = news(till, "payment_intent.succeeded")
    with pytest.raises(NotFound):
        run(take_event(replace(event, attempt="nobody-knows-it"), busy=True))
    assert rows(select(StripeEvent)) == []
    run(take_event(replace(event, attempt="", payment_intent_id="pi_of_somebody_else"), busy=True))
    [row] = rows(select(StripeEvent))
    assert (row.due_at, row.attempt) == (None, "")
