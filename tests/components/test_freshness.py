"""What is said of today's visit is true whenever it is read: zones, DST days, midnight, and data that is old."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal_app.components.freshness import freshness_of, turns_at
from portal_app.components.visit_words import card_of, doing, note_of
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


def test_a_window_that_has_passed_is_not_told_as_if_it_were_to_come():
    words = Words(UK, at(12, 5))
    assert said(at(12, 5)) == "Was due between 10 and 12."
    assert card_of(visit(), words, "").headline == "Dave was due between 10 and 12"
    assert (card_of(visit(), words, "").figure, card_of(visit(), Words(UK, NOW), "").figure_note) == (
        "",
        "latest arrival",
    )
    both = said(at(12, 5), eta_at=at(11, 40), eta_told_at=at(11))
    assert both == "Was due between 10 and 12; was likely 11:40, told at 11:00."
    later = visit(eta_at=at(12, 30))
    assert card_of(later, words, "").headline == card_of(later, Words(UK, NOW), "").headline == "Dave is coming"
    news = visit(travel_update="Nearly there.", travel_update_at=at(12, 2))
    assert note_of(news, words) == "The window ended at 12:00. 12:02: Nearly there."


def test_one_time_without_a_window():
    alone: dict[str, Any] = {"window_start": at(11), "window_end": None}
    assert said(**alone) == "At 11:00."
    assert said(**alone, eta_at=at(11, 40)) == "At 11:00; now likely 11:40."
    assert said(at(11, 20), **alone) == "Was due at 11:00."
    card = card_of(visit(**alone), Words(UK, NOW), "")
    assert (card.headline, card.figure, card.figure_note) == ("Dave is coming at 11:00", "11:00", "planned arrival")
    assert note_of(visit(**alone, eta_at=at(11, 40)), Words(UK, NOW)) == "Likely later than the planned 11:00."
    assert note_of(visit(**alone, eta_at=at(11, 10)), Words(UK, NOW)) == ""
    assert note_of(visit(**alone), Words(UK, at(11, 14))) == ""
    assert note_of(visit("on_the_way", **alone), Words(UK, at(12))) == ""
    assert note_of(visit(**alone), Words(UK, at(11, 15))) == (
        "It was planned for 11:00 and we have no news yet. Please ring the office."
    )


def test_an_arrival_is_likely_until_its_minute_is_over():
    eta: dict[str, Any] = {"eta_at": at(11, 10), "eta_told_at": at(10, 42), "status": "on_the_way"}
    assert "now likely 11:10" in said(at(11, 10) + timedelta(seconds=40), **eta)
    assert "was likely 11:10" in said(at(11, 11), **eta)
    late_in_it = {**eta, "eta_at": at(11, 10) + timedelta(seconds=50)}
    assert "was likely 11:10" in said(at(11, 11), **late_in_it)
    assert turns_at([visit(**late_in_it)], Words(UK, at(11, 10))) == at(11, 11)
    assert doing(visit(**eta), Words(UK, at(11, 10))) == "Dave is on the way, likely at 11:10"
    assert doing(visit(**eta), Words(UK, at(11, 11))) == "Dave is on the way"


def test_no_word_changes_before_the_moment_that_is_said():
    eta: dict[str, Any] = {"eta_at": at(11, 10), "eta_told_at": at(10, 42)}
    found, heard, moments = visit(**eta), at(10, 50), []
    now = at(9, 30)
    while now < at(23):
        turn = turns_at([None, found], Words(UK, now), heard)
        words = [card_of(found, Words(UK, moment), "") for moment in (now, turn - timedelta(microseconds=1))]
        assert words[0] == words[1]
        sentences = [
            freshness_of(found, Words(UK, moment), heard) for moment in (now, turn - timedelta(microseconds=1))
        ]
        assert sentences[0] == sentences[1]
        moments.append(turn)
        now = turn
    assert moments == [at(10), at(11, 5), at(11, 11), at(12), at(0, days=1)]
    alone = visit(window_start=at(11), window_end=None)
    assert [turns_at([alone], Words(UK, now)) for now in (NOW, at(11), at(11, 15))] == [
        at(11),
        at(11, 15),
        at(0, days=1),
    ]
    assert turns_at([], Words(PHOENIX, NOW)) == at(7, days=1)


def test_a_visit_that_runs_late():
    late = visit(eta_at=at(12, 30), eta_told_at=at(10, 42), status="on_the_way")
    assert note_of(late, Words(UK, NOW)) == "Likely later than the window, which ends at 12:00."
    after = Words(UK, at(12, 10))
    assert note_of(late, after) == "Likely later than the window, which ended at 12:00."
    assert freshness_of(late, after, at(12, 10)) == "Between 10 and 12; now likely 12:30, told at 10:42."


def test_who_came_and_sets_off_again_is_not_late():
    away: dict[str, Any] = {"status": "on_the_way", "begun": True}
    assert said(at(12, 10), **away) == ""
    assert said(at(12, 10), eta_at=at(12, 30), **away) == "Now likely 12:30."
    assert note_of(visit(**away), Words(UK, at(12, 10))) == ""
    assert note_of(visit(**away, eta_at=at(12, 30)), Words(UK, NOW)) == ""


def test_somebody_on_the_way_since_yesterday():
    begun = visit(start=at(15, days=-1), status="on_the_way")
    words = Words(UK, at(8))
    assert freshness_of(begun, words, at(8)) == "Was due on Tuesday 25 November between 15:00 and 17:00."
    assert note_of(begun, words) == "The window ended on 25 Nov, 17:00."


def test_a_window_of_several_days_is_told_by_the_heading_until_it_has_passed():
    window: dict[str, Any] = {"start": at(8, days=-1), "window_end": at(17, days=3)}
    assert said(**window) == ""
    assert said(**window, eta_at=at(10, days=1)) == "Now likely 10:00 on Thursday 27 November."
    assert note_of(visit(**window), Words(UK, NOW)) == ""
    gone = visit("on_the_way", start=at(8, days=-4), window_end=at(17, days=-1))
    assert freshness_of(gone, Words(UK, NOW), NOW) == "Was due by yesterday, 17:00."


def test_a_window_of_whole_days_ends_with_a_day():
    gone = visit("on_the_way", start=at(0, days=-3), window_end=at(0, days=-1))
    assert note_of(gone, Words(UK, NOW)) == "The window ended on 24 Nov."
    assert freshness_of(gone, Words(UK, NOW), NOW) == "Was due by Monday 24 November."
    late = visit(start=at(0, days=-1), window_end=at(0, days=1), eta_at=at(9, days=1))
    assert note_of(late, Words(UK, NOW)) == "Likely later than the window, which ends today."
    alone = visit("on_the_way", start=at(0, days=-1), window_end=at(0))
    assert freshness_of(alone, Words(UK, NOW), NOW) == "Was due on Tuesday 25 November."


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
    # In the hour that comes twice the time alone would be true of two moments.
    (UK, "2026-10-25T00:30", "2026-10-25T00:10", "Between 01:30 BST and 02:30."),
    (UK, "2026-10-24T23:00", "2026-10-24T23:10", "Between 00:00 and 01:00 GMT."),
    # Nobody takes "between 1 and 3" for the night.
    (UK, "2026-11-22T01:00", "2026-11-22T00:30", "Between 01:00 and 03:00."),
    (UK, "2026-11-22T07:00", "2026-11-22T06:30", "Between 7 and 9."),
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
