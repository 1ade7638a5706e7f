"""Payments as people see them: one or many, for their customer or the office."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import NotAllowed, NotFound
from portal_app.models import (
    Allocation,
    AttemptPart,
    Customer,
    Invoice,
    PaperLook,
    Payment,
    PaymentAttempt,
    PaymentReversal,
    Refund,
)
from portal_app.money import Money
from portal_app.services import attempts, first_shares, ledger, receipts, refunds, settlement
from portal_app.services.actors import Actor, Staff
from portal_app.services.actors import Customer as CustomerActor
from portal_app.services.first_shares import First
from portal_app.services.ledger import Share
from portal_app.services.payment_states import payers_state, state_of
from portal_app.services.rights import Permission, Right
from portal_app.services.to_pay import to_pay_minor


@dataclass(frozen=True, slots=True)
class Part:
    """What of a payment goes, or was meant to go, to one invoice within the reader's reach.

    For a customer, `invoice_public_id` and `number` are empty where the office hides the invoice: money stays told. The
    first alone is where it is another customer's by now. `state` is that of `first_shares.First` where it pays this
    invoice no more, and the amount what it had first put to it. `owed` says that something of that is still to be paid;
    it is only looked up by `get`, of what did not come or went again.
    """

    invoice_public_id: str
    number: str
    amount: Money
    invoice_id: int = 0
    state: str = ""
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """Money that was given back, or is on its way back; `reopened` is what of its invoices was to be paid again."""

    public_id: str
    amount: Money
    status: str
    treatment: str
    reason: str
    at: datetime
    problem: str = ""
    reopened: Money | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One payment, or a try that has not become one yet (`public_id` is the try's then, `settled` False).

    `state`: begun, open, confirming, instructed, with_bank, paid, failed, expired, returned, refunded, disputed, held,
    mistaken.
    `credit` pays nothing yet. `go_on` says that a page of Stripe's still waits for its payer, and for nothing that is
    hidden. `intent_id` is Stripe's own, for the office alone. `taken_back` is what a bank has taken of it, perhaps a
    part, `undecided` what of that it may yet give again, and `taken_at` when it did so last. `whole` is False where a
    part of it is out of the reader's reach; `amount` is only what they may see then. `guest` is who paid who was sent
    the invoice, and is none of the account's people. `own` is False for a contact who reads what a guest or another of
    the account's people has paid.
    `pays` is what it pays now with money, for the office's page of it alone. `past` is what it paid of the invoice that
    was asked for, and pays no more.
    """

    public_id: str
    state: str
    amount: Money
    method: str
    method_words: str
    at: datetime
    expected_on: date | None
    problem: str
    receipt_number: str
    receipt_voided: bool
    parts: tuple[Part, ...]
    refunds: tuple[Back, ...] = ()
    credit: Money | None = None
    left_to_refund: Money | None = None
    dispute: str = ""
    dispute_due_at: datetime | None = None
    taken_back: Money | None = None
    taken_at: datetime | None = None
    undecided: Money | None = None
    held: str = ""
    fee: Money | None = None
    net: Money | None = None
    reference: str = ""
    evidence: str = ""
    mistake: str = ""
    customer_name: str = ""
    customer_public_id: str = ""
    attempt: str = ""
    go_on: bool = False
    intent_id: str = ""
    whole: bool = True
    guest: str = ""
    own: bool = True
    pays: tuple[Part, ...] = ()
    past: tuple[Part, ...] = ()


def get(session: Session, actor: Actor, public_id: str) -> PaymentFacts:
    """Return one payment by its own public id or its try's.

    A contact with the right to view money sees those of their customer, tries only their own; staff see all. NotFound
    for others'. Parts at properties out of the contact's reach are left out; where it pays nothing within their reach
    by now, they see what it was first put to, or meant for, there.
    """
    if isinstance(actor, Staff):
        actor.require(Permission.VIEW_CUSTOMERS)
    elif isinstance(actor, CustomerActor):
        actor.require(Right.VIEW_MONEY)
    else:
        raise NotAllowed
    payment = session.exec(select(Payment).where(Payment.public_id == public_id)).first()
    attempt = None
    if payment is None:
        attempt = session.exec(select(PaymentAttempt).where(PaymentAttempt.public_id == public_id)).first()
        if attempt is None:
            raise NotFound
        payment = session.exec(select(Payment).where(Payment.attempt_id == attempt.id)).first()
    elif payment.attempt_id is not None:
        attempt = session.get(PaymentAttempt, payment.attempt_id)
    row = payment or attempt
    assert row is not None
    if isinstance(actor, CustomerActor):
        if row.customer_id != actor.customer_id:
            raise NotFound
        if payment is None and row.contact_id != actor.contact_id:
            raise NotFound
    facts = _of_one(session, actor, payment, attempt)
    if _limited(actor) and not facts.parts:
        # Nothing of this is at one of the reader's properties.
        raise NotFound
    return _with_pays(session, actor, payment, facts)


