"""What payments pay: allocations are only ever added, and what lists show is counted from them.

What is left of an invoice = what the CRM says is left − what was allocated here and is not in the CRM's word yet. An
allocation is `told` once the CRM has answered the command that carries it, and `booked` once the invoice was read back
after that and its balance shows it, so that nothing is subtracted twice for longer than it takes to read one record. A
CRM may apply a command later, or say that it has and do nothing: where the balance does not show it within a day, the
office is asked, and meanwhile the payer owes nothing of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import (
    Allocation,
    AttemptPart,
    Customer,
    Invoice,
    Outbox,
    Payment,
    PaymentAttempt,
    PaymentReversal,
    Refund,
)
from portal_app.models.base import table_of
from portal_app.money import Money
from portal_app.services import activity, balance_seen, outbox, outbox_hooks
from portal_app.services.actors import System
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.owed import CREDIT_NOTE, UNPAID, status_of

PAYMENTS, REVERSALS, REFUNDS = "payments", "payment-reversals", "refunds"
COMMANDS = (PAYMENTS, REVERSALS, REFUNDS)
ACTOR = System("payments")
# The contract's words for what takes back or gives again.
RETURNED, DISPUTED, DISPUTE_WON = "returned", "disputed", "dispute_won"
_INVOICE = table_of(Invoice)
_ALLOCATION = table_of(Allocation)
# For how long a CRM may take to apply what it has taken.
PATIENCE = timedelta(days=1)
# Most CRMs have applied it when they answer: then the invoice is read back, without waiting for the poll.
AT_ONCE = timedelta(seconds=5)
_NOT_SHOWN = "The CRM took this, but the balance of its invoice does not show it a day later. Please look there."
# The cause of what the office puts to an invoice of money that had paid nothing.
USED = "used"
# An attempt in this state holds money that is on its way.
WITH_BANK = "processing"


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment goes to one invoice, in minor units of the payment's currency."""

    invoice_id: int
    amount_minor: int


def locked(session: Session, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """Return invoices by row, locked until the end of the transaction, always in the same order."""
    wanted = sorted(set(invoice_ids))
    statement = select(Invoice).where(col(Invoice.id).in_(wanted)).order_by(col(Invoice.id)).with_for_update()
    return {row.id or 0: row for row in session.exec(statement.execution_options(populate_existing=True))}


def left_minor(invoice: Invoice) -> int:
    """Return what is still to be paid, in minor units; nothing of what is cancelled or closed."""
    return max(0, invoice.balance_minor - invoice.paid_here_minor) if invoice.status in UNPAID else 0


def payable_minor(invoice: Invoice) -> int:
    """Return what may be paid now: what is left, less what is already with the bank."""
    return max(0, left_minor(invoice) - invoice.with_bank_minor)


def recount(session: Session, invoice_ids: Iterable[int]) -> None:
    """Count anew what was paid here and is not in the CRM's word yet, and what is with the bank.

    What the CRM calls paid is open again as soon as money has gone back, however long it takes to hear of that.
    """
    session.flush()
    for invoice_id in sorted(set(invoice_ids)):
        unbooked = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).where(
            Allocation.invoice_id == invoice_id, col(Allocation.booked_at).is_(None)
        )
        on_its_way = (
            select(func.coalesce(func.sum(AttemptPart.amount_minor), 0))
            .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
            .where(AttemptPart.invoice_id == invoice_id, PaymentAttempt.state == WITH_BANK)
        )
        said = select(Invoice.status, Invoice.balance_minor, Invoice.total_minor).where(Invoice.id == invoice_id)
        paid_here = int(session.exec(unbooked).one())
        values = {
            "paid_here_minor": paid_here,
            "with_bank_minor": int(session.exec(on_its_way).one()),
            "status": status_of(*session.exec(said).one(), paid_here),
        }
        session.connection().execute(update(_INVOICE).where(_INVOICE.c.id == invoice_id).values(values))
    session.expire_all()


def allocate(session: Session, payment: Payment, wanted: Sequence[Share], cause: str, command_id: str) -> list[Share]:
    """Pay invoices with a payment, each at most what is left of it; return what was paid, the rest stays credit.

    Nothing of one that is deleted or in another currency, as it may be by the time the money comes.
    """
    invoices = locked(session, (share.invoice_id for share in wanted))
    spare = _unused_minor(session, payment)
    paid: list[Share] = []
    for share in wanted:
        invoice = invoices[share.invoice_id]
        if invoice.currency != payment.currency or invoice.deleted_at is not None:
            continue
        amount = min(share.amount_minor, _room_minor(session, invoice), spare)
        if amount > 0:
            paid.append(Share(share.invoice_id, amount))
            spare -= amount
    _add(session, payment, paid, cause, "", command_id)
    return paid


