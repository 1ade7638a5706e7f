"""What several tests of pages start from: a local Stripe, and a customer's money."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.running_stripe import RunningStripe
from tests.demo.running_stripe import running_stripe as running_stripe
from tests.workflows.money import Money, money


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 240.00 and 100.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000, crm=False) as ready:
        yield ready
