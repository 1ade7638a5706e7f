"""Money the office has taken itself, and money that waits for the office's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Allocation, Customer, Invoice, Payment, PaymentAttempt
from portal_app.models.base import new_public_id
from portal_app.money import Money
from portal_app.services import (
    activity,
    attempts,
    business,
    ledger,
    links,
    payment_mails,
    receipts,
    refunds,
    settlement,
)
from portal_app.services.actors import Actor, Staff
from portal_app.services.ledger import Share
from portal_app.services.owed import LEFT, UNPAID
from portal_app.services.rights import Permission, Right

METHODS = ("cash", "check", "bank", "other")
REPEATED_WITHIN = timedelta(minutes=2)
_WORDS = {"bank": "Bank transfer", "cash": "Cash", "check": "Cheque", "other": "Other"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """Money the office has taken itself: `method` is cash, check, bank or other; `evidence` what was seen."""

    invoices: tuple[tuple[str, int], ...]
    amount_minor: int
    currency: str
    method: str
    paid_on: date
    reference: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice of which something is left to pay; `disputed` says that a bank has yet to decide on what was paid."""

    public_id: str
    number: str
    title: str
    left: Money
    due_on: date | None
    disputed: bool = False


class NotSeen(Invalid):
    """The CRM's balance does not show what is said to be put right there; the sentence names both figures."""


def open_invoices(session: Session, actor: Actor, customer_public_id: str) -> tuple[str, list[OpenInvoice]]:
    """Return a customer's name and what they have left to pay, earliest due first, at most as many as go at once.

    For staff who may edit customers; NotFound for a customer that is none.
    """
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.EDIT_CUSTOMERS)
    found = select(Customer).where(Customer.public_id == customer_public_id, col(Customer.deleted_at).is_(None))
    customer = session.exec(found).first()
    if customer is None:
        raise NotFound
    statement = select(Invoice).where(
        Invoice.customer_id == customer.id,
        col(Invoice.status).in_(UNPAID),
        col(Invoice.deleted_at).is_(None),
        LEFT > 0,
    )
    rows = session.exec(statement.order_by(col(Invoice.due_on), col(Invoice.id)).limit(attempts.MOST_INVOICES))
    return customer.name, [
        OpenInvoice(row.public_id, row.number, row.title, Money(ledger.left_minor(row), row.currency), row.due_on)
        for row in rows
    ]


def spread(invoices: Sequence[OpenInvoice], amount_minor: int) -> tuple[tuple[str, int], ...]:
    """Return what each invoice gets of an amount, the first ones first; what is over pays none."""
    left, found = amount_minor, []
    for invoice in invoices:
        part = min(left, invoice.left.minor)
        if part > 0:
            found.append((invoice.public_id, part))
            left -= part
    return tuple(found)


