"""Finding customers among hundreds of thousands: each term is the beginning of a word, and all must be there.

Two ways lead to a page. With a rare term, its few customers are taken and sorted by name. Without one, names are walked
in order and each customer is asked for the terms, which meets a page of hits before long: first the names that begin
with a term, then the others. How rare is rare follows from counting each term's words. Counting and walking stop early,
so that no search takes much longer than another: a page may then be short, and says from where to look on.
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
# Counting the words of a term stops here.
WORDS_COUNTED = 4_000
# How many words of the rarest term are looked at to count what several common ones have together.
SAMPLED = 1_000
# A walk goes in steps, each three times as long, until this many names were asked for.
FIRST_STEP = 300
LONGEST_WALK = 3_900
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
    """A page of customers; `exact` is False when there are at least `count` (more than that when it is COUNTED).

    `more` says that others follow (or precede, when the page was asked for backwards), from the place `resume`.
    """

    places: tuple[Place, ...]
    more: bool
    resume: Place | None
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
    places, stopped = plan.places(session, before or after, backwards=before is not None, limit=size + 1)
    count, exact = plan.count(session)
    more = len(places) > size or stopped is not None
    resume = places[size - 1] if len(places) > size else stopped
    places = places[:size]
    if not more and not before and not after:
        count, exact = len(places), True
    count = max(count, len(places))
    return Found(tuple(reversed(places) if before else places), more, resume, count, exact)


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

    def places(
        self, session: Session, from_: Place | None, *, backwards: bool, limit: int
    ) -> tuple[list[Place], Place | None]:
        """Return places in the order they are met, and where the walk stopped if it did before its end."""
        if self.terms and not self.first:
            return self._walk(session, from_, backwards=backwards, limit=limit)
        values: dict[str, Any] = {**_ranges(self.terms), "limit": limit}
        if from_:
            values |= {"from_name": from_[0], "from_id": from_[1]}
        if self.first:
            statement = _by_first_term(len(self.terms), bool(from_), backwards, bool(self.states))
            return _run(session, statement, values | self._in_states()), None
        if not self.states:
            return _run(session, _by_name(bool(from_), backwards, False), values), None
        # One walk for each state: together they would have to be sorted.
        statement = _by_name(bool(from_), backwards, True)
        found = [one for state in self.states for one in _run(session, statement, values | {"state": state})]
        return sorted(found, reverse=backwards)[:limit], None

    def _in_states(self) -> dict[str, Any]:
        return {"states": self.states} if self.states else {}

    def _walk(
        self, session: Session, from_: Place | None, *, backwards: bool, limit: int
    ) -> tuple[list[Place], Place | None]:
        """Walk the names that begin with a term, then the others; backwards the other way round."""
        sections = [((term, 0), (term + LAST_LETTER, 0)) for term in self.terms] + [(_LOWEST, _HIGHEST)]
        numbers = list(range(len(sections)))
        if from_:
            here = next((n for n in numbers if sections[n][0] < from_ < sections[n][1]), numbers[-1])
            low, high = sections[here]
            sections[here] = (low, from_) if backwards else (from_, high)
            numbers = numbers[: here + 1] if backwards else numbers[here:]
        found: list[Place] = []
        walked = 0
        for number in reversed(numbers) if backwards else numbers:
            rest = number == len(self.terms)
            low, high = sections[number]
            step = FIRST_STEP
            while len(found) < limit:
                end = self._step(session, low, high, step, backwards=backwards)
                part = (end or low, high) if backwards else (low, end or high)
                found += self._asked(session, *part, rest=rest, backwards=backwards, inclusive=end is not None)
                if end is None:
                    break
                walked, step = walked + step, step * 3
                edge = self._edge(end, backwards=backwards) if rest else None
                low, high = (low, edge or end) if backwards else (edge or end, high)
                # Only a customer's own place can be gone on from, and only one that tells which section it is in.
                if walked >= LONGEST_WALK and edge is None and len(found) < limit:
                    return found, end
        return found[:limit], None

    def _edge(self, place: Place, *, backwards: bool) -> Place | None:
        """Return the far end of the names that begin with a term, for a place among them: they were walked before."""
        term = next((term for term in self.terms if place[0].startswith(term)), None)
        if term is None:
            return None
        return (term, 0) if backwards else (term + LAST_LETTER, 0)

    def _step(self, session: Session, low: Place, high: Place, step: int, *, backwards: bool) -> Place | None:
        """Return the place that many names further on, None when the section ends before."""
        one = len(self.states) == 1
        values = _between(low, high) | {"offset": step - 1} | ({"state": self.states[0]} if one else {})
        return next(iter(_run(session, _places_on(backwards, one), values)), None)

    def _asked(
        self, session: Session, low: Place, high: Place, *, rest: bool, backwards: bool, inclusive: bool
    ) -> list[Place]:
        """Return those between two places who have all the terms, in order."""
        one = len(self.states) == 1
        statement = _having(len(self.terms), one, bool(self.states) and not one)
        values = _between(low, high) | _ranges(self.terms)
        values |= {"state": self.states[0]} if one else self._in_states()
        if inclusive and backwards:
            values["low_id"] -= 1
        elif inclusive:
            values["high_id"] += 1
        found = sorted(_run(session, statement, values), reverse=backwards)
        return [place for place in found if not place[0].startswith(self.terms)] if rest else found

    def count(self, session: Session) -> tuple[int, bool]:
        """Return how many there are, and whether that is all of them."""
        values = _ranges(self.terms) | self._in_states()
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


@lru_cache(maxsize=8)
def _by_name(from_: bool, backwards: bool, one_state: bool) -> Select:
    """Return the list in order, within one state if wanted."""
    e = _ENTRY.c
    statement = select(e.sort_name, e.customer_id)
    if one_state:
        statement = statement.where(e.state == bindparam("state"))
    return _ordered(statement, e.sort_name, e.customer_id, from_=from_, backwards=backwards)


_LOWEST: Place = ("", 0)
_HIGHEST: Place = (LAST_LETTER * 2, 0)


def _between(low: Place, high: Place) -> dict[str, Any]:
    return {"low_name": low[0], "low_id": low[1], "high_name": high[0], "high_id": high[1]}


def _is_between() -> ColumnElement[bool]:
    here = tuple_(_ENTRY.c.sort_name, _ENTRY.c.customer_id)
    low, high = ((bindparam(f"{end}_name"), bindparam(f"{end}_id")) for end in ("low", "high"))
    return (here > tuple_(*low)) & (here < tuple_(*high))


@lru_cache(maxsize=4)
def _places_on(backwards: bool, one_state: bool) -> Select:
    e = _ENTRY.c
    statement = select(e.sort_name, e.customer_id).where(_is_between())
    if one_state:
        statement = statement.where(e.state == bindparam("state"))
    order = (e.sort_name.desc(), e.customer_id.desc()) if backwards else (e.sort_name, e.customer_id)
    return statement.order_by(*order).limit(1).offset(bindparam("offset"))


@lru_cache(maxsize=64)
def _having(terms: int, one_state: bool, some_states: bool) -> Select:
    """Return those between two places who have all the terms, in no order."""
    e = _ENTRY.c
    statement = select(e.sort_name, e.customer_id).where(_is_between())
    statement = statement.where(*(_has(number, e.customer_id) for number in range(terms)))
    if one_state:
        statement = statement.where(e.state == bindparam("state"))
    elif some_states:
        statement = statement.where((e.state + "").in_(bindparam("states", expanding=True)))
    return statement


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
