"""How the business takes payments: Stripe's keys, the rules for parts, the words for bank transfers."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func
from sqlmodel import Session, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import PaymentSettings, StripeEvent
from portal_app.services import activity, sealed
from portal_app.services.actors import Actor, Staff
from portal_app.services.rights import Permission
from portal_app.settings import STRIPE_HOST, get_settings, is_loopback, stripe_key_problem

ONLY_ROW = 1
LONGEST_TRANSFER = 2000
DASHBOARD = "https://dashboard.stripe.com"
ENVIRONMENT, OFFICE, NONE = "environment", "office", "none"


@dataclass(frozen=True, slots=True)
class StripeKeys:
    """What opens the business's account at Stripe; `mark` names the key without telling it."""

    secret: str
    webhook_secret: str
    base: str

    @property
    def mark(self) -> str:
        """What stands in rows for this account and mode."""
        return hashlib.sha256(f"stripe:{self.secret}".encode()).hexdigest()[:32]

    @property
    def live(self) -> bool:
        """Whether real money moves."""
        return "_live_" in self.secret

    @property
    def dashboard(self) -> str:
        """Where Stripe's own pages of this account are, empty for a stand-in."""
        if self.base not in ("", f"https://{STRIPE_HOST}"):
            return ""
        return DASHBOARD if self.live else f"{DASHBOARD}/test"


@dataclass(frozen=True, slots=True)
class PayRules:
    """What customers may do: pay a part at all, and how much it must be at least.

    `least_minor` counts in `least_currency`, that of the business when it was typed.
    """

    parts_allowed: bool = True
    least_minor: int = 0
    least_currency: str = ""

    def least_of(self, currency: str) -> int:
        """Return how much a part must be at least in a currency; 0 in any other than the office has thought of."""
        return self.least_minor if currency == self.least_currency else 0


@dataclass(frozen=True, slots=True)
class PaymentOverview:
    """How payments are set, for the office; keys stay where they are. `source` is environment, office or none.

    `facts` is what Stripe said of the account at `facts_at`: name, live_mode, methods, charges_enabled.
    """

    source: str
    live: bool
    key_ends: str
    has_webhook_secret: bool
    webhook_url: str
    rules: PayRules
    transfer: str
    facts: dict[str, Any]
    facts_at: datetime | None


def keys(session: Session) -> StripeKeys | None:
    """Return what opens Stripe now: the environment's key, else the office's; None while there is none."""
    settings, row = get_settings(), session.get(PaymentSettings, ONLY_ROW)
    secret = settings.stripe_secret_key.get_secret_value()
    if secret:
        webhook = settings.stripe_webhook_secret.get_secret_value()
        return StripeKeys(secret, webhook or _stored(row, secret), settings.stripe_api_base)
    stored = sealed.unseal(row.sealed) if row else {}
    if not stored.get("secret"):
        return None
    return StripeKeys(stored["secret"], stored.get("webhook", ""), settings.stripe_api_base)


def _stored(row: PaymentSettings | None, secret: str) -> str:
    """Return the webhook's secret that was made under this very key."""
    stored = sealed.unseal(row.sealed) if row else {}
    return stored.get("webhook", "") if stored.get("webhook_key") == StripeKeys(secret, "", "").mark else ""


def is_connected(stored: str) -> bool:
    """Return whether Stripe is set up, by the environment's key or by what the office's row holds (`sealed`).

    What was sealed under another secret key opens nothing.
    """
    if get_settings().stripe_secret_key.get_secret_value():
        return True
    try:
        return bool(sealed.unseal(stored).get("secret"))
    except Invalid:
        return False


def rules(session: Session) -> PayRules:
    """Return the rules for customers."""
    row = session.get(PaymentSettings, ONLY_ROW)
    return _rules_of(row) if row else PayRules()


def _rules_of(row: PaymentSettings) -> PayRules:
    return PayRules(row.parts_allowed, row.least_minor, row.least_currency)


def transfer_words(session: Session) -> str:
    """Return the office's words for those who pay by bank transfer, empty without any."""
    row = session.get(PaymentSettings, ONLY_ROW)
    return row.transfer if row else ""


def overview(session: Session, actor: Actor) -> PaymentOverview:
    """Return how payments are set."""
    _require(actor)
    now, row = keys(session), session.get(PaymentSettings, ONLY_ROW) or PaymentSettings()
    from_environment = bool(get_settings().stripe_secret_key.get_secret_value())
    return PaymentOverview(
        source=NONE if now is None else ENVIRONMENT if from_environment else OFFICE,
        live=now is not None and now.live,
        key_ends=now.secret[-4:] if now else "",
        has_webhook_secret=bool(now and now.webhook_secret),
        webhook_url=row.webhook_url,
        rules=_rules_of(row),
        transfer=row.transfer,
        facts=row.facts,
        facts_at=row.facts_at,
    )


