"""Which amounts are paid online: Stripe takes none below its least or too exact, and the office has rules for parts."""

from dataclasses import dataclass

from portal_app.errors import Invalid
from portal_app.integrations.stripe.amounts import least, step
from portal_app.money import Money
from portal_app.services.payment_settings import PayRules


@dataclass(frozen=True, slots=True)
class Parts:
    """How much of a whole may be paid at once, in minor units; what is left is no less than can be paid online."""

    least_minor: int
    most_minor: int


def parts_of(whole: Money, rules: PayRules) -> Parts | None:
    """Return which parts of what is left may be paid, None where only all of it may."""
    online, steps = least(whole.currency), step(whole.currency)
    lowest, highest = max(rules.least_of(whole.currency), online), whole.minor - online
    parts = Parts(-(-lowest // steps) * steps, highest // steps * steps)
    return parts if rules.parts_allowed and parts.least_minor <= parts.most_minor else None


def is_refused(amount: Money) -> bool:
    """Return whether an amount cannot be paid online: it is too little, or ends in what the payment service drops."""
    return amount.minor < least(amount.currency) or amount.minor % step(amount.currency) > 0


def refusal(amount: Money, locale: str) -> str:
    """Return in a sentence why an amount cannot be paid online."""
    shown, online = amount.show(locale), Money(least(amount.currency), amount.currency).show(locale)
    if amount.minor < least(amount.currency):
        return f"{shown} is too little to be paid online: our payment service takes {online} or more."
    near = Money(amount.minor // step(amount.currency) * step(amount.currency), amount.currency).show(locale)
    return f"{shown} cannot be paid online: our payment service takes {near}, but not an amount as exact as this."


def require(amount: Money, locale: str) -> None:
    """Raise Invalid for an amount that cannot be paid online."""
    if is_refused(amount):
        raise Invalid(f"{refusal(amount, locale)} Please pay it by the details on your invoice.")


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
