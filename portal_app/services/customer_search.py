"""Finding customers among hundreds of thousands: each term is the beginning of a word, and all must be there.

Without terms the list goes by name. With one, it goes by that term's words as their table has them: first whose name
begins with the term, then the others, so a page is read in one go. With several, or within a filter, the rarest term
leads in that order, and each of its customers is asked for the rest. Asking and counting stop early, so that no search
takes much longer than another: a page may then be short, and says from where to look on.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, false, func, select, true, tuple_
from sqlmodel import Session

from portal_app.models import CustomerEntry, CustomerWord
from portal_app.models.base import table_of
from portal_app.services.customer_index import ACTIVE, IDLE, INVITED, OFF
from portal_app.services.customer_words import terms as terms_of

PAGE = 25
COUNTED = 1_000
# So many customers of the leading term are asked for the others, and so many for their state, which is at hand.
MOST_ASKED = 200
MOST_SEEN = 400
LAST_LETTER = "\U0010fffd"
FILTERS: dict[str, tuple[str, ...]] = {
    "all": (),
    "on": (IDLE, INVITED, ACTIVE),
    "off": (OFF,),
    "active": (ACTIVE,),
    "invited": (INVITED,),
    "never": (IDLE, INVITED),
}
_WORD, _ENTRY = table_of(CustomerWord), table_of(CustomerEntry)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: terms as `customer_words.terms` gives them, and the name of a filter."""

    terms: tuple[str, ...] = ()
    show: str = "all"


class Place(NamedTuple):
    """Where a customer stands in what is found; without terms the word is empty.

    `follows` is False where the word begins the customer's name: those stand before all others.
    """

    follows: bool
    word: str
    sort_name: str
    customer_id: int


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
    start, backwards = before or after, before is not None
    walk = _ByTerm.make(session, what, start) if what.terms else _ByName(FILTERS[what.show])
    met, stopped = walk.places(session, start, backwards=backwards, limit=size + 1)
    places = met[:size]
    resume = places[-1] if len(met) > size else stopped
    # A first page has met as many as would be counted, if not all.
    counted = start is None and (stopped is None or walk.asks)
    count, exact = (len(met), stopped is None) if counted else walk.count(session)
    count, places = max(count, len(places)), places[::-1] if backwards else places
    return Found(tuple(places), resume is not None, resume, count, exact)


def place_of(session: Session, what: Wanted, customer_id: int) -> Place | None:
    """Return where a customer stands in what is found, None when they are no longer among it."""
    if not what.terms:
        row = session.connection().execute(_NAME_OF, {"id": customer_id}).first()
        return Place(False, "", row.sort_name, customer_id) if row else None
    term = _ByTerm.make(session, what, None).terms[0]
    row = session.connection().execute(_WORD_OF, _of_term(term) | {"id": customer_id}).first()
    return Place(not row.leads, row.word, row.sort_name, customer_id) if row else None


@dataclass(frozen=True, slots=True)
class _ByName:
    """All customers in some states, by name; none is asked for anything."""

    states: tuple[str, ...]
    asks = False

    def places(
        self, session: Session, start: Place | None, *, backwards: bool, limit: int
    ) -> tuple[list[Place], Place | None]:
        """Return the next places in the order they are met, and the last one if others may follow."""
        statement = _names(bool(start), backwards, bool(self.states))
        values = {"limit": limit, "name": start and start.sort_name, "id": start and start.customer_id}
        # One walk for each state: together they would have to be sorted.
        each = [values | {"state": state} for state in self.states] or [values]
        rows = [row for one in each for row in session.connection().execute(statement, one)]
        found = sorted((Place(False, "", name, customer) for name, customer in rows), reverse=backwards)[:limit]
        return found, found[-1] if len(found) == limit else None

    def count(self, session: Session) -> tuple[int, bool]:
        """Return how many there are, and whether that is all of them."""
        statement = _count_names(bool(self.states))
        number = session.connection().execute(statement, {"states": self.states, "limit": COUNTED + 1}).scalar_one()
        return min(number, COUNTED), number <= COUNTED


