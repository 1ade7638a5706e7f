"""Jobs: the lists of a customer, and one with its visits, what was done, advised, quoted and charged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    or_,
    select,
    union_all,
)
from sqlmodel import Session, col

from portal_app import clock
from portal_app.errors import NotFound
from portal_app.models import Job, Location, Quote, Recommendation, Series, ServiceRequest, Visit, VisitStatusChange
from portal_app.money import Money
from portal_app.services import (
    booking_notes,
    cursors,
    dashboard,
    files,
    invoices,
    job_search,
    job_visits,
    properties,
    reach,
    service_requests,
    timeline,
    visibility,
    visits,
)
from portal_app.services.actors import Customer
from portal_app.services.booking_notes import Note
from portal_app.services.cursors import Place
from portal_app.services.rights import Right
from portal_app.services.timeline import Paper
from portal_app.services.visits import VisitFacts

PAGE = 25
LONGEST_PAGE = 200
MOST_ADVICE = 60
# So many recurring plans of a customer, the newest, stand in lists as such; the jobs of older ones stand there singly.
MOST_PLANS = 200
Which = Literal["active", "past"]
_STATUSES: dict[str, tuple[str, ...]] = {"active": ("open", "on_hold", "unknown"), "past": ("completed", "canceled")}
_ROWS = bindparam("rows", type_=Integer)


@dataclass(frozen=True, slots=True)
class Entry:
    """One job of a list; `visit` is the one that says what it is doing now or next, else the last; None for a past job.

    `hidden` says that the office hides it, which only the office is told.
    """

    id: int
    public_id: str
    number: str
    title: str
    status: str
    opened_at: datetime
    closed_at: datetime | None
    place: str
    visit: VisitFacts | None = None
    location_id: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, and the cursor of the next ones; empty at the end."""

    entries: tuple[Entry, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit's history, when it happened, and the names of those who were to come or were there then."""

    status: str
    at: datetime
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation of one of the job's visits; `low` and `high` are its prices, where given.

    `asked_at` is when somebody asked for a quote; `may_ask` whether the contact may do so now.
    """

    public_id: str
    title: str
    detail: str
    state: str
    low: Money | None
    high: Money | None
    visit_id: int
    asked_at: datetime | None = None
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """One job with all that belongs to it and that the contact may see.

    `visits` newest first, those next to now (`job_visits.of_job`); `lead` is the one the page is about now, `steps`
    its history. `note` is what is written for all visits to the property, `as_of` when the CRM was last heard.
    """

    head: Entry
    description: str
    visits: tuple[VisitFacts, ...]
    lead: VisitFacts | None
    steps: tuple[Step, ...]
    advice: tuple[Advice, ...]
    invoices: tuple[invoices.Entry, ...]
    quotes: tuple[Paper, ...]
    files: tuple[files.Entry, ...]
    now: datetime
    note: Note | None = None
    as_of: datetime | None = None


def page(
    session: Session,
    actor: Customer,
    zone: str,
    *,
    which: Which,
    location: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
    now: datetime | None = None,
    outside_plans: bool = False,
    search: str = "",
) -> Page:
    """Return the jobs after the cursor, newest first; active ones with their present visit, soonest first in a page.

    `outside_plans` leaves out those of a recurring plan that stands in the same list as such (`series`), `search` is
    what somebody typed to find some (`job_search`). `location` is a property's public id (NotFound out of reach).
    Needs the right to view jobs. Every status is its own walk along the index, so a long history costs nothing.
    """
    actor.require(Right.VIEW_JOBS)
    limit = max(1, min(limit, LONGEST_PAGE))
    here = properties.row_of(session, actor, Right.VIEW_JOBS, location) if location else None
    after = cursors.read_moment(which, cursor)
    what = job_search.wanted(session, actor, search)
    given = reach.values(actor, rows=limit + 1, here=here, **_after(after), **dict(what.values))
    shape = _Shape(
        placed=after is not None,
        limited=reach.limited(actor),
        one_place=here is not None,
        outside_plans=outside_plans,
        terms=what.terms,
        spellings=what.spellings,
        descriptions=what.descriptions,
    )
    rows = session.connection().execute(_list_statement(which, shape), given).all()
    rows = sorted(rows, key=lambda row: (row.opened_at, row.id), reverse=True)
    entries = [_entry(row) for row in rows[:limit]]
    next_cursor = cursors.write(which, entries[-1].opened_at, entries[-1].id) if len(rows) > limit else ""
    if which == "active":
        entries = _soonest_first(_with_visits(session, actor, entries, zone, now or clock.now()))
    return Page(tuple(entries), next_cursor)


def _after(after: Place | None) -> dict[str, Any]:
    return {} if after is None else {"after": after.value, "after_id": after.id}


def _heads() -> Select[*tuple[Any, ...]]:
    names = ("id", "public_id", "number", "title", "status", "opened_at", "closed_at", "location_id", "hidden_at")
    here = and_(col(Location.id) == col(Job.location_id), col(Location.deleted_at).is_(None))
    return select(
        *(getattr(Job, name) for name in names),
        col(Location.label).label("label"),
        col(Location.address).label("address"),
    ).outerjoin(Location, here)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a list's statement is built for; its values are given each time."""

    placed: bool
    limited: bool
    one_place: bool
    outside_plans: bool
    terms: int
    spellings: int
    descriptions: bool


@lru_cache(maxsize=64)
def _list_statement(which: Which, shape: _Shape) -> CompoundSelect[*tuple[Any, ...]]:
    conditions = reach.within(Job, limited=shape.limited)
    if shape.outside_plans:
        conditions.append(_outside_plans(limited=shape.limited, one_place=shape.one_place))
    if shape.one_place:
        conditions.append(col(Job.location_id) == bindparam("here"))
    conditions += job_search.conditions(shape.terms, shape.spellings, descriptions=shape.descriptions)
    if shape.placed:
        value = bindparam("after")
        conditions += [
            col(Job.opened_at) <= value,
            or_(col(Job.opened_at) < value, col(Job.id) < bindparam("after_id")),
        ]
    return union_all(*(select(_branch(status, conditions).subquery()) for status in _STATUSES[which]))


def _outside_plans(*, limited: bool, one_place: bool) -> ColumnElement[bool]:
    """Return that a job belongs to none of the plans that `series.of_customer` lists beside it."""
    plans = select(col(Series.id)).where(*reach.within(Series, limited=limited))
    if one_place:
        plans = plans.where(col(Series.location_id) == bindparam("here"))
    # SQLite takes a LIMIT inside IN only from a sub-query.
    listed = plans.order_by(col(Series.id).desc()).limit(MOST_PLANS).subquery()
    return or_(col(Job.series_id).is_(None), col(Job.series_id).not_in(select(listed.c.id)))


def _branch(status: str, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    order = (col(Job.opened_at).desc(), col(Job.id).desc())
    return _heads().where(*conditions, col(Job.status) == status).order_by(*order).limit(_ROWS)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        id=row.id,
        public_id=row.public_id,
        number=row.number,
        title=row.title,
        status=row.status,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        place=properties.name_of(row.label, row.address),
        location_id=row.location_id,
        hidden=row.hidden_at is not None,
    )


def _with_visits(session: Session, actor: Customer, entries: Sequence[Entry], zone: str, now: datetime) -> list[Entry]:
    """Give each job the visit that says what it is doing now, or next, else the one that was last."""
    today = clock.local(now, zone).date()
    ends = clock.ends_of(today, zone)
    of_job = job_visits.of_jobs(session, actor, [entry.id for entry in entries], *ends)
    return [replace(entry, visit=leading(of_job.get(entry.id, ()), zone, now)) for entry in entries]


def leading(found: Iterable[VisitFacts], zone: str, now: datetime) -> VisitFacts | None:
    """Return the visit that says what is happening now, else what comes next, else what was last.

    What was called off on another day leads only where there is nothing else: it takes back nothing that was done.
    """
    ordered = sorted(found, key=lambda visit: (visit.sort_at, visit.id))
    last = [visit for visit in ordered if visit.status != "canceled"] or ordered
    return dashboard.card_visit(ordered, now, zone) or (last[-1] if last else None)


def _soonest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Put what is under way first, then what has a time, then what has none, then what is done but for the papers."""
    return sorted(entries, key=lambda entry: urgency(entry.visit, entry.opened_at))


def urgency(visit: VisitFacts | None, opened_at: datetime) -> tuple[int, float]:
    """Return where something stands among what goes on: under way, then by its time, then by how new it is."""
    if visit is not None and visit.status == "completed":
        return 4, -visit.sort_at.timestamp()
    if visit is None or visit.status == "unscheduled":
        return 3, -opened_at.timestamp()
    rank = {"on_the_way": 0, "in_progress": 1}.get(visit.status, 2)
    return rank, visit.sort_at.timestamp()


def get(session: Session, actor: Customer, zone: str, public_id: str, *, now: datetime | None = None) -> Detail:
    """Return one job; NotFound when it is not there, somebody else's, or at a property out of reach.

    Needs the right to view jobs; invoices and quotes come with their own rights only, and so do files.
    """
    actor.require(Right.VIEW_JOBS)
    now = now or clock.now()
    statement = _job_statement(limited=reach.limited(actor))
    row = session.connection().execute(statement, reach.values(actor, public_id=public_id)).first()
    if row is None:
        raise NotFound
    found = job_visits.of_job(session, actor, row.id, now)
    done = [visit for visit in found if visit.status == "completed"] if row.status == "completed" else []
    lead = leading(done or found, zone, now)
    return Detail(
        head=replace(_entry(row), visit=lead),
        description=row.description if visibility.of_portal(session).descriptions else "",
        visits=tuple(found),
        lead=lead,
        steps=_steps_of(session, lead),
        advice=_advice_of(session, actor, [visit.id for visit in found]),
        invoices=tuple(invoices.of_job(session, actor, row.id)),
        quotes=_quotes_of(session, actor, row.id),
        files=files.of_job(session, actor, row.id),
        now=now,
        note=booking_notes.at_location(session, actor, row.location_id),
        as_of=dashboard.last_heard(session),
    )


@cache
def _job_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    conditions = [*reach.within(Job, limited=limited), col(Job.public_id) == bindparam("public_id")]
    return _heads().add_columns(col(Job.description)).where(*conditions)


def _steps_of(session: Session, lead: VisitFacts | None) -> tuple[Step, ...]:
    if lead is None:
        return ()
    rows = session.connection().execute(_steps_statement(), {"visit_id": lead.id}).all()
    people = [row.technician_ids or [] for row in rows]
    names = visits.names_of(session, (one for some in people for one in some))
    return tuple(
        Step(row.status, row.at, tuple(names[one] for one in some if one in names))
        for row, some in zip(rows, people, strict=True)
    )


@cache
def _steps_statement() -> Select[*tuple[Any, ...]]:
    return (
        select(col(VisitStatusChange.status), col(VisitStatusChange.at), col(VisitStatusChange.technician_ids))
        .where(col(VisitStatusChange.visit_id) == bindparam("visit_id"))
        .order_by(col(VisitStatusChange.id))
        .limit(200)
    )


def _advice_of(session: Session, actor: Customer, visit_ids: Sequence[int]) -> tuple[Advice, ...]:
    if not visit_ids:
        return ()
    given = {"customer_id": actor.customer_id, "visit_ids": visit_ids}
    rows = session.connection().execute(_advice_statement(), given)
    return tuple(_one_advice(actor, row) for row in sorted(rows, key=lambda row: -row.id))


def _one_advice(actor: Customer, row: Row[*tuple[Any, ...]]) -> Advice:
    open_still = row.state == service_requests.OPEN and row.asked_at is None
    return Advice(
        row.public_id,
        row.title,
        row.detail,
        row.state,
        dashboard.price(row.price_from_minor, row.currency),
        dashboard.price(row.price_to_minor, row.currency),
        row.visit_id,
        row.asked_at,
        open_still and reach.may_at(actor, Right.REQUEST, row.location_id),
    )


@cache
def _advice_statement() -> Select[*tuple[Any, ...]]:
    names = ("id", "public_id", "visit_id", "title", "state", "price_from_minor", "price_to_minor", "currency")
    return (
        select(
            *(getattr(Recommendation, name) for name in names),
            visits.cut(Recommendation.detail, job_visits.SUMMARY_LENGTH).label("detail"),
            col(Visit.location_id),
            col(ServiceRequest.created_at).label("asked_at"),
        )
        .join(Visit, col(Visit.id) == col(Recommendation.visit_id))
        .outerjoin(
            ServiceRequest,
            # Who had the job before asked for themselves.
            (col(ServiceRequest.recommendation_id) == col(Recommendation.id))
            & (col(ServiceRequest.customer_id) == col(Recommendation.customer_id)),
        )
        .where(
            reach.of_customer(Recommendation.customer_id, narrowed=True),
            col(Recommendation.visit_id).in_(bindparam("visit_ids", expanding=True)),
            col(Recommendation.state) != "withdrawn",
        )
        .limit(MOST_ADVICE)
    )


def _quotes_of(session: Session, actor: Customer, job_id: int) -> tuple[Paper, ...]:
    if not actor.may(Right.VIEW_QUOTES):
        return ()
    statement = _quotes_statement(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor, job_id=job_id))
    return tuple(timeline.quote_paper(row) for row in rows)


@cache
def _quotes_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    conditions = [*reach.within(Quote, limited=limited, narrowed=True), col(Quote.job_id) == bindparam("job_id")]
    return select(*timeline.QUOTE_COLUMNS).where(*conditions).order_by(col(Quote.id).desc()).limit(PAGE)
