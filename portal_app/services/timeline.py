"""Everything so far, newest first: visits, quotes and invoices in one list."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Row, Select, and_, bindparam, or_, select, union_all
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import Invalid
from portal_app.models import Invoice, Quote, Visit
from portal_app.money import Money
from portal_app.services import reach, visits
from portal_app.services.actors import Customer
from portal_app.services.owed import LEFT
from portal_app.services.rights import Right
from portal_app.services.visits import TechnicianFacts, VisitFacts

PAGE = 10
LONGEST_PAGE = 200
VISIT, QUOTE, INVOICE = 3, 2, 1
_CURSOR = re.compile(r"(-?[0-9]{1,16})\.([123])\.([0-9]{1,18})")
_ROWS = bindparam("rows", type_=Integer)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Paper:
    """What the list says of a quote or an invoice; `balance` and `due_on` are an invoice's, `open_until` a quote's.

    `day` is when it was issued.
    """

    public_id: str
    number: str
    title: str
    status: str
    total: Money
    day: date | None = None
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

    def visit_ids(self) -> list[int]:
        """Return the rows of the visits on this page."""
        return [entry.id for entry in self.entries if isinstance(entry.what, VisitFacts)]

    def with_technicians(self, people: Mapping[int, tuple[TechnicianFacts, ...]]) -> "Page":
        """Return the page with who came, out of what `visits.technicians_of` found."""
        return replace(self, entries=tuple(_with_technicians(entry, people) for entry in self.entries))


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime
    rank: int
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.rank}.{self.id}"


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one page is read with: who asks, in which zone days begin, after what, how many rows."""

    actor: Customer
    zone: str
    now: datetime
    after: _Cursor | None
    limit: int


def _read_cursor(text: str) -> _Cursor | None:
    """Return the place a cursor names, None for an empty one; Invalid for what we never gave out."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if not found:
        raise Invalid("That list cannot be continued from there. Please load the page again.")
    micros, rank, row = (int(part) for part in found.groups())
    return _Cursor(_EPOCH + timedelta(microseconds=micros), rank, row)


def page(
    session: Session, actor: Customer, zone: str, *, now: datetime | None = None, cursor: str = "", limit: int = PAGE
) -> Page:
    """Return the rows after the cursor; `limit` is at most LONGEST_PAGE. Each kind needs its right.

    A paper stands at the beginning of its day in `zone`. One query for each kind, however long the history;
    technicians are not on the page yet (`Page.with_technicians`).
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    reading = _Reading(actor, zone, now or clock.now(), _read_cursor(cursor), limit + 1)
    entries = [*_visits(session, reading), *_quotes(session, reading), *_invoices(session, reading)]
    entries.sort(key=lambda entry: (entry.at, entry.rank, entry.id), reverse=True)
    shown = entries[:limit]
    more = len(entries) > limit
    next_cursor = str(_Cursor(shown[-1].at, shown[-1].rank, shown[-1].id)) if more else ""
    return Page(tuple(shown), next_cursor)


def _with_technicians(entry: Entry, people: Mapping[int, tuple[TechnicianFacts, ...]]) -> Entry:
    what = entry.what
    return replace(entry, what=visits.with_technicians(what, people)) if isinstance(what, VisitFacts) else entry


def _place(rank: int, after: _Cursor | None, *, at_beginning: bool = True) -> str:
    """Return how rows of a kind stand to the cursor: anywhere, upto its moment, before it, or within it by row.

    `at_beginning` is False when the cursor stands later than the paper's day begins.
    """
    if after is None:
        return "anywhere"
    if not at_beginning or rank < after.rank:
        return "upto"
    return "before" if rank > after.rank else "within"


def _placed(place: str, column: Any, row_id: Any) -> list[ColumnElement[bool]]:
    value = bindparam("after")
    if place == "anywhere":
        return [col(column).is_not(None)]
    if place == "within":
        same = and_(col(column) == value, col(row_id) < bindparam("after_id"))
        return [col(column) <= value, or_(col(column) < value, same)]
    return [col(column) <= value if place == "upto" else col(column) < value]


def _visits(session: Session, reading: _Reading) -> Iterable[Entry]:
    """Return finished visits, and those under way today, where they were planned."""
    if not reading.actor.may(Right.VIEW_JOBS):
        return []
    today = clock.local(reading.now, reading.zone).date()
    after = reading.after
    given = reach.values(
        reading.actor,
        day_start=clock.start_of(today, reading.zone),
        day_end=clock.start_of(today + timedelta(days=1), reading.zone),
        rows=reading.limit,
        **({"after": after.at, "after_id": after.id} if after else {}),
    )
    statement = _visit_statement(_place(VISIT, after), limited=reach.limited(reading.actor))
    rows = session.connection().execute(statement, given).mappings()
    return [Entry(facts.sort_at, VISIT, facts.id, facts) for facts in map(visits.facts_of, rows)]


