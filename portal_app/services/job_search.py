"""Finding jobs of one customer by number, title, description or property.

Each term must stand in one of those; a description only where the office shows them. The list is walked along its own
index and each of its rows is asked, so that a search pages as the list does and never looks at another customer.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlmodel import Session, col, select

from portal_app.models import Job, Location
from portal_app.services import visibility
from portal_app.services.actors import Customer
from portal_app.services.customer_words import fold
from portal_app.services.properties import MOST

LONGEST = 100
MOST_TERMS = 6
# So much of a description is looked through: one of a megabyte must not hold up the rest.
DESCRIPTION_LENGTH = 2000
_KINDS = ("job", "jobs")
_WILD = re.compile(r"[%_\\]")
_NAME = col(Job.title) + "\n" + col(Job.number)
_WITH_DESCRIPTION = _NAME + "\n" + func.substr(col(Job.description), 1, DESCRIPTION_LENGTH)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: how many terms, how many spellings each is tried in, and the values of `conditions`.

    `descriptions` says that these are looked through as well.
    """

    terms: int = 0
    spellings: int = 1
    descriptions: bool = False
    values: tuple[tuple[str, Any], ...] = ()


def wanted(session: Session, actor: Customer, typed: str) -> Wanted:
    """Return what somebody asks for by their words; nothing for none."""
    terms = terms_of(typed)
    if not terms:
        return Wanted()
    # SQLite only knows the capitals of A to Z.
    spellings = 1 if all(term.isascii() for term in terms) else 3
    places = _places(session, actor)
    values: dict[str, Any] = {}
    for number, term in enumerate(terms):
        for which, spelling in enumerate((term, term.lower(), term.upper())[:spellings]):
            values[f"like_{number}_{which}"] = "%" + _WILD.sub(r"\\\g<0>", spelling) + "%"
        values[f"at_{number}"] = [row_id for row_id, words in places if fold(term) in words]
    return Wanted(len(terms), spellings, visibility.of_portal(session).descriptions, tuple(values.items()))


def terms_of(typed: str) -> list[str]:
    """Return what must all be found; a word that only says that jobs are meant is left out beside others."""
    text = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in typed[:LONGEST])
    pieces = [piece for piece in dict.fromkeys(text.split()) if any(letter.isalnum() for letter in piece)]
    terms = [piece for piece in pieces if piece.lower() not in _KINDS] or pieces
    return terms[:MOST_TERMS]


def conditions(terms: int, spellings: int, *, descriptions: bool) -> list[ColumnElement[bool]]:
    """Return what must hold of a job, with the values of `Wanted` as its parameters."""
    words = _WITH_DESCRIPTION if descriptions else _NAME
    return [
        or_(
            *(words.ilike(bindparam(f"like_{number}_{which}"), escape="\\") for which in range(spellings)),
            col(Job.location_id).in_(bindparam(f"at_{number}", expanding=True)),
        )
        for number in range(terms)
    ]


def _places(session: Session, actor: Customer) -> list[tuple[int, str]]:
    """Return the customer's properties with all their words; which of them the reader may see, the list itself asks."""
    statement = (
        select(Location.id, Location.label, Location.address)
        .where(Location.customer_id == actor.customer_id, col(Location.deleted_at).is_(None))
        .limit(MOST)
    )
    return [
        (row_id or 0, fold(" ".join([label, *(str(part) for part in (address or {}).values())])))
        for row_id, label, address in session.exec(statement)
    ]