def _with_pays(session: Session, actor: Actor, payment: Payment | None, facts: PaymentFacts) -> PaymentFacts:
    if payment is None or not isinstance(actor, Staff):
        return facts
    return replace(facts, pays=_parts(session, actor, ledger.standing(session, payment), payment.currency))


@dataclass(frozen=True, slots=True)
class Receipted:
    """What a receipt says for ever: what the money was put to when it arrived, the `names` on it and its look.

    `names` are seller and payer of Payment's `receipt_names`, empty like `look` for receipts from before they were kept
    (`fixed`). `on_account_minor` is what of it paid nothing. `kept` is the hash of its file, empty without one: that
    names all invoices, and `names_all` says whether its customer may read them all now.
    """

    payment_id: int
    parts: tuple[Part, ...]
    on_account_minor: int
    names: dict[str, Any]
    look: PaperLook | None
    fixed: bool
    kept: str
    names_all: bool


def receipted(session: Session, actor: Actor, public_id: str) -> Receipted:
    """Return what the receipt of a payment says; the caller has loaded the payment for this very reader."""
    payment = session.exec(select(Payment).where(Payment.public_id == public_id)).one()
    shares = ledger.first_put(session, payment)
    parts = _parts(session, actor, shares, payment.currency)
    if len(parts) != len(shares):
        # What it pays today is all within reach, but not what its receipt names.
        raise NotFound
    ids = [share.invoice_id for share in shares]
    hidden = select(Invoice.id).where(col(Invoice.id).in_(ids), col(Invoice.hidden_at).is_not(None))
    names, gone = receipts.said(session, payment)
    return Receipted(
        payment_id=payment.id or 0,
        parts=parts,
        on_account_minor=max(0, payment.amount_minor - gone - sum(share.amount_minor for share in shares)),
        names=names,
        look=session.get(PaperLook, payment.receipt_look_id) if payment.receipt_look_id else None,
        fixed=receipts.is_fixed(payment),
        kept=payment.receipt_hash,
        names_all=session.exec(hidden.limit(1)).first() is None,
    )


def of_invoice(session: Session, actor: Actor, invoice_public_id: str) -> list[PaymentFacts]:
    """Return what was paid of one invoice, and what is on its way, oldest first.

    The caller has loaded the invoice for this very reader; others' payments stay NotFound through `get`.
    """
    invoice_id = session.exec(select(Invoice.id).where(Invoice.public_id == invoice_public_id)).first() or 0
    paid = select(Allocation.payment_id).where(Allocation.invoice_id == invoice_id)
    meant = (
        select(Payment.id)
        .join(AttemptPart, col(AttemptPart.attempt_id) == col(Payment.attempt_id))
        .where(AttemptPart.invoice_id == invoice_id, col(Payment.status).in_(("pending", "failed")))
    )
    statement = select(Payment).where(or_(col(Payment.id).in_(paid), col(Payment.id).in_(meant)))
    found = []
    for payment in session.exec(statement.order_by(col(Payment.paid_at), col(Payment.id)).limit(100)):
        if isinstance(actor, CustomerActor) and payment.customer_id != actor.customer_id:
            continue
        attempt = session.get(PaymentAttempt, payment.attempt_id) if payment.attempt_id else None
        facts = _of_payment(session, actor, payment, attempt)
        found.append(_for_one(session, actor, payment, facts, invoice_id))
    return found


def _for_one(session: Session, actor: Actor, payment: Payment, facts: PaymentFacts, invoice_id: int) -> PaymentFacts:
    """Return a payment as one invoice is told it: its payer reads there what became of its own share alone."""
    taken = isinstance(actor, CustomerActor) and facts.state in ("disputed", "returned")
    if not taken and any(part.invoice_id == invoice_id for part in facts.parts):
        return facts
    standing = ledger.standing(session, payment, with_credited=True)
    if all(share.invoice_id != invoice_id for share in standing):
        return replace(facts, past=_past(session, actor, payment, invoice_id))
    return replace(facts, state="paid") if taken else facts


def _past(session: Session, actor: Actor, payment: Payment, invoice_id: int) -> tuple[Part, ...]:
    firsts = first_shares.of(session, [payment]).get(payment.id or 0, [])
    return _first_parts(actor, [one for one in firsts if one.invoice.id == invoice_id], payment.currency)


def _first_parts(actor: Actor, firsts: Sequence[First], currency: str) -> tuple[Part, ...]:
    return tuple(
        replace(_part(one.invoice, Money(one.amount_minor, currency), actor), state=one.state) for one in firsts
    )