@cache
def _visit_statement(place: str, *, limited: bool) -> Select[*tuple[Any, ...]]:
    later = _placed(place, Visit.sort_at, Visit.id)
    today = (col(Visit.sort_at) >= bindparam("day_start"), col(Visit.sort_at) < bindparam("day_end"))
    ids = union_all(
        visits.newest("completed", _ROWS, *later, limited=limited),
        visits.newest("on_the_way", _ROWS, *today, *later, limited=limited),
        visits.newest("in_progress", _ROWS, *today, *later, limited=limited),
    )
    return visits.statement_of(ids)


def _quotes(session: Session, reading: _Reading) -> Iterable[Entry]:
    if not reading.actor.may(Right.VIEW_QUOTES):
        return []
    rows = _papers(session, reading, QUOTE)
    return [Entry(clock.start_of(row.issued_on, reading.zone), QUOTE, row.id, quote_paper(row)) for row in rows]


def _invoices(session: Session, reading: _Reading) -> Iterable[Entry]:
    if not reading.actor.may(Right.VIEW_MONEY):
        return []
    rows = _papers(session, reading, INVOICE)
    return [Entry(clock.start_of(row.issued_on, reading.zone), INVOICE, row.id, _invoice_paper(row)) for row in rows]


def _papers(session: Session, reading: _Reading, rank: int) -> Any:
    after, place, given = reading.after, "anywhere", reach.values(reading.actor, rows=reading.limit)
    if after is not None:
        day = clock.local(after.at, reading.zone).date()
        place = _place(rank, after, at_beginning=after.at == clock.start_of(day, reading.zone))
        given |= {"after": day, "after_id": after.id}
    statement = _paper_statement(rank, place, limited=reach.limited(reading.actor))
    return session.connection().execute(statement, given)


@cache
def _paper_statement(rank: int, place: str, *, limited: bool) -> Select[*tuple[Any, ...]]:
    table: type[Quote] | type[Invoice] = Quote if rank == QUOTE else Invoice
    return (
        select(*(QUOTE_COLUMNS if rank == QUOTE else _INVOICE_COLUMNS))
        .where(*reach.within(table, limited=limited), *_placed(place, table.issued_on, table.id))
        .order_by(col(table.issued_on).desc(), col(table.id).desc())
        .limit(_ROWS)
    )


_SHARED = ("id", "public_id", "number", "title", "status", "currency", "total_minor", "issued_on")
QUOTE_COLUMNS = tuple(getattr(Quote, name) for name in (*_SHARED, "expires_on"))
_INVOICE_COLUMNS = (*(getattr(Invoice, name) for name in (*_SHARED, "due_on")), LEFT.label("left_minor"))


def quotes_to_decide(session: Session, actor: Customer, today: date, limit: int) -> tuple[Paper, ...]:
    """Return the quotes that wait for a decision, those first that expire first, then those that never do."""
    if not actor.may(Right.VIEW_QUOTES):
        return ()
    statement = _waiting_statement(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor, today=today, rows=limit)).all()
    rows = sorted(rows, key=lambda row: (row.expires_on or date.max, row.id if row.expires_on else -row.id))
    return tuple(quote_paper(row) for row in rows[:limit])


@cache
def _waiting_statement(*, limited: bool) -> CompoundSelect[*tuple[Any, ...]]:
    waiting = select(*QUOTE_COLUMNS).where(*reach.within(Quote, limited=limited), col(Quote.status) == "sent")
    expires = col(Quote.expires_on)
    dated = waiting.where(expires >= bindparam("today")).order_by(expires, col(Quote.id)).limit(_ROWS)
    undated = waiting.where(expires.is_(None)).order_by(col(Quote.id).desc()).limit(_ROWS)
    return union_all(select(dated.subquery()), select(undated.subquery()))


def quote_paper(row: Row[*tuple[Any, ...]]) -> Paper:
    """Return what lists say of a quote."""
    total = Money(row.total_minor, row.currency)
    return Paper(row.public_id, row.number, row.title, row.status, total, row.issued_on, open_until=row.expires_on)


def _invoice_paper(row: Row[*tuple[Any, ...]]) -> Paper:
    total, balance = Money(row.total_minor, row.currency), Money(max(0, row.left_minor), row.currency)
    return Paper(row.public_id, row.number, row.title, row.status, total, row.issued_on, balance, row.due_on)
