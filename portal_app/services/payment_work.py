"""What the reconcile has to do: pages to shut, tries to look at, refunds Stripe has to hear of."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Payment, PaymentAttempt, Refund, StripeCustomer
from portal_app.services import attempts, ledger, open_pages, payers, refunds, stripe_news
from portal_app.services.stripe_news import Told

# A card payment can be disputed for about the first, a bank debit taken back for thirteen months: after the first they
# are looked at once a week.
WATCHED, WATCHED_SELDOM = timedelta(days=130), timedelta(days=400)
SELDOM = timedelta(days=7)
MOST_AT_ONCE = 50
_DICE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Work:
    """What the reconcile has to do: pages to shut, tries to look at, refunds Stripe has to hear of; public ids.

    `told` are tries of which Stripe has told something that waits, `to_forget` Stripe's ids of people who may not come
    in any more.
    """

    told: list[Told] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    to_look_at: list[str] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    to_forget: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether there is anything."""
        return bool(self.told or self.outdated or self.to_look_at or self.refunds or self.to_forget)


@dataclass(frozen=True, slots=True)
class UnderOtherKey:
    """One thing that began under another key, by which Stripe tells whose it is: its ids there, empty where unknown."""

    key_mark: str
    intent_id: str = ""
    checkout_id: str = ""
    payer_id: str = ""


def under_other_keys(session: Session, mark: str) -> tuple[UnderOtherKey, ...]:
    """Return the newest try at Stripe, else a payer, of each other key."""
    found: dict[str, UnderOtherKey] = {}
    begun = or_(col(PaymentAttempt.intent_id).is_not(None), col(PaymentAttempt.checkout_id).is_not(None))
    newest = (
        select(func.max(PaymentAttempt.id))
        .where(PaymentAttempt.key_mark != mark, begun)
        .group_by(PaymentAttempt.key_mark)
    )
    for attempt in session.exec(select(PaymentAttempt).where(col(PaymentAttempt.id).in_(newest))):
        ids = (attempt.intent_id or "", attempt.checkout_id or "")
        found[attempt.key_mark] = UnderOtherKey(attempt.key_mark, *ids)
    payers = select(StripeCustomer.key_mark, func.max(StripeCustomer.stripe_id)).where(StripeCustomer.key_mark != mark)
    for key_mark, payer_id in session.exec(payers.group_by(StripeCustomer.key_mark)):
        found.setdefault(key_mark, UnderOtherKey(key_mark, payer_id=payer_id))
    return tuple(found.values())


def adopt(session: Session, mark: str, now: str) -> None:
    """Let what began under one key go on under the key of now, which opens the same account and mode."""
    session.exec(update(PaymentAttempt).where(col(PaymentAttempt.key_mark) == mark).values(key_mark=now))
    known = columns(col(StripeCustomer.contact_id)).where(col(StripeCustomer.key_mark) == now)
    theirs = (col(StripeCustomer.key_mark) == mark, col(StripeCustomer.contact_id).not_in(known))
    session.exec(update(StripeCustomer).where(*theirs).values(key_mark=now))


@dataclass(frozen=True, slots=True)
class RefundToSend:
    """A refund Stripe has not heard of, perhaps."""

    intent_id: str
    attempt: str
    key_mark: str
    amount_minor: int
    currency: str
    asked_at: datetime


def refund_to_send(session: Session, public_id: str) -> RefundToSend | None:
    """Return a refund that Stripe has to hear of, None when it has."""
    statement = (
        columns(
            *(col(one) for one in (Payment.intent_id, PaymentAttempt.public_id, PaymentAttempt.key_mark)),
            col(Refund.amount_minor),
            col(Payment.currency),
            col(Refund.created_at),
        )
        .join(Payment, col(Payment.id) == col(Refund.payment_id))
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(Payment.attempt_id))
        .where(col(Refund.public_id) == public_id, col(Refund.status) == refunds.ASKED)
    )
    row = session.connection().execute(statement).first()
    return RefundToSend(*row) if row is not None else None


def waits_for_crm(session: Session) -> bool:
    """Return whether an invoice has to be read back."""
    return bool(ledger.to_read_back(session, limit=1))


def to_do(
    session: Session, mark: str, *, open_before: datetime, bank_before: datetime, settled_before: datetime
) -> Work:
    """Return what the reconcile has to do for one account: what nobody has looked at since these moments."""
    looked, now = func.coalesce(PaymentAttempt.checked_at, PaymentAttempt.created_at), clock.now()
    groups = (
        ((attempts.CREATED, attempts.OPEN), open_before),
        ((*attempts.WAITING, attempts.PROCESSING), bank_before),
        ((attempts.SUCCEEDED, attempts.HELD), settled_before),
    )
    found: list[str] = []
    for states, before in groups:
        statement = (
            select(PaymentAttempt.public_id)
            .where(
                col(PaymentAttempt.state).in_(states),
                PaymentAttempt.key_mark == mark,
                looked < before,
                or_(col(PaymentAttempt.created_at) > now - WATCHED, looked < now - SELDOM),
                col(PaymentAttempt.created_at) > now - WATCHED_SELDOM,
            )
            .order_by(looked)
            .limit(10 * MOST_AT_ONCE)
        )
        # Some of those that wait longest: never the same ones each time, should they fail each time.
        waiting = list(session.exec(statement))
        found += _DICE.sample(waiting, min(len(waiting), MOST_AT_ONCE))
    asked = (
        select(Refund.public_id)
        .join(Payment, col(Payment.id) == col(Refund.payment_id))
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(Payment.attempt_id))
        .where(
            Refund.status == refunds.ASKED, col(Refund.created_at) < open_before, col(PaymentAttempt.key_mark) == mark
        )
    )
    forget = payers.to_forget(session, mark, MOST_AT_ONCE)
    refunds_asked = list(session.exec(asked.limit(MOST_AT_ONCE)))
    told = stripe_news.to_work_on(session, mark, now, MOST_AT_ONCE)
    return Work(told, open_pages.outdated(session, mark), found, refunds_asked, forget)
