"""Everything so far, newest first: visits with what was advised, jobs without one, photos and papers in one list."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Row, Select, bindparam, exists, select, union_all
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.models import File, Invoice, Quote, Recommendation, Visit
from portal_app.money import Money
from portal_app.services import (
    files,
    properties,
    reach,
    timeline_jobs,
    timeline_parts,
    timeline_search,
    visibility,
    visits,
)
from portal_app.services.actors import Customer
from portal_app.services.owed import LEFT
from portal_app.services.rights import Right
from portal_app.services.timeline_jobs import JobFacts
from portal_app.services.timeline_parts import Advised, Filed
from portal_app.services.timeline_place import Cursor, end_of, place_of, placed, read_cursor
from portal_app.services.timeline_search import Sought
from portal_app.services.visits import TechnicianFacts, VisitFacts

PAGE = 10
LONGEST_PAGE = 200
JOB, PHOTO, DOCUMENT, VISIT, QUOTE, INVOICE = 6, 5, 4, 3, 2, 1
HOME = "home"
SHOWS: dict[str, tuple[int, ...]] = {
    HOME: (VISIT, QUOTE, INVOICE),
    "all": (JOB, PHOTO, DOCUMENT, VISIT, QUOTE, INVOICE),
    "work": (JOB, VISIT),
    "photos": (PHOTO,),
    "advice": (VISIT,),
    "quotes": (QUOTE,),
    "invoices": (INVOICE,),
    "documents": (DOCUMENT,),
}
"""What each list holds; that of advice has the visits at which something was advised."""
_FILE_KINDS = {PHOTO: visibility.PHOTO, DOCUMENT: visibility.DOCUMENT}
_VIEWS = (Right.VIEW_JOBS, Right.VIEW_MONEY, Right.VIEW_QUOTES, Right.DOCUMENTS)
_ROWS = bindparam("rows", type_=Integer)


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
    """One row of the list; `rank` is JOB, VISIT, QUOTE, INVOICE, PHOTO or DOCUMENT and says what `what` is.

    `advice` is what was recommended at a visit.
    """

    at: datetime
    rank: int
    id: int
    what: VisitFacts | JobFacts | Paper | Filed
    advice: tuple[Advised, ...] = ()


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
class Wanted:
    """Which part of the history: one of SHOWS, at a property (its public id), found by words, up to a year.

    Empty fields narrow nothing down.
    """

    show: str = HOME
    location: str = ""
    typed: str = ""
    year: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one page is read with: who asks, in which zone days begin, after what, how many rows, of what."""

    actor: Customer
    zone: str
    now: datetime
    after: Cursor | None
    limit: int
    here: int | None = None
    sought: Sought = field(default_factory=Sought)
    advised: bool = False
    called_off: bool = False

    def values(self, **more: Any) -> dict[str, Any]:
        """Return what every statement is given."""
        return reach.values(self.actor, rows=self.limit, here=self.here, **dict(self.sought.values), **more)

    def today(self) -> dict[str, datetime]:
        """Return the ends of the business's day, as statements take them."""
        return timeline_jobs.today(self.now, self.zone)

    def shape(self, place: str) -> "_Shape":
        """Return what decides how a statement is built."""
        sought = self.sought
        limited = reach.limited(self.actor)
        jobs = self.actor.may(Right.VIEW_JOBS)
        one_place, terms = self.here is not None, sought.terms
        return _Shape(place, limited, one_place, self.advised, self.called_off, jobs, terms, sought.spellings)


@dataclass(frozen=True, slots=True)
class _Shape:
    place: str
    limited: bool
    one_place: bool
    advised: bool
    called_off: bool
    jobs: bool
    terms: int
    spellings: int

    def at(self, location: Any) -> list[ColumnElement[bool]]:
        """Return that a row is at the property that was asked for."""
        return [col(location) == bindparam("here")] if self.one_place else []