def facts_of(session: Session, actor: Staff, rows: Sequence[Payment]) -> list[PaymentFacts]:
    """Return what the office sees of some payments, which the caller has chosen for it."""
    return [
        _of_payment(session, actor, row, session.get(PaymentAttempt, row.attempt_id) if row.attempt_id else None)
        for row in rows
    ]


def _limited(actor: Actor) -> bool:
    return isinstance(actor, CustomerActor) and actor.places(Right.VIEW_MONEY) is not None


def _within_reach(session: Session, actor: CustomerActor, payment: Payment, facts: PaymentFacts) -> PaymentFacts:
    """Return a payment as somebody may see it who is limited to some properties: only what was paid for those."""
    parts, state = facts.parts, facts.state
    if not parts or facts.taken_back is not None:
        firsts = first_shares.of(session, [payment]).get(payment.id or 0, [])
        seen = [one for one in firsts if one.invoice.location_id in (actor.places(Right.VIEW_MONEY) or ())]
        state = first_shares.payers_state(seen, state)
        if not first_shares.stands(seen):
            parts = _first_parts(actor, seen, payment.currency)
    amount = Money(sum(part.amount.minor for part in parts), payment.currency)
    return replace(
        facts,
        state=state,
        amount=amount,
        parts=parts,
        refunds=(),
        credit=None,
        taken_back=None,
        undecided=None,
        whole=amount == facts.amount,
    )


def _to_decide() -> ColumnElement[bool]:
    undecided = select(Refund.payment_id).where(Refund.treatment == "", Refund.status != "failed")
    return or_(col(Payment.held) > "", col(Payment.dispute).in_(("open", "asked")), col(Payment.id).in_(undecided))


def to_decide(session: Session) -> int:
    """Return how many payments wait for the office."""
    return session.exec(select(func.count()).select_from(Payment).where(_to_decide())).one()


def _of_payment(session: Session, actor: Actor, payment: Payment, attempt: PaymentAttempt | None) -> PaymentFacts:
    facts = _whole_payment(session, actor, payment, attempt)
    if isinstance(actor, CustomerActor) and _limited(actor):
        return _within_reach(session, actor, payment, facts)
    return facts


def _whole_payment(session: Session, actor: Actor, payment: Payment, attempt: PaymentAttempt | None) -> PaymentFacts:
    shares = ledger.standing(session, payment, with_credited=True)
    if not shares and attempt is not None:
        shares = attempts.parts(session, attempt)
    currency = payment.currency
    staff = isinstance(actor, Staff)
    customer = session.get_one(Customer, payment.customer_id)
    given_back = refunds.of_payment(session, payment)
    left = payment.amount_minor - ledger.gone_minor(session, payment) if payment.status == "succeeded" else 0
    taken = ledger.taken_back_minor(session, payment)
    taken_at, undecided = _taking(session, payment) if taken > 0 else (None, 0)
    fees = payment.fee_currency or currency
    facts = (payment.status, payment.dispute, payment.held, payment.receipt_number, payment.mistake)
    return PaymentFacts(
        public_id=payment.public_id,
        state=state_of(*facts) if staff else payers_state(*facts),
        own=_own(actor, payment, attempt),
        amount=Money(payment.amount_minor, currency),
        method=payment.method,
        method_words=payment.method_words,
        at=payment.paid_at,
        expected_on=payment.expected_on,
        problem=attempt.problem if attempt is not None and payment.status == "failed" else "",
        receipt_number=payment.receipt_number or "",
        receipt_voided=payment.receipt_voided_at is not None,
        parts=_parts(session, actor, shares, currency),
        refunds=tuple(
            Back(
                one.public_id,
                Money(one.amount_minor, currency),
                one.status,
                one.treatment,
                one.reason,
                one.at,
                one.problem,
                _reopened(session, payment, one),
            )
            for one in given_back
        ),
        credit=Money(ledger.credit_minor(session, payment), currency),
        left_to_refund=Money(max(0, left), currency) if staff else None,
        dispute=payment.dispute,
        dispute_due_at=payment.dispute_due_at if staff else None,
        taken_back=Money(taken, currency) if taken > 0 else None,
        taken_at=taken_at,
        undecided=Money(undecided, currency) if undecided else None,
        held=payment.held if staff else "",
        fee=Money(payment.fee_minor, fees) if staff and payment.fee_minor is not None else None,
        net=Money(payment.net_minor, fees) if staff and payment.net_minor is not None else None,
        reference=payment.reference,
        evidence=payment.evidence if staff else "",
        mistake=payment.mistake if staff else "",
        customer_name=customer.name,
        customer_public_id=customer.public_id,
        attempt=attempt.public_id if attempt else "",
        guest=_guest(session, attempt),
        intent_id=(payment.intent_id or "") if staff else "",
    )


