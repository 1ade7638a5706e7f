"""What a customer has paid: a list of their payments, newest first, as far as the reader may see them. Read only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Row, Select, and_, bindparam, or_, select
from sqlmodel import Session, col

from portal_app.models import Allocation, AttemptPart, Invoice, Payment, Refund
from portal_app.money import Money
from portal_app.services import attempts, cursors, first_shares, ledger, reach, refunds
from portal_app.services.actors import Customer
from portal_app.services.owed import STANDS
from portal_app.services.payment_states import payers_state
from portal_app.services.rights import Right

PAGE = 25
LONGEST_PAGE = 200
_VIEW = Right.VIEW_MONEY


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment of the list.

    `state` is one of `payments.PaymentFacts`; `amount` is what went to invoices within the reader's reach where they
    are limited to some properties. `invoices` are numbers. `given_back` and `going_back` are refunds that are done and
    on their way, None without any. `receipt` says that the reader may have it. `guest` is who paid who was sent the
    invoice, of whom no method is told; `own` is False where they or another of the account's people have paid.
    """

    id: int
    public_id: str
    state: str
    amount: Money
    at: datetime
    expected_on: date | None
    method: str
    method_words: str
    invoices: tuple[str, ...]
    given_back: Money | None = None
    going_back: Money | None = None
    receipt_number: str = ""
    guest: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Some payments, and the cursor of the next ones; empty at the end."""

    entries: tuple[Entry, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a payment goes, or was meant to go, to one invoice; `seen` says that it is within the reader's reach.

    `number` is empty where the office hides it: what was paid stays told.
    """

    number: str
    amount_minor: int
    seen: bool


def page(session: Session, actor: Customer, *, cursor: str | None = None, limit: int = PAGE) -> Page:
    """Return the payments after the cursor, newest first. Needs the right to view money.

    Who is limited to some properties gets what was paid, or meant to be paid, for those. Four statements, and two more
    for what pays nothing there by now, however many payments there are; Invalid for a cursor that was never given out.
    """
    actor.require(_VIEW)
    limit = max(1, min(limit, LONGEST_PAGE))
    after = cursors.read_moment("payments", cursor)
    given = reach.values(actor, rows=limit + 1)
    if after is not None:
        given |= {"after": after.value, "after_id": after.id}
    statement = _statement(limited=reach.limited(actor), placed=after is not None)
    rows = session.connection().execute(statement, given).all()
    entries = _entries(session, actor, rows[:limit])
    if len(rows) <= limit:
        return Page(entries, "")
    return Page(entries, cursors.write("payments", entries[-1].at, entries[-1].id))


def on_account(session: Session, actor: Customer) -> list[Money]:
    """Return what of the customer's money is here and pays no invoice, by currency; needs the right to view money.

    Nothing for who is limited to some properties: such money belongs to none.
    """
    actor.require(_VIEW)
    return ledger.on_account(session, actor.customer_id) if actor.places(_VIEW) is None else []


@cache
def _statement(*, limited: bool, placed: bool) -> Select[*tuple[Any, ...]]:
    conditions = [reach.of_customer(Payment.customer_id)]
    if limited:
        conditions.append(or_(bindparam(f"everywhere_{_VIEW}", type_=Boolean), _pays_within_reach()))
    if placed:
        value, row = bindparam("after"), bindparam("after_id")
        conditions += [
            col(Payment.paid_at) <= value,
            or_(col(Payment.paid_at) < value, and_(col(Payment.paid_at) == value, col(Payment.id) < row)),
        ]
    newest = col(Payment.paid_at).desc(), col(Payment.id).desc()
    return select(*_COLUMNS, _GUEST).where(*conditions).order_by(*newest).limit(bindparam("rows", type_=Integer))


_COLUMNS = tuple(
    getattr(Payment, name)
    for name in (
        *("id", "public_id", "attempt_id", "currency", "amount_minor", "status", "dispute", "held", "paid_at"),
        *("expected_on", "method", "method_words", "receipt_number", "receipt_voided_at", "mistake", "contact_id"),
    )
)
_GUEST = attempts.GUEST.label("guest")


def _pays_within_reach() -> ColumnElement[bool]:
    """Return that a payment pays an invoice within reach, has paid one, or was meant to."""
    here = reach.at_places(Invoice.location_id, _VIEW)
    paid = (
        select(Allocation.id)  # type: ignore[call-overload] - SQLModel types its columns as their values
        .join(Invoice, col(Invoice.id) == col(Allocation.invoice_id))
        .where(col(Allocation.payment_id) == col(Payment.id), here)
    )
    meant = (
        select(AttemptPart.id)  # type: ignore[call-overload] - the same
        .join(Invoice, col(Invoice.id) == col(AttemptPart.invoice_id))
        .where(col(AttemptPart.attempt_id) == col(Payment.attempt_id), here)
    )
    return or_(paid.exists(), meant.exists())


