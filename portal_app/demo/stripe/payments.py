"""Payment intents and their charges: confirmed, with the bank, settled or failed."""

from datetime import UTC, datetime, timedelta

from babel.numbers import list_currencies

from portal_app.demo.stripe.methods import ONLY_IN, details_of, make_method
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State, Thing

_BANK_DAYS = 4
_DAYS_TO_SHOW = 2
# Stripe's own names for cards that belong to nobody: https://docs.stripe.com/testing.
_TEST_CARDS = {"pm_card_visa": "card_ok", "pm_card_chargeDeclined": "card_declined"}
_SMALLEST = {"usd": 50, "eur": 50, "gbp": 30}
_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "account_closed": "The customer's bank account has been closed.",
}


def new_intent(state: State, amount: int, currency: str, **fields: object) -> Thing:
    """Make a payment intent that waits for a method; raises Problem for an amount Stripe would not take."""
    check_amount(amount, currency)
    defaults: Thing = {
        "customer": None,
        "description": None,
        "metadata": {},
        "setup_future_usage": None,
        "receipt_email": None,
    }
    intent = state.add(
        "payment_intent",
        "pi",
        amount=amount,
        amount_received=0,
        currency=currency,
        status="requires_payment_method",
        payment_method=None,
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        canceled_at=None,
        cancellation_reason=None,
        **{**defaults, **fields},
    )
    state.emit("payment_intent.created", intent)
    return intent


def check_amount(amount: int, currency: str) -> None:
    """Raise Problem for an amount that Stripe would not take."""
    if currency.upper() not in list_currencies():
        raise Problem(f"Invalid currency: {currency}.", param="currency")
    if amount < _SMALLEST.get(currency, 1):
        raise Problem("The amount is below the smallest that can be charged.", code="amount_too_small", param="amount")
    if amount > 99_999_999:
        raise Problem("Amount must be no more than 999,999.99.", code="amount_too_large", param="amount")
    if currency in ("ugx", "isk") and amount % 100:
        raise Problem(f"Invalid amount: {currency.upper()} takes no decimals, so it must end in 00.", param="amount")
    if currency in ("bhd", "jod", "kwd", "omr", "tnd") and amount % 10:
        raise Problem(f"Invalid amount: {currency.upper()} amounts must end in 0.", param="amount")


def create(state: State, asked: Thing) -> Thing:
    """Serve POST /v1/payment_intents: only charges of saved methods and of test cards, as the portal asks for them."""
    if not (asked.get("confirm") and asked.get("payment_method")):
        raise Problem("The local Stripe only makes payment intents that charge a saved method or a test card.")
    method = _method_for(state, asked)
    kept = {name: asked[name] for name in ("customer", "description", "metadata") if name in asked}
    intent = new_intent(state, asked["amount"], asked["currency"].lower(), **kept)
    _refuse_currency(method, intent)
    confirm(state, intent, method, present=not asked.get("off_session"))
    problem = intent["last_payment_error"]
    if problem is not None:
        raise Problem(
            problem["message"],
            402,
            kind="card_error",
            code=problem["code"],
            decline_code=problem["decline_code"],
            charge=intent["latest_charge"],
            payment_intent=state.shown(intent),
        )
    return intent


