"""The local Stripe, an account at it and one customer."""

from collections.abc import AsyncIterator, Iterator

import pytest

from portal_app.integrations.stripe import StripeAccount, close_clients
from tests.demo.running_stripe import RunningStripe


@pytest.fixture
def stripe() -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        yield running


@pytest.fixture
async def account(stripe: RunningStripe) -> AsyncIterator[StripeAccount]:
    yield StripeAccount(stripe.key, stripe.url)
    await close_clients()


@pytest.fixture
async def customer(account: StripeAccount) -> str:
    return await account.create_customer("contact-1", "helen@example.com", "Helen")
