"""Money given back: asked for by the office or made at Stripe itself, booked once, undone when it fails."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.integrations.stripe import values
from portal_app.models import Customer, Payment, PaymentAttempt, Refund
from portal_app.money import Money
from portal_app.services import activity, ledger, payment_mails, payment_settings
from portal_app.services.actors import Actor, Staff
from portal_app.services.business import look
from portal_app.services.ledger import ACTOR, REFUNDS
from portal_app.services.rights import Permission

ASKED, PENDING, SUCCEEDED, FAILED = "asked", "pending", "succeeded", "failed"
CREDIT_NOTE, REOPEN = "credit_note", "reopen"
TREATMENTS = (CREDIT_NOTE, REOPEN)
LONGEST_REASON = 500
_STATUS = {"succeeded": SUCCEEDED, "failed": FAILED, "canceled": FAILED}
_DECIDED = "That has been decided already."
_CALLED_OFF = "The office says that it was not given back."
_UNDONE = "A refund of {amount} that the CRM was told of did not go through: please put that right there."
_HERE_AGAIN = "A refund of {amount} did not go through: the money is here again. It pays nothing yet; please decide."


def ask(
    session: Session,
    actor: Actor,
    payment_id: str,
    amount_minor: int,
    treatment: str,
    reason: str,
    *,
    elsewhere: bool = False,
) -> Refund:
    """Write down that the office gives money back; the caller commits, then asks Stripe under the row's public id.

    Needs the permission to refund. Never more than is left of the payment, and not while a dispute is open: of one
    that is lost in part the rest is here. `elsewhere` says that it was given back at Stripe itself, in an account that
    cannot be asked from here.
    """
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.REFUND)
    payment = _locked(session, payment_id)
    if treatment not in TREATMENTS:
        raise Invalid("Please choose whether the invoice is open again afterwards or the debt is gone as well.")
    if payment.status != "succeeded":
        raise Invalid("Only money that has arrived can be given back.")
    if payment.dispute == "open":
        raise Invalid("The payer’s bank has asked for this money, so it cannot be refunded as well.")
    left = payment.amount_minor - ledger.gone_minor(session, payment)
    if type(amount_minor) is not int or amount_minor <= 0:
        raise Invalid("Please type an amount above zero.")
    if amount_minor > left:
        raise Invalid(_at_most(session, payment, left))
    _require_way(session, payment, elsewhere=elsewhere)
    refund = Refund(
        payment_id=payment.id or 0,
        amount_minor=amount_minor,
        treatment=treatment,
        reason=reason.strip()[:LONGEST_REASON],
        asked_by=actor.member_id,
    )
    session.add(refund)
    session.flush()
    _log(session, actor, "payment.refund_asked", payment, refund)
    if payment.intent_id is None or elsewhere:
        # Cash and transfers are given back by hand; what the office says is what happened.
        refund.status = SUCCEEDED
        _book(session, payment, refund)
    return refund


def _at_most(session: Session, payment: Payment, left: int) -> str:
    waits = any(one.status in (ASKED, PENDING) for one in of_payment(session, payment))
    if waits and is_out_of_reach(session, payment):
        return "A refund of this payment waits already. Please say first what became of that one."
    return f"At most {Money(max(0, left), payment.currency).show(look().locale)} of this payment can be given back."


def is_out_of_reach(session: Session, payment: Payment) -> bool:
    """Return whether the account that took the money cannot be asked from here: it is another than that of the key."""
    if payment.attempt_id is None:
        return False
    keys = payment_settings.keys(session)
    return keys is None or session.get_one(PaymentAttempt, payment.attempt_id).key_mark != keys.mark


def _require_way(session: Session, payment: Payment, *, elsewhere: bool) -> None:
    """Raise Invalid where the account that took the money cannot be asked for it; or can, and was to be left out."""
    out_of_reach = is_out_of_reach(session, payment)
    if out_of_reach and not elsewhere:
        raise Invalid(
            "This money was taken under another key of Stripe’s, so it cannot be given back from here. Please do that "
            "at Stripe, in the account that took it, and write it down here then."
        )
    if elsewhere and not out_of_reach:
        raise Invalid("Stripe can be asked for this from here. Please look at the payment again.")


def from_stripe(session: Session, payment: Payment, told: values.Refund) -> Refund:
    """Bring a refund in step with what Stripe says of it; one made at Stripe itself waits for the office's word."""
    refund = _known(session, payment, told)
    before, went = refund.status, refund.status in (PENDING, SUCCEEDED)
    if before == FAILED and (_is_final(refund) or _STATUS.get(told.status) == FAILED):
        return refund
    if before == FAILED and refund.failed_at is not None:
        refund = _once_more(session, refund)
    refund.stripe_id, refund.status = told.id, _STATUS.get(told.status, PENDING)
    if before == ASKED or (before == FAILED and refund.problem):
        refund.at, refund.problem = told.created, ""
    session.flush()
    if refund.status == FAILED:
        # Of what Stripe tells at once that it has failed, money went and came back all the same.
        refund.failed_at = told.failed_at or (clock.now() if went else None)
        _undo(session, payment, refund)
        return refund
    if refund.status == SUCCEEDED and refund.treatment and not refund.booked:
        _book(session, payment, refund)
    _settle_status(session, payment)
    return refund


