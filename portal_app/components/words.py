"""Moments, days, spans and money as one business writes them, seen from one moment."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale
from babel.numbers import format_decimal

from portal_app import clock
from portal_app.money import Money
from portal_app.services.business import Look
from portal_app.services.visits import VisitFacts

TEXT_LENGTH = 280
# Up to so long a window over midnight reads right without its days.
LONG_WINDOW = timedelta(hours=12)
# "Between 1 and 3" is taken for the afternoon: only from this hour on does the bare number mean the morning.
EARLY = 7


@dataclass(frozen=True, slots=True)
class Words:
    """Writes moments and money as one business does; `now` is what "today" is measured from."""

    look: Look
    now: datetime = field(default_factory=clock.now)

    @property
    def today(self) -> date:
        """The business's calendar day."""
        return self.day(self.now)

    def time(self, moment: datetime) -> str:
        """Return the wall-clock time."""
        return clock.show_time(moment, self.look.zone, self.look.locale)

    def day(self, moment: datetime) -> date:
        """Return the business's calendar day of a moment."""
        return clock.local(moment, self.look.zone).date()

    def short_day(self, day: date) -> str:
        """Return `Today`, or a day such as `25 Nov`."""
        return "Today" if day == self.today else clock.show_day(day, self.look.locale, self.today)

    def long_day(self, day: date) -> str:
        """Return a day such as `Thursday 12 February`."""
        return clock.show_long_day(day, self.look.locale, self.today)

    def day_words(self, day: date, *, inside: bool = False) -> str:
        """Return today, tomorrow, yesterday, or the day in words; as it is written `inside` a sentence on request."""
        near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get(clock.whole_days(self.today, day))
        if near is None:
            return self.long_day(day)
        return near.lower() if inside else near

    def moment(self, moment: datetime) -> str:
        """Return the time, with the day before it when it is another one."""
        day = self.day(moment)
        return self.time(moment) if day == self.today else f"{self.short_day(day)}, {self.time(moment)}"

    def full_date(self, day: date) -> str:
        """Return a date with its year, such as `25 November 2026`."""
        return clock.show_date(day, self.look.locale)

    def number(self, text: str) -> str:
        """Return a decimal text such as `2.50` as the locale writes it, without needless zeros."""
        return format_decimal(Decimal(text).normalize(), locale=self.look.locale, decimal_quantization=False)

    def money(self, amount: Money) -> str:
        """Return an amount as the locale writes it."""
        return amount.show(self.look.locale)

    def price_range(self, low: Money | None, high: Money | None) -> str:
        """Return `£180.00 to £240.00`, `From £180.00` or `Up to £240.00` by what is known; empty for nothing."""
        if low is None or high is None:
            return f"From {self.money(low)}" if low else f"Up to {self.money(high)}" if high else ""
        first, last = sorted((low, high), key=lambda amount: amount.minor)
        return f"{self.money(first)} to {self.money(last)}" if first != last else self.money(first)

    def when(self, visit: VisitFacts, *, short: bool = False) -> str:
        """Return the day and the arrival window, such as `Today, between 10 and 12`.

        A window of several days is told by both: `7 to 10 December, 08:00 to 17:00`, with short months where `short`;
        while it is open, by its end: `Until Thursday 3 December, 17:00`.
        """
        window = self.several_days(visit)
        if window is None:
            day, span = self.day_words(self.day(visit.sort_at)), self.span(visit)
            return f"{day}, {span}" if span else day
        if window[0] <= self.now < window[1]:
            return f"Until {self.latest(visit, short=short)}"
        return self.all_of(visit, short=short)

    def all_of(self, visit: VisitFacts, *, short: bool = False) -> str:
        """Return a window of several days as it was planned; empty for any other."""
        window = self.several_days(visit)
        if window is None:
            return ""
        start, end = window
        days = self.days(visit, short=short)
        if self.whole_days(start, end):
            return days
        first, last = self._hours(start, end)
        if clock.local(start, self.look.zone).time() < clock.local(end, self.look.zone).time():
            return f"{days}, {first} to {last}"
        named = (
            clock.show_days(self.day(one), self.day(one), self.look.locale, self.today, short=short) for one in window
        )
        return " to ".join(f"{day}, {hour}" for day, hour in zip(named, (first, last), strict=True))

    def days(self, visit: VisitFacts, *, short: bool = False) -> str:
        """Return the days of a window that lasts several, such as `7 to 10 December`; empty for any other."""
        window = self.several_days(visit)
        if window is None:
            return ""
        return clock.show_days(self.day(window[0]), self.last_day(*window), self.look.locale, self.today, short=short)

    def latest(self, visit: VisitFacts, *, short: bool = False) -> str:
        """Return when a window of several days ends, such as `Thursday 3 December, 17:00`, as inside a sentence."""
        window = self.several_days(visit)
        if window is None:
            return ""
        last = self.last_day(*window)
        near = abs(clock.whole_days(self.today, last)) <= 1
        day = self.short_day(last) if short and not near else self.day_words(last, inside=True)
        return day if self.whole_days(*window) else f"{day}, {self.time(window[1])}"

    def span(self, visit: VisitFacts) -> str:
        """Return the arrival window inside a sentence, such as `between 10 and 12`, or `at 10:30`; empty without one.

        One of several days is told by its end, `by Thursday 3 December, 17:00`, and one of a whole day not at all.
        """
        start, end = visit.window_start, visit.window_end
        if start is None:
            return ""
        if end is None or end <= start:
            return f"at {self.time(start)}"
        if self.several_days(visit) is not None:
            return f"by {self.latest(visit)}"
        if self.whole_days(start, end):
            return ""
        first, last = self._hours(start, end)
        return f"between {first} and {last}"

    def ends(self, visit: VisitFacts, *, days: bool = True) -> tuple[str, str]:
        """Return when the arrival window begins and ends, with the `days` where it lasts several; empty without.

        A window of whole days has no times, so that without days nothing is left of it.
        """
        start, end = visit.window_start, visit.window_end
        if start is None or end is None or end <= start:
            return self.time(start) if start else "", self.time(end) if end else ""
        several = self.several_days(visit) is not None
        if self.whole_days(start, end):
            return (
                (self.short_day(self.day(start)), self.short_day(self.last_day(start, end)))
                if several and days
                else ("", "")
            )
        said = self.moment if several and days else self.time
        return said(start), said(end)

    def several_days(self, visit: VisitFacts) -> tuple[datetime, datetime] | None:
        """Return both ends of an arrival window that lasts several days; None for any other."""
        start, end = visit.window_start, visit.window_end
        if start is None or end is None or end - start <= LONG_WINDOW:
            return None
        return (start, end) if self.last_day(start, end) != self.day(start) else None

    def whole_days(self, start: datetime, end: datetime) -> bool:
        """Return whether a window is one of days and not of hours: from midnight to midnight, or the minute before."""
        midnight = clock.start_of(self.day(end), self.look.zone)
        last_minute = clock.ends_of(self.day(end), self.look.zone)[1] - timedelta(minutes=1)
        return start == clock.start_of(self.day(start), self.look.zone) and (
            end == midnight > start or end >= last_minute
        )

    def last_day(self, start: datetime, end: datetime) -> date:
        """Return the last day of a window; one that ends at midnight is over with the day before."""
        return self.day(max(start, end - timedelta(microseconds=1)))

    def _hours(self, start: datetime, end: datetime) -> tuple[str, str]:
        """Return both ends, without minutes where that cannot be misread: `10 and 12`, `10 AM and 1 PM`."""
        ends = [clock.local(moment, self.look.zone) for moment in (start, end)]
        pattern = Locale.parse(self.look.locale).time_formats["short"].pattern
        whole = all(moment.minute == 0 for moment in ends)
        if whole and "a" in pattern:
            first, last = (self.time(moment).replace(":00", "", 1) for moment in ends)
            return first, last
        if whole and ends[0].date() == ends[1].date() and EARLY <= ends[0].hour < ends[1].hour <= 12:
            return str(ends[0].hour), str(ends[1].hour)
        return self.time(start), self.time(end)


def clip(text: str, length: int = TEXT_LENGTH) -> str:
    """Return a text on one line and of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def first_name(name: str) -> str:
    """Return what somebody is called."""
    return next(iter(name.split()), "")


def together(names: Iterable[str]) -> str:
    """Return what several people are called, such as `Dave, Priya and Lewis`."""
    *others, last = [called for name in names if (called := first_name(name))] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def plural(count: int, one: str, many: str) -> str:
    """Return the count with its noun."""
    return f"{count} {one if count == 1 else many}"
