"""Money that is here and pays no invoice, used for one by the office."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Allocation, Invoice, Payment
from portal_app.models.base import new_public_id
from portal_app.money import Money
from portal_app.services import activity, attempts, ledger, payment_mails, settlement
from portal_app.services.actors import Actor, Staff
from portal_app.services.business import look
from portal_app.services.ledger import Share
from portal_app.services.owed import DISPUTED, LEFT, UNPAID
from portal_app.services.recorded_payments import OpenInvoice
from portal_app.services.rights import Permission


@dataclass(frozen=True, slots=True)
class Spare:
    """What of a payment pays nothing and may be used, and the invoices it may be used for, earliest due first.

    `puts` counts what was ever put to invoices of this payment, or taken off them: who uses it says which they saw.
    """

    credit: Money
    invoices: tuple[OpenInvoice, ...]
    puts: int


class AmountRefused(Invalid):
    """The amount cannot be used; the sentence says how much could."""


def offered(session: Session, actor: Actor, payment_public_id: str) -> Spare | None:
    """Return what of a payment may be used for an invoice; None where nothing is, or not now.

    For staff who may edit customers, as for recording a payment.
    """
    _require(actor)
    payment = session.exec(select(Payment).where(Payment.public_id == payment_public_id)).first()
    if payment is None:
        raise NotFound
    credit = ledger.credit_minor(session, payment)
    if not credit or _not_now(payment):
        return None
    statement = select(Invoice, DISPUTED.label("disputed")).where(
        Invoice.customer_id == payment.customer_id,
        Invoice.currency == payment.currency,
        col(Invoice.status).in_(UNPAID),
        col(Invoice.deleted_at).is_(None),
        col(Invoice.hidden_at).is_(None),
        col(Invoice.with_bank_minor) < LEFT,
    )
    rows = session.exec(statement.order_by(col(Invoice.due_on), col(Invoice.id)).limit(attempts.MOST_INVOICES))
    fitting = [
        OpenInvoice(
            row.public_id,
            row.number,
            row.title,
            Money(ledger.payable_minor(row), row.currency),
            row.due_on,
            disputed=disputed > 0,
        )
        for row, disputed in rows
    ]
    return Spare(Money(credit, payment.currency), tuple(fitting), _puts(session, payment))


def use(
    session: Session, actor: Actor, payment_public_id: str, invoice_public_id: str, amount_minor: int, puts: int
) -> Invoice:
    """Let money that pays nothing pay an invoice of the same customer, and tell the CRM and the customer.

    Needs the permission to edit customers. `puts` is the count that whoever asks has seen (`Spare`): a second press,
    and a colleague who was quicker, are refused. The receipt stays what it was: it says what the money was put to when
    it arrived. Raises Invalid with the reason; AmountRefused for one that is too much or none.
    """
    _require(actor)
    payment = session.exec(select(Payment).where(Payment.public_id == payment_public_id).with_for_update()).first()
    if payment is None:
        raise NotFound
    if payment.status in ("pending", "failed"):
        raise Invalid("Only money that is here can be used.")
    if why := _not_now(payment):
        raise Invalid(why)
    if puts != _puts(session, payment):
        raise Invalid("This payment was used or changed meanwhile. Here it is as it stands now; nothing more was used.")
    invoice = _fitting(session, payment, invoice_public_id)
    _check(session, payment, invoice, amount_minor)
    command_id = new_public_id()
    paid = ledger.allocate(session, payment, [Share(invoice.id or 0, amount_minor)], ledger.USED, command_id)
    if sum(share.amount_minor for share in paid) != amount_minor:
        raise Invalid("What is left of this invoice is being read from the CRM. Please try again in a minute.")
    settlement.tell(session, payment, command_id, "succeeded", paid, payment_id=payment.command_id)
    facts = {"amount_minor": amount_minor, "currency": payment.currency, "invoice": invoice.public_id}
    about = {"customer_id": payment.customer_id, "subject": ("payment", payment.id)}
    activity.record(session, actor, "payment.used", **about, facts=facts)
    payment_mails.used(session, payment, invoice, amount_minor)
    return invoice


def _require(actor: Actor) -> None:
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.EDIT_CUSTOMERS)


def _not_now(payment: Payment) -> str:
    """Return why money may not be used before something else is decided, empty when it may."""
    if payment.dispute in ("open", "asked"):
        return "The payer’s bank asks for this money, so it cannot be used until that is over."
    return "This payment waits for a decision. Please decide that first." if payment.held else ""


def _puts(session: Session, payment: Payment) -> int:
    counted = select(func.count()).select_from(Allocation).where(Allocation.payment_id == payment.id)
    return session.exec(counted).one()


def _fitting(session: Session, payment: Payment, public_id: str) -> Invoice:
    """Return an invoice the payment may pay, locked; Invalid with the reason for others."""
    found = select(Invoice.id).where(Invoice.public_id == public_id, Invoice.customer_id == payment.customer_id)
    rows = ledger.locked(session, [row_id for row_id in session.exec(found) if row_id])
    invoice = next(iter(rows.values()), None)
    if invoice is None or invoice.deleted_at is not None:
        raise Invalid("This customer has no such invoice. Please choose one of theirs.")
    if invoice.hidden_at is not None:
        raise Invalid("That invoice is hidden from the customer. Show it to them first.")
    if invoice.currency != payment.currency:
        raise Invalid(f"That invoice is in {invoice.currency}, and this payment in {payment.currency}.")
    if ledger.payable_minor(invoice) <= 0:
        raise Invalid("Nothing is left to pay of that invoice, or what is left is with the bank.")
    return invoice


def _check(session: Session, payment: Payment, invoice: Invoice, amount_minor: int) -> None:
    if type(amount_minor) is not int or amount_minor <= 0:
        raise AmountRefused("Please type an amount above zero.")
    for most, of in (
        (ledger.credit_minor(session, payment), "of this payment can be used"),
        (ledger.payable_minor(invoice), "is left to pay of that invoice"),
    ):
        if amount_minor > most:
            raise AmountRefused(f"At most {Money(most, payment.currency).show(look().locale)} {of}.")
