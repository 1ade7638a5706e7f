"""Several at once, on every database: two tabs, the same event twice, two refunds; the rows' locks decide."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from portal_app import clock
from portal_app.database import transaction
from portal_app.errors import Invalid, PortalError
from portal_app.integrations.stripe.values import Event
from portal_app.models import AttemptPart, Payment, PaymentAttempt, PaymentReversal, Refund, StripeCustomer, StripeEvent
from portal_app.services.actors import Staff
from portal_app.workflows import pay
from portal_app.workflows.refund import give_back
from portal_app.workflows.stripe_events import take_event
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run

MANY = 5


@pytest.fixture
def till(stripe: RunningStripe, each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 240.00 and 100.00 GBP, on each database in turn."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000) as ready:
        yield ready


def at_once(*work: Awaitable[Any]) -> list[Any]:
    """Do everything at the same time; gives what each came to, refusals of ours included."""

    async def whole() -> list[Any]:
        return await asyncio.gather(*work, return_exceptions=True)

    found = run(whole())
    strange = [one for one in found if isinstance(one, BaseException) and not isinstance(one, PortalError)]
    assert strange == []
    return found


def paid_in_full(till: Money) -> tuple[int, list[int], list[str], int]:
    """Return what is left, the payments' amounts, the mails, and how often the CRM was told."""
    return till.left(), [one.amount_minor for one in till.payments()], till.mails(), len(till.commands())


def one_by_one(written: Sequence[SQLModel]) -> None:
    """Write rows as if nobody had looked before."""
    with transaction() as session:
        for row in written:
            session.add(row)
            session.flush()
            session.expunge(row)


def test_many_tabs_get_one_page(till: Money):
    found = at_once(*(pay.pay_on_page(till.payer, till.wants(0)) for _ in range(MANY)))
    [attempt] = {one.attempt for one in found}
    assert len(rows(select(PaymentAttempt))) == 1
    assert len(rows(select(StripeCustomer))) == 1
    till.stripe.pay(till.attempt(attempt).checkout_id or "")
    at_once(*(sync_attempt(attempt) for _ in range(MANY)))
    assert paid_in_full(till) == (0, [24000], ["receipt"], 1)


def test_different_wishes_at_once_leave_one_page_for_an_invoice(till: Money):
    wishes = [till.wants(0), till.wants(0, 1), till.wants(0, amount=3000), till.wants(1)]
    at_once(*(pay.pay_on_page(till.payer, wish) for wish in wishes))
    live = Counter(part.invoice_id for part in rows(select(AttemptPart)) if part.live)
    assert set(live.values()) <= {1}
    known = {one.checkout_id: one.state for one in rows(select(PaymentAttempt))}
    pages = {one["id"]: one["status"] for one in till.stripe.state.find("checkout.session") if one["id"] in known}
    assert {page: "open" for page, status in pages.items() if status == "open"} == {
        page: "open" for page, state in known.items() if state == "open"
    }


def test_one_event_many_times_beside_the_return_page(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    intent = next(till.stripe.state.find("payment_intent"))["id"]
    event = Event(
        id=f"evt_{attempt}",
        type="payment_intent.succeeded",
        created=clock.now(),
        live_mode=False,
        account=None,
        object_id=intent,
        object_kind="payment_intent",
        attempt=attempt,
        refund="",
        payment_intent_id=intent,
        customer=None,
    )
    at_once(*(take_event(event) for _ in range(MANY)), *(sync_attempt(attempt) for _ in range(MANY)))
    assert paid_in_full(till) == (0, [24000], ["receipt"], 1)
    assert len(rows(select(StripeEvent))) == 1


def test_a_saved_card_tapped_many_times_is_charged_once(till: Money):
    attempt, page = till.begin(1)
    till.stripe.pay(page, save=True)
    run(sync_attempt(attempt))
    [card] = run(pay.saved_methods(till.payer))
    found = at_once(*(pay.pay_with_saved(till.payer, till.wants(0), card.id) for _ in range(MANY)))
    assert "succeeded" in {one.state for one in found if not isinstance(one, PortalError)}
    assert sorted(one.amount_minor for one in till.payments()) == [10000, 24000]
    assert till.left() == 0
    mine = {one.intent_id for one in till.payments()}
    charged = [one["amount"] for one in till.stripe.state.find("payment_intent") if one["id"] in mine]
    assert sorted(charged) == [10000, 24000]


def test_refunds_at_once_never_give_back_more_than_there_was(till: Money):
    boss = people.actor_of(people.start_session(people.make_staff("office@example.com")))
    assert isinstance(boss, Staff)
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    found = at_once(*(give_back(boss, payment.public_id, 10000, "reopen", "") for _ in range(MANY)))
    assert [type(one) for one in found if isinstance(one, PortalError)] == [Invalid] * (MANY - 2)
    assert [(one.amount_minor, one.status) for one in till.refunds()] == [(10000, "succeeded")] * 2
    [charge] = till.stripe.state.find("charge", payment_intent=payment.intent_id)
    assert (charge["amount_refunded"], till.left()) == (20000, 20000)


def test_what_must_be_there_once_the_database_refuses_a_second_time(till: Money):
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    [payment] = till.payments()
    facts = {"customer_id": till.payer.customer_id, "currency": "GBP", "amount_minor": 1, "method": "card"}
    arrived = {"status": "succeeded", "paid_at": clock.now()}
    reversal = {"payment_id": payment.id, "source_id": "du_1", "reason": "disputed", "amount_minor": 1}
    refund = {"payment_id": payment.id, "amount_minor": 1, "stripe_id": "re_1"}
    part = {"attempt_id": payment.attempt_id, "invoice_id": 2, "amount_minor": 1}
    event = {"id": "evt_1", "type": "x", "received_at": clock.now()}
    for again in (
        [Payment(**facts, **arrived, intent_id=payment.intent_id)],
        [Payment(**facts, **arrived, attempt_id=payment.attempt_id)],
        [Payment(**facts, **arrived, receipt_number=payment.receipt_number)],
        [PaymentReversal(**reversal, at=clock.now()) for _ in range(2)],
        [Refund(**refund) for _ in range(2)],
        [AttemptPart(**part, live=True) for _ in range(2)],
        [StripeEvent(**event) for _ in range(2)],
    ):
        with pytest.raises(IntegrityError):
            one_by_one(again)
    assert paid_in_full(till) == (0, [24000], ["receipt"], 1)
