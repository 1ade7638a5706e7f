"""Finding a job or an invoice of any customer by its number or title, for the office.

Each term is the beginning of a word, and all must be there. The rarest term leads, its exact word before longer ones
and the newest records first; how many of its records are asked for the other terms is bounded, so that no search takes
much longer than another.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select, true
from sqlmodel import Session

from portal_app.models import Customer, RecordWord
from portal_app.models.base import table_of
from portal_app.services.actors import Staff
from portal_app.services.customer_search import LAST_LETTER
from portal_app.services.customer_words import terms as terms_of
from portal_app.services.record_index import KINDS
from portal_app.services.rights import Permission

SHOWN = 5
# So many records of the leading term are asked for the others; a term is counted no further.
MOST_ASKED = 300
# So many times what is shown is looked at: some may be deleted, or be there with two words of the same beginning.
SPARE = 4
_WORD, _CUSTOMER = table_of(RecordWord), table_of(Customer)


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that was found; `day` is when it was opened or issued, in UTC where it is a moment."""

    public_id: str
    number: str
    title: str
    status: str
    day: date | datetime | None
    customer: str
    customer_public_id: str


def find(session: Session, actor: Staff, kind: str, typed: str, *, limit: int = SHOWN) -> tuple[Hit, ...]:
    """Return the first jobs or invoices (one of KINDS) found by what was typed; needs VIEW_CUSTOMERS."""
    actor.require(Permission.VIEW_CUSTOMERS)
    terms = terms_of(typed, "")
    # Somebody who types `invoice 2291` says which kind they mean.
    terms = [term for term in terms if term not in (kind, f"{kind}s")]
    if not terms:
        return ()
    ids = _ids(session, kind, terms, limit)
    if not ids:
        return ()
    found = {row.id: Hit(*row[1:]) for row in session.connection().execute(_heads(kind), {"ids": ids})}
    return tuple(found[one] for one in ids if one in found)[:limit]


def _ids(session: Session, kind: str, terms: list[str], limit: int) -> list[int]:
    """Return the rows that have all terms, best first; some more than are shown, for those deleted meanwhile."""
    if len(terms) > 1:
        sizes = {term: _size(session, kind, term) for term in terms}
        terms = sorted(terms, key=lambda term: (sizes[term], -len(term), term))
    values: dict[str, Any] = {"kind": kind, "asked": MOST_ASKED if len(terms) > 1 else limit * SPARE}
    for number, term in enumerate(terms):
        values |= {f"from_{number}": term, f"to_{number}": term + LAST_LETTER}
    rows = sorted(tuple(row) for row in session.connection().execute(_matching(len(terms)), values))
    return list(dict.fromkeys(record_id for _, _, record_id in rows))[: limit * SPARE]


def _size(session: Session, kind: str, term: str) -> int:
    values = {"kind": kind, "from_0": term, "to_0": term + LAST_LETTER, "asked": MOST_ASKED}
    return session.connection().execute(_COUNT, values).scalar_one()


def _beginning(number: int) -> Any:
    """Return the records with a word that begins with a term, in the order of their words, the newest first."""
    c = _WORD.c
    begins = (c.word >= bindparam(f"from_{number}")) & (c.word < bindparam(f"to_{number}"))
    order = (c.word, c.age, c.record_id)
    return select(*order).where(c.kind == bindparam("kind"), begins).order_by(*order).limit(bindparam("asked"))


_COUNT = select(func.count()).select_from(_beginning(0).subquery())


@lru_cache(maxsize=16)
def _matching(terms: int) -> Select[*tuple[Any, ...]]:
    first = _beginning(0).subquery("first")
    others = []
    for number in range(1, terms):
        word = _WORD.alias(f"w{number}").c
        begins = (word.word >= bindparam(f"from_{number}")) & (word.word < bindparam(f"to_{number}"))
        others.append(exists().where(word.kind == bindparam("kind"), word.record_id == first.c.record_id, begins))
    return select(first.c.word, first.c.age, first.c.record_id).where(and_(true(), *others))


@lru_cache(maxsize=4)
def _heads(kind: str) -> Select[*tuple[Any, ...]]:
    table, day = KINDS[kind].table, KINDS[kind].day
    c = table.c
    return (
        select(c.id, c.public_id, c.number, c.title, c.status, c[day], _CUSTOMER.c.name, _CUSTOMER.c.public_id)
        .join(_CUSTOMER, _CUSTOMER.c.id == c.customer_id)
        .where(c.id.in_(bindparam("ids", expanding=True)), c.deleted_at.is_(None), _CUSTOMER.c.deleted_at.is_(None))
    )
