"""The office's list of customers: a page of it, with what each row says."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlmodel import Session

from portal_app.models import Contact, Customer, CustomerEntry, Invoice, Location, Login
from portal_app.models.base import table_of
from portal_app.money import Money
from portal_app.services import customer_search
from portal_app.services.actors import Staff
from portal_app.services.customer_search import COUNTED, FILTERS, Place, Wanted
from portal_app.services.owed import LEFT, UNPAID
from portal_app.services.rights import Permission


@dataclass(frozen=True, slots=True)
class Line:
    """One customer of the list.

    `state` is off, idle, invited or active (`customer_index`); `owed` holds (open, overdue) for each currency, the
    largest first; `last_seen` is when anybody of theirs last signed in.
    """

    id: int
    public_id: str
    name: str
    number: str
    active: bool
    state: str
    email: str = ""
    mail_problem: bool = False
    town: str = ""
    last_seen: datetime | None = None
    owed: tuple[tuple[Money, Money], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers, by name or the best found first; `exact` is False when there are more than `count`.

    `after` and `before` are public ids from which the next and the previous page go on, empty at either end.
    """

    lines: tuple[Line, ...]
    count: int
    exact: bool
    after: str
    before: str


def page(
    session: Session,
    actor: Staff,
    *,
    typed: str = "",
    show: str = "all",
    after: str = "",
    before: str = "",
    country: str = "",
    today: date,
) -> Page:
    """Return the customers found by what was typed, in one of FILTERS, from a public id on; needs VIEW_CUSTOMERS."""
    actor.require(Permission.VIEW_CUSTOMERS)
    what = customer_search.wanted(typed, show, country)
    back = _place(session, what, before)
    start = None if back else _place(session, what, after)
    found = customer_search.page(session, what, after=start, before=back)
    if back and not found.more and len(found.places) < customer_search.PAGE:
        # Too near the beginning for a whole page: the list starts anew.
        back, found = None, customer_search.page(session, what)
    lines = lines_of(session, [place.customer_id for place in found.places], today)
    first, last = (lines[0].public_id, lines[-1].public_id) if lines else ("", "")
    resume = _public_id(session, found.resume)
    return Page(
        lines=tuple(lines),
        count=found.count,
        exact=found.exact,
        after=(last or before) if back else resume,
        before=resume if back else (first or after) if start else "",
    )


def first(session: Session, actor: Staff, typed: str, *, country: str, today: date, limit: int) -> tuple[Line, ...]:
    """Return the best customers found by what was typed, none for nothing; needs VIEW_CUSTOMERS."""
    actor.require(Permission.VIEW_CUSTOMERS)
    what = customer_search.wanted(typed, "all", country)
    if not what.terms:
        return ()
    found = customer_search.page(session, what, size=limit)
    return tuple(lines_of(session, [place.customer_id for place in found.places], today))


def _public_id(session: Session, place: Place | None) -> str:
    if place is None:
        return ""
    return session.connection().execute(_PUBLIC_ID, {"id": place.customer_id}).scalar() or ""


def tallies(session: Session, actor: Staff) -> dict[str, tuple[int, bool]]:
    """Return, for each of FILTERS, how many customers it shows and whether that is all, counted to a bound."""
    actor.require(Permission.VIEW_CUSTOMERS)
    counted = {
        state: session.connection().execute(_COUNT_STATE, {"state": state}).scalar_one()
        for state in dict.fromkeys(state for states in FILTERS.values() for state in states)
    }
    found = {}
    for name, states in FILTERS.items():
        number = sum(counted[state] for state in (states or counted))
        exact = all(counted[state] <= COUNTED for state in (states or counted)) and number <= COUNTED
        found[name] = (min(number, COUNTED), exact)
    return found


def _place(session: Session, what: Wanted, public_id: str) -> Place | None:
    row = session.connection().execute(_ID, {"public_id": public_id}).scalar() if public_id else None
    return customer_search.place_of(session, what, row) if row else None


