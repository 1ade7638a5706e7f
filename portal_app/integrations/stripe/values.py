"""What goes to Stripe and comes back: amounts in minor units with an ISO currency, times aware and in UTC."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A payment on Stripe's page; `attempt_id` is the idempotency key and is found again in all that follows.

    `expires_at` lies 30 minutes to 24 hours ahead. `save_required`: the method is kept for later charges without
    the payer, instead of the payer choosing. `locale` as browsers write it; empty: the browser's. Without a `customer`
    the payer is known by `email` alone: nothing saved is offered, nothing is kept.
    """

    attempt_id: str
    amount: int
    currency: str
    description: str
    customer: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    save_required: bool = False
    locale: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class SetupRequest:
    """Saving a method without paying; as in CheckoutRequest."""

    attempt_id: str
    currency: str
    customer: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    locale: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """Stripe's page for one attempt; `mode` payment or setup.

    `status`: open, complete or expired. `payment_status`: paid, unpaid (not yet, or with the bank) or
    no_payment_required. `url` while open. `payment_method` is what a finished setup saved, once `setup_status` is
    succeeded; a bank may have to confirm it before.
    """

    id: str
    mode: str
    url: str
    status: str
    payment_status: str
    payment_intent_id: str | None
    amount_total: int | None
    currency: str
    expires_at: datetime
    attempt: str
    customer: str | None
    payment_method: str | None = None
    setup_status: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How was paid; `kind` is Stripe's word: card, us_bank_account, bacs_debit, link …; the rest may be empty."""

    kind: str
    brand: str = ""
    last4: str = ""
    bank: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A method kept with a customer; `expires` is the first day on which a card no longer works.

    `fingerprint` is the same for the same card or account, however often it was saved.
    """

    id: str
    kind: str
    brand: str
    last4: str
    expires: date | None
    bank: str
    default: bool
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the last try failed: Stripe's most exact code, and a sentence for the payer."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back; `status`: pending, requires_action, succeeded, failed or canceled.

    `ours` is the id we asked with, empty for a refund made at Stripe's dashboard. `failed_at` is when what had failed
    came back, None where Stripe names no moment.
    """

    id: str
    amount: int
    currency: str
    status: str
    created: datetime
    reason: str
    ours: str
    payment_intent_id: str | None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment the payer's bank wants back; `status` is Stripe's word, `won` and `lost` are final.

    `fee` is what Stripe took for it at first and `fee_back` what it gave back of that, in `fee_currency`; None until
    Stripe has moved money for it. `withdrawn_at` and `reinstated_at` are when the money itself was moved there.
    """

    id: str
    status: str
    amount: int
    currency: str
    reason: str
    created: datetime
    due_by: datetime | None
    fee: int | None = None
    fee_back: int | None = None
    fee_currency: str = ""
    withdrawn_at: datetime | None = None
    reinstated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fees:
    """What Stripe kept of one movement and what is left, in the currency of the business's balance."""

    amount: int
    fee: int
    net: int
    currency: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment intent as Stripe has it now.

    `status`: succeeded is settled, processing is with the bank, requires_payment_method with a `failure` has failed,
    requires_action waits for the payer, who is told at `next_url` what to do: to confirm a bank account (`confirms`),
    or how to pay by a voucher or a transfer. `settled_at` is set once succeeded. `expected_on` is the day on which the
    bank is to be debited.
    """

    id: str
    status: str
    amount: int
    amount_received: int
    currency: str
    created: datetime
    attempt: str
    customer: str | None
    method: Method | None
    charge_id: str | None
    settled_at: datetime | None
    expected_on: date | None
    receipt_url: str
    failure: Failure | None
    next_url: str
    confirms: bool
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    fees: Fees | None

    @property
    def dispute(self) -> Dispute | None:
        """The newest dispute, None when there never was one."""
        return max(self.disputes, key=lambda dispute: dispute.created, default=None)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The business's account; `methods` are Stripe's words for what its checkout page offers, where it can."""

    id: str
    name: str
    live_mode: bool
    country: str
    currency: str
    charges_enabled: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that Stripe sends events to; `secret` only right after it was made, `status` enabled or disabled."""

    id: str
    url: str
    status: str
    events: tuple[str, ...]
    secret: str = ""


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One movement inside a payout; `kind` is Stripe's word: charge, payment, refund, adjustment, stripe_fee …."""

    id: str
    kind: str
    amount: int
    fee: int
    net: int
    created: datetime
    source: str
    payment_intent_id: str | None


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way to the business's bank; `amount` = `gross` − `fees` where Stripe tells the lines."""

    id: str
    amount: int
    currency: str
    status: str
    arrival: date
    created: datetime
    gross: int
    fees: int
    lines: tuple[PayoutLine, ...]

    @property
    def net(self) -> int:
        """What arrives."""
        return self.amount


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """Some payouts, newest first; `next_cursor` leads to older ones, None at the end."""

    payouts: tuple[Payout, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event: what happened to which object; its facts may be old, so ask Stripe again.

    `attempt` and `refund` are ids of ours from the object's metadata, empty when it has none. `account` is set only
    for events of a connected account.
    """

    id: str
    type: str
    created: datetime
    live_mode: bool
    account: str | None
    object_id: str
    object_kind: str
    attempt: str
    refund: str
    payment_intent_id: str | None
    customer: str | None
