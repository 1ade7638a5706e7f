"""Time: aware UTC everywhere inside, the business's own zone and locale only where it is shown."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, match_skeleton


def now() -> datetime:
    """Return the present moment as aware UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be used")
    return moment.astimezone(UTC)


def minute_of(moment: datetime) -> datetime:
    """Return the beginning of the minute, to which times are told."""
    return moment.replace(second=0, microsecond=0)


def local(moment: datetime, zone: str) -> datetime:
    """Return the moment in the named IANA zone."""
    return moment.astimezone(ZoneInfo(zone))


def today(zone: str) -> date:
    """Return the calendar day it is now in the named zone."""
    return local(now(), zone).date()


def start_of(day: date, zone: str) -> datetime:
    """Return the moment (UTC) at which a calendar day begins in the named zone."""
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ends_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the moments (UTC) at which a calendar day begins and the next one does, in the named zone."""
    return start_of(day, zone), start_of(day + timedelta(days=1), zone)


def show_time(moment: datetime, zone: str, locale: str) -> str:
    """Return the wall-clock time, such as `10:42` or `10:42 AM`.

    In the hour that comes twice when summer time ends it says which: `01:30 BST`, `01:30 GMT`.
    """
    there = local(moment, zone)
    told = format_time(there, format="short", locale=locale)
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{told} {there.tzname()}" if twice else told


def show_day(day: date, locale: str, today: date | None = None) -> str:
    """Return a short day, such as `25 Nov`, with the year when it is not that of `today`."""
    skeleton = "MMMd" if day.year == (today or now()).year else "yMMMd"
    return format_skeleton(skeleton, datetime(day.year, day.month, day.day, tzinfo=UTC), locale=locale)


def show_long_day(day: date, locale: str, today: date | None = None) -> str:
    """Return a day in words, such as `Thursday 12 February`, with the year when it is not that of `today`."""
    wanted = "MMMMEEEEd" if day.year == (today or now()).year else "yMMMMEEEEd"
    return format_date(day, format=_long_pattern(wanted, locale), locale=locale)


def show_days(first: date, last: date, locale: str, today: date | None = None, *, short: bool = False) -> str:
    """Return days in a row, such as `7 to 10 December` or, in `short`, `30 Nov to 2 Dec`.

    They stand with their year where either is not in that of `today`.
    """
    year = (today or now()).year
    skeleton = "MMMd" if first.year == last.year == year else "yMMMd"
    if first == last:
        return format_date(last, format=_interval(skeleton, "", locale, short=short)[1], locale=locale)
    changes = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    ends = _interval(skeleton, changes, locale, short=short)
    return " to ".join(
        format_date(day, format=part, locale=locale) for day, part in zip((first, last), ends, strict=True)
    )


@lru_cache(maxsize=256)
def _interval(skeleton: str, changes: str, locale: str, *, short: bool) -> tuple[str, str]:
    """Return the locale's patterns of both ends of an interval, by the largest field in which they differ, if any.

    https://unicode.org/reports/tr35/tr35-dates.html#intervalFormats: what is the same in both is said once.
    """
    known = Locale.parse(locale)
    whole = str(known.datetime_skeletons[skeleton])
    first, last = known.interval_formats.get(skeleton, {}).get(changes) or (whole, whole)
    ends = first.rstrip(" \u2009\u202f-–～~"), last
    if short:
        return ends
    first, last = (re.sub(r"(?<!M)MMM(?!M)", "MMMM", end) for end in ends)
    return first, last


@lru_cache(maxsize=256)
def _long_pattern(skeleton: str, locale: str) -> str:
    """Return the locale's pattern for a skeleton; the nearest one it has may be abbreviated, so it is written out.

    https://unicode.org/reports/tr35/tr35-dates.html#Matching_Skeletons asks for that; Babel leaves it to us.
    """
    patterns = Locale.parse(locale).datetime_skeletons
    nearest = match_skeleton(skeleton, patterns)
    pattern = str(patterns[nearest]) if nearest else "EEEE d MMMM y"
    return re.sub(r"\bMMM\b", "MMMM", re.sub(r"\bE{1,3}\b", "EEEE", pattern))


def show_date(day: date, locale: str) -> str:
    """Return the full date, such as `25 November 2026`."""
    return format_date(day, format="long", locale=locale)


def iso(moment: datetime | None) -> str:
    """Return the moment in UTC for machines, such as `2026-11-25T10:42:00+00:00`; empty without one."""
    return as_utc(moment).isoformat(timespec="seconds") if moment else ""


def whole_days(start: date, end: date) -> int:
    """Return the number of days from start to end, negative when end is earlier."""
    return (end - start) // timedelta(days=1)