def _entries(session: Session, actor: Customer, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Entry, ...]:
    parts = _parts(session, actor, rows)
    back = _refunds(session, [row.id for row in rows])
    states = {row.id: _state(row) for row in rows}
    places = actor.places(_VIEW)
    if places is not None:
        others = [row for row in rows if row.dispute or not any(part.seen for part in parts[row.id])]
        for payment_id, firsts in first_shares.of(session, others).items() if others else ():
            here = [one for one in firsts if one.invoice.location_id in places]
            if not first_shares.stands(here):
                parts[payment_id] = [_Part(_number(actor, one.invoice), one.amount_minor, seen=True) for one in here]
            states[payment_id] = first_shares.payers_state(here, states[payment_id])
    return tuple(_entry(actor, row, states[row.id], parts[row.id], back[row.id]) for row in rows)


def _state(row: Row[*tuple[Any, ...]]) -> str:
    return payers_state(row.status, row.dispute, row.held, row.receipt_number, row.mistake)


def _number(actor: Customer, invoice: Any) -> str:
    return invoice.number if invoice.hidden_at is None or actor.sees_hidden else ""


def _entry(actor: Customer, row: Row[*tuple[Any, ...]], state: str, parts: list[_Part], back: dict[str, int]) -> Entry:
    limited = actor.places(_VIEW) is not None
    seen = [part for part in parts if part.seen]
    amount = sum(part.amount_minor for part in seen) if limited else row.amount_minor
    settled = row.receipt_number and row.receipt_voided_at is None and amount == row.amount_minor
    done = back.get(refunds.SUCCEEDED, 0)
    going = back.get(refunds.PENDING, 0) + back.get(refunds.ASKED, 0)
    return Entry(
        id=row.id,
        public_id=row.public_id,
        state=state,
        amount=Money(amount, row.currency),
        at=row.paid_at,
        expected_on=row.expected_on,
        method=row.method,
        method_words="" if row.guest else row.method_words,
        invoices=tuple(part.number for part in seen if part.number),
        given_back=Money(done, row.currency) if done and not limited else None,
        going_back=Money(going, row.currency) if going and not limited else None,
        receipt_number=row.receipt_number if settled else "",
        guest=row.guest or "",
        own=not row.guest and row.contact_id in (None, actor.contact_id),
    )


def _parts(session: Session, actor: Customer, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, list[_Part]]:
    """Return by payment what it pays now, or, where it pays nothing, what its try was meant for."""
    paid = session.connection().execute(_allocated(), {"ids": [row.id for row in rows]}).all()
    found = _added_up(actor, paid)
    by_attempt = {row.attempt_id: row.id for row in rows if row.attempt_id is not None and not found[row.id]}
    meant = session.connection().execute(_meant(), {"ids": list(by_attempt)}).all() if by_attempt else ()
    for attempt_id, parts in _added_up(actor, meant).items():
        found[by_attempt[attempt_id]] = parts
    return found


def _added_up(actor: Customer, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, list[_Part]]:
    """Return by owner what is above zero for each invoice, in the order in which they were first paid."""
    sums: dict[tuple[int, int], int] = defaultdict(int)
    about: dict[tuple[int, int], Row[*tuple[Any, ...]]] = {}
    for row in sorted(rows, key=lambda one: one.id):
        sums[row.owner, row.invoice_id] += row.amount_minor
        about.setdefault((row.owner, row.invoice_id), row)
    places = actor.places(_VIEW)
    found: dict[int, list[_Part]] = defaultdict(list)
    for (owner, invoice_id), amount in sums.items():
        first = about[owner, invoice_id]
        if amount > 0:
            found[owner].append(_Part(_number(actor, first), amount, places is None or first.location_id in places))
    return found


@cache
def _allocated() -> Select[*tuple[Any, ...]]:
    paid = _of_invoices(Allocation, Allocation.payment_id)
    return paid.join(Payment, col(Payment.id) == col(Allocation.payment_id)).where(STANDS)


@cache
def _meant() -> Select[*tuple[Any, ...]]:
    return _of_invoices(AttemptPart, AttemptPart.attempt_id)


def _of_invoices(table: type[Allocation] | type[AttemptPart], owner: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(col(one) for one in (table.id, table.invoice_id, table.amount_minor)),
            col(owner).label("owner"),
            col(Invoice.number),
            col(Invoice.location_id),
            col(Invoice.hidden_at),
        )
        .join(Invoice, col(Invoice.id) == col(table.invoice_id))
        .where(col(owner).in_(bindparam("ids", expanding=True)))
    )


def _refunds(session: Session, payment_ids: list[int]) -> dict[int, dict[str, int]]:
    """Return by payment what was given back, by the refunds' states."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in session.connection().execute(_refund_statement(), {"ids": payment_ids}):
        found[row.payment_id][row.status] += row.amount_minor
    return found


@cache
def _refund_statement() -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (Refund.payment_id, Refund.status, Refund.amount_minor)
    return select(*columns).where(col(Refund.payment_id).in_(bindparam("ids", expanding=True)))
