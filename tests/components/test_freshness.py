"""What is said of today's visit is true whenever it is read: zones, DST days, midnight, and data that is old."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal_app.components.freshness import freshness_of
from portal_app.components.visit_words import card_of, note_of
from portal_app.components.words import Words
from portal_app.services.business import Look
from tests.pages.facts import NOW, UK, at, visit

PHOENIX = Look(name="Saguaro", zone="America/Phoenix", locale="en_US", currency="USD", country="US", set_up=True)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def said(now: datetime = NOW, as_of: datetime | None = None, look: Look = UK, **fields: Any) -> str:
    return freshness_of(visit(**fields), Words(look, now), as_of or now)


def test_it_works():
    eta: dict[str, Any] = {"eta_at": at(11, 10), "eta_told_at": at(10, 42)}
    assert said(**eta) == "Between 10 and 12; now likely 11:10, told at 10:42."
    assert said(status="on_the_way", **eta) == "Between 10 and 12; now likely 11:10, told at 10:42."


def test_what_has_passed_is_said_to_have_passed():
    eta: dict[str, Any] = {"eta_at": at(10, 40), "eta_told_at": at(10, 12)}
    assert said(**eta) == "Between 10 and 12; was likely 10:40, told at 10:12."
    card = card_of(visit(**eta), Words(UK, NOW), "")
    assert (card.figure, card.figure_note) == ("10:40", "was the likely arrival")


def test_old_data_says_so():
    heard = NOW - timedelta(minutes=46)
    old = "We last heard from the office’s system at 10:05, so this may have changed."
    assert said(as_of=heard) == f"Between 10 and 12. {old}"
    assert said(as_of=heard, status="in_progress") == old
    assert said(as_of=NOW - timedelta(minutes=14)) == "Between 10 and 12."
    assert said(as_of=NOW - timedelta(days=1)).endswith("at 25 Nov, 10:51, so this may have changed.")


@pytest.mark.parametrize("status", ["completed", "canceled", "unscheduled", "on_hold", "unknown"])
def test_what_does_not_move_says_nothing(status: str):
    assert said(status=status, as_of=NOW - timedelta(hours=5)) == ""


def test_another_days_visit_says_nothing():
    assert said(start=at(10, days=1)) == ""


def test_a_visit_that_runs_late():
    late = visit(eta_at=at(12, 30), eta_told_at=at(10, 42), status="on_the_way")
    assert note_of(late, Words(UK, NOW)) == "Likely later than the window, which ends at 12:00."
    after = Words(UK, at(12, 10))
    assert note_of(late, after) == "Likely later than the window, which ended at 12:00."
    assert freshness_of(late, after, at(12, 10)) == "Between 10 and 12; now likely 12:30, told at 10:42."


def test_somebody_on_the_way_since_yesterday():
    begun = visit(start=at(15, days=-1), status="on_the_way")
    words = Words(UK, at(8))
    assert freshness_of(begun, words, at(8)) == "On Tuesday 25 November between 15:00 and 17:00."
    assert note_of(begun, words) == "The window ended on 25 Nov, 17:00."


def test_a_window_of_several_days_names_both():
    long = visit(start=at(8, days=-1), window_end=at(17, days=3))
    assert said(start=at(8, days=-1), window_end=at(17, days=3)) == ("Between 08:00 on 25 Nov and 17:00 on 29 Nov.")
    assert note_of(long, Words(UK, NOW)) == ""


def test_why_and_when_it_stopped():
    words = Words(UK, NOW)
    held = visit(status="on_hold", status_reason="We wait for a valve.", on_hold_at=at(9, 30))
    assert note_of(held, words) == "We wait for a valve. Paused at 09:30."
    gone = visit(status="canceled", status_reason="The hall was in use.", canceled_at=at(15, days=-2))
    assert note_of(gone, words) == "The hall was in use. Cancelled on 24 Nov, 15:00."
    assert note_of(visit(status="on_hold"), words) == ""


# Two hours from `start` in UTC, read at `now`, told in the business's wall clock.
ZONES = [
    # Summer time in London begins at 01:00 UTC on 29 March 2026 and ends at 01:00 UTC on 25 October.
    (UK, "2026-03-29T09:00", "2026-03-29T08:00", "Between 10 and 12."),
    (UK, "2026-03-29T00:30", "2026-03-29T00:10", "Between 00:30 and 03:30."),
    (UK, "2026-10-25T10:00", "2026-10-25T09:00", "Between 10 and 12."),
    (UK, "2026-10-25T00:30", "2026-10-25T00:10", "Between 01:30 and 02:30."),
    # Arizona keeps one time all year, and is at another day for seven hours of each.
    (PHOENIX, "2026-03-08T17:00", "2026-03-08T16:00", "Between 10 AM and 12 PM."),
    (PHOENIX, "2026-11-02T01:00", "2026-11-02T00:30", "Between 6 PM and 8 PM."),
    # Over midnight, before and after it.
    (UK, "2026-11-22T23:00", "2026-11-22T22:30", "Between 23:00 and 01:00."),
    (UK, "2026-11-22T23:00", "2026-11-23T00:30", "Between 23:00 and 01:00."),
    (UK, "2026-11-22T23:00", "2026-11-23T01:30", ""),
]


@pytest.mark.parametrize(("look", "start", "now", "expected"), ZONES)
def test_the_words_are_those_of_the_businesss_clock(look: Look, start: str, now: str, expected: str):
    assert said(utc(now), look=look, start=utc(start)).replace("\u202f", " ") == expected


def test_an_arrival_after_midnight_names_its_day():
    late: dict[str, Any] = {
        "start": utc("2026-11-22T22:00"),
        "eta_at": utc("2026-11-23T00:20"),
        "eta_told_at": utc("2026-11-22T23:10"),
    }
    before = said(utc("2026-11-22T23:30"), status="on_the_way", **late)
    assert before == "Between 22:00 and 00:00; now likely 00:20 on Monday 23 November, told at 23:10."
    after = said(utc("2026-11-23T00:05"), status="on_the_way", **late)
    assert after == "Between 22:00 and 00:00; now likely 00:20, told at 22 Nov, 23:10."
