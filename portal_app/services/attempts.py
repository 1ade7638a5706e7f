"""Tries to pay through Stripe: what may be paid, the row that is written before Stripe hears of it, and its state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed, NotFound, PortalError
from portal_app.models import AttemptPart, Invoice, LinkGuest, Payment, PaymentAttempt, SecureLink
from portal_app.models.base import table_of
from portal_app.money import Money
from portal_app.services import activity, held_money, ledger, pay_amounts, payment_settings, reach
from portal_app.services.actors import Customer, Guest
from portal_app.services.business import look
from portal_app.services.ledger import Share
from portal_app.services.payment_settings import StripeKeys
from portal_app.services.rights import Right

CHECKOUT, SAVED = "checkout", "saved"
CREATED, OPEN, CONFIRMING, INSTRUCTED, PROCESSING, SUCCEEDED, FAILED, EXPIRED, HELD = (
    "created",
    "open",
    "confirming",
    "instructed",
    "processing",
    "succeeded",
    "failed",
    "expired",
    "held",
)
# Something may still come of an attempt in one of these.
UNSETTLED = (CREATED, OPEN, CONFIRMING, INSTRUCTED, PROCESSING)
# Stripe's page is done with, and its payer has yet to do something elsewhere.
WAITING = (CONFIRMING, INSTRUCTED)
# Its payer may still pay by it in one of these, so that nothing else may ask them for the same money.
LIVE = (CREATED, OPEN, *WAITING)
# The name of the guest who has made a payment, null for anybody else's.
GUEST: ColumnElement[str] = (
    select(LinkGuest.name)
    .join(PaymentAttempt, col(PaymentAttempt.guest_id) == col(LinkGuest.id))
    .where(col(PaymentAttempt.id) == col(Payment.attempt_id))
    .correlate(Payment)
    .scalar_subquery()
)
MOST_INVOICES = 50
# How long Stripe's page waits; Stripe itself takes 30 minutes to 24 hours.
LASTS = timedelta(minutes=45)
# Stripe keeps what it answered to an id for a day; after that it would do the work again.
KEY_LASTS = timedelta(hours=23)
# Longer than one look at Stripe can take.
OVERTAKEN_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to pay: invoices by public id, and for a single one perhaps only a part, in minor units.

    `shown` is the sum that they were shown for all of it: another one is not taken without being shown first.
    """

    invoices: tuple[str, ...]
    amount_minor: int | None = None
    shown: Money | None = None


class InTheWay(PortalError):
    """Pages at Stripe wait for these invoices already; `attempts` are their public ids."""

    def __init__(self, attempts: tuple[str, ...]) -> None:
        super().__init__("This invoice is just being paid on another page.")
        self.attempts = attempts


def may_be_paid(session: Session, actor: Customer, wanted: Wanted) -> tuple[list[Share], Money]:
    """Return what each invoice is to get and the sum, with the invoices locked; raises what speaks against it.

    Needs the rights to view money and to pay, at each invoice's property. Another's invoice is NotFound.
    """
    actor.require(Right.VIEW_MONEY)
    actor.require(Right.PAY)
    ids = tuple(dict.fromkeys(wanted.invoices))
    if not ids:
        raise Invalid("Please choose at least one invoice.")
    if len(ids) > MOST_INVOICES:
        raise Invalid(f"At most {MOST_INVOICES} invoices can be paid at once.")
    invoices = _reachable(session, actor, ids)
    currencies = {invoice.currency for invoice in invoices}
    if len(currencies) > 1:
        raise Invalid("These invoices are in different currencies. Please pay them one currency at a time.")
    currency = currencies.pop()
    if wanted.amount_minor is not None:
        if len(invoices) > 1:
            raise Invalid("A part can be paid of one invoice at a time.")
        amount = _part(session, invoices[0], wanted.amount_minor)
        pay_amounts.require(Money(amount, currency), look().locale)
        return [Share(invoices[0].id or 0, amount)], Money(amount, currency)
    shares = [Share(invoice.id or 0, _whole(invoice)) for invoice in invoices]
    sum_ = Money(sum(share.amount_minor for share in shares), currency)
    if wanted.shown not in (None, sum_):
        raise Invalid(f"This comes to {sum_.show(look().locale)} by now. Please look at it again; nothing was charged.")
    pay_amounts.require(sum_, look().locale)
    return shares, sum_


