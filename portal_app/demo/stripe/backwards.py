"""Money that goes back: refunds and disputes."""

from portal_app.demo.stripe.payments import add_movement
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State, Thing

_DISPUTE_FEE = 1500
_DAYS_TO_ANSWER = 7
INQUIRIES = ("warning_needs_response", "warning_under_review")
OPEN_DISPUTES = ("needs_response", "under_review", *INQUIRIES)


def charge_of(state: State, intent: Thing) -> Thing:
    """Return the charge that brought an intent's money; raises Problem when none has."""
    if intent["status"] != "succeeded":
        raise Problem(
            "This PaymentIntent does not have a successful charge to refund.", code="payment_intent_unexpected_state"
        )
    return state.things[intent["latest_charge"]]


def create_refund(state: State, asked: Thing) -> Thing:
    """Serve POST /v1/refunds."""
    if "payment_intent" not in asked:
        raise Problem("One of the following params should be provided: payment_intent.", param="payment_intent")
    intent = state.get("payment_intent", asked["payment_intent"], "payment_intent")
    charge = charge_of(state, intent)
    left = charge["amount"] - charge["amount_refunded"]
    amount = asked.get("amount", left)
    _check(state, charge, amount, left)
    cards = charge["payment_method_details"]["type"] == "card"
    refund = state.add(
        "refund",
        "re" if cards else "pyr",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=intent["id"],
        status="succeeded" if cards else "pending",
        reason=asked.get("reason"),
        metadata=asked.get("metadata") or {},
        failure_reason=None,
        failure_balance_transaction=None,
        receipt_number=None,
    )
    movement = add_movement(
        state, "refund" if cards else "payment_refund", -amount, 0, charge["currency"], refund["id"]
    )
    refund["balance_transaction"] = movement["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    if not cards and state.settle_seconds is not None:
        refund["_settles_at"] = state.now() + state.settle_seconds
    state.emit("refund.created", refund)
    state.emit("charge.refunded", charge)
    return refund


def _check(state: State, charge: Thing, amount: int, left: int) -> None:
    # What a lost dispute leaves of a charge can be given back.
    refundable = (*INQUIRIES, "warning_closed", "won", "lost")
    disputes = list(state.find("dispute", charge=charge["id"]))
    gone = sum(dispute["amount"] for dispute in disputes if dispute["status"] == "lost")
    left = max(0, left - gone)
    if gone >= charge["amount"] or any(dispute["status"] not in refundable for dispute in disputes):
        raise Problem(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left == 0:
        raise Problem(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        raise Problem(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    if amount < 1:
        raise Problem("Invalid positive integer", code="parameter_invalid_integer", param="amount")


def settle_refund(state: State, refund: Thing) -> None:
    """Let a refund to a bank account arrive."""
    if refund["status"] != "pending":
        raise Problem(f"This refund is {refund['status']}.")
    refund["status"] = "succeeded"
    state.emit("refund.updated", refund)


def fail_refund(state: State, refund: Thing) -> None:
    """Have the bank send a refund back, which it can also do after it seemed to have arrived."""
    if refund["status"] not in ("pending", "succeeded"):
        raise Problem(f"This refund is {refund['status']}.")
    charge = state.things[refund["charge"]]
    movement = add_movement(state, "refund_failure", refund["amount"], 0, refund["currency"], refund["id"])
    refund.update(status="failed", failure_reason="lost_or_stolen_card", failure_balance_transaction=movement["id"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    state.emit("refund.updated", refund)
    state.emit("refund.failed", refund)


def open_dispute(
    state: State, intent: Thing, reason: str, *, only_asks: bool = False, part: int | None = None
) -> Thing:
    """Have the payer's bank want what is left of the money back, or a part of that, or only ask, which takes none."""
    charge = charge_of(state, intent)
    if any(dispute["status"] in OPEN_DISPUTES for dispute in state.find("dispute", charge=charge["id"])):
        raise Problem("This payment is disputed already.")
    lost = sum(one["amount"] for one in state.find("dispute", charge=charge["id"], status="lost"))
    left = charge["amount"] - charge["amount_refunded"] - lost
    amount = min(part or left, left)
    if amount <= 0:
        raise Problem("Nothing is left of this payment.")
    due_by = int(state.now()) + _DAYS_TO_ANSWER * 86400
    dispute = state.add(
        "dispute",
        "du",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=intent["id"],
        reason=reason,
        status="warning_needs_response" if only_asks else "needs_response",
        is_charge_refundable=only_asks,
        evidence={},
        evidence_details={"due_by": due_by, "has_evidence": False, "past_due": False, "submission_count": 0},
        metadata={},
        balance_transactions=[],
    )
    charge["disputed"] = True
    state.emit("charge.dispute.created", dispute)
    if not only_asks:
        _withdraw(state, dispute)
    return dispute


def _move(state: State, dispute: Thing, amount: int, fee: int) -> None:
    movement = add_movement(state, "adjustment", amount, fee, dispute["currency"], dispute["id"])
    dispute["balance_transactions"].append(state.shown(movement))


def _withdraw(state: State, dispute: Thing) -> None:
    _move(state, dispute, -dispute["amount"], _DISPUTE_FEE)
    state.emit("charge.dispute.funds_withdrawn", dispute)


def close_dispute(state: State, dispute: Thing, outcome: str) -> None:
    """Decide a dispute: won brings the money back, lost does not. An inquiry is closed, or becomes a dispute."""
    asked = dispute["status"] in INQUIRIES
    if outcome not in (("closed", "escalated") if asked else ("won", "lost")):
        raise Problem("A dispute is won or lost, an inquiry is closed or escalated.")
    if dispute["status"] not in OPEN_DISPUTES:
        raise Problem(f"This dispute is {dispute['status']} already.")
    if outcome == "escalated":
        dispute.update(status="needs_response", is_charge_refundable=False)
        state.emit("charge.dispute.updated", dispute)
        _withdraw(state, dispute)
        return
    dispute["status"] = "warning_closed" if asked else outcome
    state.emit("charge.dispute.closed", dispute)
    if outcome == "won":
        _move(state, dispute, dispute["amount"], 0)
        state.emit("charge.dispute.funds_reinstated", dispute)
