"""The mails about money: receipts, debits on their way, what came back, and the office's own copy."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock, routes
from portal_app.models import (
    Allocation,
    AttemptPart,
    Contact,
    Customer,
    Invoice,
    LinkGuest,
    Payment,
    PaymentAttempt,
    Refund,
    SecureLink,
)
from portal_app.services import attempts, ledger, links, mails, reach, sessions
from portal_app.services.business import look
from portal_app.services.mails import Mail
from portal_app.services.rights import Right
from portal_app.services.to_pay import to_pay_minor

# What an account may know of a guest's payment.
_OF_GUEST = ("amount_minor", "currency", "invoices", "left_minor", "over_minor", "reopened_minor", "settled")


def arrived(session: Session, attempt: PaymentAttempt, payment: Payment) -> None:
    """Send the receipt of money that has settled; the office hears of money that is held, or that pays no invoice."""
    if payment.held:
        office(session, payment, "held")
        return
    over = ledger.credit_minor(session, payment)
    facts = _receipt(session, payment)
    if over:
        facts["over_minor"] = over
        office(session, payment, "over")
    _to_payer(session, Mail.RECEIPT, payment, facts)


def recorded(session: Session, payment: Payment) -> None:
    """Send the receipt of money that the office has recorded."""
    facts = _receipt(session, payment) | {"over_minor": ledger.credit_minor(session, payment)}
    _to_payer(session, Mail.RECEIPT, payment, facts)


def _receipt(session: Session, payment: Payment) -> dict[str, Any]:
    """Return what a receipt says: its number, the invoices, and what is left of them."""
    paid = (session.get_one(Invoice, share.invoice_id) for share in ledger.standing(session, payment))
    own = [invoice for invoice in paid if invoice.currency == payment.currency]
    return _facts(session, payment) | {
        "receipt": payment.receipt_number,
        "invoices": _of_payment(session, payment),
        "left_minor": sum(to_pay_minor(session, one, payment.customer_id) for one in own),
    }


def with_bank(session: Session, attempt: PaymentAttempt, payment: Payment) -> None:
    """Say that a bank debit is on its way and is not paid yet."""
    expected = payment.expected_on.isoformat() if payment.expected_on else ""
    facts = _facts(session, payment) | {"expected_on": expected, "invoices": _of_attempt(session, attempt)}
    _to_payer(session, Mail.PAYMENT_WITH_BANK, payment, facts)


def came_back(session: Session, attempt: PaymentAttempt, payment: Payment, sentence: str) -> None:
    """Tell both sides that a debit did not go through."""
    facts = _facts(session, payment) | {
        "why": sentence,
        "invoices": _of_attempt(session, attempt),
        "settled": _is_settled(session, payment),
    }
    _to_payer(session, Mail.PAYMENT_FAILED, payment, facts)
    office(session, payment, "failed")


def returned(session: Session, payment: Payment, amount_minor: int) -> None:
    """Tell the payer that their bank has taken money back that had arrived."""
    facts = _facts(session, payment) | {
        "amount_minor": amount_minor,
        "invoices": _numbers(session, _was_for(session, payment)),
        "settled": _is_settled(session, payment),
        "returned": True,
        "void": payment.receipt_number if ledger.all_gone(session, payment) else "",
    }
    _to_payer(session, Mail.PAYMENT_FAILED, payment, facts)


def guests_dispute_lost(session: Session, payment: Payment, amount_minor: int) -> None:
    """Tell the account, where a guest has paid, that their bank keeps what it took back: it tells the guest alone."""
    found = _guest_of(session, payment)
    if found is not None:
        facts = _facts(session, payment) | {
            "amount_minor": amount_minor,
            "invoices": _numbers(session, _was_for(session, payment)),
            "settled": _is_settled(session, payment),
            "returned": True,
        }
        _to_account(session, Mail.PAYMENT_FAILED, payment, facts, found[0])


def mistaken(session: Session, payment: Payment, taken: Sequence[ledger.Share]) -> None:
    """Tell who got the receipt of a payment that it was recorded by mistake, and what is to be paid after all."""
    facts = _facts(session, payment) | {
        "mistake": True,
        "void": payment.receipt_number,
        "reopened_minor": sum(share.amount_minor for share in taken),
        "invoices": _numbers(session, [share.invoice_id for share in taken]),
    }
    _to_payer(session, Mail.PAYMENT_FAILED, payment, facts)


def refunded(session: Session, payment: Payment, refund: Refund) -> None:
    """Tell the payer that money was given back, and what is to be paid again after it."""
    taken = ledger.taken_by(session, payment, refund.public_id) if refund.treatment == "reopen" else []
    facts = _facts(session, payment) | {
        "amount_minor": refund.amount_minor,
        "by_hand": payment.intent_id is None,
        "reopened_minor": sum(share.amount_minor for share in taken),
        "invoices": _numbers(session, [share.invoice_id for share in taken]),
    }
    _to_payer(session, Mail.REFUND, payment, facts)


def used(session: Session, payment: Payment, invoice: Invoice, amount_minor: int) -> None:
    """Say that money which had paid nothing was used for an invoice: to its payer, or to the customer's main person.

    Only to somebody who may see that invoice; a guest was sent another one.
    """
    contact = _reader(session, payment, [invoice.location_id])
    if contact is not None:
        facts = {
            "amount_minor": amount_minor,
            "currency": payment.currency,
            "invoices": [invoice.number],
            "left_minor": to_pay_minor(session, invoice, payment.customer_id),
        }
        secrets = {"path": routes.invoice(invoice.public_id)}
        about = {"customer_id": payment.customer_id, "contact_id": contact.id}
        mails.queue(session, Mail.CREDIT_USED, contact.email, facts, secrets=secrets, **about)


def office(session: Session, payment: Payment, what: str, amount_minor: int | None = None) -> None:
    """Tell the office what somebody there should know of; `what` is failed, returned, asked, disputed,
    dispute_won, dispute_lost, held, over, refund or refund_failed.

    `amount_minor` is how much of the payment it is about, where that is neither all of it nor what is over.
    """
    to = look().support_email
    if not to:
        return
    customer = session.get_one(Customer, payment.customer_id)
    facts = _facts(session, payment) | {
        "what": what,
        "customer": customer.name,
    }
    if what == "over":
        facts["amount_minor"] = ledger.credit_minor(session, payment)
    elif amount_minor is not None:
        facts["amount_minor"] = amount_minor
    if what in ("failed", "returned", "dispute_lost"):
        facts["settled"] = _is_settled(session, payment)
    if payment.dispute_due_at is not None and what in ("asked", "disputed"):
        facts["due_on"] = clock.local(payment.dispute_due_at, look().zone).date().isoformat()
    secrets = {"path": routes.office_payment(payment.public_id)}
    mails.queue(session, Mail.OFFICE_PAYMENT, to, facts, secrets=secrets)


def _facts(session: Session, payment: Payment) -> dict[str, Any]:
    return {
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "method": payment.method_words,
    }


def _to_payer(session: Session, mail: Mail, payment: Payment, facts: dict[str, Any]) -> None:
    """Send it to who paid while they are one of the customer's people, else to whom of these may see it by now.

    So is money that the office has recorded, whoever got its receipt.
    """
    if payment.contact_id is None and payment.recorded_by is None:
        found = _guest_of(session, payment)
        if found is not None:
            _to_guest(session, mail, payment, facts, *found)
            _to_account(session, mail, payment, facts, found[0])
        return
    contact = _payer(session, payment) or _reader(session, payment, _places(session, payment))
    if contact is None:
        return
    secrets = {"path": routes.payment(payment.public_id)}
    about = {"customer_id": payment.customer_id, "contact_id": contact.id}
    mails.queue(session, mail, contact.email, facts, secrets=secrets, **about)


def _payer(session: Session, payment: Payment) -> Contact | None:
    """Return who has paid by themselves, while they may come in for this customer; None for what the office recorded.

    What they paid is theirs to know, whatever they may see beside it.
    """
    if payment.recorded_by is not None or payment.contact_id is None:
        return None
    stands = sessions.standing_contact(session, payment.contact_id)
    if stands is None or stands.customer_id != payment.customer_id:
        return None
    contact = session.get_one(Contact, payment.contact_id)
    return contact if contact.email else None


def _reader(
    session: Session, payment: Payment, places: Sequence[int | None], first: int | None = None
) -> Contact | None:
    """Return who of a customer's people hears of money at some properties: `first`, or who paid, else the main person.

    None where neither may see it there by now.
    """
    main = links.reader_of(session, session.get_one(Customer, payment.customer_id), None)
    for contact_id in (first or payment.contact_id, main.id if main is not None else None):
        reader = sessions.standing_contact(session, contact_id) if contact_id is not None else None
        if reader is None or reader.customer_id != payment.customer_id:
            continue
        contact = session.get_one(Contact, reader.contact_id)
        if contact.email and all(reach.may_at(reader, Right.VIEW_MONEY, place) for place in places):
            return contact
    return None


def _places(session: Session, payment: Payment) -> list[int | None]:
    """Return the properties of the invoices that a payment is for; None stands for those without one, or for none."""
    paid = select(Allocation.invoice_id).where(Allocation.payment_id == payment.id)
    meant = select(AttemptPart.invoice_id).where(AttemptPart.attempt_id == payment.attempt_id)
    statement = select(Invoice.location_id).where(col(Invoice.id).in_(paid) | col(Invoice.id).in_(meant)).distinct()
    return list(session.exec(statement)) or [None]


def _guest_of(session: Session, payment: Payment) -> tuple[LinkGuest, SecureLink] | None:
    """Return the guest who paid, if one did, with the link that theirs came from."""
    attempt = session.get(PaymentAttempt, payment.attempt_id) if payment.attempt_id is not None else None
    return attempts.guest_of(session, attempt) if attempt is not None else None


def _to_guest(
    session: Session, mail: Mail, payment: Payment, facts: dict[str, Any], guest: LinkGuest, link: SecureLink
) -> None:
    """Send it to a guest who paid; their way back is a link of their own while theirs stands."""
    secrets = {"path": routes.link(links.new_token(session, link))} if links.state_of(link) == links.LIVE else {}
    mails.queue(session, mail, guest.email, facts, secrets=secrets, customer_id=payment.customer_id)


def _to_account(session: Session, mail: Mail, payment: Payment, facts: dict[str, Any], guest: LinkGuest) -> None:
    """Tell who sent the invoice to a guest what became of their money, or the main person: not how it was paid, or why
    it was not.
    """
    what = _told_of_guest(mail, facts)
    contact = _reader(session, payment, _places(session, payment), guest.contact_id) if what else None
    if contact is None:
        return
    told = {name: facts[name] for name in _OF_GUEST if name in facts} | {"what": what, "guest": guest.name}
    told["invoices"] = told.get("invoices") or _numbers(session, _was_for(session, payment))
    secrets = {"path": routes.payment(payment.public_id)}
    about = {"customer_id": payment.customer_id, "contact_id": contact.id}
    mails.queue(session, Mail.GUEST_PAYMENT, contact.email, told, secrets=secrets, **about)


def _told_of_guest(mail: Mail, facts: dict[str, Any]) -> str:
    """Return what an account is told has happened when a guest is sent a mail; nothing where it changes nothing."""
    if mail == Mail.RECEIPT:
        return "paid"
    if mail == Mail.PAYMENT_FAILED:
        return "returned" if facts.get("returned") else "failed"
    return "refunded" if mail == Mail.REFUND and facts["reopened_minor"] else ""


def _of_attempt(session: Session, attempt: PaymentAttempt) -> list[str]:
    return _numbers(session, [share.invoice_id for share in attempts.parts(session, attempt)])


def _of_payment(session: Session, payment: Payment) -> list[str]:
    return _numbers(session, _paid_by(session, payment))


def _paid_by(session: Session, payment: Payment) -> list[int]:
    return list(session.exec(select(Allocation.invoice_id).where(Allocation.payment_id == payment.id).distinct()))


def _was_for(session: Session, payment: Payment) -> list[int]:
    """Return the invoices that a payment has paid; where it came too late for that, those it was meant for."""
    meant = select(AttemptPart.invoice_id).where(AttemptPart.attempt_id == payment.attempt_id)
    return _paid_by(session, payment) or list(session.exec(meant))


def _is_settled(session: Session, payment: Payment) -> bool:
    """Return whether nothing is to be paid of all that a payment was for, though it did not come or went again."""
    invoices = session.exec(select(Invoice).where(col(Invoice.id).in_(_was_for(session, payment)))).all()
    return bool(invoices) and not any(to_pay_minor(session, one, payment.customer_id) for one in invoices)


def _numbers(session: Session, invoice_ids: list[int]) -> list[str]:
    """Return the numbers of invoices, without those that are hidden from the customer by now."""
    named = (col(Invoice.id).in_(invoice_ids), col(Invoice.hidden_at).is_(None))
    statement = select(Invoice.number).where(*named).order_by(col(Invoice.id))
    return [number for number in session.exec(statement) if number]
