"""Where a list goes on: the place after its last row, as text that only fits the list that gave it out."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from portal_app.errors import Invalid

# PostgreSQL's row numbers end a little above two thousand million.
_CURSOR = re.compile(r"([a-z]{1,12})\.(-|-?[0-9]{1,17})\.([0-9]{1,9})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """The last row that was shown: what it was ordered by (None where it has no date) and its number."""

    value: date | datetime | None
    id: int


def write(name: str, value: date | datetime | None, row_id: int) -> str:
    """Return the cursor of the list called `name` (lower-case letters) after this row."""
    if isinstance(value, datetime):
        return f"{name}.{(value - _EPOCH) // _MICRO}.{row_id}"
    return f"{name}.{value.toordinal() if value else '-'}.{row_id}"


def read_day(name: str, text: str | None) -> Place | None:
    """Return the place of a cursor ordered by days, None for none; Invalid for what this list never gave out."""
    parts = _parts(name, text)
    if parts is None:
        return None
    number, row_id = parts
    try:
        return Place(None if number is None else date.fromordinal(number), row_id)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error


def read_moment(name: str, text: str | None) -> Place | None:
    """Return the place of a cursor ordered by moments, None for none; Invalid for what this list never gave out."""
    parts = _parts(name, text)
    if parts is None:
        return None
    number, row_id = parts
    if number is None:
        raise _invalid()
    try:
        return Place(_EPOCH + timedelta(microseconds=number), row_id)
    except OverflowError as error:
        raise _invalid() from error


def _parts(name: str, text: str | None) -> tuple[int | None, int] | None:
    if not text:
        return None
    found = _CURSOR.fullmatch(text)
    if not found or found[1] != name:
        raise _invalid()
    return None if found[2] == "-" else int(found[2]), int(found[3])


def _invalid() -> Invalid:
    return Invalid("That list cannot be continued from there. Please load the page again.")
