"""Stripe's objects as our values. What Stripe leaves out, or adds later, must not break the reading."""

from datetime import UTC, date, datetime
from typing import Any

from portal_app.integrations.stripe.amounts import from_stripe
from portal_app.integrations.stripe.declines import sentence_for
from portal_app.integrations.stripe.values import (
    CheckoutSession,
    Dispute,
    Failure,
    Fees,
    Method,
    Payment,
    Payout,
    PayoutLine,
    Refund,
    SavedMethod,
)

Plain = dict[str, Any]
# What Stripe charges by lines of their own: https://docs.stripe.com/reports/balance-transaction-types
_FEES = ("stripe_fee", "stripe_fx_fee", "tax_fee")
_CONFIRMS = "verify_with_microdeposits"


def moment(stamp: int | float) -> datetime:
    """Return a Unix time as an aware datetime."""
    return datetime.fromtimestamp(stamp, UTC)


def id_of(thing: object) -> str | None:
    """Return the id of a field that holds an id, an expanded object or nothing."""
    found = thing.get("id") if isinstance(thing, dict) else thing
    return found if isinstance(found, str) and found else None


def metadata_of(thing: Plain, name: str) -> str:
    """Return one word of ours that was sent along, empty when there is none."""
    return str((thing.get("metadata") or {}).get(name) or "")


def read_session(plain: Plain) -> CheckoutSession:
    """Read a checkout session; with `setup_intent` expanded the saved method is told."""
    setup, currency, total = plain.get("setup_intent"), plain.get("currency") or "", plain.get("amount_total")
    return CheckoutSession(
        id=plain["id"],
        mode=plain["mode"],
        url=plain.get("url") or "",
        status=plain.get("status") or "",
        payment_status=plain["payment_status"],
        payment_intent_id=id_of(plain.get("payment_intent")),
        amount_total=None if total is None else from_stripe(total, currency),
        currency=currency.upper(),
        expires_at=moment(plain["expires_at"]),
        attempt=metadata_of(plain, "attempt") or plain.get("client_reference_id") or "",
        customer=id_of(plain.get("customer")),
        payment_method=id_of(setup.get("payment_method")) if isinstance(setup, dict) else None,
        setup_status=str(setup.get("status") or "") if isinstance(setup, dict) else "",
    )


def read_payment(plain: Plain, refunds: list[Plain], disputes: list[Plain]) -> Payment:
    """Read a payment intent with `latest_charge.balance_transaction` and `payment_method` expanded."""
    charge = plain.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    booked = charge.get("balance_transaction")
    booked = booked if isinstance(booked, dict) else {}
    settled = booked.get("created") or charge.get("created") or plain["created"]
    currency = plain["currency"]
    return Payment(
        id=plain["id"],
        status=plain["status"],
        amount=from_stripe(plain["amount"], currency),
        amount_received=from_stripe(plain.get("amount_received") or 0, currency),
        currency=currency.upper(),
        created=moment(plain["created"]),
        attempt=metadata_of(plain, "attempt"),
        customer=id_of(plain.get("customer")),
        method=_read_method(plain, charge),
        charge_id=charge.get("id") or id_of(plain.get("latest_charge")),
        settled_at=moment(settled) if plain["status"] == "succeeded" else None,
        expected_on=_expected_on(charge),
        receipt_url=charge.get("receipt_url") or "",
        failure=_read_failure(plain, charge),
        next_url=_next_url(plain),
        confirms=(plain.get("next_action") or {}).get("type") == _CONFIRMS,
        refunds=tuple(read_refund(refund) for refund in refunds),
        disputes=tuple(_read_dispute(dispute) for dispute in disputes),
        fees=_read_fees(booked) if booked else None,
    )


def _next_step(plain: Plain) -> Plain:
    """Read what the payer is to do next: https://docs.stripe.com/api/payment_intents/object, `next_action`."""
    action = plain.get("next_action") or {}
    return action.get(action.get("type")) or {}


def _next_url(plain: Plain) -> str:
    step = _next_step(plain)
    names = ("hosted_verification_url", "hosted_voucher_url", "hosted_instructions_url")
    return next((step[name] for name in names if step.get(name)), "")


def _read_method(plain: Plain, charge: Plain) -> Method | None:
    details = charge.get("payment_method_details")
    kept = plain.get("payment_method") or (plain.get("last_payment_error") or {}).get("payment_method")
    if details:
        return _describe(details, charge.get("payment_method") or id_of(kept) or "")
    return _describe(kept, kept["id"]) if isinstance(kept, dict) else None


def _describe(thing: Plain, method_id: str) -> Method:
    """Read `{type, <type>: {…}}`, which payment methods and charges have in common."""
    kind = thing.get("type") or ""
    facts = thing.get(kind) or {}
    bank = facts.get("bank_name") or ""
    return Method(kind, facts.get("brand") or "", facts.get("last4") or "", bank, method_id)