def record(session: Session, actor: Actor, customer_public_id: str, wanted: Recorded) -> Payment:
    """Book money the office has taken itself: cash, a cheque, a transfer; with a receipt, and the CRM is told.

    Needs the permission to edit customers. What is more than an invoice has left stays credit.
    """
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.EDIT_CUSTOMERS)
    found = select(Customer).where(Customer.public_id == customer_public_id, col(Customer.deleted_at).is_(None))
    # Locked, so that of two who record the same money at once the second sees the first; yet rows about the customer
    # may be written meanwhile, by who holds an invoice that this waits for.
    customer = session.exec(found.with_for_update(key_share=True)).first()
    if customer is None:
        raise NotFound
    _check(session, wanted)
    rows = {
        row.public_id: row
        for row in session.exec(
            select(Invoice).where(
                col(Invoice.public_id).in_([public_id for public_id, _ in wanted.invoices]),
                Invoice.customer_id == customer.id,
                col(Invoice.deleted_at).is_(None),
            )
        )
    }
    if len(rows) != len(wanted.invoices):
        raise NotFound
    if any(row.currency != wanted.currency for row in rows.values()):
        raise Invalid("The invoice is in another currency.")
    shares = [Share(rows[public_id].id or 0, amount) for public_id, amount in wanted.invoices]
    _refuse_repeat(session, customer, wanted)
    reader = links.reader_of(session, customer, None)
    told = reader is not None and Right.VIEW_MONEY in reader.rights
    payment = Payment(
        customer_id=customer.id or 0,
        # Who gets the receipt.
        contact_id=reader.id if reader is not None and told else None,
        recorded_by=actor.member_id,
        currency=wanted.currency,
        amount_minor=wanted.amount_minor,
        method=wanted.method,
        method_words=_WORDS[wanted.method],
        status="succeeded",
        paid_at=_moment(session, wanted.paid_on),
        reference=wanted.reference.strip()[:120],
        evidence=wanted.evidence.strip()[:500],
        command_id=new_public_id(),
    )
    session.add(payment)
    session.flush()
    receipts.give(session, payment)
    paid = ledger.allocate(session, payment, shares, "payment", payment.command_id)
    settlement.tell(session, payment, payment.command_id, payment.status, paid)
    activity.record(session, actor, "payment.recorded", customer_id=customer.id, subject=("payment", payment.id))
    payment_mails.recorded(session, payment)
    return payment


def _refuse_repeat(session: Session, customer: Customer, wanted: Recorded) -> None:
    """Raise Invalid when the very same money was written down just now: a second press, or a second person."""
    zone = _zone(session)
    same = select(Payment.id).where(
        Payment.customer_id == customer.id,
        col(Payment.recorded_by).is_not(None),
        Payment.mistake == "",
        Payment.amount_minor == wanted.amount_minor,
        Payment.currency == wanted.currency,
        Payment.method == wanted.method,
        col(Payment.paid_at) >= clock.start_of(wanted.paid_on, zone),
        col(Payment.paid_at) < clock.start_of(wanted.paid_on + timedelta(days=1), zone),
        Payment.reference == wanted.reference.strip()[:120],
        col(Payment.created_at) > clock.now() - REPEATED_WITHIN,
    )
    if session.exec(same).first() is not None:
        raise Invalid(
            "The very same payment was recorded less than two minutes ago, so it was not recorded again. If there "
            "really were two, add a reference that tells them apart."
        )


def _check(session: Session, wanted: Recorded) -> None:
    if wanted.method not in METHODS:
        raise Invalid("Please choose cash, cheque, bank transfer or other.")
    if wanted.amount_minor <= 0 or any(amount <= 0 for _, amount in wanted.invoices):
        raise Invalid("Please type an amount above zero.")
    if sum(amount for _, amount in wanted.invoices) > wanted.amount_minor:
        raise Invalid("The invoices get more than was taken.")
    if len(wanted.invoices) > attempts.MOST_INVOICES:
        raise Invalid(f"At most {attempts.MOST_INVOICES} invoices at once.")
    today = clock.local(clock.now(), _zone(session)).date()
    if wanted.paid_on > today:
        raise Invalid("That day is still to come.")
    if wanted.paid_on < today - timedelta(days=3660):
        raise Invalid("That day is more than ten years ago.")


def _moment(session: Session, day: date) -> datetime:
    """Return about noon of a day where the business is (UTC): the day that everybody who looks there reads.

    Of today no later than now.
    """
    return min(clock.start_of(day, _zone(session)) + timedelta(hours=12), clock.now())


def _zone(session: Session) -> str:
    about = business.get(session)
    return about.zone if about else "UTC"


