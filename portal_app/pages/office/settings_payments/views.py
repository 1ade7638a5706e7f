"""The words of the payments' settings."""

from dataclasses import dataclass, field
from typing import Any

from portal_app.components.payment_words import stripe_method
from portal_app.components.words import Words
from portal_app.money import Money
from portal_app.services import typed_amounts
from portal_app.services.payment_settings import ENVIRONMENT, NONE, PaymentOverview
from portal_app.workflows.trial_payment import Trial


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: its name, how it stands in a word and its colour, and what to do."""

    name: str = ""
    state: str = ""
    tone: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class AccountView:
    """Where the key comes from and what Stripe said of its account; `source` is environment, office or none."""

    source: str = ""
    state: str = ""
    tone: str = "processing"
    sentence: str = ""
    key_ends: str = ""
    live: bool = False
    checks: list[Check] = field(default_factory=list)
    as_of: str = ""


@dataclass(frozen=True)
class RulesView:
    """What the form of the rules starts with; `number` tells one filling from the next."""

    number: int = 0
    parts: bool = True
    least: str = ""
    transfer: str = ""
    currency: str = ""


def account_view(overview: PaymentOverview, heard: Any, words: Words) -> AccountView:
    """Return the section about Stripe."""
    state, tone, sentence = _state(overview)
    return AccountView(
        source=overview.source,
        state=state,
        tone=tone,
        sentence=sentence,
        key_ends=overview.key_ends,
        live=overview.live,
        checks=_checks(overview, heard, words) if overview.facts else [],
        as_of=words.moment(overview.facts_at) if overview.facts_at and overview.facts else "",
    )


def rules_view(overview: PaymentOverview, words: Words, number: int) -> RulesView:
    """Return what the form of the rules starts with."""
    currency = words.look.currency
    least = overview.rules.least_of(currency)
    return RulesView(
        number=number,
        parts=overview.rules.parts_allowed,
        least=typed_amounts.write(Money(least, currency), words.look.locale) if least else "",
        transfer=overview.transfer,
        currency=currency,
    )


def _state(overview: PaymentOverview) -> tuple[str, str, str]:
    if overview.source == NONE:
        sentence = (
            "Customers cannot pay by card or direct debit yet. Create a restricted or secret key at Stripe under "
            "Developers, API keys, and paste it here. Bank transfers, cash and cheques work without it."
        )
        return "Not set up", "processing", sentence
    where = f"The key ends in {overview.key_ends}"
    where += (
        ", set on the server by STRIPE_SECRET_KEY." if overview.source == ENVIRONMENT else ", stored here, encrypted."
    )
    mode = "Real money moves." if overview.live else "Test mode: no real money moves."
    if not overview.facts:
        return "Not checked yet", "processing", f"{where} {mode}"
    if not overview.facts.get("charges_enabled") or not overview.has_webhook_secret:
        return "Needs you", "overdue", f"{where} {mode}"
    return ("Live" if overview.live else "Test mode"), "complete", f"{where} {mode}"


def _checks(overview: PaymentOverview, heard: Any, words: Words) -> list[Check]:
    facts = overview.facts
    return [
        Check("Account", str(facts.get("name") or facts.get("id") or "Stripe"), "complete", _account_words(facts)),
        _charges(facts),
        _methods(facts),
        _webhook(overview, heard, words),
    ]


def _account_words(facts: dict[str, Any]) -> str:
    parts = [str(facts.get(name) or "") for name in ("id", "country", "currency")]
    return ", ".join(part for part in parts if part)


def _charges(facts: dict[str, Any]) -> Check:
    if facts.get("charges_enabled"):
        return Check("Payments", "Allowed", "complete", "Stripe lets this account take payments.")
    sentence = "Stripe does not let this account take payments yet. Open the Stripe dashboard: it says what is missing."
    return Check("Payments", "Not allowed", "overdue", sentence)


def _methods(facts: dict[str, Any]) -> Check:
    names = [stripe_method(str(kind)) for kind in facts.get("methods") or []]
    if not names:
        sentence = "No way to pay is switched on at Stripe. Switch some on under Settings, Payment methods there."
        return Check("Ways to pay", "None", "overdue", sentence)
    shown = ", ".join(names)
    sentence = f"{shown}. They are switched on and off at Stripe, under Settings, Payment methods."
    return Check("Ways to pay", str(len(names)), "complete", sentence)


def _webhook(overview: PaymentOverview, heard: Any, words: Words) -> Check:
    name, state = "News from Stripe", overview.facts.get("webhook")
    problem = str(overview.facts.get("webhook_problem") or "")
    last = f"Last heard {words.moment(heard)}." if heard else "Nothing has been heard from Stripe yet."
    late = "Until then the portal asks Stripe by itself, so what arrives is booked some minutes later."
    if not overview.has_webhook_secret:
        return Check(name, "Not set up", "overdue", f"{problem} {late} Then press “Check now”.".strip())
    if state == "enabled":
        return Check(name, "Works", "complete", f"Stripe sends what happens here. {last}")
    if state == "disabled":
        return Check(name, "Switched off", "overdue", f"Stripe has switched it off. Switch it on there. {late}")
    if state == "unknown":
        return Check(name, "Not known", "processing", f"{problem} {last}".strip())
    sentence = f"Stripe lists no address of this portal, while STRIPE_WEBHOOK_SECRET is set on the server. {last}"
    return Check(name, "Not found", "processing", sentence)


def checked_sentence(view: AccountView) -> str:
    """Return in a sentence what a look at Stripe found."""
    wrong = [check.name for check in view.checks if check.tone == "overdue"]
    if wrong:
        return f"Stripe answered. Needs you: {', '.join(wrong)}."
    if any(check.tone != "complete" for check in view.checks):
        return "Stripe answered. What was checked is below."
    checked = "the key, the account, its ways to pay and the address for news"
    return f"Stripe answered: {checked} were checked and are in order."


def tried_sentence(trial: Trial, words: Words) -> str:
    """Return what came of a test payment."""
    amount = words.money(trial.amount)
    if not trial.arrived:
        return f"Stripe took the test payment of {amount}, yet it did not arrive. Look at it in the Stripe dashboard."
    back = {"succeeded": "was paid and given back", "pending": "was paid and is on its way back"}.get(
        trial.back, "was paid, and could not be given back"
    )
    news = "Stripe’s news came here as well."
    if not trial.heard:
        news = "Stripe’s news did not come here yet; see “News from Stripe” below."
    return f"The test payment went through: {amount} {back} at Stripe, with its test card. {news}"