def lines_of(session: Session, ids: list[int], today: date) -> list[Line]:
    """Return what the rows of these customers say, in the order given; those deleted meanwhile are left out."""
    if not ids:
        return []
    connection = session.connection()
    lines = {row.id: Line(*row) for row in connection.execute(_HEADS, {"ids": ids})}
    for row in connection.execute(_PEOPLE, {"ids": ids}):
        line = lines.get(row.customer_id)
        if line:
            seen = max(filter(None, (line.last_seen, row.last_sign_in_at)), default=None)
            lines[line.id] = replace(
                line,
                email=line.email or row.email,
                last_seen=seen,
                mail_problem=line.mail_problem or bool(row.mail_problem),
            )
    places = {row.customer_id: row.address or {} for row in connection.execute(_PLACES, {"ids": ids})}
    owed: dict[int, list[tuple[Money, Money]]] = {}
    for customer_id, currency, total, late in connection.execute(_OWED, {"ids": ids, "today": today}):
        owed.setdefault(customer_id, []).append((Money(int(total), currency), Money(int(late), currency)))
    return [
        replace(
            lines[one],
            town=lines[one].town or str(places.get(one, {}).get("city") or ""),
            owed=tuple(sorted(owed.get(one, ()), key=lambda pair: -pair[0].minor)),
        )
        for one in ids
        if one in lines
    ]


_CUSTOMER, _CONTACT, _LOCATION, _LOGIN, _INVOICE, _ENTRY = map(
    table_of, (Customer, Contact, Location, Login, Invoice, CustomerEntry)
)
_IDS: Any = bindparam("ids", expanding=True)
_COUNT_STATE = select(func.count()).select_from(
    select(_ENTRY.c.customer_id).where(_ENTRY.c.state == bindparam("state")).limit(COUNTED + 1).subquery()
)
_ID = select(_CUSTOMER.c.id).where(_CUSTOMER.c.public_id == bindparam("public_id"))
_PUBLIC_ID = select(_CUSTOMER.c.public_id).where(_CUSTOMER.c.id == bindparam("id"))
_HEADS = (
    select(
        *(_CUSTOMER.c[name] for name in ("id", "public_id", "name", "number", "active")),
        _ENTRY.c.state,
    )
    .join(_ENTRY, _ENTRY.c.customer_id == _CUSTOMER.c.id)
    .where(_CUSTOMER.c.id.in_(_IDS), _CUSTOMER.c.deleted_at.is_(None))
)
_PEOPLE = (
    select(_CONTACT.c.customer_id, _CONTACT.c.email, _CONTACT.c.mail_problem, _LOGIN.c.last_sign_in_at)
    .outerjoin(_LOGIN, _LOGIN.c.id == _CONTACT.c.login_id)
    .where(_CONTACT.c.customer_id.in_(_IDS), _CONTACT.c.deleted_at.is_(None), _CONTACT.c.active)
    .order_by(_CONTACT.c.customer_id, _CONTACT.c.id)
)
_PLACES = (
    select(_LOCATION.c.customer_id, _LOCATION.c.address)
    .where(_LOCATION.c.customer_id.in_(_IDS), _LOCATION.c.deleted_at.is_(None))
    .order_by(_LOCATION.c.id.desc())
)
_OWED = (
    select(
        _INVOICE.c.customer_id,
        _INVOICE.c.currency,
        func.sum(LEFT),
        func.sum(case((_INVOICE.c.due_on < bindparam("today"), LEFT), else_=0)),
    )
    .where(
        _INVOICE.c.customer_id.in_(_IDS),
        _INVOICE.c.status.in_(UNPAID),
        LEFT > 0,
        _INVOICE.c.deleted_at.is_(None),
    )
    .group_by(_INVOICE.c.customer_id, _INVOICE.c.currency)
)
