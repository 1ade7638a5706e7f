"""A job's timeline: every status of the contract, who did what and when, and what came in between."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from portal_app.components.job_timeline import MOST_PAUSES, TrackStep, track_of
from portal_app.components.words import Words
from portal_app.services.jobs import Step
from portal_app.services.visits import TechnicianFacts, VisitFacts
from tests.pages.facts import DAVE, NOW, UK, at, visit

PRIYA = TechnicianFacts("tech2", "Priya Nair", True)
BOTH = ("Dave Okafor", "Priya Nair")


def track(found: VisitFacts | None, *steps: tuple[str, datetime], job: str = "open", who: Iterable[str] = ()):
    history = [Step(status, moment, tuple(who)) for status, moment in steps]
    return track_of(found, history, job, Words(UK, NOW))


def told(steps: list[TrackStep]) -> list[tuple[str, str, str]]:
    return [(step.name, step.state, step.when) for step in steps]


PLANNED, LEFT, BEGAN = ("scheduled", at(8)), ("on_the_way", at(9, 5)), ("in_progress", at(9, 30))
STOPPED, WENT_ON = ("on_hold", at(10)), ("in_progress", at(10, 40))
BEHIND = [("Scheduled", "done", "08:00"), ("On the way", "done", "09:05")]
WORK = ("In progress", "done", "09:30")


def test_it_works():
    steps = track(visit("on_the_way", eta_at=at(11, 10), eta_told_at=at(10, 42)), PLANNED, LEFT, who=BOTH)
    assert told(steps) == [
        BEHIND[0],
        ("On the way", "now", "09:05"),
        ("In progress", "next", ""),
        ("Complete", "next", ""),
    ]
    assert (steps[1].figure, steps[1].told) == ("11:10", "told at 10:42")
    assert steps[1].text == "Dave is on the way."


def test_who_did_each_step_is_who_was_there_then():
    done = visit("completed", completed_at=at(10, 50), technicians=(PRIYA,))
    history = [
        Step("scheduled", at(8), ("Dave Okafor",)),
        Step("on_the_way", at(9, 5), ("Dave Okafor",)),
        Step("in_progress", at(9, 30), BOTH),
        Step("completed", at(10, 50), (*BOTH, "Lewis Grant")),
    ]
    steps = track_of(done, history, "completed", Words(UK, NOW))
    assert [step.text for step in steps[1:]] == [
        "Dave set off.",
        "Dave and Priya started.",
        "Dave, Priya and Lewis finished the work.",
    ]
    # Before anybody wrote down who was there: of what it is now the visit itself says so.
    nobody = track(done, PLANNED, LEFT, BEGAN)
    assert [step.text for step in nobody[1:]] == ["", "", "Priya finished the work."]


def test_on_hold():
    held = visit("on_hold", on_hold_at=at(10), status_reason="We wait for a valve.", technicians=(DAVE, PRIYA))
    steps = track(held, PLANNED, LEFT, BEGAN, STOPPED)
    assert told(steps) == [*BEHIND, WORK, ("On hold", "now", "10:00"), ("Complete", "next", "")]
    assert steps[3].text == "Dave and Priya’s work is paused. We wait for a valve."
    before = track(held, PLANNED, STOPPED)
    assert told(before) == [BEHIND[0], ("On hold", "now", "10:00"), ("Complete", "next", "")]
    assert before[1].text == "Work is paused. We wait for a valve."


def test_a_pause_that_is_over_stays_told():
    going = visit("in_progress", started_at=at(9, 30), on_hold_at=at(10))
    steps = track(going, PLANNED, LEFT, BEGAN, STOPPED, WENT_ON)
    assert told(steps) == [
        *BEHIND,
        WORK,
        ("On hold", "done", "10:00"),
        ("In progress", "now", "10:40"),
        ("Complete", "next", ""),
    ]
    assert steps[4].text == "Dave is here. Started at 09:30."
    done = replace(going, status="completed", completed_at=at(10, 50))
    assert told(track(done, PLANNED, LEFT, BEGAN, STOPPED, WENT_ON, ("completed", at(10, 50)))) == [
        *BEHIND,
        WORK,
        ("On hold", "done", "10:00"),
        ("In progress", "done", "10:40"),
        ("Complete", "done", "10:50"),
    ]
    many = [one for _ in range(9) for one in (STOPPED, WENT_ON)]
    assert len(track(going, PLANNED, LEFT, BEGAN, *many)) == 4 + 2 * MOST_PAUSES


AGAIN, BACK = ("on_the_way", at(10, 20)), ("in_progress", at(10, 40))


def test_somebody_who_fetches_a_part_and_sets_off_again():
    away = visit("on_the_way", on_the_way_at=at(9, 5), begun=True)
    steps = track(away, PLANNED, LEFT, BEGAN, STOPPED, AGAIN, who=BOTH)
    paused = ("On hold", "done", "10:00")
    assert told(steps) == [
        *BEHIND,
        WORK,
        paused,
        ("On the way", "now", "10:20"),
        ("In progress", "next", ""),
        ("Complete", "next", ""),
    ]
    assert steps[5].text == "Work goes on when we are there."
    # A CRM gives the time of the last arrival only; when work began stays told.
    back = visit("in_progress", on_the_way_at=at(10, 20), started_at=at(10, 40))
    steps = track(back, PLANNED, LEFT, BEGAN, STOPPED, AGAIN, BACK, who=BOTH)
    again = ("On the way", "done", "10:20")
    assert told(steps) == [*BEHIND, WORK, paused, again, ("In progress", "now", "10:40"), ("Complete", "next", "")]
    assert [step.text for step in steps[1:5]] == [
        "Dave and Priya set off.",
        "Dave and Priya started.",
        "",
        "Dave and Priya set off again.",
    ]
    # Without a pause, and where nobody told of the first ride.
    straight = track(replace(away, on_the_way_at=at(10, 20)), PLANNED, BEGAN, AGAIN)
    assert told(straight)[:4] == [
        BEHIND[0],
        ("On the way", "done", ""),
        WORK,
        ("On the way", "now", "10:20"),
    ]
    assert [step.text for step in track(replace(away, on_the_way_at=None), PLANNED, LEFT, BEGAN, AGAIN)[1:3]] == [
        "",
        "",
    ]


def test_a_pause_before_the_work_stands_before_it():
    steps = track(visit("in_progress"), PLANNED, LEFT, ("on_hold", at(9, 10)), BEGAN)
    assert told(steps)[2:4] == [("On hold", "done", "09:10"), ("In progress", "now", "09:30")]


def test_a_time_that_was_told_better_later_is_one_step():
    steps = track(visit("in_progress"), PLANNED, ("on_the_way", at(9, 12)), LEFT, ("in_progress", at(9, 33)), BEGAN)
    assert told(steps)[:3] == [*BEHIND, ("In progress", "now", "09:30")]


def test_who_paused_is_who_was_there_then():
    held = visit("on_hold", technicians=(PRIYA,))
    assert track(held, PLANNED, BEGAN, STOPPED, who=["Dave Okafor"])[-2].text == "Dave’s work is paused."
    assert track(held, PLANNED, BEGAN, STOPPED)[-2].text == "Priya’s work is paused."
    # What is on hold is the job: the pause of a visit that was finished since is not that.
    done = track(visit("completed"), PLANNED, LEFT, BEGAN, STOPPED, WENT_ON, ("completed", at(10, 50)), job="on_hold")
    assert told(done)[-2:] == [("On hold", "now", ""), ("Complete", "next", "")]


def test_stamps_of_an_earlier_try_are_not_told():
    back = visit("unscheduled", on_the_way_at=at(8, 30))
    steps = track(back, PLANNED, ("on_the_way", at(8, 30)), ("unscheduled", at(9)))
    assert told(steps)[0] == ("To be arranged", "now", "")
    kept = track(visit("on_the_way", on_the_way_at=at(9, 5)), PLANNED)
    assert told(kept)[1] == ("On the way", "now", "09:05")


def test_what_was_called_off_is_no_part_of_the_next_try():
    again = track(visit(), PLANNED, LEFT, STOPPED, ("scheduled", at(10, 30)))
    assert told(again)[:2] == [("Scheduled", "now", "10:30"), ("On the way", "next", "")]


def test_a_window_of_several_days_is_left_to_the_heading_until_it_is_open():
    ahead = visit(start=at(8, days=11), window_end=at(17, days=14))
    assert (track(ahead, PLANNED)[0].text, track(ahead, PLANNED)[0].figure) == ("", "")
    window: dict[str, Any] = {"start": at(9, days=-1), "window_end": at(17, days=3)}
    planned = track(visit(**window), PLANNED)[0]
    assert (planned.text, planned.figure) == ("25 to 29 November, 09:00 to 17:00.", "29 Nov, 17:00")
    behind = track(visit("on_the_way", **window), PLANNED, LEFT)[0]
    assert behind.text == "25 to 29 November, 09:00 to 17:00"


def test_cancelled():
    off = visit("canceled", canceled_at=at(10), status_reason="The hall was in use.")
    steps = track(off, PLANNED, LEFT, ("canceled", at(10)))
    assert told(steps) == [*BEHIND, ("Cancelled", "stopped", "10:00")]
    assert steps[2].text == "The visit with Dave was cancelled. The hall was in use."
    another_day = track(replace(off, sort_at=at(10, days=3), window_start=None, window_end=None))
    assert [step.name for step in another_day] == [
        *("Cancelled", "To be arranged", "On the way", "In progress", "Complete"),
    ]
    assert [step.name for step in track(visit("scheduled"), PLANNED, job="canceled")] == ["Scheduled", "Cancelled"]


@pytest.mark.parametrize("status", ["unknown", "teleported"])
def test_a_word_that_nobody_knows_takes_nothing_back(status: str):
    steps = track(visit(status), PLANNED, LEFT)
    assert told(steps)[:3] == [*BEHIND, ("To be arranged" if status != "unknown" else "Being updated", "now", "")]
    assert [step.name for step in steps[3:]] == ["In progress", "Complete"]


@pytest.mark.parametrize(
    ("found", "job", "now"),
    [
        (None, "open", "To be arranged"),
        (None, "on_hold", "On hold"),
        (None, "unknown", "Being updated"),
        (None, "canceled", None),
        (visit("unscheduled"), "open", "To be arranged"),
        (visit("completed"), "on_hold", "On hold"),
        (visit("scheduled"), "on_hold", "Scheduled"),
        (visit("in_progress"), "unknown", "In progress"),
    ],
)
def test_a_job_whose_visit_says_less_than_itself(found: VisitFacts | None, job: str, now: str | None):
    assert next((step.name for step in track(found, job=job) if step.state == "now"), None) == now


def test_a_job_that_is_done_is_not_cancelled_by_a_visit_that_was():
    steps = track(visit("canceled", canceled_at=at(10)), ("canceled", at(10)), job="completed")
    assert [(step.name, step.state) for step in steps] == [("Complete", "done")]


def test_a_job_that_is_over_tells_what_happened_and_no_more():
    over = at(11)
    nothing = track_of(None, (), "completed", Words(UK, NOW), over)
    assert told(nothing) == [("Complete", "done", "11:00")]
    assert told(track_of(None, (), "canceled", Words(UK, NOW), over)) == [("Cancelled", "stopped", "11:00")]
    left = track_of(
        visit("on_the_way", on_the_way_at=at(9, 5)), [Step(*PLANNED), Step(*LEFT)], "completed", Words(UK, NOW), over
    )
    assert told(left) == [*BEHIND, ("Complete", "done", "11:00")]
    # What the visit itself says goes before.
    done = track_of(visit("completed", completed_at=at(10, 50)), (), "completed", Words(UK, NOW), over)
    assert told(done)[-1] == ("Complete", "done", "10:50")
    assert told(track_of(visit("on_hold"), (), "on_hold", Words(UK, NOW), over))[1][2] == ""


def test_no_name_that_is_not_shown():
    hidden: dict[str, Any] = {"technicians": ()}
    for status in ("on_the_way", "in_progress", "on_hold", "completed", "canceled"):
        assert "Dave" not in repr(track(visit(status, **hidden), PLANNED, LEFT, BEGAN))
