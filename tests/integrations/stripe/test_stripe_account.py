"""Customers, the business's account, webhook addresses and payouts, and how Stripe is reached."""

from datetime import UTC, datetime, timedelta

import pytest

from portal_app.demo.stripe.business import BUSINESS
from portal_app.integrations.stripe import StripeAccount, close_clients
from portal_app.integrations.stripe.client import client_for
from portal_app.integrations.stripe.errors import (
    KeyRefused,
    NotFound,
)
from tests.demo.running_stripe import RunningStripe
from tests.integrations.stripe.requests import request_for


async def test_a_customer_is_made_once(account: StripeAccount) -> None:
    first = await account.create_customer("contact-1", "helen@example.com", "Helen")
    assert await account.create_customer("contact-1", "helen@example.com", "Helen") == first
    assert await account.create_customer("contact-2", "helen@example.com", "Helen") != first
    with pytest.raises(NotFound):
        await account.payment_methods("cus_of_the_other_mode")


async def test_a_customer_whose_name_or_address_was_put_right_is_made_as_well(
    stripe: RunningStripe, account: StripeAccount
) -> None:
    for email, name, kept in (
        ("ann@example.com", "Ann", "ann@example.com"),
        ("ann.b@example.com", "Ann", "ann.b@example.com"),
        ("ann.b@example.com", "Ann B", "ann.b@example.com"),
        ("ann@localhost", "Ann B", None),
        ("", "", None),
    ):
        made = await account.create_customer("contact-3", email, name)
        assert stripe.state.things[made]["email"] == kept


async def test_the_account_and_its_ways_to_pay(stripe: RunningStripe, account: StripeAccount) -> None:
    facts = await account.account()
    assert (facts.name, facts.country, facts.currency, facts.live_mode) == (BUSINESS, "GB", "GBP", False)
    assert facts.methods == ("bacs_debit", "card", "us_bank_account")
    stripe.act("methods/bacs_debit", on=False)
    assert (await account.account()).methods == ("card", "us_bank_account")


async def test_webhook_addresses(account: StripeAccount) -> None:
    made = await account.create_webhook("http://127.0.0.1:1/webhooks/stripe")
    assert made.secret.startswith("whsec_")
    (found,) = await account.webhooks()
    assert (found.id, found.url, found.status, found.secret) == (made.id, made.url, "enabled", "")
    assert "checkout.session.completed" in found.events
    await account.delete_webhook(made.id)
    assert await account.webhooks() == ()
    with pytest.raises(NotFound):
        await account.delete_webhook(made.id)


async def test_payouts(stripe: RunningStripe, account: StripeAccount, customer: str) -> None:
    start = datetime.now(UTC) - timedelta(minutes=1)
    sessions = [await account.create_checkout(request_for(customer, f"attempt-{number}")) for number in range(12)]
    for session in sessions:
        stripe.pay(session.id)
        stripe.act("payouts")
    intent = (await account.checkout(sessions[-1].id)).payment_intent_id
    page = await account.payouts(start)
    assert len(page.payouts) == 10
    newest = page.payouts[0]
    assert (newest.amount, newest.gross, newest.fees, newest.net, newest.status) == (23620, 24000, 380, 23620, "paid")
    assert [(line.kind, line.payment_intent_id) for line in newest.lines] == [("charge", intent)]
    rest = await account.payouts(start, page.next_cursor)
    assert (len(rest.payouts), rest.next_cursor) == (2, None)
    assert (await account.payouts(datetime.now(UTC) + timedelta(hours=1))).payouts == ()


async def test_a_wrong_key(stripe: RunningStripe) -> None:
    with pytest.raises(KeyRefused) as refused:
        await StripeAccount("sk_test_of_somebody_else", stripe.url).account()
    assert "somebody" not in refused.value.sentence
    await close_clients()


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    stripe: RunningStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await StripeAccount(stripe.key, stripe.url).account()).country == "GB"
    await close_clients()


async def test_one_client_for_each_key_and_address(stripe: RunningStripe) -> None:
    assert client_for("sk_test_1", stripe.url) is client_for("sk_test_1", stripe.url)
    assert client_for("sk_test_1", stripe.url) is not client_for("sk_test_2", stripe.url)
    assert client_for("sk_test_1", stripe.url) is not client_for("sk_test_1")
    await close_clients()


async def test_nothing_is_done_without_an_id_of_ours(account: StripeAccount, customer: str) -> None:
    with pytest.raises(ValueError, match="twice"):
        await account.create_checkout(request_for(customer, ""))
