"""What Stripe says of a payment becomes the portal's books: the same facts, however often and in whatever order.

Every step looks at what is booked already, under the lock of the attempt's row; so webhook, return page and reconcile
may all come, twice and at once.
"""

from dataclasses import asdict
from datetime import timedelta

from sqlmodel import Session, select

from portal_app import clock
from portal_app.integrations.stripe import values
from portal_app.integrations.stripe.values import Method
from portal_app.models import Payment, PaymentAttempt
from portal_app.models.base import new_public_id
from portal_app.money import Money
from portal_app.services import activity, attempts, disputes, ledger, payment_mails, receipts, refunds
from portal_app.services.business import look
from portal_app.services.ledger import ACTOR, PAYMENTS

# Each with the currencies its banks take: https://docs.stripe.com/payments/payment-methods/payment-method-support.
BANK_DEBITS = {
    "us_bank_account": ("USD",),
    "bacs_debit": ("GBP",),
    "sepa_debit": ("EUR",),
    "au_becs_debit": ("AUD",),
    "acss_debit": ("CAD", "USD"),
    "nz_bank_account": ("NZD",),
}
# What is charged as a card is, whatever it is wrapped in.
_CARDS = ("card", "card_present", "link")
_WORDS = {
    "us_bank_account": "Bank account",
    "bacs_debit": "Bacs Direct Debit",
    "sepa_debit": "SEPA debit",
    "link": "Link",
    "paypal": "PayPal",
}
# Small amounts take a few days to a bank account, and its owner has to look at it then; vouchers last about a week.
DONE_WITHIN = timedelta(days=10)
_UNHEARD = "Stripe cannot be asked what became of this. Nothing was booked; please look at Stripe before you try again."
_MISMATCH = "Stripe reports {reported} instead of {asked}. Nothing was paid with it; please decide."


def method_words(method: Method | None) -> str:
    """Return how people call a way to pay, such as `Visa ending in 4242`."""
    return words_for(method.kind, method.brand, method.bank, method.last4) if method is not None else ""


def words_for(kind: str, brand: str, bank: str, last4: str) -> str:
    """Return the same from its parts, any of which but the kind may be empty."""
    name = bank or _WORDS.get(kind) or (brand or kind).replace("_", " ").title()
    return f"{name} ending in {last4}" if last4 else name


def apply(session: Session, attempt: PaymentAttempt, intent: values.Payment, *, page: str) -> None:
    """Book what Stripe says of an attempt's payment; `page` is open while it may still be tried again, or complete.

    The attempt's row is locked by the caller. Amount and currency that are not the attempt's are held for the office.
    """
    attempt.intent_id = intent.id
    if intent.method is not None:
        attempt.method = asdict(intent.method)
    if intent.status == "succeeded":
        payment = _arrived(session, attempt, intent)
        _fees(payment, intent)
        disputes.book(session, payment, intent.disputes)
        for refund in intent.refunds:
            refunds.from_stripe(session, payment, refund)
    elif intent.status == "processing":
        _with_bank(session, attempt, intent)
    elif intent.status == "requires_action" and page == "complete":
        _waits(session, attempt, intent)
    elif intent.status == "canceled":
        _failed(session, attempt, _why(intent), attempts.EXPIRED)
    elif intent.status == "requires_payment_method" and intent.failure is not None:
        if page == "open":
            attempt.problem = intent.failure.sentence[:500]
        else:
            _failed(session, attempt, _why(intent), attempts.FAILED)


def page_over(session: Session, attempt: PaymentAttempt) -> None:
    """Note that a try's page has expired without a payment."""
    if attempt.state in (attempts.CREATED, attempts.OPEN):
        attempts.set_state(session, attempt, attempts.EXPIRED, attempt.problem)
        activity.record(session, ACTOR, "payment.expired", **_about(attempt))