def page(
    session: Session,
    actor: Customer,
    zone: str,
    *,
    now: datetime | None = None,
    cursor: str = "",
    limit: int = PAGE,
    wanted: Wanted | None = None,
) -> Page:
    """Return the rows after the cursor; `limit` is at most LONGEST_PAGE. Each kind needs its right.

    A paper stands at the beginning of its day in `zone`. A few queries for each kind, however long the history;
    technicians are not on the page yet (`Page.with_technicians`). Raises Invalid and, for a property out of reach,
    NotFound.
    """
    wanted = wanted or Wanted()
    if wanted.show not in SHOWS:
        raise Invalid("There is no such list.")
    limit = max(1, min(limit, LONGEST_PAGE))
    reading = _Reading(
        actor,
        zone,
        now or clock.now(),
        read_cursor(cursor) or end_of(wanted.year, zone),
        limit + 1,
        _row_of_place(session, actor, wanted.location) if wanted.location else None,
        timeline_search.sought(session, actor, wanted.typed),
        wanted.show == "advice",
        wanted.show != HOME,
    )
    entries = [entry for rank in SHOWS[wanted.show] for entry in _READERS[rank](session, reading)]
    entries.sort(key=lambda entry: (entry.at, entry.rank, entry.id), reverse=True)
    shown = entries[:limit]
    more = len(entries) > limit
    next_cursor = str(Cursor(shown[-1].at, shown[-1].rank, shown[-1].id)) if more else ""
    found = Page(tuple(shown), next_cursor)
    return found if wanted.show == HOME else _with_parts(session, actor, found)


def _row_of_place(session: Session, actor: Customer, public_id: str) -> int:
    """Return the row of a property at which the contact may see something; the lists ask for each right themselves."""
    for right in _VIEWS:
        if actor.may(right):
            try:
                return properties.row_of(session, actor, right, public_id)
            except NotFound:
                continue
    raise NotFound


def _with_parts(session: Session, actor: Customer, shown: Page) -> Page:
    """Return the page with what was advised at its visits, and with the jobs of its files."""
    advice = timeline_parts.advice_of(session, actor, shown.visit_ids())
    filed = [entry.what.file.job_id for entry in shown.entries if isinstance(entry.what, Filed)]
    jobs = timeline_parts.jobs_of(session, actor, filed)

    def whole(entry: Entry) -> Entry:
        if isinstance(entry.what, Filed):
            return replace(entry, what=replace(entry.what, job=jobs.get(entry.what.file.job_id or 0)))
        return replace(entry, advice=advice.get(entry.id, ())) if isinstance(entry.what, VisitFacts) else entry

    return replace(shown, entries=tuple(whole(entry) for entry in shown.entries))


def _with_technicians(entry: Entry, people: Mapping[int, tuple[TechnicianFacts, ...]]) -> Entry:
    what = entry.what
    return replace(entry, what=visits.with_technicians(what, people)) if isinstance(what, VisitFacts) else entry


def _visits(session: Session, reading: _Reading) -> Iterable[Entry]:
    """Return finished visits, and those under way today, where they were planned; with those that were called off."""
    if not reading.actor.may(Right.VIEW_JOBS):
        return []
    after = reading.after
    given = reading.values(**reading.today(), **({"after": after.at, "after_id": after.id} if after else {}))
    statement = _visit_statement(reading.shape(place_of(VISIT, after)))
    rows = session.connection().execute(statement, given).mappings()
    return [Entry(facts.sort_at, VISIT, facts.id, facts) for facts in map(visits.facts_of, rows)]


