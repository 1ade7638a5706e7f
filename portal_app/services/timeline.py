"""Everything so far, newest first: visits, quotes and invoices in one list."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid
from portal_app.models import Invoice, Job, Quote, Visit
from portal_app.money import Money
from portal_app.services import owed, visits
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.visits import VisitFacts

PAGE = 10
DONE_OR_MOVING = ("completed", "on_the_way", "in_progress")
_CURSOR = re.compile(r"(\d{1,16})\.([123])\.(\d{1,18})")
VISIT, QUOTE, INVOICE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Paper:
    """What the list says of a quote or an invoice; `balance` and `due_on` are an invoice's, `open_until` a quote's."""

    public_id: str
    number: str
    title: str
    status: str
    total: Money
    balance: Money | None = None
    due_on: date | None = None
    open_until: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list; `rank` is VISIT, QUOTE or INVOICE and says what `what` is."""

    at: datetime
    rank: int
    id: int
    what: VisitFacts | Paper


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor of the next ones; empty at the end."""

    entries: tuple[Entry, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime
    rank: int
    id: int

    def __str__(self) -> str:
        micros = (self.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        return f"{micros}.{self.rank}.{self.id}"


def _read_cursor(text: str) -> _Cursor | None:
    """Return the place a cursor names, None for an empty one; Invalid for what we never gave out."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if not found:
        raise Invalid("That list cannot be continued from there. Please load the page again.")
    micros, rank, row = (int(part) for part in found.groups())
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except OverflowError:
        raise Invalid("That list cannot be continued from there. Please load the page again.") from None
    return _Cursor(at, rank, row)


def page(session: Session, actor: Customer, cursor: str = "") -> Page:
    """Return ten rows after the cursor; each kind needs its right, and costs one query however long the history."""
    after = _read_cursor(cursor)
    entries = [
        *_visits(session, actor, after),
        *_quotes(session, actor, after),
        *_invoices(session, actor, after),
    ]
    entries.sort(key=lambda entry: (entry.at, entry.rank, entry.id), reverse=True)
    shown = entries[:PAGE]
    more = len(entries) > PAGE
    next_cursor = str(_Cursor(shown[-1].at, shown[-1].rank, shown[-1].id)) if more else ""
    return Page(tuple(shown), next_cursor)


def _after_moment(column: Any, row_id: Any, rank: int, after: _Cursor | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    return [
        col(column) <= after.at,
        or_(col(column) < after.at, _same_moment(col(column) == after.at, row_id, rank, after)),
    ]


def _after_day(column: Any, row_id: Any, rank: int, after: _Cursor | None) -> list[ColumnElement[bool]]:
    """A dated paper stands at the very beginning of its day."""
    if after is None:
        return []
    day = after.at.date()
    if after.at.time() != time(0):
        return [col(column) <= day]
    return [col(column) <= day, or_(col(column) < day, _same_moment(col(column) == day, row_id, rank, after))]


def _same_moment(same: ColumnElement[bool], row_id: Any, rank: int, after: _Cursor) -> ColumnElement[bool]:
    if rank == after.rank:
        return and_(same, col(row_id) < after.id)
    return same if rank < after.rank else and_(false(), same)


def _visits(session: Session, actor: Customer, after: _Cursor | None) -> Iterable[Entry]:
    if not actor.may(Right.VIEW_JOBS):
        return []
    statement = (
        select(Visit, Job.title)
        .join(Job, col(Job.id) == Visit.job_id)
        .where(
            *visits.visible(actor),
            Visit.sort_at <= clock.now() + timedelta(days=1),
            col(Visit.status).in_(DONE_OR_MOVING),
            *_after_moment(Visit.sort_at, Visit.id, VISIT, after),
        )
        .order_by(col(Visit.sort_at).desc(), col(Visit.id).desc())
        .limit(PAGE + 1)
    )
    found = visits.facts(session, session.exec(statement).all())
    return [Entry(facts.sort_at, VISIT, facts.id, facts) for facts in found]


def _quotes(session: Session, actor: Customer, after: _Cursor | None) -> Iterable[Entry]:
    if not actor.may(Right.VIEW_QUOTES):
        return []
    statement = (
        select(Quote)
        .where(
            *visible_quotes(actor),
            col(Quote.issued_on).is_not(None),
            *_after_day(Quote.issued_on, Quote.id, QUOTE, after),
        )
        .order_by(col(Quote.issued_on).desc(), col(Quote.id).desc())
        .limit(PAGE + 1)
    )
    return [Entry(_midnight(row.issued_on), QUOTE, row.id or 0, quote_paper(row)) for row in session.exec(statement)]


def _invoices(session: Session, actor: Customer, after: _Cursor | None) -> Iterable[Entry]:
    if not actor.may(Right.VIEW_MONEY):
        return []
    statement = (
        select(Invoice)
        .where(
            *owed.visible(actor),
            col(Invoice.issued_on).is_not(None),
            *_after_day(Invoice.issued_on, Invoice.id, INVOICE, after),
        )
        .order_by(col(Invoice.issued_on).desc(), col(Invoice.id).desc())
        .limit(PAGE + 1)
    )
    return [
        Entry(_midnight(row.issued_on), INVOICE, row.id or 0, _invoice_paper(row)) for row in session.exec(statement)
    ]


def visible_quotes(actor: Customer) -> list[Any]:
    """Return what must hold of a quote for this customer's contact to see it; drafts are never shown."""
    conditions = [Quote.customer_id == actor.customer_id, col(Quote.deleted_at).is_(None), col(Quote.status) != "draft"]
    if actor.locations is not None:
        conditions.append(col(Quote.location_id).in_(actor.locations))
    return conditions


def quote_paper(row: Quote) -> Paper:
    """Return what lists say of a quote."""
    total = Money(row.total_minor, row.currency)
    return Paper(row.public_id, row.number, row.title, row.status, total, open_until=row.expires_on)


def _invoice_paper(row: Invoice) -> Paper:
    total, balance = Money(row.total_minor, row.currency), Money(row.balance_minor, row.currency)
    return Paper(row.public_id, row.number, row.title, row.status, total, balance, row.due_on)


def _midnight(day: date | None) -> datetime:
    assert day is not None
    return datetime.combine(day, time(0), tzinfo=UTC)