def _is_final(failed: Refund) -> bool:
    """Return whether Stripe itself has said so: what was called off while it could not be asked may have gone."""
    return failed.stripe_id is not None and failed.problem != _CALLED_OFF


def taken(session: Session, public_id: str, stripe_id: str, at: datetime) -> None:
    """Note that Stripe took a refund on then: it is not asked again, and what becomes of it is read there."""
    refund = session.exec(select(Refund).where(Refund.public_id == public_id).with_for_update()).one()
    if refund.status == ASKED:
        refund.stripe_id, refund.status, refund.at = stripe_id, PENDING, at


def refused(session: Session, public_id: str, sentence: str) -> None:
    """Note that Stripe would not give the money back."""
    payment, refund = _locked_with_payment(session, public_id)
    if refund.status == ASKED:
        refund.status, refund.problem = FAILED, sentence[:500]
        session.flush()
        _is_here(session, payment)
        _log(session, ACTOR, "payment.refund_failed", payment, refund)


def treat(session: Session, actor: Actor, public_id: str, treatment: str) -> None:
    """Say how a refund that was made at Stripe counts: the debt is gone as well, or the invoice is open again."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.REFUND)
    if treatment not in TREATMENTS:
        raise Invalid("Please choose one of the two.")
    payment, refund = _locked_with_payment(session, public_id)
    if refund.treatment or refund.status == FAILED:
        raise Invalid(_DECIDED)
    refund.treatment = treatment
    if refund.status == SUCCEEDED:
        _book(session, payment, refund)
    _log(session, actor, "payment.refund_treated", payment, refund)


def settle(session: Session, actor: Actor, public_id: str, *, given_back: bool) -> None:
    """Say what became of a refund of which Stripe cannot be asked from here: it was given back there, or was not.

    Needs the permission to refund. Should Stripe say otherwise once it can be asked again, that counts.
    """
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.REFUND)
    payment, refund = _locked_with_payment(session, public_id)
    if refund.status not in (ASKED, PENDING):
        raise Invalid(_DECIDED)
    if not is_out_of_reach(session, payment):
        raise Invalid("Stripe can be asked about this from here: press “Look at Stripe now”.")
    went = refund.status == PENDING
    if not went:
        # Nobody knows the day; the books of the one on which it was asked for may be closed.
        refund.at = clock.now()
    refund.status = SUCCEEDED if given_back else FAILED
    session.flush()
    if not given_back:
        refund.problem = _CALLED_OFF
    if given_back and refund.treatment:
        _book(session, payment, refund)
    elif not given_back and went:
        refund.failed_at = clock.now()
        _undo(session, payment, refund)
    _settle_status(session, payment)
    _log(session, actor, "payment.refund_settled", payment, refund)


def of_payment(session: Session, payment: Payment) -> list[Refund]:
    """Return a payment's refunds, oldest first."""
    return list(session.exec(select(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id))))


def _known(session: Session, payment: Payment, told: values.Refund) -> Refund:
    written_down = and_(
        col(Refund.stripe_id).is_(None), col(Refund.status) == SUCCEEDED, col(Refund.amount_minor) == told.amount
    )
    for condition in (Refund.stripe_id == told.id, Refund.public_id == (told.ours or "-"), written_down):
        statement = select(Refund).where(condition, Refund.payment_id == payment.id).with_for_update()
        found = session.exec(statement).first()
        if found is not None:
            return found
    refund = Refund(
        payment_id=payment.id or 0, amount_minor=told.amount, status=PENDING, stripe_id=told.id, at=told.created
    )
    session.add(refund)
    session.flush()
    _log(session, ACTOR, "payment.refunded_elsewhere", payment, refund)
    payment_mails.office(session, payment, "refund", refund.amount_minor)
    return refund


