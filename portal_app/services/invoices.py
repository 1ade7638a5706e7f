"""Invoices: the lists of a customer, and one with all it says. Read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Row, Select, and_, bindparam, or_, select, union_all
from sqlmodel import Session, col

from portal_app.errors import NotFound
from portal_app.models import Customer as CustomerRow
from portal_app.models import Invoice, InvoiceLine, Job
from portal_app.money import Money
from portal_app.services import business, cursors, invoice_search, properties, reach, visibility
from portal_app.services.actors import Customer, Guest, Staff
from portal_app.services.cursors import Place
from portal_app.services.invoice_entries import Entry, entry_of, heads
from portal_app.services.owed import LEFT, UNPAID
from portal_app.services.rights import Permission, Right

PAGE = 25
LONGEST_PAGE = 200
MOST_LINES = 500
Which = Literal["outstanding", "paid", "all"]
_ROWS = bindparam("rows", type_=Integer)


@dataclass(frozen=True, slots=True)
class Page:
    """Some invoices, and the cursor of the next ones; empty at the end."""

    entries: tuple[Entry, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `quantity` and `tax_rate` are decimal text as the source wrote them.

    `unit_cost` is None for everybody without the right to margins; all four amounts are for customers and guests where
    the office does not show what single lines cost.
    """

    name: str
    description: str
    quantity: str
    unit_price: Money | None
    tax_rate: str
    tax: Money | None
    total: Money | None
    optional: bool
    unit_cost: Money | None


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate of the tax summary, in percent, with what it was taken of and what it came to."""

    rate: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Document:
    """One invoice with all it says; `job` is (public id, title) where the reader may see that job.

    `customer_lines` is whom it is for and where they live, line by line. `more_lines` says that it has more than
    MOST_LINES.
    """

    head: Entry
    customer_lines: tuple[str, ...]
    job: tuple[str, str] | None
    subtotal: Money
    tax: Money
    taxes: tuple[Tax, ...]
    lines: tuple[Line, ...]
    more_lines: bool
    terms: str
    customer_public_id: str = ""


def page(
    session: Session,
    actor: Customer,
    *,
    which: Which = "all",
    location: str | None = None,
    search: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Return the invoices after the cursor; outstanding ones by due day, others newest first.

    `location` is a property's public id (NotFound when it is out of reach), `search` what somebody typed to find some
    by number, title, amount or property. Needs the right to view money. What has no date comes last. A list is walked
    along its index, so a long history costs nothing.
    """
    actor.require(Right.VIEW_MONEY)
    limit = max(1, min(limit, LONGEST_PAGE))
    here = properties.row_of(session, actor, Right.VIEW_MONEY, location) if location else None
    after = cursors.read_day(which, cursor)
    what = invoice_search.wanted(session, actor, search)
    given = reach.values(actor, rows=limit + 1, here=here, **dict(what.values))
    shape = Shape(which, reach.limited(actor), here is not None, what.terms, what.spellings)
    found = _read(session, shape, after, given)
    entries = [entry_of(row) for row in found[:limit]]
    if len(found) <= limit:
        return Page(tuple(entries), "")
    last = entries[-1]
    return Page(
        tuple(entries), cursors.write(which, last.due_on if which == "outstanding" else last.issued_on, last.id)
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """What a list's statement depends on, beside the values that it is given each time."""

    which: Which
    limited: bool
    one_place: bool
    terms: int
    spellings: int


def _read(session: Session, shape: Shape, after: Place | None, given: dict[str, Any]) -> Sequence[Any]:
    """Return at most `rows` rows after a place: those with a date, and behind them those without."""
    found: list[Any] = []
    wanted = given["rows"]
    for dated in (True, False):
        if dated and after is not None and after.value is None:
            continue
        within = after if after is not None and (after.value is not None) == dated else None
        values = given | {"rows": wanted - len(found)}
        if within is not None:
            values |= {"after": within.value, "after_id": within.id}
        statement = _list_statement(shape, dated=dated, placed=within is not None)
        rows = session.connection().execute(statement, values).all()
        found += _in_order(shape.which, rows)[: values["rows"]]
        if len(found) >= wanted:
            break
    return found


def _in_order(which: Which, rows: Sequence[Any]) -> list[Any]:
    """Put the branches of a union in one order."""
    if which == "outstanding":
        return sorted(rows, key=lambda row: (row.due_on or date.max, row.id))
    return sorted(rows, key=lambda row: (row.issued_on or date.min, row.id), reverse=True)


@cache
def _list_statement(
    shape: Shape, *, dated: bool, placed: bool
) -> CompoundSelect[*tuple[Any, ...]] | Select[*tuple[Any, ...]]:
    conditions = reach.within(Invoice, limited=shape.limited)
    if shape.one_place:
        conditions.append(col(Invoice.location_id) == bindparam("here"))
    conditions += invoice_search.conditions(shape.terms, shape.spellings)
    which = shape.which
    branches = [
        _branch(which, [*conditions, *status], dated=dated, placed=placed).subquery() for status in _STATUSES[which]
    ]
    chosen = [select(branch) for branch in branches]
    return chosen[0] if len(chosen) == 1 else union_all(*chosen)


_STATUSES: dict[str, list[list[ColumnElement[bool]]]] = {
    "outstanding": [[col(Invoice.status) == word, LEFT > 0] for word in UNPAID],
    "paid": [[or_(col(Invoice.status) == "paid", and_(col(Invoice.status).in_(UNPAID), LEFT <= 0))]],
    "all": [[]],
}


def _branch(which: Which, conditions: list[ColumnElement[bool]], *, dated: bool, placed: bool) -> Select[Any]:
    soonest = which == "outstanding"
    day, row = col(Invoice.due_on if soonest else Invoice.issued_on), col(Invoice.id)
    order = (day, row) if soonest else (day.desc(), row.desc())
    conditions = [*conditions, day.is_not(None) if dated else day.is_(None)]
    if placed:
        next_row = row > bindparam("after_id") if soonest else row < bindparam("after_id")
        if dated:
            value = bindparam("after")
            later = day > value if soonest else day < value
            conditions += [day >= value if soonest else day <= value, or_(later, next_row)]
        else:
            conditions.append(next_row)
    return heads().where(*conditions).order_by(*(order if dated else order[1:])).limit(_ROWS)


def of_job(session: Session, actor: Customer, job_id: int, limit: int = PAGE) -> list[Entry]:
    """Return a job's invoices, newest first; none without the right to view money."""
    if not actor.may(Right.VIEW_MONEY):
        return []
    statement = _job_statement(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor, job_id=job_id, rows=limit))
    return [entry_of(row) for row in rows]


