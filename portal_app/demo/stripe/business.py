"""The account itself, its customers, webhook endpoints and payouts."""

import re
import secrets
from urllib.parse import urlsplit

from portal_app.demo.stripe.methods import OFFERED
from portal_app.demo.stripe.payments import add_movement
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State, Thing
from portal_app.settings import is_loopback

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
BUSINESS = "Hartley Heating & Plumbing"


def furnish(state: State) -> None:
    """Make what every account has, unless it is there already."""
    if next(state.find("account"), None) is not None:
        return
    state.add(
        "account",
        "acct",
        business_profile={"name": BUSINESS, "url": None},
        settings={"dashboard": {"display_name": BUSINESS, "timezone": "Etc/UTC"}},
        country="GB",
        default_currency="gbp",
        charges_enabled=True,
        payouts_enabled=True,
        details_submitted=True,
        type="standard",
        email="accounts@hartley.example",
    )
    methods = {kind: _switched(kind != "link") for kind in OFFERED}
    state.add(
        "payment_method_configuration", "pmc", name="Default", active=True, is_default=True, application=None, **methods
    )


def _switched(on: bool) -> Thing:
    word = "on" if on else "off"
    return {"available": on, "display_preference": {"overridable": None, "preference": word, "value": word}}


def switch_method(state: State, kind: str, on: bool) -> None:
    """Switch a way to pay on or off for the whole account."""
    if kind not in OFFERED:
        raise Problem(f"The local Stripe offers {', '.join(OFFERED)}.")
    next(state.find("payment_method_configuration", is_default=True))[kind] = _switched(on)


def create_customer(state: State, asked: Thing) -> Thing:
    """Serve POST /v1/customers."""
    kept = {name: asked.get(name) for name in ("email", "name", "phone", "description")}
    check_address(kept["email"], "email")
    return state.add(
        "customer",
        "cus",
        **kept,
        metadata=asked.get("metadata", {}),
        invoice_settings={"default_payment_method": None, "custom_fields": None, "footer": None},
        default_source=None,
    )


def check_address(email: str | None, param: str) -> None:
    """Raise Problem for what is no e-mail address."""
    if email is not None and not _ADDRESS.fullmatch(email):
        raise Problem(f"Invalid email address: {email}", code="email_invalid", param=param)


def customer_of(state: State, customer_id: str) -> Thing:
    """Serve GET /v1/customers/…, where one that was deleted says so."""
    customer = state.get("customer", customer_id)
    return {"id": customer_id, "object": "customer", "deleted": True} if customer.get("_deleted") else customer


def update_customer(state: State, asked: Thing, customer_id: str) -> Thing:
    """Serve POST /v1/customers/…."""
    customer = state.get("customer", customer_id)
    default = (asked.get("invoice_settings") or {}).get("default_payment_method")
    if default is not None:
        method = state.get("payment_method", default, "invoice_settings[default_payment_method]")
        if method["customer"] != customer_id:
            raise Problem(
                f"The customer does not have a payment method with the ID {default}. The payment method must be "
                "attached to the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
        customer["invoice_settings"]["default_payment_method"] = default
    check_address(asked.get("email") or None, "email")
    for name in ("email", "name", "phone", "description", "metadata"):
        if name in asked:
            # What is empty is taken out.
            customer[name] = asked[name] or ({} if name == "metadata" else None)
    state.emit("customer.updated", customer)
    return customer


def delete_customer(state: State, customer_id: str) -> Thing:
    """Serve DELETE /v1/customers/…: their methods go with them."""
    customer = state.get("customer", customer_id)
    customer["_deleted"] = True
    for method in state.find("payment_method", customer=customer_id):
        method["customer"] = None
    state.emit("customer.deleted", customer)
    return {"id": customer_id, "object": "customer", "deleted": True}


def create_webhook(state: State, asked: Thing, secret: str = "") -> Thing:
    """Serve POST /v1/webhook_endpoints; only this answer tells the secret."""
    address = urlsplit(asked["url"])
    if address.scheme not in ("http", "https") or not is_loopback(address.hostname or ""):
        raise Problem("The local Stripe sends events to this machine alone.", code="url_invalid", param="url")
    secret = secret or f"whsec_{secrets.token_hex(16)}"
    endpoint = state.add(
        "webhook_endpoint",
        "we",
        url=asked["url"],
        enabled_events=asked["enabled_events"],
        status="enabled",
        api_version=asked.get("api_version"),
        description=asked.get("description"),
        application=None,
        metadata=asked.get("metadata", {}),
        _secret=secret,
    )
    return {**endpoint, "secret": secret}


def delete_webhook(state: State, webhook_id: str) -> Thing:
    """Serve DELETE /v1/webhook_endpoints/…."""
    state.get("webhook_endpoint", webhook_id)
    del state.things[webhook_id]
    return {"id": webhook_id, "object": "webhook_endpoint", "deleted": True}


def register_once(state: State, url: str, secret: str) -> None:
    """Have all events sent to an address under a known secret, and no longer to where that was at an earlier start."""
    for endpoint in state.find("webhook_endpoint", _secret=secret):
        if endpoint["url"] != url:
            del state.things[endpoint["id"]]
    if next(state.find("webhook_endpoint", url=url), None) is None:
        create_webhook(state, {"url": url, "enabled_events": ["*"]}, secret)


def pay_out(state: State, currency: str = "gbp") -> Thing:
    """Send everything that has gathered in one currency to the business's bank."""
    gathered = [line for line in state.find("balance_transaction", payout=None) if line["currency"] == currency]
    amount = sum(line["net"] for line in gathered)
    if amount <= 0:
        raise Problem("There is nothing to pay out.", code="balance_insufficient")
    payout = state.add(
        "payout",
        "po",
        amount=amount,
        currency=currency,
        arrival_date=int(state.now()),
        automatic=True,
        status="paid",
        type="bank_account",
        method="standard",
        description="STRIPE PAYOUT",
        destination=None,
        failure_code=None,
        failure_message=None,
        metadata={},
        reconciliation_status="completed",
    )
    own = add_movement(state, "payout", -amount, 0, currency, payout["id"])
    payout["balance_transaction"] = own["id"]
    for line in [own, *gathered]:
        line["payout"] = payout["id"]
    state.emit("payout.created", payout)
    state.emit("payout.paid", payout)
    return payout


def fail_payout(state: State, payout: Thing) -> None:
    """Have the business's bank send a payout back: its money gathers for the next one."""
    if payout["status"] == "failed":
        raise Problem("This payout has failed already.")
    payout.update(status="failed", failure_code="account_closed", failure_message="The bank account is closed.")
    add_movement(state, "payout_failure", payout["amount"], 0, payout["currency"], payout["id"])
    state.emit("payout.failed", payout)
