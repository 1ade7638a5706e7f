"""Finding customers among hundreds of thousands: each term is the beginning of a word, and all must be there.

Two ways lead to a page of names in order. With a rare term, its few customers are taken and sorted. Without one, the
names are walked in order and each customer is asked for the terms, which meets a page of hits before long. How rare
is rare follows from counting each term's words, and counting stops early.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, func, literal_column, select, tuple_
from sqlmodel import Session

from portal_app.models import CustomerEntry, CustomerWord
from portal_app.services.customer_index import ACTIVE, IDLE, INVITED, OFF
from portal_app.services.customer_words import terms as terms_of

PAGE = 25
COUNTED = 1_000
# Counting the words of a term stops here: a tenth of two hundred thousand is common enough to walk.
WORDS_COUNTED = 20_000
# How many words of the rarest term are looked at to count what several common ones have together.
SAMPLED = 2_000
LAST_LETTER = "\U0010fffd"
FILTERS: dict[str, tuple[str, ...]] = {
    "all": (),
    "on": (IDLE, INVITED, ACTIVE),
    "off": (OFF,),
    "active": (ACTIVE,),
    "invited": (INVITED,),
    "never": (IDLE, INVITED),
}
Place = tuple[str, int]
_WORD, _ENTRY = (cast(Table, model.__table__) for model in (CustomerWord, CustomerEntry))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: terms as `customer_words.terms` gives them, and the name of a filter."""

    terms: tuple[str, ...] = ()
    show: str = "all"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of customers in the order of their names; `exact` is False when there are more than `count`."""

    places: tuple[Place, ...]
    more: bool
    count: int
    exact: bool


def wanted(typed: str, show: str, country: str) -> Wanted:
    """Return what somebody asks for by their words and one of FILTERS; an unknown filter shows all."""
    return Wanted(tuple(terms_of(typed, country)), show if show in FILTERS else "all")


def page(
    session: Session, what: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE
) -> Found:
    """Return the customers next after, or last before, a place of the list; with neither, the first."""
    plan = _Plan.make(session, what)
    places = plan.places(session, before or after, backwards=before is not None, limit=size + 1)
    count, exact = plan.count(session)
    more = len(places) > size
    places = places[:size]
    return Found(tuple(reversed(places) if before else places), more, count, exact)


def place_of(session: Session, customer_id: int) -> Place | None:
    """Return where a customer stands in the list."""
    row = session.connection().execute(_PLACE_OF, {"id": customer_id}).first()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to find one page: by which term first, if by any, and in which states."""

    terms: tuple[str, ...]
    states: tuple[str, ...]
    first: bool
    least: int

    @classmethod
    def make(cls, session: Session, what: Wanted) -> "_Plan":
        """Count the words of each term and choose the way that looks at fewer customers."""
        sizes = sorted((_words(session, term), term) for term in what.terms)
        states = FILTERS[what.show]
        if not sizes:
            return cls((), states, False, 0)
        total = max(1, session.connection().execute(_NEWEST).scalar() or 1)
        share = 1.0
        for size, _ in sizes:
            share *= min(1.0, size / total)
        walked = total if share == 0 else min(total, (PAGE + 1) / share)
        least = sizes[0][0]
        first = least <= COUNTED or (least < WORDS_COUNTED and least < walked)
        return cls(tuple(term for _, term in sizes), states, first, least)

    def places(self, session: Session, from_: Place | None, *, backwards: bool, limit: int) -> list[Place]:
        """Return places in the order they are met."""
        values: dict[str, Any] = {**_ranges(self.terms), "limit": limit}
        if from_:
            values |= {"from_name": from_[0], "from_id": from_[1]}
        shape = (len(self.terms), bool(from_), backwards)
        if self.first:
            statement = _by_first_term(*shape, bool(self.states))
            return _run(session, statement, values | ({"states": self.states} if self.states else {}))
        if not self.states:
            return _run(session, _by_name(*shape, False), values)
        # One walk for each state: together they would have to be sorted.
        found = [
            one for state in self.states for one in _run(session, _by_name(*shape, True), values | {"state": state})
        ]
        return sorted(found, reverse=backwards)[:limit]

    def count(self, session: Session) -> tuple[int, bool]:
        """Return how many there are, and whether that is all of them."""
        values = _ranges(self.terms) | ({"states": self.states} if self.states else {})
        if not self.terms:
            number = _scalar(session, _count_all(bool(self.states)), values | {"limit": COUNTED + 1})
        elif len(self.terms) == 1 and not self.states:
            number = _scalar(session, _COUNT_WORD, values | {"limit": COUNTED + 1})
        else:
            looked_at = WORDS_COUNTED if self.first else SAMPLED
            statement = _count_sampled(len(self.terms), bool(self.states))
            number = _scalar(session, statement, values | {"limit": looked_at})
            if number <= COUNTED:
                return number, self.least <= looked_at
        return min(number, COUNTED), number <= COUNTED


