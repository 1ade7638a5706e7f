"""Amounts between our minor units and Stripe's, which are not the same in a few currencies."""

import pytest

from portal_app.integrations.stripe.amounts import from_stripe, to_stripe
from portal_app.integrations.stripe.errors import Refused


@pytest.mark.parametrize(
    ("currency", "minor", "sent"),
    [
        ("USD", 24000, 24000),
        ("GBP", 1, 1),
        ("JPY", 500, 500),
        ("UGX", 500, 50000),
        ("ISK", 500, 50000),
        ("KWD", 1230, 1230),
        ("HUF", 123400, 123400),
        ("RSD", 1234, 1234),
        ("MGA", 12300, 123),
        ("USD", -5, -5),
    ],
)
def test_there_and_back(currency: str, minor: int, sent: int) -> None:
    assert to_stripe(minor, currency) == sent
    assert from_stripe(sent, currency) == from_stripe(sent, currency.lower()) == minor


@pytest.mark.parametrize(("currency", "minor"), [("KWD", 1234), ("TND", 1), ("MGA", 150)])
def test_what_stripe_cannot_take_is_refused_instead_of_rounded(currency: str, minor: int) -> None:
    with pytest.raises(Refused, match=currency):
        to_stripe(minor, currency)


@pytest.mark.parametrize(("amount", "minor"), [(1249, 12), (1250, 13), (-1250, -13), (-1249, -12), (0, 0)])
def test_a_fee_finer_than_we_count_is_rounded(amount: int, minor: int) -> None:
    assert from_stripe(amount, "ISK") == minor