def _reachable(session: Session, actor: Customer, public_ids: Sequence[str]) -> list[Invoice]:
    statement = select(Invoice.id, Invoice.location_id).where(
        *reach.within(Invoice, limited=reach.limited(actor), narrowed=True),
        col(Invoice.public_id).in_(bindparam("wanted", expanding=True)),
    )
    rows = session.connection().execute(statement, reach.values(actor, wanted=list(public_ids))).all()
    if len(rows) != len(public_ids):
        raise NotFound
    places = actor.places(Right.PAY)
    if places is not None and any(row.location_id not in places for row in rows):
        raise NotAllowed
    return list(ledger.locked(session, [row.id for row in rows]).values())


def _whole(invoice: Invoice) -> int:
    amount = ledger.payable_minor(invoice)
    if amount > 0:
        return amount
    name = f"Invoice {invoice.number}" if invoice.number else "This invoice"
    if invoice.with_bank_minor and ledger.left_minor(invoice):
        raise Invalid(f"{name} is being paid already: the money is with the bank.")
    raise Invalid(f"{name} has nothing left to pay.")


def _part(session: Session, invoice: Invoice, amount: int) -> int:
    whole = Money(_whole(invoice), invoice.currency)
    pay_amounts.require_part(amount, whole, payment_settings.rules(session), look().locale)
    return amount


def begin(
    session: Session, actor: Customer, wanted: Wanted, keys: StripeKeys, payer_id: str, *, way: str, method: str = ""
) -> PaymentAttempt:
    """Write the row of a new try, which the caller commits before Stripe is asked; raises InTheWay beside what may be.

    From here on the invoices have their one page; another try takes that one, or ends it first.
    """
    shares, sum_ = may_be_paid(session, actor, wanted)
    payer = {"contact_id": actor.contact_id, "stripe_customer": payer_id, "stripe_method": method}
    return _begin(session, actor, shares, sum_, way=way, key_mark=keys.mark, **payer)


def begin_as_guest(session: Session, guest: Guest, keys: StripeKeys) -> PaymentAttempt:
    """Write the row of a guest's try, as `begin` does; Stripe is to know nothing of the account by it."""
    shares, sum_ = guest_may_pay(session, guest)
    return _begin(
        session,
        guest,
        shares,
        sum_,
        way=CHECKOUT,
        key_mark=keys.mark,
        guest_id=guest.guest_id,
        stripe_customer="",
    )


def guest_may_pay(session: Session, guest: Guest) -> tuple[list[Share], Money]:
    """Return all that is left of a guest's invoice, with the invoice locked; raises what speaks against paying it."""
    if not guest.may_pay:
        raise NotAllowed
    invoice = ledger.locked(session, [guest.invoice_id])[guest.invoice_id]
    if invoice.hidden_at is not None:
        raise NotFound
    amount = Money(_whole(invoice), invoice.currency)
    pay_amounts.require(amount, look().locale)
    return [Share(guest.invoice_id, amount.minor)], amount


def _begin(
    session: Session, actor: Customer | Guest, shares: list[Share], sum_: Money, **columns: Any
) -> PaymentAttempt:
    held_money.require_none(session, [share.invoice_id for share in shares])
    others = live_for(session, [share.invoice_id for share in shares])
    if others:
        raise InTheWay(tuple(others))
    attempt = PaymentAttempt(
        customer_id=actor.customer_id,
        currency=sum_.currency,
        amount_minor=sum_.minor,
        whole=_is_whole(session, shares),
        **columns,
        expires_at=(clock.now() + LASTS).replace(microsecond=0),
        wanted={"description": _description(session, shares), "locale": look().locale},
    )
    session.add(attempt)
    session.flush()
    session.add_all(
        AttemptPart(attempt_id=attempt.id or 0, invoice_id=share.invoice_id, amount_minor=share.amount_minor)
        for share in shares
    )
    activity.record(session, actor, "payment.begun", subject=("payment_attempt", attempt.id))
    session.flush()
    return attempt