def _run(session: Session, statement: Select, values: dict[str, Any]) -> list[Place]:
    return [(name, row_id) for name, row_id in session.connection().execute(statement, values)]


def _scalar(session: Session, statement: Select, values: dict[str, Any]) -> int:
    return session.connection().execute(statement, values).scalar_one()


def _words(session: Session, term: str) -> int:
    return _scalar(session, _COUNT_WORDS, _ranges((term,)) | {"limit": WORDS_COUNTED})


def _ranges(terms: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, term in enumerate(terms):
        found |= {f"from_{number}": term, f"to_{number}": term + LAST_LETTER}
    return found


# Building a statement takes longer than running it: each shape is built once.
def _begins(table: Any, number: int) -> ColumnElement[bool]:
    return (table.c.word >= bindparam(f"from_{number}")) & (table.c.word < bindparam(f"to_{number}"))


def _has(number: int, customer: Any) -> ColumnElement[bool]:
    """Return that a customer has a word that begins with the term of that number."""
    word = _WORD.alias(f"w{number}")
    return exists().where(word.c.customer_id == customer, _begins(word, number))


@lru_cache(maxsize=256)
def _by_name(terms: int, from_: bool, backwards: bool, one_state: bool) -> Select:
    """Return the walk through the names, within one state if wanted."""
    e = _ENTRY.c
    statement = select(e.sort_name, e.customer_id).where(*(_has(number, e.customer_id) for number in range(terms)))
    if one_state:
        statement = statement.where(e.state == bindparam("state"))
    return _ordered(statement, e.sort_name, e.customer_id, from_=from_, backwards=backwards)


@lru_cache(maxsize=256)
def _by_first_term(terms: int, from_: bool, backwards: bool, some_states: bool) -> Select:
    """Return the customers of the first term, sorted.

    Nothing is added to the name so that no index serves the order: the term's few customers are to be taken first.
    """
    e = _ENTRY.c
    chosen = select(_WORD.c.customer_id).where(_begins(_WORD, 0))
    statement = select(e.sort_name, e.customer_id).where(
        e.customer_id.in_(chosen), *(_has(number, e.customer_id) for number in range(1, terms))
    )
    if some_states:
        statement = statement.where((e.state + "").in_(bindparam("states", expanding=True)))
    return _ordered(statement, e.sort_name + "", e.customer_id, from_=from_, backwards=backwards)


def _ordered(statement: Select, name: Any, customer: Any, *, from_: bool, backwards: bool) -> Select:
    if from_:
        here = tuple_(bindparam("from_name"), bindparam("from_id"))
        statement = statement.where(tuple_(name, customer) < here if backwards else tuple_(name, customer) > here)
    order = (name.desc(), customer.desc()) if backwards else (name, customer)
    return statement.order_by(*order).limit(bindparam("limit"))


@lru_cache(maxsize=4)
def _count_all(some_states: bool) -> Select:
    e = _ENTRY.c
    statement = select(literal_column("1"))
    statement = (
        statement.where(e.state.in_(bindparam("states", expanding=True)))
        if some_states
        else statement.select_from(_ENTRY)
    )
    return select(func.count()).select_from(statement.limit(bindparam("limit")).subquery())


@lru_cache(maxsize=64)
def _count_sampled(terms: int, some_states: bool) -> Select:
    """Return how many of the first customers of the first term have all the others, and one of the states."""
    sample = select(_WORD.c.customer_id).where(_begins(_WORD, 0)).limit(bindparam("limit")).subquery()
    customer = sample.c.customer_id
    statement = select(func.count(customer.distinct())).where(*(_has(number, customer) for number in range(1, terms)))
    if some_states:
        e = _ENTRY.c
        in_state = e.state.in_(bindparam("states", expanding=True))
        statement = statement.where(exists().where(e.customer_id == customer, in_state))
    return statement


_COUNT_WORDS = select(func.count()).select_from(
    select(literal_column("1")).select_from(_WORD).where(_begins(_WORD, 0)).limit(bindparam("limit")).subquery()
)
_COUNT_WORD = select(func.count()).select_from(
    select(_WORD.c.customer_id).where(_begins(_WORD, 0)).distinct().limit(bindparam("limit")).subquery()
)
_NEWEST = select(func.max(_ENTRY.c.customer_id))
_PLACE_OF = select(_ENTRY.c.sort_name, _ENTRY.c.customer_id).where(_ENTRY.c.customer_id == bindparam("id"))