def _method_for(state: State, asked: Thing) -> Thing:
    """Return the customer's own method, or one made of Stripe's own names for test cards."""
    if asked["payment_method"] in _TEST_CARDS:
        if (
            not asked.get("off_session")
            and asked.get("automatic_payment_methods", {}).get("allow_redirects") != "never"
        ):
            raise Problem(
                "You must provide a `return_url`, or set automatic_payment_methods[allow_redirects] to never."
            )
        return make_method(state, _TEST_CARDS[asked["payment_method"]], asked.get("customer"))
    state.get("customer", asked.get("customer"), "customer")
    method = state.get("payment_method", asked["payment_method"], "payment_method")
    if method["customer"] != asked["customer"]:
        raise Problem(
            "The PaymentMethod you provided does not belong to this customer, or was detached from it.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )
    return method


def _refuse_currency(method: Thing, intent: Thing) -> None:
    only = ONLY_IN.get(method["type"], intent["currency"])
    if only != intent["currency"]:
        raise Problem(f"This kind of method can only be used in {only}.", param="currency")


def confirm(state: State, intent: Thing, method: Thing, *, present: bool, authenticated: bool = False) -> None:
    """Try to charge a method; afterwards the intent is succeeded, processing or, with an error, back to waiting."""
    intent["payment_method"] = method["id"]
    outcome = method["_outcome"]
    if outcome == "declined" or (outcome == "declines_later" and not present):
        fail(state, intent, "card_declined", "insufficient_funds")
    elif outcome == "authenticate" and not authenticated:
        fail(state, intent, "authentication_required", "authentication_required")
    elif outcome == "confirm":
        _send_small_amounts(state, intent)
    elif outcome in ("clears", "fails"):
        _hand_to_bank(state, intent, method)
    else:
        _charge(state, intent, "succeeded")
        _arrive(state, intent)


def _send_small_amounts(state: State, intent: Thing) -> None:
    step = {
        "arrival_date": int(state.now()) + _DAYS_TO_SHOW * 86400,
        "hosted_verification_url": f"{state.public_url}/verify/{intent['id']}",
        "microdeposit_type": "amounts",
    }
    intent.update(
        status="requires_action",
        last_payment_error=None,
        next_action={"type": "verify_with_microdeposits", "verify_with_microdeposits": step},
    )
    state.emit("payment_intent.requires_action", intent)


def verify(state: State, intent: Thing) -> None:
    """Let the payer type the small amounts that came to their bank account, which is debited then."""
    if intent["status"] != "requires_action":
        raise Problem(f"This payment is {intent['status']}, so there is nothing to confirm.")
    intent["next_action"] = None
    _hand_to_bank(state, intent, state.things[intent["payment_method"]])


def _hand_to_bank(state: State, intent: Thing, method: Thing) -> None:
    charge = _charge(state, intent, "pending")
    expected = datetime.fromtimestamp(state.now(), UTC) + timedelta(days=_BANK_DAYS)
    charge["payment_method_details"][method["type"]]["expected_debit_date"] = expected.date().isoformat()
    intent["status"], intent["last_payment_error"] = "processing", None
    if state.settle_seconds is not None:
        intent["_settles_at"] = state.now() + state.settle_seconds
    state.emit("charge.pending", charge)
    state.emit("payment_intent.processing", intent)


def settle(state: State, intent: Thing) -> None:
    """Let the bank pay."""
    _expect_processing(intent)
    charge = state.things[intent["latest_charge"]]
    charge["status"], charge["paid"] = "succeeded", True
    _arrive(state, intent)


def fail_at_bank(state: State, intent: Thing, code: str = "insufficient_funds") -> None:
    """Let the bank send the debit back."""
    _expect_processing(intent)
    fail(state, intent, code, "", state.things[intent["latest_charge"]])


def _expect_processing(intent: Thing) -> None:
    if intent["status"] != "processing":
        raise Problem(f"This payment is {intent['status']}, so there is nothing for a bank to answer.")


def answer_of_bank(state: State, intent: Thing) -> None:
    """Let the bank answer as the chosen method says."""
    method = state.things[intent["payment_method"]]
    if method["_outcome"] == "fails":
        fail_at_bank(state, intent)
    else:
        settle(state, intent)


def _charge(state: State, intent: Thing, status: str) -> Thing:
    method = state.things[intent["payment_method"]]
    charge = state.add(
        "charge",
        "py" if status == "pending" else "ch",
        amount=intent["amount"],
        amount_refunded=0,
        balance_transaction=None,
        billing_details={"email": None, "name": None},
        captured=True,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=None,
        failure_message=None,
        metadata=dict(intent["metadata"]),
        paid=status == "succeeded",
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=details_of(method),
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        statement_descriptor=None,
        status=status,
    )
    intent["latest_charge"] = charge["id"]
    return charge


def _arrive(state: State, intent: Thing) -> None:
    charge = state.things[intent["latest_charge"]]
    card = charge["payment_method_details"]["type"] == "card"
    amount = intent["amount"]
    fee = round(amount * 0.015) + 20 if card else min(round(amount * 0.008), 500)
    movement = add_movement(state, "charge" if card else "payment", amount, fee, intent["currency"], charge["id"])
    charge["balance_transaction"] = movement["id"]
    charge["receipt_url"] = f"{state.public_url}/receipts/{charge['id']}"
    intent.update(status="succeeded", amount_received=amount, last_payment_error=None)
    state.emit("charge.succeeded", charge)
    state.emit("payment_intent.succeeded", intent)


def fail(state: State, intent: Thing, code: str, decline: str, charge: Thing | None = None) -> None:
    """Have the try fail with Stripe's codes; the intent waits for another method."""
    method = state.things[intent["payment_method"]]
    charge = charge or _charge(state, intent, "failed")
    message = _MESSAGES.get(decline) or _MESSAGES.get(code) or "The payment failed."
    charge.update(status="failed", paid=False, failure_code=code, failure_message=message)
    intent["last_payment_error"] = {
        "type": "card_error" if method["type"] == "card" else "invalid_request_error",
        "code": code,
        "decline_code": decline or None,
        "message": message,
        "charge": charge["id"],
        "payment_method": state.shown(method),
    }
    intent["status"], intent["payment_method"] = "requires_payment_method", None
    state.emit("charge.failed", charge)
    state.emit("payment_intent.payment_failed", intent)


def cancel(state: State, intent_id: str) -> Thing:
    """Serve POST /v1/payment_intents/…/cancel."""
    intent = state.get("payment_intent", intent_id)
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise Problem(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    intent.update(status="canceled", canceled_at=int(state.now()), next_action=None)
    state.emit("payment_intent.canceled", intent)
    return intent


def add_movement(state: State, kind: str, amount: int, fee: int, currency: str, source: str) -> Thing:
    """Book a movement of the business's balance; amounts below zero take away."""
    return state.add(
        "balance_transaction",
        "txn",
        type=kind,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency=currency,
        source=source,
        status="available",
        available_on=int(state.now()),
        description=None,
        exchange_rate=None,
        fee_details=[],
        reporting_category=kind,
        payout=None,
    )
