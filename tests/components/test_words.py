"""Amounts and hours as people read them."""

import pytest

from portal_app.components.words import Words
from portal_app.money import Money
from tests.pages.facts import NOW, UK, US, at, pounds, visit


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (pounds(180), pounds(240), "£180.00 to £240.00"),
        (pounds(240), pounds(180), "£180.00 to £240.00"),
        (pounds(180), pounds(180), "£180.00"),
        (pounds(180), None, "From £180.00"),
        (None, pounds(240), "Up to £240.00"),
        (pounds(0), None, "From £0.00"),
        (None, None, ""),
    ],
)
def test_a_price_that_is_known_in_part_says_so(low: Money | None, high: Money | None, said: str):
    assert Words(UK, NOW).price_range(low, high) == said


@pytest.mark.parametrize(
    ("first", "hour", "last", "until", "long", "short"),
    [
        # NOW is Wednesday 26 November.
        (11, 8, 14, 17, "7 to 10 December, 08:00 to 17:00", "7 to 10 Dec, 08:00 to 17:00"),
        (4, 8, 6, 17, "30 November to 2 December, 08:00 to 17:00", "30 Nov to 2 Dec, 08:00 to 17:00"),
        (34, 0, 38, 0, "30 December 2025 to 2 January 2026", "30 Dec 2025 to 2 Jan 2026"),
        (11, 22, 14, 6, "7 December, 22:00 to 10 December, 06:00", "7 Dec, 22:00 to 10 Dec, 06:00"),
        (83, 0, 86, 0, "17 to 19 February 2026", "17 to 19 Feb 2026"),
        (83, 0, 84, 0, "Tuesday, 17 February 2026", "Tuesday, 17 February 2026"),
        (0, 0, 1, 0, "Today", "Today"),
        (-1, 9, 7, 17, "Until Wednesday 3 December, 17:00", "Until 3 Dec, 17:00"),
        (-1, 9, 1, 17, "Until tomorrow, 17:00", "Until tomorrow, 17:00"),
        (-1, 9, 0, 17, "Until today, 17:00", "Until today, 17:00"),
        (0, 0, 3, 0, "Until Friday 28 November", "Until 28 Nov"),
        (-6, 8, -1, 17, "20 to 25 November, 08:00 to 17:00", "20 to 25 Nov, 08:00 to 17:00"),
        (11, 10, 11, 12, "Sunday 7 December, between 10 and 12", "Sunday 7 December, between 10 and 12"),
    ],
)  # fmt: skip
def test_a_window_of_several_days_is_said_once(first: int, hour: int, last: int, until: int, long: str, short: str):
    facts = visit(start=at(hour, days=first), window_end=at(until, days=last))
    words = Words(UK, NOW)
    assert (words.when(facts), words.when(facts, short=True)) == (long, short)


def test_the_last_minute_of_a_day_ends_it_as_midnight_does():
    words = Words(UK, NOW)
    assert words.when(visit(start=at(0, days=11), window_end=at(23, 59, days=13))) == "7 to 9 December"
    assert words.when(visit(start=at(0), window_end=at(23, 59))) == "Today"


def test_days_in_a_row_stand_as_the_country_writes_them():
    facts = visit(start=at(14, days=11), window_end=at(22, days=14))
    assert Words(US, NOW).when(facts).replace("\u202f", " ") == "December 7 to 10, 9 AM to 5 PM"
    later = visit(start=at(14, days=83), window_end=at(22, days=86))
    assert Words(US, NOW).when(later).replace("\u202f", " ") == "February 17 to 20, 2026, 9 AM to 5 PM"
