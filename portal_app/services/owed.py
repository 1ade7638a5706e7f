"""What a customer owes."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select
from sqlmodel import Session, col

from portal_app.models import Allocation, AttemptPart, Invoice, Payment, PaymentAttempt, PaymentReversal
from portal_app.money import Money
from portal_app.services import reach
from portal_app.services.actors import Customer
from portal_app.services.rights import Right

UNPAID = ("open", "partially_paid")
# What is left to pay of an invoice: the CRM's word, less what was paid here and is not in that word yet.
LEFT: ColumnElement[int] = col(Invoice.balance_minor) - col(Invoice.paid_here_minor)
# The cause of what stands on an invoice without money: a refund after which the debt was gone as well.
CREDIT_NOTE = "credit_note"
# Money counts for an invoice of its payer's own, in its own currency: a CRM may give one to another customer.
OWN: ColumnElement[bool] = and_(
    col(Invoice.customer_id) == col(Payment.customer_id), col(Invoice.currency) == col(Payment.currency)
)
# And it stands for it while that is neither cancelled nor gone; otherwise it is the payer's credit.
STANDS: ColumnElement[bool] = and_(
    OWN, col(Invoice.deleted_at).is_(None), col(Invoice.status).not_in(("void", "draft"))
)
# What of it is settled so.
CREDITED: ColumnElement[int] = (
    select(func.coalesce(func.sum(col(Allocation.amount_minor)), 0))
    .join(Payment, col(Payment.id) == col(Allocation.payment_id))
    .where(col(Allocation.invoice_id) == col(Invoice.id), col(Allocation.cause) == CREDIT_NOTE, OWN)
    .correlate(Invoice)
    .scalar_subquery()
)
# The dispute that an allocation came of.
DISPUTE_OF: ColumnElement[bool] = and_(
    col(PaymentReversal.source_id) == col(Allocation.cause_id), col(PaymentReversal.reason) == "disputed"
)
# What of it was paid, and is taken back while the payer's bank decides on it.
DISPUTED: ColumnElement[int] = (
    select(func.coalesce(func.sum(-col(Allocation.amount_minor)), 0))
    .join(Payment, col(Payment.id) == col(Allocation.payment_id))
    .join(PaymentReversal, DISPUTE_OF)
    .where(
        col(Allocation.invoice_id) == col(Invoice.id),
        col(Allocation.cause) == "dispute",
        col(PaymentReversal.decided_at).is_(None),
        OWN,
    )
    .correlate(Invoice)
    .scalar_subquery()
)


# Money that waits for the office as it came; what was told to the CRM is held for something else.
WAITS_FOR_OFFICE: ColumnElement[bool] = and_(
    col(Payment.status) == "succeeded", col(Payment.held) != "", col(Payment.command_id) == ""
)
# What of such money of its customer's was meant for it.
HELD: ColumnElement[int] = (
    select(func.coalesce(func.sum(col(AttemptPart.amount_minor)), 0))
    .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptPart.attempt_id))
    .join(Payment, col(Payment.attempt_id) == col(PaymentAttempt.id))
    .where(
        col(AttemptPart.invoice_id) == col(Invoice.id),
        col(PaymentAttempt.customer_id) == col(Invoice.customer_id),
        WAITS_FOR_OFFICE,
    )
    .correlate(Invoice)
    .scalar_subquery()
)


def status_of(crm_status: str, balance_minor: int, total_minor: int, paid_here_minor: int) -> str:
    """Return an invoice's status: open again where the CRM still calls it paid and has yet to hear what went back."""
    left = balance_minor - paid_here_minor
    if crm_status != "paid" or left <= 0:
        return crm_status
    return "open" if left >= total_minor else "partially_paid"


@dataclass(frozen=True, slots=True)
class Owed:
    """The open balance in one currency: how many invoices, the part whose due date has passed, the first due date.

    Nothing of what is with the bank is overdue.

    `number` and `public_id` are the invoice's where there is only one. `with_bank_minor` is what of the total is on its
    way already, `disputed_minor` what was paid and a bank has yet to decide on, `held_minor` for what money waits of
    which the office has yet to decide.
    """

    total: Money
    invoices: int
    overdue: Money
    overdue_invoices: int
    due_first: date | None
    number: str
    public_id: str = ""
    with_bank_minor: int = 0
    disputed_minor: int = 0
    held_minor: int = 0


def owed(session: Session, actor: Customer, today: date, location_id: int | None = None) -> list[Owed]:
    """Return what is open, perhaps at one property, one entry per currency, largest first.

    Nothing without the right to view money. One query over the customer's unpaid invoices alone, however many are
    paid. An invoice due today is not overdue.
    """
    if not actor.may(Right.VIEW_MONEY):
        return []
    statement = _open_balances(limited=reach.limited(actor), one_place=location_id is not None)
    rows = session.connection().execute(statement, reach.values(actor, today=today, here=location_id))
    found = [
        Owed(
            total=Money(int(total), currency),
            invoices=count,
            overdue=Money(int(overdue), currency),
            overdue_invoices=int(late_count),
            due_first=due_first,
            number=number if count == 1 else "",
            public_id=public_id if count == 1 else "",
            with_bank_minor=int(with_bank),
            disputed_minor=int(disputed),
            held_minor=int(held),
        )
        for currency, total, count, overdue, late_count, due_first, number, public_id, with_bank, disputed, held in rows
    ]
    return sorted(found, key=lambda entry: (-entry.total.minor, entry.total.currency))


@cache
def _open_balances(*, limited: bool, one_place: bool) -> Select[*tuple[Any, ...]]:
    here = [col(Invoice.location_id) == bindparam("here")] if one_place else []
    on_its_way = case((col(Invoice.with_bank_minor) > LEFT, LEFT), else_=col(Invoice.with_bank_minor))
    waits = on_its_way + DISPUTED
    late = and_(col(Invoice.due_on) < bindparam("today"), on_its_way < LEFT)
    return (
        select(
            col(Invoice.currency),
            func.sum(LEFT),
            func.count(),
            func.sum(case((late, LEFT - on_its_way), else_=0)),
            func.sum(case((late, 1), else_=0)),
            func.min(Invoice.due_on),
            func.max(Invoice.number),
            func.max(Invoice.public_id),
            func.sum(on_its_way),
            func.sum(case((DISPUTED > LEFT, LEFT), else_=DISPUTED)),
            func.sum(case((waits >= LEFT, 0), (LEFT - waits < HELD, LEFT - waits), else_=HELD)),
        )
        .where(
            *reach.within(Invoice, limited=limited),
            *here,
            col(Invoice.status).in_(UNPAID),
            LEFT > 0,
        )
        .group_by(col(Invoice.currency))
    )
