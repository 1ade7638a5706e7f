"""Amounts as people type them."""

import pytest

from portal_app.errors import Invalid
from portal_app.money import Money
from portal_app.services import typed_amounts


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "minor"),
    [
        ("240", "GBP", "en_GB", 24000),
        ("£1,234.50", "GBP", "en_GB", 123450),
        (" 1234.5 GBP ", "GBP", "en_GB", 123450),
        ("1.234,50 €", "EUR", "de_DE", 123450),
        ("1 234,50", "EUR", "fr_FR", 123450),
        ("1 234 567.50", "GBP", "en_GB", 123456750),
        ("5000", "JPY", "ja_JP", 5000),
        ("1.005", "KWD", "en_GB", 1005),
        ("0", "GBP", "en_GB", 0),
    ],
)
def test_it_works(typed: str, currency: str, locale: str, minor: int):
    assert typed_amounts.read(typed, currency, locale) == minor


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-1",
        "1e309",
        "NaN",
        "inf",
        "12,50",
        "1.005",
        "ten",
        "1" * 40,
        "1.2.3",
        "=1",
        "9" * 17,
        "١٢",
        "1 0",
        "5\n6",
        "1 2345",
    ],
)
def test_what_is_no_amount_is_refused_in_words(typed: str):
    with pytest.raises(Invalid) as refusal:
        typed_amounts.read(typed, "GBP", "en_GB")
    assert refusal.value.sentence.endswith(".")


@pytest.mark.parametrize(("currency", "locale", "shown"), [("GBP", "en_GB", "1234.50"), ("EUR", "de_DE", "1234,50")])
def test_what_a_field_shows_is_read_back(currency: str, locale: str, shown: str):
    assert typed_amounts.write(Money(123450, currency), locale) == shown
    assert typed_amounts.read(shown, currency, locale) == 123450