@cache
def _job_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    conditions = [*reach.within(Invoice, limited=limited, narrowed=True), col(Invoice.job_id) == bindparam("job_id")]
    return heads().where(*conditions).order_by(col(Invoice.id).desc()).limit(_ROWS)


def get(session: Session, actor: Customer | Guest | Staff, public_id: str) -> Document:
    """Return one invoice with all it says; NotFound when it is not there, a draft, somebody else's or out of reach.

    Contacts need the right to view money, staff the permission to view customers (they see drafts too). A guest gets
    the one invoice they were sent.
    """
    if isinstance(actor, Guest):
        statement, given = _guest_document(), {"public_id": public_id, "invoice_id": actor.invoice_id}
        given["customer_id"] = actor.customer_id
    elif isinstance(actor, Staff):
        actor.require(Permission.VIEW_CUSTOMERS)
        statement, given = _staff_document(), {"public_id": public_id, "sees_hidden": True}
    else:
        actor.require(Right.VIEW_MONEY)
        statement, given = _document(limited=reach.limited(actor)), reach.values(actor, public_id=public_id)
    row = session.connection().execute(statement, given).first()
    if row is None:
        raise NotFound
    lines = session.connection().execute(_lines_statement(), {"invoice_id": row.id}).all()
    with_costs = isinstance(actor, Customer) and _may_see_costs(actor, row.location_id)
    priced = isinstance(actor, Staff) or visibility.of_portal(session).line_prices
    return Document(
        head=entry_of(row),
        customer_lines=tuple(
            filter(None, (row.customer_name, *address_lines(row.billing_address or row.address or {})))
        ),
        job=_job_of(actor, row),
        subtotal=Money(row.subtotal_minor, row.currency),
        tax=Money(row.tax_minor, row.currency),
        taxes=tuple(_tax(entry, row.currency) for entry in row.tax_summary or []),
        lines=tuple(_line(line, row.currency, with_cost=with_costs, priced=priced) for line in lines[:MOST_LINES]),
        more_lines=len(lines) > MOST_LINES,
        terms=row.terms,
        customer_public_id=row.customer_public_id,
    )


