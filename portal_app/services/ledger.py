"""What payments pay: allocations are only ever added, and what lists show is counted from them.

What is left of an invoice = what the CRM says is left − what was allocated here and is not in the CRM's word yet. An
allocation is `told` once the CRM has answered the command that carries it, and `booked` once the invoice was read back
after that and its balance shows it, so that nothing is subtracted twice for longer than it takes to read one record. A
CRM may apply a command later, or say that it has and do nothing: where the balance does not show it within a day, the
office is asked, and meanwhile the payer owes nothing of it.

An allocation stands while its invoice does and is the payer's (`owed.STANDS`). Of one that is cancelled, deleted, in
another currency or another customer's by now, the money is the payer's credit, until that is undone. What is used or
given back meanwhile is let go there, so that it is never counted twice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, not_, or_, update
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
)
from portal_app.models.base import table_of
from portal_app.services import activity, balance_seen, outbox, outbox_hooks
from portal_app.services.actors import System
from portal_app.services.money_here import DISPUTE_WON as DISPUTE_WON
from portal_app.services.money_here import Share, gone_minor, shares_of, standing, unused_minor
from portal_app.services.money_here import all_gone as all_gone
from portal_app.services.money_here import credit_minor as credit_minor
from portal_app.services.money_here import first_put as first_put
from portal_app.services.money_here import from_invoices_minor as from_invoices_minor
from portal_app.services.money_here import on_account as on_account
from portal_app.services.money_here import taken_back_minor as taken_back_minor
from portal_app.services.money_here import taken_by as taken_by
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.owed import CREDIT_NOTE, OWN, STANDS, status_of
from portal_app.services.owed import UNPAID as UNPAID
from portal_app.services.room import left_minor as left_minor
from portal_app.services.room import payable_minor as payable_minor
from portal_app.services.room import room_minor

PAYMENTS, REVERSALS, REFUNDS = "payments", "payment-reversals", "refunds"
COMMANDS = (PAYMENTS, REVERSALS, REFUNDS)
ACTOR = System("payments")
# The contract's words for what takes back.
RETURNED, DISPUTED = "returned", "disputed"
_INVOICE = table_of(Invoice)
_ALLOCATION = table_of(Allocation)
# For how long a CRM may take to apply what it has taken.
PATIENCE = timedelta(days=1)
# Most CRMs have applied it when they answer: then the invoice is read back, without waiting for the poll.
AT_ONCE = timedelta(seconds=5)
_NOT_SHOWN = "The CRM took this, but the balance of its invoice does not show it a day later. Please look there."
# The cause of what the office puts to an invoice of money that had paid nothing.
USED = "used"
# Of what a refund that failed had taken.
REFUND_FAILED = "refund_failed"
# And of what money lets go of an invoice for which it does not stand.
LET_GO = "let_go"
# An attempt in this state holds money that is on its way.
WITH_BANK = "processing"
# What may be seen in a balance: not what is in another currency, nor of one that money was let go of while it was void.
_READABLE = (
    select(Payment.id)
    .where(
        col(Payment.id) == col(Allocation.payment_id),
        col(Payment.currency) == col(Invoice.currency),
        or_(col(Allocation.cause) != LET_GO, STANDS),
    )
    .correlate(Allocation, Invoice)
    .exists()
)


def locked(session: Session, invoice_ids: Iterable[int]) -> dict[int, Invoice]:
    """Return invoices by row, locked until the end of the transaction, always in the same order."""
    wanted = sorted(set(invoice_ids))
    statement = select(Invoice).where(col(Invoice.id).in_(wanted)).order_by(col(Invoice.id)).with_for_update()
    return {row.id or 0: row for row in session.exec(statement.execution_options(populate_existing=True))}


def recount(session: Session, invoice_ids: Iterable[int]) -> None:
    """Count anew what was paid here and is not in the CRM's word yet, and what is with the bank.

    What the CRM calls paid is open again as soon as money has gone back, however long it takes to hear of that. Only
    money of the invoice's own customer, in its own currency, counts.
    """
    session.flush()
    for invoice_id in sorted(set(invoice_ids)):
        unbooked = (
            select(func.coalesce(func.sum(Allocation.amount_minor), 0))
            .join(Payment, col(Payment.id) == col(Allocation.payment_id))
            .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
            .where(Allocation.invoice_id == invoice_id, col(Allocation.booked_at).is_(None), OWN)
        )
        on_its_way = (
            select(func.coalesce(func.sum(AttemptPart.amount_minor), 0))
            .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
            .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
            .where(
                AttemptPart.invoice_id == invoice_id,
                PaymentAttempt.state == WITH_BANK,
                PaymentAttempt.customer_id == Invoice.customer_id,
                PaymentAttempt.currency == Invoice.currency,
            )
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


def allocate(
    session: Session, payment: Payment, wanted: Sequence[Share], cause: str, command_id: str, *, cause_id: str = ""
) -> list[Share]:
    """Pay invoices with a payment, each at most what is left of it; return what was paid, the rest stays credit.

    Nothing of one that is deleted, in another currency or another customer's, as it may be by the time the money comes.
    """
    invoices = locked(session, (share.invoice_id for share in wanted))
    spare = unused_minor(session, payment)
    paid: list[Share] = []
    for share in wanted:
        invoice = invoices[share.invoice_id]
        own = (invoice.customer_id, invoice.currency) == (payment.customer_id, payment.currency)
        if not own or invoice.deleted_at is not None:
            continue
        amount = min(share.amount_minor, room_minor(session, invoice), spare)
        if amount > 0:
            paid.append(Share(share.invoice_id, amount))
            spare -= amount
    _add(session, payment, paid, cause, cause_id, command_id)
    _let_go(session, payment, command_id)
    return paid


def take_back(
    session: Session, payment: Payment, amount_minor: int, cause: str, cause_id: str, command_id: str
) -> list[Share]:
    """Take an amount off what a payment pays, first allocation first; return what each invoice lost."""
    taken = _first(standing(session, payment), amount_minor)
    locked(session, (share.invoice_id for share in taken))
    _add(session, payment, _less(taken), cause, cause_id, command_id)
    _let_go(session, payment, command_id)
    return taken


def credit(session: Session, payment: Payment, amount_minor: int, cause_id: str, command_id: str) -> list[Share]:
    """Take an amount off what a payment pays and the debt with it; return what was credited to each invoice.

    What is left of the invoices stays the same, yet the money no longer stands for them: nothing takes it back again.
    """
    credited = _first(standing(session, payment), amount_minor)
    locked(session, (share.invoice_id for share in credited))
    _add(session, payment, _less(credited), "refund", cause_id, command_id, moves_balance=False)
    _add(session, payment, credited, CREDIT_NOTE, cause_id, command_id, moves_balance=False)
    _let_go(session, payment, command_id)
    return credited


def uncredit(session: Session, payment: Payment, cause_id: str) -> None:
    """Let money that has not gone after all stand again where it was credited, and the debt with it.

    The CRM's balances stay as they are, as they did when it went.
    """
    stands_again = taken_by(session, payment, cause_id)
    locked(session, (share.invoice_id for share in stands_again))
    _add(session, payment, _less(stands_again), CREDIT_NOTE, cause_id, "", moves_balance=False)
    _add(session, payment, stands_again, REFUND_FAILED, cause_id, "", moves_balance=False)
    _let_go(session, payment, "")


def _let_go(session: Session, payment: Payment, command_id: str) -> None:
    """Take money off the invoices for which it does not stand, as far as it pays others by now or is gone.

    One that is not cancelled any more, or the payer's again, is to be paid anew then, and whoever keeps the CRM is
    asked where its balance does not say so.
    """
    idle = shares_of(session, payment, not_(STANDS))
    if not idle:
        return
    here = payment.amount_minor - gone_minor(session, payment, only_booked=True)
    over = sum(share.amount_minor for share in (*standing(session, payment), *idle)) - here
    let_go = _first(idle, over)
    if let_go:
        locked(session, (share.invoice_id for share in let_go))
        _add(session, payment, _less(let_go), LET_GO, "", command_id)


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
    c = _ALLOCATION.c
    undone = update(_ALLOCATION).where(
        c.payment_id == payment.id,
        or_(c.cause == REFUND_FAILED, and_(c.cause == CREDIT_NOTE, c.amount_minor < 0)),
        c.told_at.is_(None),
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
        .where(*unread, col(Invoice.external_id).is_not(None), _READABLE, worth_it)
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
    unbooked = (
        select(Allocation)
        .join(Invoice, col(Invoice.id) == c.invoice_id)
        .where(c.invoice_id == invoice.id, c.booked_at.is_(None), _READABLE)
        .order_by(c.id)
    )
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
