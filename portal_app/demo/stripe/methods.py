"""The test methods a person can choose from, and payment methods as they are kept with customers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State, Thing

# Banks take debits in their own currency alone.
ONLY_IN = {"us_bank_account": "usd", "bacs_debit": "gbp"}
OFFERED = ("card", "us_bank_account", "bacs_debit", "link")


@dataclass(frozen=True, slots=True)
class Choice:
    """One test method: what it is and what comes of it.

    `outcome`: ok, declined, authenticate (asks the payer each time), declines_later (unless the payer is present),
    clears or fails (banks, after a while), or confirm (a bank account that has to be confirmed first, and clears then).
    """

    kind: str
    label: str
    explained: str
    outcome: str
    brand: str = ""

    @property
    def last4(self) -> str:
        """The end of its number."""
        return self.label[-4:]


CHOICES = {
    "card_ok": Choice("card", "Visa •••• 4242", "Works", "ok", "visa"),
    "card_declined": Choice("card", "Visa •••• 9995", "Declined: not enough money", "declined", "visa"),
    "card_authenticate": Choice("card", "Visa •••• 3184", "Asks you to confirm each time", "authenticate", "visa"),
    "card_declines_later": Choice(
        "card", "Mastercard •••• 0341", "Works now, declined when charged later", "declines_later", "mastercard"
    ),
    "us_bank_clears": Choice("us_bank_account", "US bank •••• 6789", "Clears after a while", "clears"),
    "us_bank_fails": Choice("us_bank_account", "US bank •••• 1116", "Comes back after a while", "fails"),
    "us_bank_confirm": Choice("us_bank_account", "US bank •••• 0000", "Has to be confirmed first", "confirm"),
    "bacs_clears": Choice("bacs_debit", "Bacs Direct Debit •••• 2345", "Clears after a while", "clears"),
    "bacs_fails": Choice("bacs_debit", "Bacs Direct Debit •••• 3335", "Comes back after a while", "fails"),
}


def active_kinds(state: State) -> list[str]:
    """Return the kinds of methods that the account's configuration switches on."""
    configuration = next(state.find("payment_method_configuration", is_default=True))
    return [kind for kind in OFFERED if configuration[kind]["display_preference"]["value"] == "on"]


def choices_for(state: State, currency: str) -> dict[str, Choice]:
    """Return what can be chosen for a payment in a currency."""
    kinds = active_kinds(state)
    return {
        name: choice
        for name, choice in CHOICES.items()
        if choice.kind in kinds and ONLY_IN.get(choice.kind, currency) == currency
    }


def make_method(state: State, name: str, customer: str | None = None, redisplay: str = "unspecified") -> Thing:
    """Make a payment method of a choice, kept with a customer if one is given."""
    choice = CHOICES[name]
    facts: Thing = {"last4": choice.last4, "fingerprint": f"fp_{name}"}
    if choice.kind == "card":
        year = datetime.now(UTC).year + 3
        facts |= {"brand": choice.brand, "exp_month": 8, "exp_year": year, "country": "US", "funding": "credit"}
    elif choice.kind == "us_bank_account":
        facts |= {"bank_name": "STRIPE TEST BANK", "routing_number": "110000000", "account_type": "checking"}
    else:
        facts |= {"sort_code": "108800"}
    return state.add(
        "payment_method",
        "pm",
        type=choice.kind,
        customer=customer,
        allow_redisplay=redisplay,
        billing_details={"name": None, "email": None},
        metadata={},
        _outcome=choice.outcome,
        _label=choice.label,
        **{choice.kind: facts},
    )


def details_of(method: Thing) -> Thing:
    """Return what a charge says of the method it was made with."""
    kind = method["type"]
    return {"type": kind, kind: dict(method[kind])}


def attach(state: State, method: Thing, customer: str, redisplay: str) -> None:
    """Keep a method with a customer."""
    method["customer"], method["allow_redisplay"] = customer, redisplay
    state.emit("payment_method.attached", method)


def detach(state: State, method_id: str) -> Thing:
    """Take a method away from its customer for good, also as their default."""
    method = state.get("payment_method", method_id)
    if method["customer"] is None:
        raise Problem("The payment method you provided is not attached to a customer so detachment is impossible.")
    customer = state.get("customer", method["customer"])
    if customer["invoice_settings"]["default_payment_method"] == method_id:
        customer["invoice_settings"]["default_payment_method"] = None
    method["customer"], method["_used_up"] = None, True
    state.emit("payment_method.detached", method)
    return method


def saved(state: State, customer: str, redisplay: list[str] | None = None) -> list[Thing]:
    """Return what a customer has saved, newest first, limited to what may be shown again where that is asked."""
    found = state.find("payment_method", customer=customer)
    return [method for method in found if redisplay is None or method["allow_redisplay"] in redisplay]