def _may_see_costs(actor: Customer, location_id: int | None) -> bool:
    return actor.may(Right.MARGINS) and _at(actor, Right.MARGINS, location_id)


def _at(actor: Customer, right: Right, location_id: int | None) -> bool:
    places = actor.places(right)
    return places is None or location_id in places


def _job_of(actor: Customer | Guest | Staff, row: Row[*tuple[Any, ...]]) -> tuple[str, str] | None:
    if row.job_public_id is None or isinstance(actor, Guest):
        return None
    seen = isinstance(actor, Staff) or (actor.may(Right.VIEW_JOBS) and _at(actor, Right.VIEW_JOBS, row.job_location_id))
    return (row.job_public_id, row.job_title) if seen else None


# Where town, state and postal code are one line, with this between the first two; and where the code comes first.
_STATE_LINES = {"US": ", ", "CA": ", ", "AU": " "}
_CODE_FIRST = frozenset({"AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "IT", "NL", "NO", "PL", "PT", "SE"})


def address_lines(address: dict[str, str]) -> list[str]:
    """Return a postal address line by line, without empty ones, as its country writes it.

    One that names none is taken to be in the business's. Elsewhere than above the postal code closes the address:
    behind the county where there is one, else behind the town.
    """
    city, region, code = (address.get(name, "") for name in ("city", "region", "postal_code"))
    country = (address.get("country") or business.look().country).upper()
    if country in _STATE_LINES:
        town = [_joined(_joined(city, region, _STATE_LINES[country]), code)]
    elif country in _CODE_FIRST:
        town = [_joined(code, city), region]
    else:
        town = [city, _joined(region, code)] if region else [_joined(city, code)]
    return [line for line in (address.get("line1", ""), address.get("line2", ""), *town) if line]


def _joined(first: str, second: str, between: str = " ") -> str:
    return between.join(part for part in (first, second) if part)


def _with_all() -> Select[*tuple[Any, ...]]:
    columns = ("subtotal_minor", "tax_minor", "tax_summary", "terms")
    return (
        heads()
        .outerjoin(
            Job,
            and_(
                col(Job.id) == col(Invoice.job_id),
                col(Job.customer_id) == col(Invoice.customer_id),
                col(Job.deleted_at).is_(None),
                reach.shown(Job),
            ),
        )
        .add_columns(
            *(getattr(Invoice, name) for name in columns),
            col(CustomerRow.billing_address).label("billing_address"),
            col(CustomerRow.public_id).label("customer_public_id"),
            col(Job.public_id).label("job_public_id"),
            col(Job.title).label("job_title"),
            col(Job.location_id).label("job_location_id"),
        )
        .where(col(Invoice.public_id) == bindparam("public_id"))
    )


@cache
def _document(*, limited: bool) -> Select[*tuple[Any, ...]]:
    return _with_all().where(*reach.within(Invoice, limited=limited))


@cache
def _staff_document() -> Select[*tuple[Any, ...]]:
    return _with_all().where(col(Invoice.deleted_at).is_(None))


@cache
def _guest_document() -> Select[*tuple[Any, ...]]:
    return _with_all().where(*reach.within(Invoice, limited=False), col(Invoice.id) == bindparam("invoice_id"))


@cache
def _lines_statement() -> Select[*tuple[Any, ...]]:
    table: Any = InvoiceLine
    return (
        select(*(column for column in table.__table__.c if column.name != "invoice_id"))
        .where(col(InvoiceLine.invoice_id) == bindparam("invoice_id"))
        .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
        .limit(MOST_LINES + 1)
    )


def _tax(entry: dict[str, Any], currency: str) -> Tax:
    return Tax(str(entry["rate"]), Money(entry["net_minor"], currency), Money(entry["tax_minor"], currency))


def _line(row: Row[*tuple[Any, ...]], currency: str, *, with_cost: bool, priced: bool) -> Line:
    cost = row.unit_cost_minor if with_cost and priced else None
    return Line(
        name=row.name,
        description=row.description,
        quantity=row.quantity,
        unit_price=Money(row.unit_price_minor, currency) if priced else None,
        tax_rate=row.tax_rate,
        tax=Money(row.tax_minor, currency) if priced else None,
        total=Money(row.total_minor, currency) if priced else None,
        optional=row.optional,
        unit_cost=None if cost is None else Money(cost, currency),
    )