def save_rules(session: Session, actor: Actor, wanted: PayRules, transfer: str) -> None:
    """Store the rules for parts and the words for bank transfers."""
    _require(actor)
    if wanted.least_minor < 0:
        raise Invalid("The least amount cannot be below zero.")
    if len(transfer) > LONGEST_TRANSFER:
        raise Invalid(f"The words for bank transfers may have at most {LONGEST_TRANSFER} letters.")
    row = _row(session)
    before = _logged(row)
    row.parts_allowed, row.transfer = wanted.parts_allowed, transfer.strip()
    row.least_minor, row.least_currency = wanted.least_minor, wanted.least_currency
    facts = {"before": before, "after": _logged(row)}
    activity.record(session, actor, "payments.rules_set", subject=("payment_settings", row.id), facts=facts)


def _logged(row: PaymentSettings) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("parts_allowed", "least_minor", "least_currency", "transfer")}


def save_key(session: Session, actor: Actor, secret: str) -> None:
    """Store Stripe's secret key, sealed; what belonged to another key before (its webhook) is forgotten."""
    _require(actor)
    if get_settings().stripe_secret_key.get_secret_value():
        raise Invalid("Stripe's key is set by STRIPE_SECRET_KEY on the server, which wins over what is set here.")
    problem = stripe_key_problem(secret)
    if problem:
        raise Invalid(problem)
    if "_live_" in secret and is_loopback(urlsplit(get_settings().stripe_api_base).hostname or ""):
        raise Invalid(
            "This is a live key, while STRIPE_API_BASE on the server names a stand-in for Stripe, which must not be "
            "given one. Use a test key, or have STRIPE_API_BASE removed."
        )
    row = _row(session)
    if sealed.unseal(row.sealed).get("secret") != secret:
        row.webhook_id = row.webhook_url = ""
        row.facts, row.facts_at = {}, None
        row.sealed = sealed.seal({"secret": secret})
    activity.record(session, actor, "payments.key_set", subject=("payment_settings", row.id))


def forget_key(session: Session, actor: Actor) -> None:
    """Forget the office's key; open pages of Stripe's stay payable there until they expire."""
    _require(actor)
    row = _row(session)
    row.sealed = row.webhook_id = row.webhook_url = ""
    row.facts, row.facts_at = {}, None
    activity.record(session, actor, "payments.key_forgotten", subject=("payment_settings", row.id))


def note_webhook(session: Session, key: StripeKeys, webhook_id: str, url: str, secret: str) -> None:
    """Keep the webhook that was made at Stripe under a key; its secret sealed."""
    row = _row(session)
    stored = sealed.unseal(row.sealed)
    row.sealed = sealed.seal({**stored, "webhook": secret, "webhook_key": key.mark})
    row.webhook_id, row.webhook_url = webhook_id, url


def webhook_id(session: Session) -> str:
    """Return Stripe's id of the webhook that was made from here, empty without one."""
    row = session.get(PaymentSettings, ONLY_ROW)
    return row.webhook_id if row else ""


def last_heard(session: Session, actor: Actor) -> datetime | None:
    """Return when the last event of Stripe's was taken, None when there never was one."""
    _require(actor)
    return session.exec(select(func.max(StripeEvent.received_at))).one()


def note_facts(session: Session, facts: dict[str, Any]) -> None:
    """Keep what Stripe said of the account."""
    row = _row(session)
    row.facts, row.facts_at = facts, clock.now()


def note_trial(session: Session, actor: Actor, facts: dict[str, Any]) -> None:
    """Note that the office has made a test payment: amount_minor, currency, and whether it arrived."""
    _require(actor)
    activity.record(session, actor, "payments.tried", subject=("payment_settings", ONLY_ROW), facts=facts)


def require_settings(actor: Actor) -> None:
    """Raise NotAllowed for everybody who may not change how payments are set."""
    _require(actor)


def _require(actor: Actor) -> None:
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.CHANGE_SETTINGS)


def _row(session: Session) -> PaymentSettings:
    """Return the one row, locked against a second writer; made when there is none."""
    row = session.exec(select(PaymentSettings).where(PaymentSettings.id == ONLY_ROW).with_for_update()).first()
    if row is None:
        row = PaymentSettings(id=ONLY_ROW)
        session.add(row)
        session.flush()
    return row