def _once_more(session: Session, called_off: Refund) -> Refund:
    """Return a row of its own, with Stripe's id, for a refund that went, was called off, and goes after all.

    The old one stays as it is, and each stands in the books on its day.
    """
    stripe_id, called_off.stripe_id = called_off.stripe_id, None
    session.flush()
    refund = Refund(
        payment_id=called_off.payment_id,
        amount_minor=called_off.amount_minor,
        treatment=called_off.treatment,
        reason=called_off.reason,
        asked_by=called_off.asked_by,
        status=PENDING,
        stripe_id=stripe_id,
        at=clock.now(),
    )
    session.add(refund)
    session.flush()
    return refund


def _book(session: Session, payment: Payment, refund: Refund) -> None:
    """Let a refund count: on the invoices where the debt is back, in the CRM, and in a mail."""
    refund.booked = True
    from_invoices = ledger.from_invoices_minor(session, payment, refund.amount_minor)
    if refund.treatment == REOPEN:
        shares = ledger.take_back(session, payment, from_invoices, "refund", refund.public_id, refund.public_id)
    else:
        shares = ledger.credit(session, payment, from_invoices, refund.public_id, refund.public_id)
    if payment.command_id:
        _tell(session, payment, refund, shares)
    _settle_status(session, payment)
    _log(session, ACTOR, "payment.refunded", payment, refund)
    payment_mails.refunded(session, payment, refund)


def tell_of_earlier(session: Session, payment: Payment) -> None:
    """Tell the CRM of what was given back while the money was held: it hears of the payment itself only now."""
    for refund in of_payment(session, payment):
        if refund.booked:
            _tell(session, payment, refund, [])


def _tell(session: Session, payment: Payment, refund: Refund, shares: Sequence[ledger.Share]) -> None:
    ledger.tell_crm(
        session,
        payment,
        REFUNDS,
        refund.public_id,
        shares,
        payment_id=payment.command_id,
        amount=ledger.amount_of(refund.amount_minor, payment.currency),
        at=clock.iso(refund.at),
        treatment=refund.treatment,
    )


def _undo(session: Session, payment: Payment, refund: Refund) -> None:
    amount = Money(refund.amount_minor, payment.currency).show(look().locale)
    _is_here(session, payment)
    if not payment.command_id:
        payment.held = payment.held or _HERE_AGAIN.format(amount=amount)
    elif refund.booked and session.get_one(Customer, payment.customer_id).external_id is not None:
        payment.held = f"{payment.held} {_UNDONE.format(amount=amount)}".strip()[:500]
    if refund.booked:
        refund.booked = False
        if refund.treatment == CREDIT_NOTE:
            ledger.uncredit(session, payment, refund.public_id)
        else:
            taken = ledger.taken_by(session, payment, refund.public_id)
            ledger.allocate(session, payment, taken, ledger.REFUND_FAILED, "", cause_id=refund.public_id)
    _log(session, ACTOR, "payment.refund_failed", payment, refund)
    payment_mails.office(session, payment, "refund_failed", refund.amount_minor)


def _is_here(session: Session, payment: Payment) -> None:
    """Let a payment count again of which a refund has failed."""
    if payment.status == "refunded":
        payment.status = "succeeded"
    elif payment.status == "failed" and not ledger.all_gone(session, payment):
        # Beside it a bank has taken the rest for good; this is here after all.
        payment.status, payment.receipt_voided_at = "succeeded", None


def _settle_status(session: Session, payment: Payment) -> None:
    gone = sum(refund.amount_minor for refund in of_payment(session, payment) if refund.status == SUCCEEDED)
    if payment.status == "succeeded" and gone >= payment.amount_minor:
        payment.status = "refunded"
        if not payment.command_id:
            # What was held is not there to be decided about any more.
            payment.held = ""


def _locked(session: Session, public_id: str) -> Payment:
    payment = session.exec(select(Payment).where(Payment.public_id == public_id).with_for_update()).first()
    if payment is None:
        raise NotFound
    return payment


def _locked_with_payment(session: Session, public_id: str) -> tuple[Payment, Refund]:
    """Return a refund and its payment, both locked: the payment first, as who brings it in step with Stripe does."""
    found = select(Refund.payment_id).where(Refund.public_id == public_id)
    payment_id = session.exec(found).first()
    if payment_id is None:
        raise NotFound
    payment = session.get_one(Payment, payment_id, with_for_update=True)
    locked = select(Refund).where(Refund.public_id == public_id).with_for_update()
    return payment, session.exec(locked.execution_options(populate_existing=True)).one()


def _log(session: Session, actor: Actor, kind: str, payment: Payment, refund: Refund) -> None:
    facts = {"amount_minor": refund.amount_minor, "currency": payment.currency}
    activity.record(session, actor, kind, customer_id=payment.customer_id, subject=("payment", payment.id), facts=facts)
