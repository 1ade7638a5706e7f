"""Money as integer minor units and an ISO 4217 currency."""

import re
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision

# ISO 4217, list one: every currency whose minor unit is not a hundredth. CLDR, from which amounts are written,
# leaves out the decimals of some more (RSD, LAK), because nobody has coins for them; invoices still count in them.
_NO_DECIMALS = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
_OTHER_DECIMALS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4}


def exponent(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency: GBP 2, JPY 0, KWD 3."""
    return 0 if _NO_DECIMALS.fullmatch(currency) else _OTHER_DECIMALS.get(currency, 2)


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
        decimals = exponent(self.currency)
        if get_currency_precision(self.currency) == decimals:
            return format_currency(self.decimal, self.currency, locale=locale)
        place = Locale.parse(locale)
        pattern = copy(place.currency_formats["standard"])
        pattern.frac_prec = (decimals, decimals)
        return pattern.apply(self.decimal, place, currency=self.currency, currency_digits=False)