@cache
def _visit_statement(shape: _Shape) -> Select[*tuple[Any, ...]]:
    limited = shape.limited
    later = [*placed(shape.place, Visit.sort_at, Visit.id), *shape.at(Visit.location_id)]
    if shape.advised:
        stands = col(Recommendation.state) != "withdrawn"
        later.append(exists().where(col(Recommendation.visit_id) == col(Visit.id), stands))
    later += timeline_search.in_visits(shape.terms, shape.spellings)
    today = (col(Visit.sort_at) >= bindparam("day_start"), col(Visit.sort_at) < bindparam("day_end"))
    parts = [
        visits.newest("completed", _ROWS, *later, limited=limited),
        visits.newest("on_the_way", _ROWS, *today, *later, limited=limited),
        visits.newest("in_progress", _ROWS, *today, *later, limited=limited),
    ]
    if shape.called_off:
        # What is to come is no history, called off or not.
        parts.append(visits.newest("canceled", _ROWS, today[1], *later, limited=limited))
    return visits.statement_of(union_all(*parts))


def _jobs(session: Session, reading: _Reading) -> Iterable[Entry]:
    """Return the jobs of which no visit is told; what is to come is no history."""
    if not reading.actor.may(Right.VIEW_JOBS):
        return []
    ends, after = reading.today(), reading.after
    if after is None or after.at >= ends["day_end"]:
        after = Cursor(ends["day_end"], 0, 0)
    shape = reading.shape(place_of(JOB, after))
    statement = timeline_jobs.newest(
        shape.place,
        limited=shape.limited,
        one_place=shape.one_place,
        terms=shape.terms,
        spellings=shape.spellings,
    )
    rows = session.connection().execute(statement, reading.values(**ends, after=after.at, after_id=after.id))
    return [Entry(facts.opened_at, JOB, facts.id, facts) for facts in map(timeline_jobs.facts_of, rows)]


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


def _files(session: Session, reading: _Reading, rank: int) -> Iterable[Entry]:
    actor, after, kind = reading.actor, reading.after, _FILE_KINDS[rank]
    if kind not in visibility.of_portal(session).kinds(actor):
        return []
    given = reading.values(kinds=[kind], kind=kind, **({"after": after.at, "after_id": after.id} if after else {}))
    statement = _file_statement(reading.shape(place_of(rank, after)))
    rows = session.connection().execute(statement, given).all()
    return [Entry(one.at, rank, one.id, Filed(one)) for one in files.entries(session, actor, rows)]


@cache
def _file_statement(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return (
        files.columns()
        .where(*files.within(limited=shape.limited), col(File.kind) == bindparam("kind"))
        .where(*placed(shape.place, File.sort_at, File.id), *shape.at(File.location_id))
        .where(*timeline_search.in_files(shape.terms, shape.spellings, jobs=shape.jobs, limited=shape.limited))
        .order_by(col(File.sort_at).desc(), col(File.id).desc())
        .limit(_ROWS)
    )


def _papers(session: Session, reading: _Reading, rank: int) -> Any:
    after, place, given = reading.after, "anywhere", reading.values()
    if after is not None:
        day = clock.local(after.at, reading.zone).date()
        place = place_of(rank, after, at_beginning=after.at == clock.start_of(day, reading.zone))
        given |= {"after": day, "after_id": after.id}
    statement = _paper_statement(rank, reading.shape(place))
    return session.connection().execute(statement, given)


@cache
def _paper_statement(rank: int, shape: _Shape) -> Select[*tuple[Any, ...]]:
    table: type[Quote] | type[Invoice] = Quote if rank == QUOTE else Invoice
    return (
        select(*(QUOTE_COLUMNS if rank == QUOTE else _INVOICE_COLUMNS))
        .where(*reach.within(table, limited=shape.limited), *placed(shape.place, table.issued_on, table.id))
        .where(*shape.at(table.location_id), *timeline_search.in_papers(table, shape.terms, shape.spellings))
        .order_by(col(table.issued_on).desc(), col(table.id).desc())
        .limit(_ROWS)
    )


_READERS: dict[int, Callable[[Session, _Reading], Iterable[Entry]]] = {
    JOB: _jobs,
    PHOTO: lambda session, reading: _files(session, reading, PHOTO),
    DOCUMENT: lambda session, reading: _files(session, reading, DOCUMENT),
    VISIT: _visits,
    QUOTE: _quotes,
    INVOICE: _invoices,
}
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