@dataclass(frozen=True, slots=True)
class _ByTerm:
    """The customers of the first term in the order of its words, each asked for the other terms and the states."""

    terms: tuple[str, ...]
    states: tuple[str, ...]

    @classmethod
    def make(cls, session: Session, what: Wanted, start: Place | None) -> "_ByTerm":
        """Let the rarest term lead; where a walk goes on, the term whose words it has come through."""
        terms = what.terms
        if len(terms) > 1:
            sizes = {term: _size(session, term, COUNTED) for term in terms}
            begun = start.word if start else ""
            terms = tuple(sorted(terms, key=lambda term: (not begun.startswith(term), sizes[term], -len(term), term)))
        return cls(terms, FILTERS[what.show])

    def places(
        self, session: Session, start: Place | None, *, backwards: bool, limit: int
    ) -> tuple[list[Place], Place | None]:
        """Return the next places in the order they are met, and the last one asked if others may follow."""
        sections = [False, True] if not backwards else [True, False]
        if start:
            sections = sections[sections.index(start.follows) :]
        bound = limit if not self.asks else MOST_ASKED if len(self.terms) > 1 else MOST_SEEN
        found: list[Place] = []
        for follows in sections:
            rows = self._candidates(session, follows, start, backwards, bound)
            found += [Place(follows, *row[:3]) for row in rows if row.fits]
            if len(rows) == bound:
                return found, Place(follows, *rows[-1][:3])
            start, bound = None, bound - len(rows)
        return found, None

    @property
    def asks(self) -> bool:
        """Whether to be among the first term's customers is not enough."""
        return len(self.terms) > 1 or bool(self.states)

    def count(self, session: Session) -> tuple[int, bool]:
        """Return how many there are at least, and whether that is all of them."""
        if self.asks:
            met, stopped = self.places(session, None, backwards=False, limit=PAGE)
            return len(met), stopped is None
        number = _size(session, self.terms[0], COUNTED + 1)
        return min(number, COUNTED), number <= COUNTED

    def _candidates(self, session: Session, follows: bool, start: Place | None, backwards: bool, limit: int) -> Any:
        """Return rows of word, sort name, customer and whether they fit."""
        statement = _candidates(len(self.terms), bool(self.states), backwards)
        values = self._values(follows, start, backwards=backwards) | {"limit": limit}
        return session.connection().execute(statement, values).all()

    def _values(self, follows: bool, start: Place | None, *, backwards: bool) -> dict[str, Any]:
        values = _of_term(self.terms[0]) | {"leads": not follows, "states": self.states}
        for number, term in enumerate(self.terms[1:]):
            values |= {f"from_{number}": term, f"to_{number}": term + LAST_LETTER}
        if start:
            end = "high" if backwards else "low"
            values |= {f"{end}_word": start.word, f"{end}_name": start.sort_name, f"{end}_id": start.customer_id}
        return values


def _size(session: Session, term: str, bound: int) -> int:
    """Return how many customers a term has, counted to a bound."""
    number = 0
    for leads in (True, False):
        values = _of_term(term) | {"leads": leads, "limit": bound - number}
        number += session.connection().execute(_COUNT_WORDS, values).scalar_one()
    return number


def _of_term(term: str) -> dict[str, Any]:
    """Return the values of `_is_first` and of the places before and after all of a term's."""
    low = {"low_word": term, "low_name": "", "low_id": 0}
    return low | {"high_word": term + LAST_LETTER, "high_name": "", "high_id": 0, "length": len(term)}


# Building a statement takes longer than running it: each shape is built once.
def _is_first() -> ColumnElement[bool]:
    """Return that a word lies between two places, and no word of its customer ranked before it has the term."""
    w = _WORD.c
    here = tuple_(w.word, w.sort_name, w.customer_id)
    low, high = (tuple_(*(bindparam(f"{end}_{part}") for part in ("word", "name", "id"))) for end in ("low", "high"))
    return (here > low) & (here < high) & (w.shared < bindparam("length"))


def _fits(others: int, some_states: bool) -> ColumnElement[bool]:
    """Return whether a customer has one of the states, and words for the other terms."""
    asked: list[ColumnElement[bool]] = [true()]
    if some_states:
        asked.append(_WORD.c.state.in_(bindparam("states", expanding=True)))
    for number in range(others):
        word = _WORD.alias(f"w{number}").c
        begins = (word.word >= bindparam(f"from_{number}")) & (word.word < bindparam(f"to_{number}"))
        asked.append(exists().where(word.customer_id == _WORD.c.customer_id, begins))
    # As a case, because SQLite answers only there no more of the conditions than it must.
    return case((and_(*asked), true()), else_=false())


@lru_cache(maxsize=64)
def _candidates(terms: int, some_states: bool, backwards: bool) -> Select:
    w = _WORD.c
    order = (w.word, w.sort_name, w.customer_id)
    return (
        select(*order, _fits(terms - 1, some_states).label("fits"))
        .where(w.leads == bindparam("leads"), _is_first())
        .order_by(*(one.desc() if backwards else one for one in order))
        .limit(bindparam("limit"))
    )


@lru_cache(maxsize=8)
def _names(start: bool, backwards: bool, one_state: bool) -> Select:
    e = _ENTRY.c
    statement = select(e.sort_name, e.customer_id).limit(bindparam("limit"))
    if one_state:
        statement = statement.where(e.state == bindparam("state"))
    if start:
        here, there = tuple_(e.sort_name, e.customer_id), tuple_(bindparam("name"), bindparam("id"))
        statement = statement.where(here < there if backwards else here > there)
    return statement.order_by(*(one.desc() if backwards else one for one in (e.sort_name, e.customer_id)))


@lru_cache(maxsize=2)
def _count_names(some_states: bool) -> Select:
    statement = select(_ENTRY.c.customer_id).limit(bindparam("limit"))
    if some_states:
        statement = statement.where(_ENTRY.c.state.in_(bindparam("states", expanding=True)))
    return select(func.count()).select_from(statement.subquery())


_COUNT_WORDS = select(func.count()).select_from(
    select(_WORD.c.customer_id)
    .where(
        _WORD.c.leads == bindparam("leads"),
        _WORD.c.word >= bindparam("low_word"),
        _WORD.c.word < bindparam("high_word"),
        _WORD.c.shared < bindparam("length"),
    )
    .limit(bindparam("limit"))
    .subquery()
)
_NAME_OF = select(_ENTRY.c.sort_name).where(_ENTRY.c.customer_id == bindparam("id"))
_WORD_OF = select(_WORD.c.leads, _WORD.c.word, _WORD.c.sort_name).where(
    _WORD.c.customer_id == bindparam("id"), _is_first()
)
