"""Where a page of a history begins: cursors, and how the rows of one kind stand to them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlmodel import col

from portal_app import clock
from portal_app.errors import Invalid

# PostgreSQL's row numbers end a little above two thousand million.
_CURSOR = re.compile(r"(-?[0-9]{1,16})\.([1-6])\.([0-9]{1,9})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row of the list: its moment, the rank of its kind, its number."""

    at: datetime
    rank: int
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.rank}.{self.id}"


def read_cursor(text: str) -> Cursor | None:
    """Return the place a cursor names, None for an empty one; Invalid for what we never gave out."""
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if not found:
        raise Invalid("That list cannot be continued from there. Please load the page again.")
    micros, rank, row = (int(part) for part in found.groups())
    return Cursor(_EPOCH + timedelta(microseconds=micros), rank, row)


def end_of(year: int, zone: str) -> Cursor | None:
    """Return the place before the first moment of the next year, None for no year."""
    if not year:
        return None
    if not 1 <= year < date.max.year:
        raise Invalid("There is no such year.")
    return Cursor(clock.start_of(date(year + 1, 1, 1), zone), 0, 0)


def place_of(rank: int, after: Cursor | None, *, at_beginning: bool = True) -> str:
    """Return how rows of a kind stand to the cursor: anywhere, upto its moment, before it, or within it by row.

    `at_beginning` is False when the cursor stands later than the paper's day begins.
    """
    if after is None:
        return "anywhere"
    if not at_beginning or rank < after.rank:
        return "upto"
    return "before" if rank > after.rank else "within"


def placed(place: str, column: Any, row_id: Any) -> list[ColumnElement[bool]]:
    """Return that a row stands so to the cursor, given as the values `after` and `after_id`."""
    value = bindparam("after")
    if place == "anywhere":
        return [col(column).is_not(None)]
    if place == "within":
        same = and_(col(column) == value, col(row_id) < bindparam("after_id"))
        return [col(column) <= value, or_(col(column) < value, same)]
    return [col(column) <= value if place == "upto" else col(column) < value]