def _is_whole(session: Session, shares: Sequence[Share]) -> bool:
    """Return whether all that is left of these invoices is paid; the caller has locked them."""
    return all(
        share.amount_minor == ledger.payable_minor(session.get_one(Invoice, share.invoice_id)) for share in shares
    )


def _description(session: Session, shares: Sequence[Share]) -> str:
    ids = [share.invoice_id for share in shares]
    numbers = session.exec(select(Invoice.number).where(col(Invoice.id).in_(ids)).order_by(col(Invoice.id))).all()
    words = ", ".join(number for number in numbers if number) or "your balance"
    return f"Invoice{'s' if len(ids) > 1 else ''} {words}"[:300]


def same_open(session: Session, actor: Customer, wanted: Wanted, keys: StripeKeys) -> str:
    """Return the public id of the contact's own page that is open for exactly this, empty when there is none."""
    shares, sum_ = may_be_paid(session, actor, wanted)
    return _same_open(
        session, col(PaymentAttempt.contact_id) == actor.contact_id, actor.customer_id, shares, sum_, keys
    )


def same_open_as_guest(session: Session, guest: Guest, keys: StripeKeys) -> str:
    """Return the public id of the guest's own page that is open for all that is left, empty when there is none."""
    shares, sum_ = guest_may_pay(session, guest)
    return _same_open(session, col(PaymentAttempt.guest_id) == guest.guest_id, guest.customer_id, shares, sum_, keys)


def _same_open(
    session: Session, whose: ColumnElement[bool], customer_id: int, shares: list[Share], sum_: Money, keys: StripeKeys
) -> str:
    soon = clock.now() + timedelta(minutes=5)
    statement = select(PaymentAttempt).where(
        whose,
        PaymentAttempt.customer_id == customer_id,
        PaymentAttempt.key_mark == keys.mark,
        PaymentAttempt.way == CHECKOUT,
        col(PaymentAttempt.state).in_((CREATED, OPEN)),
        PaymentAttempt.amount_minor == sum_.minor,
        PaymentAttempt.whole == _is_whole(session, shares),
        PaymentAttempt.expires_at > soon,
    )
    for attempt in session.exec(statement):
        if parts(session, attempt) == shares:
            return attempt.public_id
    return ""


def live_for(session: Session, invoice_ids: Sequence[int]) -> list[str]:
    """Return the public ids of tries on whose pages any of these invoices may still be paid."""
    statement = (
        select(PaymentAttempt.public_id)
        .join(AttemptPart, col(AttemptPart.attempt_id) == col(PaymentAttempt.id))
        .where(col(AttemptPart.invoice_id).in_(invoice_ids), col(AttemptPart.live).is_(True))
        .distinct()
    )
    return list(session.exec(statement))


def is_overtaken(attempt: PaymentAttempt, asked_at: datetime) -> bool:
    """Return whether Stripe was asked later than this, and that answer is booked: an older one may contradict it.

    A clock that was set back overtakes nothing for longer than OVERTAKEN_WITHIN.
    """
    if attempt.checked_at is None:
        return False
    return timedelta(0) < attempt.checked_at - asked_at < OVERTAKEN_WITHIN


def offers(session: Session, actor: Customer, public_id: str) -> bool:
    """Return whether the contact may pay one invoice: has the right, at its property."""
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return False
    places = actor.places(Right.PAY)
    if places is None:
        return True
    here = select(Invoice.location_id).where(Invoice.public_id == public_id, Invoice.customer_id == actor.customer_id)
    return session.exec(here).first() in places


