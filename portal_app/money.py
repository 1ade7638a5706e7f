"""Money as integer minor units and an ISO 4217 currency."""

from dataclasses import dataclass
from decimal import Decimal

from babel.core import get_global
from babel.numbers import format_currency


def exponent(currency: str) -> int:
    """Return the number of decimals of an ISO currency (GBP 2, JPY 0), from CLDR."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


_TAX_WORDS = {"US": "Sales tax", "CA": "Tax", "AU": "GST", "NZ": "GST", "IN": "GST", "SG": "GST", "JP": "Tax"}


def tax_word(country: str) -> str:
    """Return what the tax on sales is called in a country (ISO 3166)."""
    return _TAX_WORDS.get(country, "VAT")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (pence, cents) of one currency."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts; ValueError when the currencies differ."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def show(self, locale: str) -> str:
        """Return the amount as the locale writes it, such as `£240.00`."""
        return format_currency(self.decimal, self.currency, locale=locale)
