"""The visit card's words in each state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal_app.components.visit_card import VisitCard
from portal_app.components.visit_words import card_of
from portal_app.components.words import Words
from portal_app.services.business import Look
from portal_app.services.visits import TechnicianFacts, VisitFacts
from tests.pages.facts import NOW, UK, US, at, visit


def card(facts: VisitFacts, look: Look = UK, now: datetime = NOW, place: str = "") -> VisitCard:
    return card_of(facts, Words(look, now), place)


def states(found: VisitCard) -> list[str]:
    return [step.state for step in found.steps]


def test_it_works_as_in_the_mock_up():
    found = card(visit("on_the_way", eta_at=at(11, 10), eta_told_at=at(10, 42)))
    assert found.headline == "Dave is on the way"
    assert found.title == "Annual boiler service"
    assert (found.figure, found.figure_note, found.told) == ("11:10", "likely arrival", "told at 10:42")
    assert (found.window_start, found.window_end, found.at) == ("10:00", "12:00", "58%")
    assert [(step.label, step.state) for step in found.steps] == [
        ("Scheduled", "done"),
        ("On the way", "now"),
        ("In progress", "next"),
        ("Complete", "next"),
    ]
    assert (found.technician, found.initials) == ("Dave Okafor", "DO")
    assert found.photo == "/files/technicians/tech1"
    assert found.live
    assert found.day == ""
    assert found.place == ""


@pytest.mark.parametrize(
    ("status", "headline", "steps"),
    [
        ("scheduled", "Dave is coming between 10 and 12", ["now", "next", "next", "next"]),
        ("on_the_way", "Dave is on the way", ["done", "now", "next", "next"]),
        ("in_progress", "Dave is here", ["done", "done", "now", "next"]),
        ("on_hold", "Work is paused", ["done", "done", "now", "next"]),
        ("completed", "All done", ["done"] * 4),
        ("canceled", "Today’s visit was cancelled", []),
        ("unscheduled", "We are finding you a time", []),
        ("unknown", "The office is updating this visit", []),
        ("teleported", "The office is updating this visit", []),
    ],
)
def test_each_status_has_its_sentence(status, headline, steps):
    found = card(visit(status))
    assert found.shown
    assert found.headline == headline
    assert states(found) == steps
    assert found.live == (status in {"on_the_way", "in_progress"})


@pytest.mark.parametrize(
    ("status", "headline"),
    [
        ("scheduled", "Somebody is coming between 10 and 12"),
        ("on_the_way", "Somebody is on the way"),
        ("in_progress", "Work is in progress"),
        ("completed", "All done"),
    ],
)
def test_nobody_is_named_where_nobody_is_known(status, headline):
    found = card(visit(status, technicians=()))
    assert found.headline == headline
    assert (found.technician, found.initials, found.photo) == ("", "", "")


def test_a_technician_without_a_picture_has_initials():
    found = card(visit(technicians=(TechnicianFacts("t", "Priya", False),)))
    assert (found.photo, found.initials) == ("", "P")


@pytest.mark.parametrize(
    ("eta", "mark"),
    [
        (at(9), "0%"),
        (at(10), "0%"),
        (at(11), "50%"),
        (at(12), "100%"),
        (at(18), "100%"),
        (at(11, days=-400), "0%"),
        (at(11, days=400), "100%"),
    ],
)
def test_the_mark_stays_on_the_rail(eta, mark):
    assert card(visit("on_the_way", eta_at=eta)).at == mark


@pytest.mark.parametrize(
    "fields",
    [
        {"window_start": None},
        {"window_end": None},
        {"window_end": at(10)},
        {"window_end": at(9)},
        {"eta_at": None},
    ],
)
def test_without_both_ends_and_an_arrival_there_is_no_mark(fields):
    assert card(visit("on_the_way", **{"eta_at": at(11), **fields})).at == ""


@pytest.mark.parametrize(
    ("status", "now", "eta", "note"),
    [
        ("on_the_way", at(11), at(12, 20), "Likely later than the window, which ends at 12:00."),
        ("on_the_way", at(12, 5), at(12, 20), "Likely later than the window, which ended at 12:00."),
        ("scheduled", at(9), at(13), "Likely later than the window, which ends at 12:00."),
        ("on_the_way", at(11), at(12), ""),
        ("scheduled", at(11), None, ""),
        ("scheduled", at(13), None, "The window ended at 12:00 and we have no news yet. Please ring the office."),
        ("in_progress", at(13), at(12, 20), ""),
    ],
)
def test_lateness_is_said(status, now, eta, note):
    assert card(visit(status, eta_at=eta), now=now).note == note


def test_the_newest_travel_update_is_told_with_its_time():
    facts = visit("on_the_way", travel_update="Stuck behind\na tractor", travel_update_at=at(10, 42))
    assert card(facts).note == "10:42: Stuck behind a tractor"
    assert card(replace(facts, travel_update_at=None)).note == "Stuck behind a tractor"
    assert card(replace(facts, travel_update_at=at(9, days=-1))).note == ""
    assert card(replace(facts, status="completed")).note == ""
    assert card(replace(facts, eta_at=at(12, 30))).note == (
        "Likely later than the window, which ends at 12:00. 10:42: Stuck behind a tractor"
    )


def test_reasons_and_times_stand_below_what_has_stopped():
    assert card(visit("canceled", status_reason="The part did not come.")).note == "The part did not come."
    assert card(visit("on_hold", status_reason="Waiting for a valve")).note == "Waiting for a valve"
    assert card(visit("completed", completed_at=at(11, 40))).note == "Finished at 11:40."
    assert card(visit("in_progress", started_at=at(10, 5))).note == "Started at 10:05."
    assert card(visit("in_progress", started_at=at(10, 5, days=-1))).note == "Started on 25 Nov, 10:05."
    assert card(visit("unknown")).note == ""


def test_another_day_is_said_in_words():
    found = card(visit(start=datetime(2025, 12, 11, 8, tzinfo=UTC)))
    assert (found.headline, found.day) == ("Dave is coming", "Thursday 11 December")
    assert (found.window_start, found.window_end, found.figure) == ("08:00", "10:00", "")
    assert card(visit(start=at(8, days=1))).day == "Tomorrow"
    assert card(visit(start=datetime(2026, 2, 12, 8, tzinfo=UTC))).day.replace(",", "") == "Thursday 12 February 2026"


def test_the_arrival_on_another_day_says_so():
    found = card(visit("on_the_way", eta_at=at(0, 30, days=1), eta_told_at=at(9, days=-1)))
    assert (found.figure, found.figure_note) == ("Tomorrow, 00:30", "likely arrival")
    assert found.told == "told at 25 Nov, 09:00"


def test_a_window_that_ends_on_another_day_says_so():
    found = card(visit(start=at(8, days=-1), window_end=at(17, days=3)))
    assert (found.headline, found.figure, found.figure_note) == ("Dave is coming", "29 Nov, 17:00", "latest arrival")
    assert (found.window_start, found.window_end) == ("25 Nov, 08:00", "29 Nov, 17:00")


def test_days_to_come_are_said_once():
    found = card(visit(start=at(8, days=11), window_end=at(17, days=14)))
    assert (found.day, found.window_start, found.window_end) == ("7 to 10 December", "08:00", "17:00")
    whole = card(visit(start=at(0, days=11), window_end=at(0, days=14)))
    assert (whole.day, whole.window_start, whole.window_end) == ("7 to 9 December", "", "")
    open_now = card(visit(start=at(0, days=-1), window_end=at(0, days=3)))
    assert (open_now.figure, open_now.window_start, open_now.window_end) == ("28 Nov", "25 Nov", "28 Nov")
    assert card(visit(start=at(0), window_end=at(0, days=1))).headline == "Dave is coming today"


def test_visits_without_a_window_are_coming_today():
    found = card(visit(window_start=None, window_end=None))
    assert found.headline == "Dave is coming today"
    assert (found.figure, found.window_start, found.at) == ("", "", "")
    assert card(visit(window_end=None, window_start=at(11, 30))).headline == "Dave is coming at 11:30"


def test_the_first_time_is_the_figure_before_anybody_has_said_more():
    found = card(visit(start=at(14)))
    assert (found.figure, found.figure_note, found.told) == ("14:00", "earliest arrival", "")


@pytest.mark.parametrize(
    ("look", "start", "hours", "headline"),
    [
        (UK, at(8), 2, "between 8 and 10"),
        (UK, at(10, 30), 2, "between 10:30 and 12:30"),
        (UK, at(12), 2, "between 12:00 and 14:00"),
        (UK, at(0), 2, "between 00:00 and 02:00"),
        (UK, at(22), 4, "between 22:00 and 02:00"),
        (US, at(15), 2, "between 10 AM and 12 PM"),
        (US, at(16), 2, "between 11 AM and 1 PM"),
        (US, at(15, 30), 2, "between 10:30 AM and 12:30 PM"),
        (replace(UK, zone="Asia/Kathmandu"), at(4, 15), 2, "between 10 and 12"),
    ],
)
def test_windows_read_as_people_say_them(look, start, hours, headline):
    facts = visit(start=start, window_end=start + timedelta(hours=hours))
    assert card(facts, look, now=start).headline.replace("\u202f", " ") == f"Dave is coming {headline}"


@pytest.mark.parametrize(
    ("start", "headline"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "Dave is coming between 00:30 and 03:30"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Dave is coming between 01:30 BST and 02:30"),
    ],
)
def test_times_follow_the_clocks_when_they_change(start, headline):
    assert card(visit(start=start), now=start).headline == headline


def test_hostile_words_stay_words():
    nasty = "<script>alert(1)</script>"
    found = card(
        visit("on_the_way", title=nasty, travel_update=nasty, technicians=(TechnicianFacts("t", nasty, False),)),
        place=nasty,
    )
    assert (found.title, found.place, found.note) == (nasty, nasty, nasty)
    assert found.headline == f"{nasty} is on the way"
    assert card(visit(technicians=(TechnicianFacts("t", "  ", True),))).headline.startswith("Somebody")
    assert len(card(visit("canceled", status_reason="x" * 5000)).note) == 280
