"""Between our minor units (ISO 4217) and Stripe's amounts: https://docs.stripe.com/currencies."""

import re

from portal_app.integrations.stripe.errors import Refused
from portal_app.money import exponent

# Stripe counts these whole. MGA has fifths that Stripe does not know.
_WHOLE = re.compile("BIF|CLP|DJF|GNF|JPY|KMF|KRW|MGA|PYG|RWF|VND|VUV|XAF|XOF|XPF")
# Counted in thousandths, but only tenths of those can be charged.
_THOUSANDTHS = re.compile("BHD|JOD|KWD|OMR|TND")
# The least that Stripe charges, in minor units; of other currencies it names no amount of their own.
LEAST = {
    "AED": 200,
    "AUD": 50,
    "BGN": 100,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}


def least(currency: str) -> int:
    """Return the least that Stripe charges in a currency, in minor units; 1 where it names none."""
    return LEAST.get(currency, 1)


def _stripe_decimals(currency: str) -> int:
    # UGX and ISK have no decimals, yet Stripe takes them as hundredths that end in 00.
    return 0 if _WHOLE.fullmatch(currency) else 3 if _THOUSANDTHS.fullmatch(currency) else 2


def step(currency: str) -> int:
    """Return of what, in minor units, every amount that Stripe takes in a currency is a multiple."""
    shift = _stripe_decimals(currency) - exponent(currency)
    if shift < 0:
        return 10**-shift
    return 10 if _THOUSANDTHS.fullmatch(currency) else 1


def to_stripe(minor: int, currency: str) -> int:
    """Return an amount in minor units of an ISO currency as Stripe wants it; Refused where it takes no such amount."""
    if minor % step(currency):
        raise Refused(f"Stripe cannot take this exact amount in {currency}; round it first.", "amount_not_exact")
    shift = _stripe_decimals(currency) - exponent(currency)
    return minor * 10**shift if shift >= 0 else minor // 10**-shift


def from_stripe(amount: int, currency: str) -> int:
    """Return Stripe's amount in our minor units; `currency` as Stripe or ISO writes it.

    What is finer than we count, as Stripe's own fees can be, is rounded to the nearest, half away from zero.
    """
    shift = exponent(currency.upper()) - _stripe_decimals(currency.upper())
    if shift >= 0:
        return amount * 10**shift
    unit = 10**-shift
    whole = (abs(amount) + unit // 2) // unit
    return whole if amount >= 0 else -whole