def _room_minor(session: Session, invoice: Invoice) -> int:
    """Return what of an invoice money that is here can pay.

    What the CRM has just been told of may be in the balance that its poll brought, and count twice until the invoice is
    read back. Money is not turned away for that: what was paid here decides, as far as the balance allows it.
    """
    amount, before = col(Allocation.amount_minor), col(Allocation.balance_before_minor)
    final = and_(or_(before.is_(None), col(Allocation.by_hand)), col(Allocation.told_at).is_not(None))
    moved = or_(before != invoice.balance_minor, final)
    twice = and_(col(Allocation.booked_at).is_(None), amount > 0, moved)
    sums = select(func.coalesce(func.sum(amount), 0), func.coalesce(func.sum(case((twice, amount), else_=0)), 0)).where(
        Allocation.invoice_id == invoice.id
    )
    here, in_doubt = session.exec(sums).one()
    if not in_doubt or invoice.status not in (*UNPAID, "paid"):
        return left_minor(invoice)
    counted_once = invoice.balance_minor - invoice.paid_here_minor + int(in_doubt)
    return max(0, min(invoice.total_minor - int(here), counted_once))


def take_back(
    session: Session, payment: Payment, amount_minor: int, cause: str, cause_id: str, command_id: str
) -> list[Share]:
    """Take an amount off what a payment has paid, first allocation first; return what each invoice lost."""
    taken = _first(standing(session, payment), amount_minor)
    locked(session, (share.invoice_id for share in taken))
    _add(session, payment, _less(taken), cause, cause_id, command_id)
    return taken


def credit(session: Session, payment: Payment, amount_minor: int, cause_id: str, command_id: str) -> list[Share]:
    """Take an amount off what a payment has paid and the debt with it; return what was credited to each invoice.

    What is left of the invoices stays the same, yet the money no longer stands for them: nothing takes it back again.
    """
    credited = _first(standing(session, payment), amount_minor)
    locked(session, (share.invoice_id for share in credited))
    _add(session, payment, _less(credited), "refund", cause_id, command_id, moves_balance=False)
    _add(session, payment, credited, CREDIT_NOTE, cause_id, command_id, moves_balance=False)
    return credited


def _first(shares: Sequence[Share], amount_minor: int) -> list[Share]:
    """Return the first of some shares, up to an amount."""
    left, found = amount_minor, []
    for share in shares:
        part = min(left, share.amount_minor)
        if part > 0:
            found.append(Share(share.invoice_id, part))
            left -= part
    return found


def _less(shares: Sequence[Share]) -> list[Share]:
    return [Share(share.invoice_id, -share.amount_minor) for share in shares]


def standing(session: Session, payment: Payment, *, with_credited: bool = False) -> list[Share]:
    """Return what a payment pays now with money, by invoice, in the order in which they were first paid.

    `with_credited` counts what it has paid and was credited when the money went back: that is settled as well.
    """
    left_out = () if with_credited else (CREDIT_NOTE,)
    statement = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
        .where(Allocation.payment_id == payment.id, col(Allocation.cause).not_in(left_out))
        .group_by(col(Allocation.invoice_id))
        .order_by(func.min(Allocation.id))
    )
    return [Share(invoice_id, int(amount)) for invoice_id, amount in session.exec(statement) if amount > 0]


def first_put(session: Session, payment: Payment) -> list[Share]:
    """Return what each invoice got of a payment when it arrived, whatever became of that since."""
    statement = (
        select(Allocation.invoice_id, func.sum(Allocation.amount_minor))
        .where(Allocation.payment_id == payment.id, Allocation.cause == "payment")
        .group_by(col(Allocation.invoice_id))
        .order_by(func.min(Allocation.id))
    )
    return [Share(invoice_id, int(amount)) for invoice_id, amount in session.exec(statement)]


def taken_by(session: Session, payment: Payment, cause_id: str) -> list[Share]:
    """Return what was taken off a payment's invoices for one cause, as amounts above zero."""
    statement = (
        select(Allocation.invoice_id, Allocation.amount_minor)
        .where(Allocation.payment_id == payment.id, Allocation.cause_id == cause_id, Allocation.amount_minor < 0)
        .order_by(col(Allocation.id))
    )
    return [Share(invoice_id, -amount) for invoice_id, amount in session.exec(statement)]


