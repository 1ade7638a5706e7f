"""What a job's page says of where it stands, and that it says it anew when that passes by itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock
from portal_app.components.words import Words
from portal_app.pages.dashboard.state import DashboardState
from portal_app.pages.job.state import JobState
from portal_app.pages.job.views import JobView, job_view, true_until
from portal_app.pages.jobs.state import JobsState
from portal_app.pages.jobs.views import active_row
from portal_app.pages.plan.state import PlanState
from portal_app.services.jobs import Detail, Entry
from portal_app.services.visits import VisitFacts
from tests.pages.facts import NOW, UK, at, visit
from tests.services.people import actor_of, make_business, make_customer, start_session

DAY = timedelta(days=1)


def detail(lead: VisitFacts | None, status: str = "open", **more: Any) -> Detail:
    head = Entry(1, "j1", "3127", "Boiler", status, at(8), None, "Home", lead)
    nothing: dict[str, Any] = dict.fromkeys(("steps", "advice", "invoices", "quotes", "files"), ())
    return Detail(head, "", (lead,) if lead else (), lead, now=NOW, **{**nothing, **more})


def view(lead: VisitFacts | None, status: str = "open", **more: Any) -> JobView:
    return job_view(detail(lead, status, **more), Words(UK, NOW))


def test_it_works():
    shown = view(visit("on_the_way", eta_at=at(11, 10), eta_told_at=at(10, 42)), as_of=NOW)
    assert (shown.badge, shown.when) == ("On the way", "Today, between 10 and 12")
    assert (shown.fresh, shown.late) == ("Between 10 and 12; now likely 11:10, told at 10:42.", "")
    assert ([person.name for person in shown.people], shown.people_title) == (["Dave Okafor"], "Who comes")


def test_a_window_of_several_days_stands_on_each_page_as_there_is_room():
    open_now: dict[str, Any] = {"start": at(9, days=-1), "window_end": at(17, days=7)}
    shown = view(visit("on_the_way", **open_now))
    assert (shown.when, shown.fresh) == ("Until Wednesday 3 December, 17:00", "")
    assert [row.title for row in shown.visits] == ["Until 3 Dec, 17:00"]
    done = visit("completed", completed_at=at(9, 30), **open_now)
    assert view(done).when == "Today"
    ahead = visit(start=at(8, days=11), window_end=at(17, days=14))
    assert view(ahead).when == "7 to 10 December, 08:00 to 17:00"
    row = active_row(detail(ahead).head, Words(UK, NOW))
    assert row.sub == "7 to 10 Dec, 08:00 to 17:00 · Home · Job 3127"


def test_running_late_is_a_notice_of_its_own_and_said_once():
    shown = view(visit("on_the_way", eta_at=at(12, 30), eta_told_at=at(10, 42)))
    assert shown.late == "Likely later than the window, which ends at 12:00."
    assert [step.text for step in shown.track if "Likely later" in step.text] == []
    assert view(visit("in_progress", eta_at=at(12, 30))).late == ""
    assert view(visit("on_the_way", eta_at=at(12, 30)), "canceled").late == ""


def test_nobody_comes_to_a_visit_that_was_called_off():
    off = visit("canceled", canceled_at=at(9))
    today = view(off)
    assert (today.badge, today.when, today.people) == ("Cancelled", "Today, between 10 and 12", [])
    before = view(replace(off, sort_at=at(10) - DAY, window_start=at(10) - DAY, window_end=at(12) - DAY))
    assert (before.badge, before.when, before.people) == ("To be arranged", "No visit planned yet", [])
    assert before.track[-4].name == "To be arranged"


def test_who_came_stands_there_while_the_job_goes_on():
    shown = view(visit("completed", completed_at=at(10, 30)))
    assert (shown.badge, shown.people_title, len(shown.people)) == ("Complete", "Who came", 1)
    assert view(visit("completed", completed_at=at(10, 30)), "completed").people == []


def test_a_job_that_stays_open_after_its_last_visit_waits_for_no_other():
    words = Words(UK, NOW)
    done = active_row(detail(visit("completed", at(10, days=-2), completed_at=at(11, days=-2))).head, words)
    assert (done.sub, done.badge) == ("Last visit 24 Nov · Home · Job 3127", "Complete")
    none = active_row(detail(None).head, words)
    assert (none.sub, none.badge) == ("No visit planned yet · Home · Job 3127", "To be arranged")


def test_a_job_that_is_over_without_a_visit_waits_for_none():
    for status in ("completed", "canceled"):
        assert view(None, status).when == "No visit"
        over = replace(detail(None, status), head=replace(detail(None, status).head, closed_at=at(11, days=-1)))
        shown = job_view(over, Words(UK, NOW))
        assert (shown.when, shown.track[-1].when) == ("Yesterday", "25 Nov, 11:00")
    assert view(None).when == "No visit planned yet"


def test_a_job_whose_own_state_is_not_known_says_how_fresh_its_visit_is():
    assert view(visit("on_the_way"), "unknown").fresh == "Between 10 and 12."
    assert view(visit(), "on_hold").fresh == ""


def test_the_page_is_read_anew_when_its_words_stop_being_true():
    words = Words(UK, NOW)
    likely = visit("on_the_way", eta_at=at(10, 51), eta_told_at=at(10, 42))
    assert true_until(detail(likely), words) == at(10, 52)
    assert true_until(detail(visit("on_the_way"), as_of=NOW - timedelta(minutes=14)), words) == at(10, 52)
    assert true_until(detail(visit("on_the_way")), words) == at(10, 53)
    assert true_until(detail(None), words) == at(11, 1)


@pytest.mark.parametrize("state", [DashboardState, JobState, JobsState, PlanState])
async def test_every_page_that_tells_of_visits_is_read_anew_then_and_not_before(state: Any, database_file, monkeypatch):
    make_business()
    actor = actor_of(start_session(make_customer("sarah@example.com")))
    read: list[Any] = []

    async def note(who: Any) -> None:
        read.append(who)

    page = state(_reflex_internal_init=True)
    page.loaded, moment = True, "_true_until" if state is JobState else "_turns_at"
    if state is JobState:
        page.job = JobView(goes_on=True)
    if state is DashboardState:
        page._read_at = clock.now()
    monkeypatch.setattr(state, "_refresh", lambda _, who: note(who))
    for passed, expected in ((timedelta(minutes=-1), []), (timedelta(seconds=1), [actor])):
        setattr(page, moment, clock.now() - passed)
        await page._tick(actor, None)
        assert read == expected
