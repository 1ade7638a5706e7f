"""Payments, reversals and refunds: what they do to payments and to what is left on invoices.

What has paid an invoice that is void, deleted or another customer's by now is spare, and goes back after the rest.
A payment's allocations are whole minor units; `pays` on its record says what of them still counts, `taken` what the
bank has taken back, each time by itself. What is won again is the newest of these over that amount: the contract names
none.
Pending payments change no balance.
"""

from portal_app.demo.crm.context import Crm
from portal_app.demo.crm.ledger import Rejected, answered, change, created, existing
from portal_app.demo.crm.store import Record

_PAYABLE = ("open", "partially_paid", "paid", "uncollectible")


def take_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Record a payment; once succeeded it lowers the balances of its invoices.

    With a `payment_id` it is one that is known already, of which something that paid nothing pays invoices now.
    """
    existing(crm, "customers", body["customer_id"], "customer")
    _check_allocations(crm, body)
    if body.get("payment_id"):
        return _pay_more(crm, body)
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


def _pay_more(crm: Crm, body: Record) -> Record:
    payment_id, payment = _payment(crm, body["payment_id"], body)
    if payment["customer_id"] != body["customer_id"]:
        raise Rejected("The payment belongs to another customer.")
    if payment["status"] == "pending":
        raise Rejected("The payment has not succeeded.")
    pays, more = _pays(payment), _parts(body["allocations"])
    gone = payment.get("refunded_minor", 0) + payment.get("reversed_minor", 0)
    here = payment["amount"]["amount_minor"] - gone
    stands, idle = _standing(crm, payment, pays)
    if _sum(more) > here - _sum(stands):
        raise Rejected("The payment has less left than these invoices are to get.")
    _, idle = _split(idle, _sum([*pays, *more]) - here)
    pays = [*stands, *idle]
    for part in more:
        _move(crm, part["invoice_id"], -part["minor"])
    allocations = [*payment["allocations"], *body["allocations"]]
    change(crm, "payments", payment_id, allocations=allocations, pays=_in_order([*pays, *more], allocations))
    return answered("applied", payment_id)


def reverse_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Take back a payment that the bank returned or a cardholder disputed, or restore one whose dispute was won."""
    payment_id, payment = _payment(crm, body["payment_id"], body)
    amount, total = body["amount"]["amount_minor"], payment["amount"]["amount_minor"]
    reversed_so_far = payment.get("reversed_minor", 0)
    counts, pays, taken = payment["status"] != "pending", _pays(payment), payment.get("taken", [])
    if body["reason"] == "dispute_won":
        if amount > reversed_so_far:
            raise Rejected("No more can be restored than was taken back.")
        now_reversed = reversed_so_far - amount
        given, taken = _won(taken, amount)
        # What was paid in another way meanwhile is not paid twice.
        told = payment["allocations"]
        given = [
            part | {"minor": min(part["minor"], _balance(crm, part["invoice_id"]))} for part in _in_order(given, told)
        ]
        pays, sign = _in_order([*pays, *given], told), -1
    else:
        if amount > total - reversed_so_far - payment.get("refunded_minor", 0):
            raise Rejected("No more can be taken back than was paid.")
        now_reversed = reversed_so_far + amount
        stands, idle = _standing(crm, payment, pays)
        given, stands = _split(stands, amount)
        _, idle = _split(idle, _sum([*stands, *idle]) - (total - now_reversed - payment.get("refunded_minor", 0)))
        pays, sign = _in_order([*stands, *idle], payment["allocations"]), 1
        taken = [*taken, {"minor": amount, "parts": given}]
    history = [*payment.get("reversals", []), {"portal_id": portal_id, "reason": body["reason"], "at": body["at"]}]
    if not counts:
        change(crm, "payments", payment_id, status="failed", reversals=history)
        return answered("applied", payment_id)
    for part in given:
        _move(crm, part["invoice_id"], sign * part["minor"])
    change(
        crm,
        "payments",
        payment_id,
        status="failed" if now_reversed else "refunded" if payment.get("refunded_minor", 0) == total else "succeeded",
        reversed_minor=now_reversed,
        reversals=history,
        pays=pays,
        taken=taken,
    )
    return answered("applied", payment_id)


