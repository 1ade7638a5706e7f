"""Payments, reversals and refunds: what they do to payments and to what is left on invoices.

A payment's allocations are whole minor units; `kept` on a payment record says what of it still counts.
Pending payments change no balance.
"""

from portal_app.demo.crm.context import Crm
from portal_app.demo.crm.ledger import Rejected, answered, change, created, existing
from portal_app.demo.crm.store import Record

_PAYABLE = ("open", "partially_paid", "paid", "uncollectible")


def take_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Record a payment; once succeeded it lowers the balances of its invoices."""
    existing(crm, "customers", body["customer_id"], "customer")
    _check_allocations(crm, body)
    earlier = _pending_twin(crm, body)
    fields = {
        "customer_id": body["customer_id"],
        "allocations": body["allocations"],
        "amount": body["amount"],
        "method": body["method"],
        "status": body["status"],
        "paid_at": body["paid_at"],
        "reference": body["receipt_number"],
        "processor_ref": body["processor_ref"],
        "portal_id": portal_id,
    }
    if body["status"] == "succeeded":
        for part in body["allocations"]:
            _move(crm, part["invoice_id"], -part["amount"]["amount_minor"])
    if earlier is None:
        return answered("applied", created(crm, "payments", "pay", fields))
    change(crm, "payments", earlier, **fields)
    return answered("applied", earlier)


def reverse_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Take back a payment that the bank returned or a cardholder disputed, or restore one whose dispute was won."""
    payment_id, payment = _payment(crm, body["payment_id"], body)
    amount, total = body["amount"]["amount_minor"], payment["amount"]["amount_minor"]
    reversed_so_far = payment.get("reversed_minor", 0)
    counts = payment["status"] != "pending"
    if body["reason"] == "dispute_won":
        if amount > reversed_so_far:
            raise Rejected("No more can be restored than was taken back.")
        now_reversed = reversed_so_far - amount
    else:
        if amount > total - reversed_so_far - payment.get("refunded_minor", 0):
            raise Rejected("No more can be taken back than was paid.")
        now_reversed = reversed_so_far + amount
    if counts:
        _spread(crm, payment, now_reversed - reversed_so_far)
    status = "failed" if now_reversed else "succeeded"
    history = [*payment.get("reversals", []), {"portal_id": portal_id, "reason": body["reason"], "at": body["at"]}]
    change(crm, "payments", payment_id, status=status, reversed_minor=now_reversed if counts else 0, reversals=history)
    return answered("applied", payment_id)


def refund_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Record money given back: `reopen` raises the invoices again, `credit_note` lowers what they ask for."""
    payment_id, payment = _payment(crm, body["payment_id"], body)
    amount = body["amount"]["amount_minor"]
    refunded = payment.get("refunded_minor", 0) + amount
    if payment["status"] != "succeeded":
        raise Rejected("Only a payment that has succeeded can be refunded.")
    if refunded > payment["amount"]["amount_minor"]:
        raise Rejected("No more can be refunded than was paid.")
    if sum(part["amount"]["amount_minor"] for part in body["allocations"]) > amount:
        raise Rejected("The allocations are more than the refund.")
    for part in body["allocations"]:
        _invoice(crm, part["invoice_id"], payment["customer_id"])
        if body["treatment"] == "reopen":
            _move(crm, part["invoice_id"], part["amount"]["amount_minor"])
        else:
            _credit(crm, part, portal_id, body["at"])
    status = "refunded" if refunded == payment["amount"]["amount_minor"] else "succeeded"
    change(crm, "payments", payment_id, status=status, refunded_minor=refunded)
    return answered("applied", payment_id)


def _check_allocations(crm: Crm, body: Record) -> None:
    currency = body["amount"]["currency"]
    asked: dict[str, int] = {}
    for part in body["allocations"]:
        if part["amount"]["currency"] != currency:
            raise Rejected("A payment and its allocations are in one currency.")
        asked[part["invoice_id"]] = asked.get(part["invoice_id"], 0) + part["amount"]["amount_minor"]
    if sum(asked.values()) > body["amount"]["amount_minor"]:
        raise Rejected("The allocations are more than the payment.")
    for invoice_id, amount in asked.items():
        invoice = _invoice(crm, invoice_id, body["customer_id"])
        if invoice["balance"]["currency"] != currency:
            raise Rejected(f"Invoice {invoice['number']} is in {invoice['balance']['currency']}.")
        if body["status"] == "succeeded" and amount > invoice["balance"]["amount_minor"]:
            raise Rejected(f"Invoice {invoice['number']} has less left to pay than this payment brings.")


def _invoice(crm: Crm, invoice_id: str, customer_id: str) -> Record:
    invoice = existing(crm, "invoices", invoice_id, "invoice")
    if invoice["customer_id"] != customer_id:
        raise Rejected(f"Invoice {invoice['number']} belongs to another customer.")
    if invoice["status"] not in _PAYABLE:
        raise Rejected(f"Invoice {invoice['number']} is {invoice['status']}.")
    return invoice


def _pending_twin(crm: Crm, body: Record) -> str | None:
    """Find the payment that was pending under the same processor reference: this command settles it."""
    if not body["processor_ref"]:
        return None
    for sent in crm.store.commands_of("payments"):
        same = sent.body.get("processor_ref") == body["processor_ref"] and sent.external_id
        payment = crm.store.fields("payments", sent.external_id) if same else None
        if payment is not None and payment["status"] == "pending":
            return sent.external_id
    return None


def _payment(crm: Crm, payment_id: str, body: Record) -> tuple[str, Record]:
    """Find a payment by its own id or by the one the portal gave it."""
    sent = crm.store.command("payments", payment_id)
    if sent is not None and sent.external_id:
        payment_id = sent.external_id
    payment = existing(crm, "payments", payment_id, "payment")
    if payment["amount"]["currency"] != body["amount"]["currency"]:
        raise Rejected(f"The payment is in {payment['amount']['currency']}.")
    return payment_id, payment


def _spread(crm: Crm, payment: Record, minor: int) -> None:
    """Raise (or, below zero, lower) the payment's invoices by an amount, first allocation first."""
    left = abs(minor)
    for part in payment["allocations"]:
        share = min(left, part["amount"]["amount_minor"])
        if share:
            _move(crm, part["invoice_id"], share if minor > 0 else -share)
        left -= share


def _move(crm: Crm, invoice_id: str, minor: int) -> None:
    invoice = existing(crm, "invoices", invoice_id, "invoice")
    total = invoice["total"]["amount_minor"] - invoice.get("credited_minor", 0)
    balance = max(0, min(total, invoice["balance"]["amount_minor"] + minor))
    change(
        crm,
        "invoices",
        invoice_id,
        balance={"amount_minor": balance, "currency": invoice["balance"]["currency"]},
        status="paid" if balance == 0 else "open" if balance == total else "partially_paid",
    )


def _credit(crm: Crm, part: Record, portal_id: str, at: str) -> None:
    invoice = existing(crm, "invoices", part["invoice_id"], "invoice")
    note = {"portal_id": portal_id, "amount": part["amount"], "at": at}
    change(
        crm,
        "invoices",
        part["invoice_id"],
        credited_minor=invoice.get("credited_minor", 0) + part["amount"]["amount_minor"],
        credit_notes=[*invoice.get("credit_notes", []), note],
    )
