"""Money in minor units: how many decimals each currency has, and how amounts are written."""

import pytest

from portal_app.money import Money, exponent


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("GBP", 2),
        ("USD", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("ISK", 0),
        ("UGX", 0),
        ("KWD", 3),
        ("IQD", 3),
        ("CLF", 4),
        ("RSD", 2),
    ],
)
def test_decimals_are_those_of_the_standard(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("money", "locale", "written"),
    [
        (Money(24000, "GBP"), "en_GB", "£240.00"),
        (Money(-5, "USD"), "en_US", "-$0.05"),
        (Money(24000, "JPY"), "en_US", "¥24,000"),
        (Money(1234567, "KWD"), "en_US", "KWD1,234.567"),
        (Money(123456, "RSD"), "en_US", "RSD1,234.56"),
        (Money(123450, "RSD"), "en_US", "RSD1,234.50"),
        (Money(123456, "EUR"), "de_DE", "1.234,56\xa0€"),
    ],
)
def test_nothing_is_left_out_when_written(money: Money, locale: str, written: str) -> None:
    assert money.show(locale) == written


def test_only_one_currency_can_be_added() -> None:
    assert Money(1, "GBP") + Money(2, "GBP") == Money(3, "GBP")
    with pytest.raises(ValueError, match="USD"):
        _ = Money(1, "GBP") + Money(2, "USD")