def locked_for_refunds(session: Session, actor: Actor, public_id: str) -> Payment:
    """Return a payment, locked, for staff who may refund; NotFound for an unknown one."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.REFUND)
    payment = session.exec(select(Payment).where(Payment.public_id == public_id).with_for_update()).first()
    if payment is None:
        raise NotFound
    return payment


def resolve_held(session: Session, actor: Actor, public_id: str, *, sure: bool = False) -> None:
    """Let money that was held pay what it was meant for, as far as it goes; the rest stays credit.

    Of what was put right at the CRM, raises NotSeen while its balance does not show that, unless somebody is `sure`.
    """
    payment = locked_for_refunds(session, actor, public_id)
    if not payment.held:
        raise Invalid("That has been decided already.")
    if not payment.command_id and ledger.all_gone(session, payment):
        raise Invalid("All of this money has gone back, or is on its way back, so nothing can be paid with it.")
    if not payment.command_id and payment.dispute == "open":
        raise Invalid("The payer’s bank asks for this money, so it cannot be used until that is over.")
    if payment.command_id and not sure:
        _require_seen(session, payment)
    attempt = session.get(PaymentAttempt, payment.attempt_id) if payment.attempt_id else None
    payment.held = ""
    if payment.command_id:
        ledger.put_right(session, payment)
    elif attempt is not None:
        settlement.pay_what_was_meant(session, attempt, payment)
        refunds.tell_of_earlier(session, payment)
        payment_mails.arrived(session, attempt, payment)
    activity.record(
        session, actor, "payment.resolved", customer_id=payment.customer_id, subject=("payment", payment.id)
    )


def _require_seen(session: Session, payment: Payment) -> None:
    """Raise NotSeen where the CRM says of an invoice what it said before a refund of it failed.

    To believe that it is put right there would let the payer owe what the CRM still says.
    """
    statement = (
        select(Invoice)
        .join(Allocation, col(Allocation.invoice_id) == col(Invoice.id))
        .where(
            Allocation.payment_id == payment.id,
            Allocation.cause == "refund_failed",
            col(Allocation.told_at).is_(None),
            col(Allocation.booked_at).is_(None),
            col(Invoice.external_id).is_not(None),
            Allocation.balance_before_minor == Invoice.balance_minor,
        )
    )
    invoice = session.exec(statement.order_by(col(Allocation.id))).first()
    if invoice is None:
        return
    theirs, ours = (
        Money(minor, invoice.currency).show(business.look().locale)
        for minor in (invoice.balance_minor, ledger.left_minor(invoice))
    )
    raise NotSeen(
        f"When it was last read, the CRM said that {theirs} is left of invoice {invoice.number}; put right, it says "
        f"{ours}. Please look there, or wait a minute for it to be read again. If you go on, the customer is asked for "
        f"what the CRM says."
    )


def say_debit(session: Session, actor: Actor, public_id: str, *, arrived: bool) -> None:
    """Say what became of money with the bank whose account at Stripe cannot be asked from here any more."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.REFUND)
    payment = session.exec(select(Payment).where(Payment.public_id == public_id)).first()
    if payment is None or payment.attempt_id is None:
        raise NotFound
    attempt = attempts.lock(session, session.get_one(PaymentAttempt, payment.attempt_id).public_id)
    session.refresh(payment, with_for_update=True)
    if payment.status != "pending" or attempt.state != attempts.PROCESSING:
        raise Invalid("That has been decided already.")
    if not refunds.is_out_of_reach(session, payment):
        raise Invalid("Stripe can be asked about this from here: press “Look at Stripe now”.")
    settlement.said(session, attempt, payment, arrived=arrived)
    facts = {"arrived": arrived}
    about = {"customer_id": payment.customer_id, "subject": ("payment", payment.id)}
    activity.record(session, actor, "payment.resolved", **about, facts=facts)


def is_out_of_reach(session: Session, actor: Actor, public_id: str) -> bool:
    """Return whether the account that took a payment cannot be asked from here; for staff who may see it."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.VIEW_CUSTOMERS)
    payment = session.exec(select(Payment).where(Payment.public_id == public_id)).first()
    return payment is not None and refunds.is_out_of_reach(session, payment)