def credit_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment pays nothing: too much, or meant for what was settled in another way meanwhile."""
    if payment.status in ("pending", "failed"):
        return 0
    pays = sum(share.amount_minor for share in standing(session, payment))
    return max(0, payment.amount_minor - gone_minor(session, payment) - pays)


def on_account(session: Session, customer_id: int) -> list[Money]:
    """Return what of a customer's money is here and pays nothing, by currency."""
    standing_for = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(Allocation.payment_id == Payment.id, Allocation.cause != CREDIT_NOTE)
        .scalar_subquery()
    )
    arrived = select(Payment).where(
        Payment.customer_id == customer_id,
        col(Payment.status).in_(("succeeded", "refunded")),
        col(Payment.amount_minor) > standing_for,
    )
    spare: dict[str, int] = {}
    for payment in session.exec(arrived):
        spare[payment.currency] = spare.get(payment.currency, 0) + credit_minor(session, payment)
    return [Money(minor, currency) for currency, minor in sorted(spare.items()) if minor]


def _unused_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment may still pay something.

    A refund that is not booked has not been taken off the invoices yet: until then its money stands there.
    """
    if payment.status in ("pending", "failed"):
        return 0
    pays = sum(share.amount_minor for share in standing(session, payment))
    return max(0, payment.amount_minor - gone_minor(session, payment, only_booked=True) - pays)


def gone_minor(session: Session, payment: Payment, *, only_booked: bool = False) -> int:
    """Return what of a payment is no longer here: given back (or `only_booked` so), or taken back by the bank."""
    counts = col(Refund.booked) if only_booked else col(Refund.status).in_(("asked", "pending", "succeeded"))
    refunds = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment.id, counts)
    return int(session.exec(refunds).one()) + taken_back_minor(session, payment)


def taken_back_minor(session: Session, payment: Payment) -> int:
    """Return what of a payment a bank has taken back and not given again."""
    sign = case((col(PaymentReversal.reason) == DISPUTE_WON, -1), else_=1)
    reversals = select(func.coalesce(func.sum(PaymentReversal.amount_minor * sign), 0)).where(
        PaymentReversal.payment_id == payment.id
    )
    return int(session.exec(reversals).one())


def all_gone(session: Session, payment: Payment) -> bool:
    """Return whether nothing of a payment is here any more, counting what is on its way back."""
    return gone_minor(session, payment) >= payment.amount_minor


def _add(
    session: Session,
    payment: Payment,
    shares: Sequence[Share],
    cause: str,
    cause_id: str,
    command_id: str,
    *,
    moves_balance: bool = True,
) -> None:
    """Write allocations; with the balance they will move at the CRM, by a command or by somebody who enters them."""
    ids = [share.invoice_id for share in shares] if moves_balance else []
    balances = dict(session.exec(select(Invoice.id, Invoice.balance_minor).where(col(Invoice.id).in_(ids))).all())
    session.add_all(
        Allocation(
            payment_id=payment.id or 0,
            invoice_id=share.invoice_id,
            amount_minor=share.amount_minor,
            cause=cause,
            cause_id=cause_id,
            command_id=command_id,
            balance_before_minor=balances.get(share.invoice_id),
        )
        for share in shares
    )
    recount(session, [share.invoice_id for share in shares])


def tell_crm(
    session: Session, payment: Payment, command: str, command_id: str, shares: Sequence[Share], **facts: Any
) -> None:
    """Put a fact about money into the outbox, behind what was said of the same customer's money before.

    An invoice that one payment's refund has opened may be paid by the next: told the other way round, that would be
    too much. Nothing where the CRM does not know the customer: then the portal's own word is all there is.
    """
    customer = session.get_one(Customer, payment.customer_id)
    if customer.external_id is None:
        return
    invoices = {
        row_id: (external_id, currency)
        for row_id, external_id, currency in session.exec(
            select(Invoice.id, Invoice.external_id, Invoice.currency).where(
                col(Invoice.id).in_([share.invoice_id for share in shares])
            )
        )
    }
    body: dict[str, Any] = {
        "allocations": [
            {"invoice_id": invoices[share.invoice_id][0], "amount": amount_of(share.amount_minor, payment.currency)}
            for share in shares
            if invoices[share.invoice_id][0]
        ],
        **facts,
    }
    if command == PAYMENTS:
        body["customer_id"] = customer.external_id
    if command == REVERSALS:
        del body["allocations"]
    outbox.put(
        session,
        command,
        f"money:{customer.public_id}",
        body,
        customer_id=payment.customer_id,
        contact_id=payment.contact_id,
        public_id=command_id,
    )


def amount_of(minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as the contract writes it."""
    return {"amount_minor": minor, "currency": currency}