def out_of_reach(session: Session, attempt: PaymentAttempt) -> None:
    """End a try whose account cannot be asked any more, once nobody can pay by it: what it was for can be paid anew.

    A bank account may be confirmed, or a voucher paid, days later. A charge that was asked for may have been made: the
    office is to look.
    """
    waits = attempt.state in attempts.WAITING
    over = attempt.created_at + DONE_WITHIN if waits else attempt.expires_at
    if attempt.state in attempts.LIVE and over < clock.now():
        unheard = attempt.state == attempts.CREATED and attempt.way == attempts.SAVED
        attempts.set_state(session, attempt, attempts.EXPIRED, _UNHEARD if unheard else attempt.problem)
        activity.record(session, ACTOR, "payment.expired", **_about(attempt))


def of_attempt(session: Session, attempt: PaymentAttempt) -> Payment | None:
    """Return the money that came of a try, locked; None while there is none."""
    return session.exec(select(Payment).where(Payment.attempt_id == attempt.id).with_for_update()).first()


def _with_bank(session: Session, attempt: PaymentAttempt, intent: values.Payment) -> None:
    if attempt.state == attempts.PROCESSING:
        attempt.expected_on = intent.expected_on or attempt.expected_on
        return
    if of_attempt(session, attempt) is not None:
        # It has come to an end already; what says otherwise is older.
        return
    attempt.expected_on = intent.expected_on
    attempts.set_state(session, attempt, attempts.PROCESSING)
    payment = _made(session, attempt, intent, "pending")
    activity.record(session, ACTOR, "payment.with_bank", **_about(attempt))
    tell(session, payment, new_public_id(), "pending", [])
    payment_mails.with_bank(session, attempt, payment)


def _waits(session: Session, attempt: PaymentAttempt, intent: values.Payment) -> None:
    """Note what the payer has yet to do elsewhere: confirm a bank account, by small amounts that take days to get
    there, or pay as they were told.
    """
    attempt.checkout_url = intent.next_url
    if attempt.state in (attempts.CREATED, attempts.OPEN):
        attempts.set_state(session, attempt, attempts.CONFIRMING if intent.confirms else attempts.INSTRUCTED)
        kind = "payment.to_confirm" if intent.confirms else "payment.instructed"
        activity.record(session, ACTOR, kind, **_about(attempt))


def _kind(method: Method | None) -> str:
    """Return the contract's word for a way to pay at Stripe."""
    if method is None or method.kind in _CARDS:
        return "card"
    return "bank" if method.kind in BANK_DEBITS else "other"


def _made(session: Session, attempt: PaymentAttempt, intent: values.Payment, status: str) -> Payment:
    payment = Payment(
        customer_id=attempt.customer_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        intent_id=intent.id,
        currency=intent.currency,
        amount_minor=intent.amount_received if status == "succeeded" else intent.amount,
        method=_kind(intent.method),
        method_words=method_words(intent.method)[:120],
        status=status,
        paid_at=intent.settled_at or intent.created,
        expected_on=intent.expected_on,
    )
    session.add(payment)
    session.flush()
    return payment


def _arrived(session: Session, attempt: PaymentAttempt, intent: values.Payment) -> Payment:
    payment = of_attempt(session, attempt)
    attempt.said_at = None
    if payment is not None and attempt.state in (attempts.SUCCEEDED, attempts.HELD):
        return payment
    if payment is None:
        payment = _made(session, attempt, intent, "succeeded")
    payment.status, payment.amount_minor = "succeeded", intent.amount_received
    payment.paid_at, payment.expected_on = intent.settled_at or clock.now(), None
    payment.method_words = method_words(intent.method)[:120] or payment.method_words
    session.flush()
    matches = (intent.amount_received, intent.currency) == (attempt.amount_minor, attempt.currency)
    # Set first: what is with the bank must not count beside what has arrived.
    attempts.set_state(session, attempt, attempts.SUCCEEDED if matches else attempts.HELD)
    if matches:
        pay_what_was_meant(session, attempt, payment)
    else:
        locale = look().locale
        reported = Money(intent.amount_received, intent.currency).show(locale)
        asked = Money(attempt.amount_minor, attempt.currency).show(locale)
        payment.held = _MISMATCH.format(reported=reported, asked=asked)
    activity.record(session, ACTOR, "payment.succeeded" if matches else "payment.held", **_about(attempt))
    payment_mails.arrived(session, attempt, payment)
    return payment


