"""RFC 3339 stamps in and out; inside this server a stamp is whole microseconds since 1970, UTC."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
SECOND = 1_000_000
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


def now_stamp() -> int:
    """Give the present as microseconds since 1970."""
    return to_stamp(datetime.now(UTC))


def to_stamp(moment: datetime) -> int:
    """Give an aware datetime as microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_stamp(stamp: int) -> datetime:
    """Give microseconds since 1970 as an aware UTC datetime, the first or last there is when beyond."""
    return _EPOCH + timedelta(microseconds=max(_FIRST, min(stamp, _LAST)))


def read_rfc3339(text: object) -> int:
    """Read an RFC 3339 stamp of any offset; raise ValueError with a sentence for anything else."""
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        raise ValueError(f"{str(text)[:60]!r} is not an RFC 3339 stamp such as 2026-11-22T10:42:00.000000Z.")
    head, dot, rest = text.partition(".")
    if dot:
        # Python reads six digits at most; sources with nanoseconds are cut, never rounded into the future.
        digits = re.match(r"\d+", rest)
        assert digits is not None
        text = f"{head}.{digits.group()[:6]:0<6}{rest[digits.end() :]}"
    try:
        return to_stamp(datetime.fromisoformat(text.upper()).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:60]!r} is not a moment that exists.") from error


def rfc3339(stamp: int) -> str:
    """Write microseconds since 1970 as RFC 3339, UTC, always with six digits and `Z`."""
    return written(from_stamp(stamp))


def written(moment: datetime) -> str:
    """Write an aware datetime as RFC 3339, UTC."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