def _own(actor: Actor, payment: Payment, attempt: PaymentAttempt | None) -> bool:
    if not isinstance(actor, CustomerActor):
        return True
    guests = attempt is not None and attempt.guest_id is not None
    return not guests and payment.contact_id in (None, actor.contact_id)


def _taking(session: Session, payment: Payment) -> tuple[datetime | None, int]:
    """Return when a bank took what it has of a payment last, and how much of all that it has yet to decide on.

    Where it has yet to decide on something, when it took that.
    """
    found = session.exec(select(PaymentReversal).where(PaymentReversal.payment_id == payment.id)).all()
    won = {one.source_id for one in found if one.reason == ledger.DISPUTE_WON}
    taken = [one for one in found if one.source_id not in won]
    undecided = [one for one in taken if one.reason == ledger.DISPUTED and one.decided_at is None]
    at = max((one.at for one in undecided or taken), default=None)
    return at, sum(one.amount_minor for one in undecided)


def _reopened(session: Session, payment: Payment, refund: Refund) -> Money | None:
    if not refund.booked or refund.treatment != refunds.REOPEN:
        return None
    taken = ledger.taken_by(session, payment, refund.public_id)
    return Money(sum(share.amount_minor for share in taken), payment.currency) if taken else None


def _guest(session: Session, attempt: PaymentAttempt | None) -> str:
    found = attempts.guest_of(session, attempt) if attempt is not None else None
    return found[0].name if found else ""


_ATTEMPT_STATES = {
    attempts.CREATED: "begun",
    attempts.OPEN: "open",
    attempts.CONFIRMING: "confirming",
    attempts.INSTRUCTED: "instructed",
    attempts.PROCESSING: "with_bank",
    attempts.FAILED: "failed",
    attempts.EXPIRED: "expired",
    attempts.HELD: "held",
}


def _of_attempt(session: Session, actor: Actor, attempt: PaymentAttempt | None) -> PaymentFacts:
    assert attempt is not None
    customer = session.get_one(Customer, attempt.customer_id)
    kind = str(attempt.method.get("kind") or "")
    parts = _parts(session, actor, attempts.parts(session, attempt), attempt.currency)
    is_open = attempt.state == attempts.OPEN and attempt.expires_at > clock.now()
    waits = is_open or (attempt.state in attempts.WAITING and attempt.checkout_url)
    return PaymentFacts(
        public_id=attempt.public_id,
        state=_ATTEMPT_STATES.get(attempt.state, "begun"),
        amount=Money(attempt.amount_minor, attempt.currency),
        method="bank" if kind in settlement.BANK_DEBITS else "card",
        method_words="",
        at=attempt.created_at,
        expected_on=attempt.expected_on,
        problem=attempt.problem,
        receipt_number="",
        receipt_voided=False,
        parts=parts,
        customer_name=customer.name,
        customer_public_id=customer.public_id,
        attempt=attempt.public_id,
        go_on=bool(waits) and all(part.invoice_public_id for part in parts),
    )


def _parts(session: Session, actor: Actor, shares: Sequence[Share], currency: str) -> tuple[Part, ...]:
    ids = [share.invoice_id for share in shares]
    rows = {row.id: row for row in session.exec(select(Invoice).where(col(Invoice.id).in_(ids)))}
    places = actor.places(Right.VIEW_MONEY) if isinstance(actor, CustomerActor) else None
    return tuple(
        _part(rows[share.invoice_id], Money(share.amount_minor, currency), actor)
        for share in shares
        if places is None or rows[share.invoice_id].location_id in places
    )


def _of_one(session: Session, actor: Actor, payment: Payment | None, attempt: PaymentAttempt | None) -> PaymentFacts:
    facts = _of_payment(session, actor, payment, attempt) if payment else _of_attempt(session, actor, attempt)
    row = payment or attempt
    if row is None or facts.state not in ("failed", "returned", "expired"):
        return facts
    return replace(facts, parts=tuple(_owed(session, part, row.customer_id) for part in facts.parts))


def _owed(session: Session, part: Part, customer_id: int) -> Part:
    invoice = session.get_one(Invoice, part.invoice_id)
    return replace(part, owed=to_pay_minor(session, invoice, customer_id) > 0)


def _part(invoice: Invoice, amount: Money, actor: Actor) -> Part:
    named = isinstance(actor, Staff) or invoice.hidden_at is None
    theirs = not isinstance(actor, CustomerActor) or invoice.customer_id == actor.customer_id
    return Part(
        invoice_public_id=invoice.public_id if named and theirs else "",
        number=invoice.number if named else "",
        amount=amount,
        invoice_id=invoice.id or 0,
    )