def pay_what_was_meant(session: Session, attempt: PaymentAttempt, payment: Payment) -> None:
    """Let money that has arrived pay what its try was meant for, with a receipt, and tell the CRM; the rest is credit.

    What is held for the office is told to the CRM only then: a command is never said twice with another body.
    """
    receipts.give(session, payment)
    payment.command_id = new_public_id()
    wanted = attempts.parts(session, attempt) if attempt.currency == payment.currency else []
    paid = ledger.allocate(session, payment, wanted, "payment", payment.command_id)
    # What a bank has taken for good while the money was held never comes to the CRM.
    here = payment.amount_minor - ledger.taken_back_minor(session, payment)
    tell(session, payment, payment.command_id, "succeeded", paid, amount_minor=here)


def said(session: Session, attempt: PaymentAttempt, payment: Payment, *, arrived: bool) -> None:
    """Book what somebody says of money with the bank that Stripe cannot be asked about; both rows are locked.

    Where Stripe can be asked again later, its word counts.
    """
    attempt.said_at = clock.now()
    if not arrived:
        _failed(session, attempt, "", attempts.FAILED)
        return
    payment.status, payment.paid_at, payment.expected_on = "succeeded", clock.now(), None
    attempts.set_state(session, attempt, attempts.SUCCEEDED)
    pay_what_was_meant(session, attempt, payment)
    activity.record(session, ACTOR, "payment.succeeded", **_about(attempt))
    payment_mails.arrived(session, attempt, payment)


def _why(intent: values.Payment) -> str:
    return intent.failure.sentence if intent.failure else ""


def _failed(session: Session, attempt: PaymentAttempt, sentence: str, state: str) -> None:
    if attempt.state == attempts.SUCCEEDED and attempt.said_at is not None:
        _never_came(session, attempt, sentence)
    if attempt.state not in attempts.UNSETTLED:
        return
    attempts.set_state(session, attempt, state, sentence)
    payment = of_attempt(session, attempt)
    if payment is not None and payment.status == "pending":
        payment.status, payment.expected_on = "failed", None
        tell(session, payment, new_public_id(), "failed", [])
        payment_mails.came_back(session, attempt, payment, sentence)
    activity.record(session, ACTOR, "payment.failed", **_about(attempt))


def _never_came(session: Session, attempt: PaymentAttempt, sentence: str) -> None:
    """Take a debit back that somebody had said had arrived: Stripe can be asked again, and it has failed."""
    payment = of_attempt(session, attempt)
    if payment is not None:
        attempts.set_state(session, attempt, attempts.FAILED, sentence)
        attempt.said_at = None
        disputes.never_came(session, payment)


def tell(
    session: Session,
    payment: Payment,
    command_id: str,
    status: str,
    paid: list[ledger.Share],
    *,
    amount_minor: int | None = None,
    **more: str,
) -> None:
    """Tell the CRM of a payment and what it pays; `payment_id` among `more` names the one that it knows already.

    `amount_minor` is what there is of it where that is not the whole.
    """
    ledger.tell_crm(
        session,
        payment,
        PAYMENTS,
        command_id,
        paid,
        amount=ledger.amount_of(payment.amount_minor if amount_minor is None else amount_minor, payment.currency),
        method=payment.method,
        status=status,
        paid_at=clock.iso(payment.paid_at),
        receipt_number=payment.receipt_number,
        processor_ref=payment.intent_id,
        **more,
    )


def _fees(payment: Payment, intent: values.Payment) -> None:
    if intent.fees is not None:
        payment.fee_minor, payment.net_minor = intent.fees.fee, intent.fees.net
        payment.fee_currency = intent.fees.currency


def _about(attempt: PaymentAttempt) -> dict:
    return {"customer_id": attempt.customer_id, "subject": ("payment_attempt", attempt.id)}