def find(session: Session, public_id: str) -> PaymentAttempt:
    """Return a try; NotFound for an unknown id."""
    row = session.exec(select(PaymentAttempt).where(PaymentAttempt.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return row


def guest_of(session: Session, attempt: PaymentAttempt) -> tuple[LinkGuest, SecureLink] | None:
    """Return the guest who pays by a try, and their link; None for a contact's."""
    guest = session.get(LinkGuest, attempt.guest_id) if attempt.guest_id is not None else None
    return (guest, session.get_one(SecureLink, guest.link_id)) if guest is not None else None


def unsettled_of_guest(session: Session, guest: Guest) -> list[str]:
    """Return the public ids of a guest's tries of which something may still come, the newest first."""
    statement = select(PaymentAttempt.public_id).where(
        PaymentAttempt.customer_id == guest.customer_id,
        PaymentAttempt.guest_id == guest.guest_id,
        col(PaymentAttempt.state).in_(UNSETTLED),
    )
    return list(session.exec(statement.order_by(col(PaymentAttempt.id).desc()).limit(5)))


def waiting_of_guest(session: Session, guest: Guest) -> str:
    """Return the state of what a guest has begun to pay and has yet to do something for, of WAITING, else nothing."""
    statement = select(PaymentAttempt.state).where(
        PaymentAttempt.customer_id == guest.customer_id,
        PaymentAttempt.guest_id == guest.guest_id,
        col(PaymentAttempt.state).in_(WAITING),
    )
    return session.exec(statement.order_by(col(PaymentAttempt.id).desc()).limit(1)).first() or ""


def expected_on(session: Session, invoice_id: int) -> date | None:
    """Return the day by which all that is with the bank for an invoice is expected; None where nobody named one."""
    statement = (
        select(func.max(PaymentAttempt.expected_on))
        .join(AttemptPart, col(AttemptPart.attempt_id) == col(PaymentAttempt.id))
        .where(AttemptPart.invoice_id == invoice_id, PaymentAttempt.state == PROCESSING)
    )
    return session.exec(statement).one()


def known(session: Session, public_id: str) -> str | None:
    """Return the public id of a try when there is one, else None."""
    return session.exec(select(PaymentAttempt.public_id).where(PaymentAttempt.public_id == public_id)).first()


def by_intent(session: Session, intent_id: str) -> str | None:
    """Return the public id of the try behind a payment of Stripe's, None when it is none of ours."""
    return session.exec(select(PaymentAttempt.public_id).where(PaymentAttempt.intent_id == intent_id)).first()


def lock(session: Session, public_id: str) -> PaymentAttempt:
    """Return a try, locked until the end of the transaction; NotFound for an unknown id."""
    statement = select(PaymentAttempt).where(PaymentAttempt.public_id == public_id).with_for_update()
    row = session.exec(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def of_actor(session: Session, actor: Customer, public_id: str) -> PaymentAttempt:
    """Return a try of the acting contact's own; NotFound for anybody else's."""
    statement = select(PaymentAttempt).where(
        PaymentAttempt.public_id == public_id,
        PaymentAttempt.customer_id == actor.customer_id,
        PaymentAttempt.contact_id == actor.contact_id,
    )
    row = session.exec(statement).first()
    if row is None:
        raise NotFound
    return row


def parts(session: Session, attempt: PaymentAttempt) -> list[Share]:
    """Return what a try is meant to pay, in the order in which it was asked for."""
    statement = select(AttemptPart).where(AttemptPart.attempt_id == attempt.id).order_by(col(AttemptPart.id))
    return [Share(part.invoice_id, part.amount_minor) for part in session.exec(statement)]


def opened(session: Session, attempt: PaymentAttempt, checkout_id: str, url: str, expires_at: datetime) -> None:
    """Note Stripe's page for a try."""
    attempt.checkout_id, attempt.checkout_url, attempt.expires_at = checkout_id, url, expires_at
    if attempt.state == CREATED:
        attempt.state = OPEN


def set_state(session: Session, attempt: PaymentAttempt, state: str, problem: str = "") -> None:
    """Move a try on; nobody can pay it any more once it is in none of LIVE."""
    attempt.state, attempt.problem = state, problem[:500]
    if state in LIVE:
        return
    if state not in UNSETTLED:
        attempt.ended_at = attempt.ended_at or clock.now()
    table = table_of(AttemptPart)
    session.flush()
    session.connection().execute(update(table).where(table.c.attempt_id == attempt.id).values(live=None))
    ledger.recount(session, [share.invoice_id for share in parts(session, attempt)])
