"""Which amounts are paid online: Stripe takes none below its least, and the office has rules for parts."""

from dataclasses import dataclass

from portal_app.errors import Invalid
from portal_app.integrations.stripe.amounts import least
from portal_app.money import Money
from portal_app.services.payment_settings import PayRules


@dataclass(frozen=True, slots=True)
class Parts:
    """How much of a whole may be paid at once, in minor units; what is left can be paid online as well."""

    least_minor: int
    most_minor: int


def parts_of(whole: Money, rules: PayRules) -> Parts | None:
    """Return which parts of what is left may be paid, None where only all of it may."""
    online = least(whole.currency)
    parts = Parts(max(rules.least_minor, online), whole.minor - online)
    return parts if rules.parts_allowed and parts.least_minor <= parts.most_minor else None


def too_little(amount: Money) -> bool:
    """Return whether an amount is below what can be paid online."""
    return amount.minor < least(amount.currency)


def too_little_words(amount: Money, locale: str) -> str:
    """Return that in a sentence."""
    shown, online = amount.show(locale), Money(least(amount.currency), amount.currency).show(locale)
    return f"{shown} is too little to be paid online: our payment service takes {online} or more."


def require(amount: Money, locale: str) -> None:
    """Raise Invalid for an amount that is too little to be paid online."""
    if too_little(amount):
        raise Invalid(f"{too_little_words(amount, locale)} Please pay it by the details on your invoice.")


def require_part(amount_minor: int, whole: Money, rules: PayRules, locale: str) -> None:
    """Raise Invalid, naming what may be paid, for what is neither all that is left nor a part of it that may be."""
    if type(amount_minor) is not int or amount_minor <= 0:
        raise Invalid("Please type an amount above zero.")
    if amount_minor > whole.minor:
        raise Invalid(f"That is more than the {whole.show(locale)} that can be paid now.")
    if amount_minor == whole.minor:
        return
    parts = parts_of(whole, rules)
    if parts is None:
        raise Invalid(f"Please pay the whole {whole.show(locale)}.")
    lowest, highest = (Money(minor, whole.currency).show(locale) for minor in (parts.least_minor, parts.most_minor))
    if amount_minor < parts.least_minor:
        raise Invalid(f"A part must be at least {lowest}.")
    if amount_minor > parts.most_minor:
        raise Invalid(
            f"That would leave less than can be paid online. Please pay at most {highest}, or the whole "
            f"{whole.show(locale)}."
        )
