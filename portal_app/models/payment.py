"""Payments: what was tried, what arrived, which invoices it pays, and what was taken back or given back."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from portal_app import clock
from portal_app.models.base import PublicRecord, Stamped, Table, json_object


class PaymentAttempt(PublicRecord, table=True):
    """One try to pay through Stripe; `public_id` is its idempotency key there.

    `way` is checkout or saved. `state`: created (Stripe may or may not have heard of it), open (its page waits),
    confirming (Stripe waits until the payer has shown that a bank account is theirs), instructed (or has paid by a
    voucher or a transfer, as it told them), processing (with the bank), succeeded, failed, expired, or held (Stripe
    reports another amount or currency).
    `key_mark` names the Stripe account's key without telling it: another key knows nothing of this attempt.
    `method` is `{kind, brand, last4, bank}` once known; `needs_payer`: the bank wants to hear from them. `wanted` is
    what the first request said beyond the columns, so that it can be repeated word for word. Amounts in minor units.
    Somebody pays as a contact, or (`guest_id`) as a guest who was sent the invoice. `whole` says that it was begun for
    all that was left of its invoices then, and not for a part that somebody chose. `said_at` is when the office said
    what became of it, null once Stripe has.
    """

    __table_args__ = (
        Index(None, "customer_id", "id"),
        Index(None, "state", "checked_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    guest_id: int | None = Field(default=None, foreign_key="link_guest.id")
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    way: str = Field(max_length=10)
    state: str = Field(default="created", max_length=12)
    key_mark: str = Field(max_length=64)
    stripe_customer: str = Field(max_length=80)
    stripe_method: str = Field(default="", max_length=80)
    checkout_id: str | None = Field(default=None, unique=True, max_length=120)
    checkout_url: str = Field(default="", max_length=2000)
    intent_id: str | None = Field(default=None, unique=True, max_length=80)
    wanted: dict[str, Any] = json_object()
    method: dict[str, Any] = json_object()
    problem: str = Field(default="", max_length=500)
    needs_payer: bool = False
    whole: bool = True
    expected_on: date | None = None
    expires_at: datetime
    checked_at: datetime | None = None
    ended_at: datetime | None = None
    said_at: datetime | None = None


class AttemptPart(Table, table=True):
    """What of an attempt is meant for one invoice; `live` is True while its page may still be paid, else null.

    So an invoice has one page at a time on which it can be paid.
    """

    __table_args__ = (UniqueConstraint("invoice_id", "live"), Index(None, "attempt_id"))

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: int = Field(foreign_key="payment_attempt.id")
    invoice_id: int = Field(foreign_key="invoice.id")
    amount_minor: int = Field(sa_type=BigInteger)
    live: bool | None = True


class Payment(PublicRecord, table=True):
    """Money that a customer has given, or that is with the bank.

    `status` is the contract's word: pending (with the bank), succeeded, failed (returned), refunded (all of it).
    `method` is card, bank, cash, check or other; `method_words` how people call it (`Visa ending in 4242`).
    `dispute` is empty, asked (its bank has a question, and the money is here), open, won or lost;
    `dispute_due_at` by when the office has to answer at Stripe, null once it has or there is nothing to answer. `held`
    says why the office must look before it pays anything.
    `fee_minor` and `net_minor` are Stripe's, in `fee_currency`. `reference` is the office's or the bank's own,
    `evidence` what the office saw, `mistake` why it was recorded by mistake, empty for what was not. `command_id` is
    the outbox row that told the CRM of the settled money, its name for what is said of it later. A receipt has its
    number once the money has settled; a return voids it. `receipt_names` are seller and payer as they were then:
    `name`, `lines`, `phone`, `email`, `tax_number`, `company_number`, `buyer`, and `gone_minor`, what was not here any
    more by then; `receipt_look_id` is how it looked. `receipt_hash` is the SHA-256 of the file that was made of it
    first, which is kept; empty before that.
    """

    __table_args__ = (
        Index(None, "customer_id", "paid_at", "id"),
        Index(None, "status", "paid_at", "id"),
        Index(None, "paid_at", "id"),
        Index(None, "held"),
        Index(None, "dispute"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    attempt_id: int | None = Field(default=None, foreign_key="payment_attempt.id", unique=True)
    intent_id: str | None = Field(default=None, unique=True, max_length=80)
    recorded_by: int | None = Field(default=None, foreign_key="staff_member.id")
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=BigInteger)
    method: str = Field(max_length=8)
    method_words: str = Field(default="", max_length=120)
    status: str = Field(max_length=12)
    dispute: str = Field(default="", max_length=8)
    dispute_due_at: datetime | None = None
    held: str = Field(default="", max_length=500)
    paid_at: datetime
    expected_on: date | None = None
    reference: str = Field(default="", max_length=120)
    evidence: str = Field(default="", max_length=500)
    mistake: str = Field(default="", max_length=500)
    fee_minor: int | None = Field(default=None, sa_type=BigInteger)
    net_minor: int | None = Field(default=None, sa_type=BigInteger)
    fee_currency: str = Field(default="", max_length=3)
    command_id: str = Field(default="", max_length=24)
    receipt_number: str | None = Field(default=None, unique=True, max_length=40)
    receipt_at: datetime | None = None
    receipt_names: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    receipt_look_id: int | None = Field(default=None, foreign_key="paper_look.id")
    receipt_hash: str = Field(default="", max_length=64)
    receipt_voided_at: datetime | None = None


_WAITING = text("booked_at IS NULL AND told_at IS NOT NULL")


class Allocation(Stamped, table=True):
    """What a payment pays of an invoice; below zero it takes back what was paid. Never changed, only added to.

    `cause` is payment, used (what had paid nothing before), mistake (it was never here), return, dispute, dispute_won,
    refund, credit_note (beside a refund that took the debt along), refund_failed or let_go (used or given back while
    the invoice was cancelled or somebody else's), `cause_id` the refund or reversal.
    `command_id` is the outbox row that tells the CRM; `told_at` when it had an answer, `booked_at` when the invoice
    was read back after that: from then on the CRM's balance counts it. `balance_before_minor` is what the CRM said was
    left of the invoice before, as last read: it is booked when that moves. Nothing is waited for where it is None (it
    moves no balance), and for what was entered `by_hand`.
    """

    __table_args__ = (
        Index(None, "invoice_id", "booked_at"),
        Index(None, "payment_id"),
        Index(None, "command_id"),
        # What waits to be read back is asked for every second: mostly nothing.
        Index("ix_allocation_waiting", "told_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.id")
    invoice_id: int = Field(foreign_key="invoice.id")
    amount_minor: int = Field(sa_type=BigInteger)
    cause: str = Field(max_length=16)
    cause_id: str = Field(default="", max_length=80)
    command_id: str = Field(default="", max_length=24)
    told_at: datetime | None = None
    booked_at: datetime | None = None
    balance_before_minor: int | None = Field(default=None, sa_type=BigInteger)
    by_hand: bool = False


class Refund(PublicRecord, table=True):
    """Money given back; `public_id` is its idempotency key at Stripe.

    `status`: asked (Stripe may not have heard of it), pending, succeeded, failed. `treatment` is credit_note (the debt
    is gone as well), reopen (it is back), or empty while the office has to decide (a refund made at Stripe itself).
    `at` is when the money went, by Stripe's clock where it goes through Stripe; `failed_at` when what had gone came
    back, null for what never went.
    """

    __table_args__ = (Index(None, "payment_id"), Index(None, "status", "id"))

    id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.id")
    stripe_id: str | None = Field(default=None, unique=True, max_length=80)
    amount_minor: int = Field(sa_type=BigInteger)
    status: str = Field(default="asked", max_length=12)
    treatment: str = Field(default="", max_length=12)
    reason: str = Field(default="", max_length=500)
    problem: str = Field(default="", max_length=500)
    asked_by: int | None = Field(default=None, foreign_key="staff_member.id")
    booked: bool = False
    at: datetime = Field(default_factory=clock.now)
    failed_at: datetime | None = None


class PaymentReversal(PublicRecord, table=True):
    """Money that the bank took back, or gave again after a dispute was won, or that was recorded by mistake.

    `reason`: returned, disputed, dispute_won or mistake. `source_id` names what said so at Stripe; once each.
    `fee_minor` is what Stripe keeps for it, in `fee_currency`; below zero what it gave back of that once a dispute was
    won. `decided_at` is when it was known how the dispute that took it has ended, null while nobody knows.
    """

    __table_args__ = (UniqueConstraint("source_id", "reason"), Index(None, "payment_id"))

    id: int | None = Field(default=None, primary_key=True)
    payment_id: int = Field(foreign_key="payment.id")
    source_id: str = Field(max_length=80)
    reason: str = Field(max_length=12)
    amount_minor: int = Field(sa_type=BigInteger)
    at: datetime
    fee_minor: int | None = Field(default=None, sa_type=BigInteger)
    fee_currency: str | None = Field(default=None, max_length=3)
    decided_at: datetime | None = None


class StripeEvent(Table, table=True):
    """An event that came from Stripe, once; `attempt` is the public id of the try it is about, empty for none of ours.

    `due_at` is when to act on it, null once that is done.
    """

    __table_args__ = (Index(None, "due_at"),)

    id: str = Field(primary_key=True, max_length=80)
    type: str = Field(max_length=80)
    received_at: datetime
    attempt: str = Field(default="", max_length=24)
    due_at: datetime | None = None


class StripeCustomer(Stamped, table=True):
    """Under which id a contact is known at Stripe, for one account and mode (`key_mark`).

    `email` and `name` are what Stripe was told last. `forgotten_at` is when all they had saved was taken away there,
    null while they may come in.
    """

    __table_args__ = (UniqueConstraint("contact_id", "key_mark"),)

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    key_mark: str = Field(max_length=64)
    stripe_id: str = Field(unique=True, max_length=80)
    email: str = Field(default="", max_length=254)
    name: str = Field(default="", max_length=200)
    forgotten_at: datetime | None = None


class PaymentSettings(Stamped, table=True):
    """How the business takes payments; one row.

    `sealed` holds Stripe's keys under the portal's secret key. `parts_allowed` lets customers pay a part, at least
    `least_minor` of `least_currency`; of another currency, any. `facts` is what Stripe said of the account when it was
    last asked. `transfer` are the words for those who pay by bank transfer.
    """

    id: int | None = Field(default=None, primary_key=True)
    sealed: str = ""
    webhook_id: str = Field(default="", max_length=80)
    webhook_url: str = Field(default="", max_length=500)
    parts_allowed: bool = True
    least_minor: int = Field(default=0, sa_type=BigInteger)
    least_currency: str = Field(default="", max_length=3)
    transfer: str = Field(default="", max_length=2000)
    facts: dict[str, Any] = json_object()
    facts_at: datetime | None = None