def refund_payment(crm: Crm, portal_id: str, body: Record) -> Record:
    """Record money given back: `reopen` raises the invoices again, `credit_note` lowers what they ask for."""
    payment_id, payment = _payment(crm, body["payment_id"], body)
    amount = body["amount"]["amount_minor"]
    total, refunded = payment["amount"]["amount_minor"], payment.get("refunded_minor", 0) + amount
    taken_back = payment.get("reversed_minor", 0)
    # What the bank took back in part can be given back for the rest.
    if payment["status"] != "succeeded" and not 0 < taken_back < total:
        raise Rejected("Only a payment that has succeeded can be refunded.")
    if refunded > total - taken_back:
        raise Rejected("No more can be refunded than was paid.")
    if sum(part["amount"]["amount_minor"] for part in body["allocations"]) > amount:
        raise Rejected("The allocations are more than the refund.")
    for part in body["allocations"]:
        _invoice(crm, part["invoice_id"], payment["customer_id"])
        if body["treatment"] == "reopen":
            _move(crm, part["invoice_id"], part["amount"]["amount_minor"])
        else:
            _credit(crm, part, portal_id, body["at"])
    status = payment["status"] if taken_back else "refunded" if refunded == total else "succeeded"
    stands, idle = _standing(crm, payment, _less(_pays(payment), body["allocations"]))
    _, idle = _split(idle, _sum([*stands, *idle]) - (total - refunded - taken_back))
    pays = _in_order([*stands, *idle], payment["allocations"])
    change(crm, "payments", payment_id, status=status, refunded_minor=refunded, pays=pays)
    return answered("applied", payment_id)


def _won(taken: list[Record], minor: int) -> tuple[list[Record], list[Record]]:
    """Return the parts of what was taken last over an amount, and what else was taken."""
    same = [place for place, one in enumerate(taken) if one["minor"] == minor]
    place = (same or [len(taken) - 1])[-1]
    return taken[place]["parts"], [*taken[:place], *taken[place + 1 :]]


def _pays(payment: Record) -> list[Record]:
    """Return what of a payment still pays invoices, {invoice_id, minor}, in the order of its allocations."""
    return payment.get("pays", _parts(payment["allocations"]))


def _standing(crm: Crm, payment: Record, pays: list[Record]) -> tuple[list[Record], list[Record]]:
    """Return the parts that pay invoices of their payer's which are there and not void, and the others."""
    stands, idle = [], []
    for part in pays:
        invoice = crm.store.fields("invoices", part["invoice_id"])
        if invoice is None or invoice["customer_id"] != payment["customer_id"] or invoice["status"] not in _PAYABLE:
            idle.append(part)
        else:
            stands.append(part)
    return stands, idle


def _parts(allocations: list[Record]) -> list[Record]:
    return [{"invoice_id": part["invoice_id"], "minor": part["amount"]["amount_minor"]} for part in allocations]


def _sum(parts: list[Record]) -> int:
    return sum(part["minor"] for part in parts)


def _in_order(parts: list[Record], allocations: list[Record]) -> list[Record]:
    """Return parts with one for each invoice, in the order in which the invoices were first paid."""
    sums = dict.fromkeys((part["invoice_id"] for part in allocations), 0)
    for part in parts:
        sums[part["invoice_id"]] += part["minor"]
    return [{"invoice_id": invoice_id, "minor": minor} for invoice_id, minor in sums.items() if minor]


def _split(parts: list[Record], minor: int) -> tuple[list[Record], list[Record]]:
    """Return the first of some parts, up to an amount, and what is left of them all."""
    first, rest = [], []
    for part in parts:
        share = max(0, min(minor, part["minor"]))
        minor -= share
        first += [part | {"minor": share}] if share else []
        rest += [part | {"minor": part["minor"] - share}] if part["minor"] > share else []
    return first, rest


def _less(parts: list[Record], allocations: list[Record]) -> list[Record]:
    """Return what is left of some parts when allocations are taken off their invoices."""
    off = {part["invoice_id"]: part["amount"]["amount_minor"] for part in allocations}
    found = []
    for part in parts:
        share = min(part["minor"], off.get(part["invoice_id"], 0))
        off[part["invoice_id"]] = off.get(part["invoice_id"], 0) - share
        found += [part | {"minor": part["minor"] - share}] if part["minor"] > share else []
    return found


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


def _balance(crm: Crm, invoice_id: str) -> int:
    return existing(crm, "invoices", invoice_id, "invoice")["balance"]["amount_minor"]


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