def _expected_on(charge: Plain) -> date | None:
    details = charge.get("payment_method_details") or {}
    text = (details.get(details.get("type")) or {}).get("expected_debit_date")
    return date.fromisoformat(text) if text else None


def _read_failure(plain: Plain, charge: Plain) -> Failure | None:
    if plain["status"] not in ("requires_payment_method", "canceled"):
        return None
    problem = plain.get("last_payment_error") or {}
    code = problem.get("code") or charge.get("failure_code") or ""
    decline = problem.get("decline_code") or ""
    if not (code or decline or problem):
        return None
    return Failure(decline or code, sentence_for(code, decline))


def _read_fees(booked: Plain) -> Fees:
    currency = booked["currency"]
    amount, fee = from_stripe(booked["amount"], currency), from_stripe(booked["fee"], currency)
    return Fees(amount, fee, amount - fee, currency.upper())


def read_refund(plain: Plain) -> Refund:
    """Read a refund; with `failure_balance_transaction` expanded it is told when it came back."""
    back = plain.get("failure_balance_transaction")
    return Refund(
        id=plain["id"],
        amount=from_stripe(plain["amount"], plain["currency"]),
        currency=plain["currency"].upper(),
        status=plain.get("status") or "",
        created=moment(plain["created"]),
        reason=plain.get("failure_reason") or plain.get("reason") or "",
        ours=metadata_of(plain, "refund"),
        payment_intent_id=id_of(plain.get("payment_intent")),
        failed_at=moment(back["created"]) if isinstance(back, dict) else None,
    )


def _read_dispute(plain: Plain) -> Dispute:
    due_by = (plain.get("evidence_details") or {}).get("due_by")
    moves = [one for one in plain.get("balance_transactions") or [] if isinstance(one, dict)]
    fees = [_read_fees(one) for one in moves]
    return Dispute(
        id=plain["id"],
        status=plain["status"],
        amount=from_stripe(plain["amount"], plain["currency"]),
        currency=plain["currency"].upper(),
        reason=plain.get("reason") or "",
        created=moment(plain["created"]),
        due_by=moment(due_by) if due_by else None,
        # Winning may give it back: then it is there twice, once below zero.
        fee=sum(one.fee for one in fees if one.fee > 0) if fees else None,
        fee_back=-sum(one.fee for one in fees if one.fee < 0) if fees else None,
        fee_currency=fees[0].currency if fees else "",
        withdrawn_at=_moved_at(moves, taken=True),
        reinstated_at=_moved_at(moves, taken=False),
    )


def _moved_at(moves: list[Plain], *, taken: bool) -> datetime | None:
    """Return when money was first taken from the balance, or given to it again."""
    stamps = [one["created"] for one in moves if (one["amount"] < 0) == taken]
    return moment(min(stamps)) if stamps else None


def read_saved(plain: Plain, default: str | None) -> SavedMethod:
    """Read a payment method kept with a customer."""
    method = _describe(plain, plain["id"])
    card = plain.get("card") or {}
    expires = None
    if card.get("exp_year") and card.get("exp_month"):
        year, month = divmod(card["exp_year"] * 12 + card["exp_month"], 12)
        expires = date(year, month + 1, 1)
    facts = plain.get(method.kind) or {}
    return SavedMethod(
        method.id,
        method.kind,
        method.brand,
        method.last4,
        expires,
        method.bank,
        default=method.id == default,
        fingerprint=facts.get("fingerprint") or "",
    )


def read_payout(plain: Plain, movements: list[Plain]) -> Payout:
    """Read a payout with the balance transactions in it; its own, which takes the sum out, is left away."""
    lines = tuple(_read_line(line) for line in movements if line.get("type") != "payout")
    fees = sum(line.fee for line in lines)
    amount = from_stripe(plain["amount"], plain["currency"])
    return Payout(
        id=plain["id"],
        amount=amount,
        currency=plain["currency"].upper(),
        status=plain["status"],
        arrival=moment(plain["arrival_date"]).date(),
        created=moment(plain["created"]),
        gross=amount + fees,
        fees=fees,
        lines=lines,
    )


def _read_line(plain: Plain) -> PayoutLine:
    fees, source = _read_fees(plain), plain.get("source")
    # A fee gathers nothing.
    amount, fee = (0, fees.fee - fees.amount) if plain["type"] in _FEES else (fees.amount, fees.fee)
    return PayoutLine(
        id=plain["id"],
        kind=plain["type"],
        amount=amount,
        fee=fee,
        net=fees.net,
        created=moment(plain["created"]),
        source=id_of(source) or "",
        payment_intent_id=id_of(source.get("payment_intent")) if isinstance(source, dict) else None,
    )
