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

    def span(self, visit: VisitFacts) -> str:
        """Return the arrival window, such as `between 10 and 12`, or `at 10:30`; empty without one.

        One of several days names both: `between 08:00 on 18 Nov and 17:00 on 22 Nov`.
        """
        start, end = visit.window_start, visit.window_end
        if start is None:
            return ""
        if end is None or end <= start:
            return f"at {self.time(start)}"
        first, last = self._hours(start, end)
        if self._lasts_days(start, end):
            first, last = (
                f"{hour} on {clock.show_day(self.day(moment), self.look.locale, self.today)}"
                for hour, moment in ((first, start), (last, end))
            )
        return f"between {first} and {last}"

    def ends(self, visit: VisitFacts) -> tuple[str, str]:
        """Return when the arrival window begins and ends, each with its day where it lasts several; empty without."""
        start, end = visit.window_start, visit.window_end
        said = self.moment if start and end and self._lasts_days(start, end) else self.time
        return said(start) if start else "", said(end) if end else ""

    def _lasts_days(self, start: datetime, end: datetime) -> bool:
        return end - start > LONG_WINDOW and self.day(start) != self.day(end)

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
