"""Paying through the integration, over real HTTP, against the local Stripe, which knows what Stripe takes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal_app.integrations.stripe import StripeAccount, close_clients
from portal_app.integrations.stripe.errors import (
    Declined,
    IdReused,
    NeedsAuthentication,
    OutcomeUnknown,
    RefundTooMuch,
    Refused,
)
from portal_app.integrations.stripe.values import SetupRequest
from tests.demo.running_stripe import RunningStripe
from tests.integrations.stripe.requests import request_for


async def test_a_card_pays_on_the_page(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    session = await account.create_checkout(request_for(customer))
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_total, session.currency, session.attempt) == (24000, "GBP", "attempt-1")
    assert session.url.startswith(stripe.url)
    assert session.expires_at.tzinfo is UTC

    stripe.pay(session.id)
    done = await account.checkout(session.id)
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", "")
    assert done.payment_intent_id is not None
    payment = await account.payment_intent(done.payment_intent_id)
    assert (payment.status, payment.amount, payment.amount_received, payment.currency) == (
        "succeeded",
        24000,
        24000,
        "GBP",
    )
    assert (payment.attempt, payment.customer, payment.failure, payment.dispute) == ("attempt-1", customer, None, None)
    assert payment.method is not None
    assert (payment.method.kind, payment.method.brand, payment.method.last4) == ("card", "visa", "4242")
    assert payment.fees is not None
    assert (payment.fees.fee, payment.fees.net) == (380, 23620)
    assert payment.settled_at is not None
    assert payment.receipt_url.startswith(stripe.url)


@pytest.mark.parametrize(
    ("currency", "amount", "sent"),
    [("GBP", 24000, 24000), ("JPY", 24000, 24000), ("ISK", 24000, 2400000), ("UGX", 5000, 500000), ("KWD", 1230, 1230)],
)
async def test_every_currency_comes_back_as_it_went(
    stripe: RunningStripe, account: StripeAccount, customer: str, currency: str, amount: int, sent: int
) -> None:
    session = await account.create_checkout(request_for(customer, amount=amount, currency=currency))
    assert stripe.state.things[session.id]["amount_total"] == sent
    assert (session.amount_total, session.currency) == (amount, currency)


async def test_a_request_repeated_gives_the_same_page(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    wanted = request_for(customer)
    first, again = await account.create_checkout(wanted), await account.create_checkout(wanted)
    assert first == again
    with pytest.raises(IdReused):
        await account.create_checkout(replace(wanted, amount=1))
    assert [one["repeated"] for one in stripe.requests("/v1/checkout/sessions")] == [False, True]


@pytest.mark.parametrize("save_required", [False, True])
@pytest.mark.parametrize("locale", ["", "en-GB", "de-AT", "tlh", "pt_BR"])
async def test_all_that_is_sent_is_known_to_stripe(
    account: StripeAccount, customer: str, save_required: bool, locale: str
) -> None:
    wanted = replace(request_for(customer, currency="USD"), save_required=save_required, locale=locale)
    assert (await account.create_checkout(wanted)).status == "open"


async def test_a_page_can_be_closed_once_and_asked_again(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    session = await account.create_checkout(request_for(customer))
    assert (await account.expire_checkout(session.id)).status == "expired"
    assert (await account.expire_checkout(session.id)).status == "expired"
    paid = await account.create_checkout(request_for(customer, "attempt-2"))
    stripe.pay(paid.id)
    assert (await account.expire_checkout(paid.id)).payment_status == "paid"


async def test_a_page_expires_by_itself(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.act("clock", ahead=36 * 60)
    assert (await account.checkout(session.id)).status == "expired"


async def test_a_declined_card_leaves_the_page_open(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.pay(session.id, "card_declined")
    open_still = await account.checkout(session.id)
    assert (open_still.status, open_still.payment_status) == ("open", "unpaid")
    assert open_still.payment_intent_id is not None
    payment = await account.payment_intent(open_still.payment_intent_id)
    assert payment.status == "requires_payment_method"
    assert payment.failure is not None
    assert payment.failure.code == "insufficient_funds"
    assert "not enough money" in payment.failure.sentence
    assert payment.settled_at is None
    stripe.pay(session.id, "card_ok")
    assert (await account.payment_intent(open_still.payment_intent_id)).failure is None


async def test_a_bank_debit_is_not_paid_until_it_clears(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.pay(session.id, "bacs_clears")
    waiting = await account.checkout(session.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent_id is not None
    payment = await account.payment_intent(waiting.payment_intent_id)
    assert (payment.status, payment.amount_received, payment.settled_at) == ("processing", 0, None)
    assert payment.expected_on is not None
    assert payment.expected_on > date.today()  # noqa: DTZ011 - only that it lies ahead
    assert payment.method is not None
    assert (payment.method.kind, payment.method.last4) == ("bacs_debit", "2345")

    stripe.act(f"payments/{payment.id}/settle")
    assert (await account.payment_intent(payment.id)).status == "succeeded"
    assert (await account.checkout(session.id)).payment_status == "paid"


async def test_a_bank_debit_can_come_back(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    session = await account.create_checkout(request_for(customer, currency="USD"))
    stripe.pay(session.id, "us_bank_fails")
    intent = (await account.checkout(session.id)).payment_intent_id
    assert intent is not None
    stripe.act(f"payments/{intent}/fail", code="account_closed")
    payment = await account.payment_intent(intent)
    assert payment.status == "requires_payment_method"
    assert payment.failure is not None
    assert payment.failure.code == "account_closed"
    assert payment.method is not None
    assert payment.method.bank == "STRIPE TEST BANK"


async def test_a_method_saved_on_the_page_is_charged_later(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.pay(session.id, save=True)
    (saved,) = await account.payment_methods(customer)
    assert (saved.kind, saved.brand, saved.last4, saved.default) == ("card", "visa", "4242", False)
    assert saved.expires is not None
    assert saved.expires.day == 1
    await account.set_default(customer, saved.id)
    assert (await account.payment_methods(customer))[0].default

    payment = await account.charge_saved("attempt-2", 5000, "GBP", customer, saved.id, "Invoice INV-1043")
    assert (payment.status, payment.attempt, payment.amount_received) == ("succeeded", "attempt-2", 5000)
    assert await account.charge_saved("attempt-2", 5000, "GBP", customer, saved.id, "Invoice INV-1043") == payment
    assert len(list(stripe.state.find("payment_intent"))) == 2

    await account.detach(saved.id)
    await account.detach(saved.id)
    assert await account.payment_methods(customer) == ()
    with pytest.raises(Refused):
        await account.charge_saved("attempt-3", 5000, "GBP", customer, saved.id, "Invoice INV-1044")


async def test_nothing_is_saved_unasked_but_always_where_it_must_be(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    stripe.pay((await account.create_checkout(request_for(customer))).id)
    assert await account.payment_methods(customer) == ()
    session = await account.create_checkout(replace(request_for(customer, "attempt-2"), save_required=True))
    stripe.pay(session.id, "bacs_clears")
    assert [method.kind for method in await account.payment_methods(customer)] == ["bacs_debit"]


async def test_a_method_is_saved_without_paying(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    session = await account.create_setup(
        SetupRequest("attempt-1", "GBP", customer, "http://localhost/done", "http://localhost/back", ahead)
    )
    assert (session.mode, session.payment_status, session.amount_total) == ("setup", "no_payment_required", None)
    stripe.pay(session.id, "bacs_clears")
    done = await account.checkout(session.id)
    assert done.status == "complete"
    assert done.payment_method == (await account.payment_methods(customer))[0].id


@pytest.mark.parametrize(
    ("choice", "error", "code"),
    [
        ("card_authenticate", NeedsAuthentication, "authentication_required"),
        ("card_declines_later", Declined, "insufficient_funds"),
    ],
)
async def test_a_saved_method_that_fails(
    stripe: RunningStripe,
    account: StripeAccount,
    customer: str,
    choice: str,
    error: type[Declined],
    code: str,
) -> None:
    method = stripe.act(f"customers/{customer}/methods", choice=choice)["id"]

    async def charge() -> Declined:
        with pytest.raises(Declined) as declined:
            await account.charge_saved("attempt-1", 5000, "GBP", customer, method, "Invoice INV-1042")
        return declined.value

    refusal, again = await charge(), await charge()
    assert type(refusal) is error
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    # The same attempt fails the same way, without a second try.
    assert refusal.payment_intent_id == again.payment_intent_id
    assert refusal.payment_intent_id is not None
    payment = await account.payment_intent(refusal.payment_intent_id)
    assert (payment.status, payment.attempt) == ("requires_payment_method", "attempt-1")
    assert len(list(stripe.state.find("charge"))) == 1


async def test_a_saved_bank_account_is_charged_by_its_bank(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    method = stripe.act(f"customers/{customer}/methods", choice="bacs_clears")["id"]
    payment = await account.charge_saved("attempt-1", 5000, "GBP", customer, method, "Invoice INV-1042")
    assert (payment.status, payment.amount_received) == ("processing", 0)


async def test_banks_answer_after_a_while(account: StripeAccount) -> None:
    with RunningStripe(settle_seconds=0) as quick:
        here = StripeAccount(quick.key, quick.url)
        customer = await here.create_customer("contact-1", "helen@example.com", "Helen")
        method = quick.act(f"customers/{customer}/methods", choice="bacs_fails")["id"]
        payment = await here.charge_saved("attempt-1", 5000, "GBP", customer, method, "Invoice INV-1042")
        end = datetime.now(UTC) + timedelta(seconds=15)
        while payment.status == "processing" and datetime.now(UTC) < end:
            payment = await here.payment_intent(payment.id)
        assert payment.status == "requires_payment_method"


async def test_an_answer_that_is_lost_changes_nothing(
    stripe: RunningStripe, account: StripeAccount, customer: str
) -> None:
    method = stripe.act(f"customers/{customer}/methods")["id"]
    stripe.act("trouble", lose=1)
    payment = await account.charge_saved("attempt-1", 5000, "GBP", customer, method, "Invoice INV-1042")
    assert payment.status == "succeeded"
    stripe.act("trouble", lose=3)
    with pytest.raises(OutcomeUnknown):
        await account.charge_saved("attempt-2", 6000, "GBP", customer, method, "Invoice INV-1043")
    repeated = await account.charge_saved("attempt-2", 6000, "GBP", customer, method, "Invoice INV-1043")
    assert repeated.status == "succeeded"
    amounts = [intent["amount"] for intent in stripe.state.find("payment_intent")]
    assert amounts == [6000, 5000]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_stripe_that_is_unwell(
    stripe: RunningStripe, account: StripeAccount, customer: str, status: int
) -> None:
    method = stripe.act(f"customers/{customer}/methods")["id"]
    stripe.act("trouble", fail=3, fail_status=status)
    with pytest.raises(OutcomeUnknown):
        await account.charge_saved("attempt-1", 5000, "GBP", customer, method, "Invoice INV-1042")


async def test_a_stripe_that_is_not_there() -> None:
    with RunningStripe() as gone:
        address = gone.url
    with pytest.raises(OutcomeUnknown):
        await StripeAccount(RunningStripe.key, address).account()
    await close_clients()


async def test_refunds(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.pay(session.id)
    intent = (await account.checkout(session.id)).payment_intent_id
    assert intent is not None
    part = await account.refund("refund-1", intent, 4000, "GBP")
    assert (part.amount, part.currency, part.status, part.ours) == (4000, "GBP", "succeeded", "refund-1")
    assert await account.refund("refund-1", intent, 4000, "GBP") == part
    with pytest.raises(RefundTooMuch):
        await account.refund("refund-2", intent, 20001, "GBP")
    stripe.act(f"payments/{intent}/refund")
    with pytest.raises(RefundTooMuch):
        await account.refund("refund-3", intent, 1, "GBP")
    found = (await account.payment_intent(intent)).refunds
    assert [(one.amount, one.ours, one.payment_intent_id) for one in found] == [
        (20000, "", intent),
        (4000, "refund-1", intent),
    ]
    stripe.act(f"refunds/{part.id}/fail")
    failed = (await account.payment_intent(intent)).refunds[1]
    assert (failed.status, failed.reason) == ("failed", "lost_or_stolen_card")


async def test_disputes(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    session = await account.create_checkout(request_for(customer))
    stripe.pay(session.id)
    intent = (await account.checkout(session.id)).payment_intent_id
    assert intent is not None
    dispute_id = stripe.act(f"payments/{intent}/dispute", reason="product_not_received")["id"]
    dispute = (await account.payment_intent(intent)).dispute
    assert dispute is not None
    assert (dispute.id, dispute.amount, dispute.reason, dispute.status) == (
        dispute_id,
        24000,
        "product_not_received",
        "needs_response",
    )
    assert dispute.due_by is not None
    with pytest.raises(Refused, match="disputed"):
        await account.refund("refund-1", intent, 100, "GBP")
    stripe.act(f"disputes/{dispute_id}/won")
    closed = (await account.payment_intent(intent)).dispute
    assert closed is not None
    assert closed.status == "won"
    assert (await account.refund("refund-2", intent, 100, "GBP")).status == "succeeded"