def _answered(session: Session, row: Outbox, outcome: Outcome) -> None:
    """Note that the CRM has taken a command about money (or somebody has entered it by hand).

    Whatever the CRM says of it has to be seen in the balance; what a person says does not.
    """
    if outcome.state != outbox.DONE:
        return
    c = _ALLOCATION.c
    told = update(_ALLOCATION).where(c.command_id == row.public_id, c.booked_at.is_(None), c.told_at.is_(None))
    session.connection().execute(told.values(told_at=clock.now(), by_hand=outcome.by_hand))


def put_right(session: Session, payment: Payment) -> None:
    """Note that the office has entered refunds that failed at the CRM: the next reading back books them."""
    undone = update(table_of(Allocation)).where(
        table_of(Allocation).c.payment_id == payment.id,
        table_of(Allocation).c.cause == "refund_failed",
        table_of(Allocation).c.told_at.is_(None),
    )
    session.connection().execute(undone.values(told_at=clock.now(), by_hand=True))


for _command in COMMANDS:
    outbox_hooks.on_outcome(_command, _answered)


def to_read_back(session: Session, limit: int = 50) -> list[str]:
    """Return the CRM's ids of invoices whose allocations it was told of, and that were not read back since.

    At once, once the poll has brought another balance, when they undo each other, and a day later.
    """
    now, before, told_at = clock.now(), col(Allocation.balance_before_minor), col(Allocation.told_at)
    # The first two are those of the index, the third lets it be searched.
    unread = (col(Allocation.booked_at).is_(None), told_at.is_not(None), told_at <= now)
    undone = (
        select(Allocation.invoice_id)
        .where(*unread)
        .group_by(col(Allocation.invoice_id))
        .having(func.sum(Allocation.amount_minor) == 0)
    )
    worth_it = or_(
        before.is_(None),
        col(Allocation.by_hand),
        before != col(Invoice.balance_minor),
        col(Invoice.id).in_(undone),
        told_at > now - AT_ONCE,
        told_at < now - PATIENCE,
    )
    statement = (
        select(Invoice.external_id)
        .select_from(Allocation)
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(*unread, col(Invoice.external_id).is_not(None), worth_it)
        .distinct()
        .limit(limit)
    )
    return [external_id for external_id in session.exec(statement) if external_id]


def booked(session: Session, external_id: str, told_before: datetime) -> None:
    """Note that an invoice was read back: what the CRM was told of before is booked where its balance shows it."""
    invoice = session.exec(select(Invoice).where(Invoice.external_id == external_id).with_for_update()).first()
    if invoice is None:
        return
    c, now = _ALLOCATION.c, clock.now()
    unbooked = select(Allocation).where(c.invoice_id == invoice.id, c.booked_at.is_(None)).order_by(c.id)
    rows = session.exec(unbooked.execution_options(populate_existing=True)).all()
    told = [row for row in rows if row.told_at is not None and row.told_at <= told_before]
    seen = balance_seen.look(rows, told, invoice.balance_minor)
    change, run = update(_ALLOCATION).where(c.booked_at.is_(None)), session.connection().execute
    count = run(change.where(c.id.in_(seen.shown)).values(booked_at=now)).rowcount
    for row_id, balance in seen.balances_before.items():
        run(change.where(c.id == row_id).values(balance_before_minor=balance))
    _ask_office(session, [row for row in seen.hidden if row.told_at is not None and row.told_at < now - PATIENCE])
    customer_id = invoice.customer_id
    recount(session, [invoice.id or 0])
    if count:
        # The poll may have brought the CRM's new balance before, and told open pages then: this changes what is left.
        activity.record(session, ACTOR, "payment.booked", customer_id=customer_id, subject=("invoice", invoice.id))


def _ask_office(session: Session, late: Sequence[Allocation]) -> None:
    """Hand over to the office what a CRM has taken and not applied: it counts as untold until they decide."""
    c = _ALLOCATION.c
    for command_id in dict.fromkeys(row.command_id for row in late):
        outbox.reopen(session, command_id, _NOT_SHOWN)
        untold = update(_ALLOCATION).where(c.command_id == command_id, c.booked_at.is_(None))
        session.connection().execute(untold.values(told_at=None))
