"""Amounts as people type them and as fields show them, in the business's locale."""

import re

from babel.numbers import (
    NumberFormatError,
    format_decimal,
    get_currency_symbol,
    get_group_symbol,
    parse_decimal,
)

from portal_app.errors import Invalid
from portal_app.money import Money, exponent

LONGEST = 24
# A million millions: more than any business takes, and safe in every column.
MOST_MINOR = 10**14
_SPACES = re.compile(r"[\s\u00a0\u202f]+")
# Where a space parts something else than thousands, two amounts may be meant.
_PARTED = re.compile(r"[\s\u00a0\u202f](?![0-9]{3}(?![0-9]))")
_DIGITS = re.compile(r"[0-9][0-9.,'’\u00a0\u202f\u066b\u066c]*|[.,][0-9]+")


def read(typed: str, currency: str, locale: str) -> int:
    """Return what somebody typed (`1,234.50`, `£1,234.50`, `1234.5 GBP`) in minor units, never below zero.

    Raises Invalid with an example written as the locale writes it.
    """
    text = typed.strip()
    for sign in (currency, get_currency_symbol(currency, locale=locale)):
        text = text.removeprefix(sign).removesuffix(sign).strip()
    group = get_group_symbol(locale)
    if _PARTED.search(text):
        raise Invalid(_example(currency, locale))
    text = _SPACES.sub(group if _SPACES.fullmatch(group) else "", text)
    if not text or len(text) > LONGEST or not _DIGITS.fullmatch(text):
        raise Invalid(_example(currency, locale))
    try:
        amount = parse_decimal(text, locale=locale, strict=True)
    except NumberFormatError:
        raise Invalid(_example(currency, locale)) from None
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise Invalid(f"Please type {_precision(currency)}, such as {_sample(currency, locale)}.")
    if minor > MOST_MINOR:
        raise Invalid("That is more than can be written down here.")
    return int(minor)


def write(amount: Money, locale: str) -> str:
    """Return an amount as a field shows it, without currency or groups: `1234.50`."""
    decimals = exponent(amount.currency)
    pattern = "0." + "0" * decimals if decimals else "0"
    return format_decimal(amount.decimal, format=pattern, locale=locale)


def _example(currency: str, locale: str) -> str:
    return f"Please type an amount such as {_sample(currency, locale)}."


def _sample(currency: str, locale: str) -> str:
    return write(Money(40 * 10 ** exponent(currency) + _part(currency), currency), locale)


def _part(currency: str) -> int:
    return 50 * 10 ** (exponent(currency) - 2) if exponent(currency) >= 2 else 0


def _precision(currency: str) -> str:
    return f"at most {exponent(currency)} decimal places" if exponent(currency) else "a whole amount"
