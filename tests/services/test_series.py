"""Recurring plans: once in the list, with what was done and what comes, for those who may see it."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import database
from portal_app.components.plan_words import next_words
from portal_app.components.words import Words
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Location, Series
from portal_app.services import jobs, series
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from tests.pages.facts import UK
from tests.services import work
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor, customer

pytestmark = pytest.mark.usefixtures("database_file")


def plan(title: str = "Softener check", *, customer_id: int = 1, **columns: Any) -> int:
    given = {"rhythm": "Every month", **columns}
    return work.add(Series(customer_id=customer_id, title=title, **given)).id or 0


def round_of(series_id: int, status: str, start, **columns: Any) -> int:
    over = "completed" if status in series.OVER else "open"
    job = {"series_id": series_id, "status": over, "location_id": columns.get("location_id")}
    return work.visit(status, start, title="Softener", job=job, **columns)


def plans(who: Customer, **given: Any) -> tuple[series.Plan, ...]:
    with database.reading() as session:
        return series.of_customer(session, who, LONDON, now=NOW, **given).plans


def got(who: Customer, row: int, **given: Any) -> series.Detail:
    with database.reading() as session:
        name = session.get_one(Series, row).public_id
        return series.get(session, who, LONDON, name, now=NOW, **given)


def public_id(table: type[Any], row: int) -> str:
    with database.reading() as session:
        return session.get_one(table, row).public_id


def jobs_listed(which: jobs.Which, **given: Any) -> list[str]:
    with database.reading() as session:
        found = jobs.page(session, actor(), LONDON, which=which, now=NOW, outside_plans=True, **given)
    return [entry.title for entry in found.entries]


def test_it_works():
    customer()
    row = plan()
    for months in (1, 2, 3):
        round_of(row, "completed", NOW - months * 30 * DAY, work_summary=f"Salt {months}.")
    round_of(row, "scheduled", NOW + 40 * DAY)
    round_of(row, "scheduled", NOW + 10 * DAY)
    work.visit("scheduled", NOW + DAY, title="Tap")
    (found,) = plans(actor())
    assert (found.title, found.rhythm, found.done, found.coming, found.over) == (
        "Softener check",
        "Every month",
        3,
        2,
        False,
    )
    assert found.next_on == TODAY + timedelta(days=10)
    detail = got(actor(), row)
    assert [visit.sort_at for visit in detail.coming] == [NOW + 10 * DAY, NOW + 40 * DAY]
    assert [visit.work_summary for visit in detail.past] == ["Salt 1.", "Salt 2.", "Salt 3."]
    assert jobs_listed("active") == ["Tap"]
    assert jobs_listed("past") == []


def test_a_plan_that_is_gone_leaves_its_jobs_in_the_lists():
    customer()
    row = plan(deleted_at=NOW)
    round_of(row, "scheduled", NOW + DAY)
    round_of(row, "completed", NOW - DAY)
    assert plans(actor()) == ()
    assert jobs_listed("active") == ["Softener"]
    assert jobs_listed("past") == ["Softener"]
    with pytest.raises(NotFound):
        got(actor(), row)


def test_every_plan_is_listed_by_pages_and_the_jobs_of_those_beyond_stand_singly(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_PLANS", 7)
    jobs._list_statement.cache_clear()
    customer()
    rows = [plan(f"Plan {number}") for number in range(9)]
    for row in rows:
        job = {"series_id": row, "location_id": None}
        work.visit("scheduled", NOW + DAY, title=f"Round {row}", job=job)
    seen: list[str] = []
    cursor = ""
    while len(seen) < jobs.MOST_PLANS:
        with database.reading() as session:
            found = series.of_customer(session, actor(), LONDON, now=NOW, limit=3, cursor=cursor)
        seen += [one.title for one in found.plans][: jobs.MOST_PLANS - len(seen)]
        cursor = found.next_cursor
    assert seen == [f"Plan {number}" for number in range(8, 1, -1)]
    assert sorted(jobs_listed("active")) == [f"Round {row}" for row in rows[:2]]
    jobs._list_statement.cache_clear()


def test_the_last_page_of_plans_says_that_it_is_the_last():
    customer()
    for number in range(4):
        plan(f"Plan {number}")
    with database.reading() as session:
        first = series.of_customer(session, actor(), LONDON, now=NOW, limit=2)
        last = series.of_customer(session, actor(), LONDON, now=NOW, limit=2, cursor=first.next_cursor)
        with pytest.raises(Invalid):
            series.of_customer(session, actor(), LONDON, now=NOW, cursor="plan.-.3")
    assert [one.title for one in (*first.plans, *last.plans)] == [f"Plan {number}" for number in (3, 2, 1, 0)]
    assert last.next_cursor == ""


def test_a_job_at_one_property_of_a_plan_elsewhere_stands_in_the_list_of_that_property():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    row = plan(location_id=mill)
    round_of(row, "scheduled", NOW + DAY, location_id=barn)
    assert plans(actor(), location=public_id(Location, barn)) == ()
    assert jobs_listed("active", location=public_id(Location, barn)) == ["Softener"]
    assert jobs_listed("active") == []


def test_two_years_of_history_by_pages():
    customer()
    row = plan()
    for week in range(104):
        round_of(row, "canceled" if week == 50 else "completed", NOW - (7 * week + 1) * DAY)
    seen: list[int] = []
    cursor: str | None = None
    while cursor != "":
        page = got(actor(), row, cursor=cursor, limit=25)
        seen += [visit.id for visit in page.past]
        cursor = page.next_cursor
    assert len(seen) == len(set(seen)) == 104
    assert plans(actor())[0].done == 103


def test_the_next_day_is_that_of_the_visit_else_what_the_crm_says_else_nobody_knows():
    customer()
    said = plan("Said", next_on=TODAY + timedelta(days=90))
    round_of(said, "completed", NOW - 3 * DAY)
    plan("Past", next_on=TODAY - timedelta(days=9))
    today = plan("Now")
    round_of(today, "on_the_way", NOW - HOUR)
    unscheduled = plan("Open")
    round_of(unscheduled, "unscheduled", NOW)
    found = {one.title: one for one in plans(actor())}
    assert found["Said"].next_on == TODAY + timedelta(days=90)
    assert found["Past"].next_on is None
    assert found["Now"].next_on == TODAY
    assert found["Now"].visit is not None
    assert found["Now"].visit.status == "on_the_way"
    assert found["Open"].next_on is None
    assert [visit.status for visit in got(actor(), unscheduled).coming] == ["unscheduled"]


def test_a_round_that_was_called_off_as_a_job_does_not_come():
    customer()
    row = plan("Softener", next_on=TODAY + timedelta(days=90))
    for status, start in (("scheduled", NOW + 2 * DAY), ("canceled", NOW - 9 * DAY)):
        work.visit(status, start, job={"series_id": row, "status": "canceled"})
    (found,) = plans(actor())
    assert (found.visit, found.next_on) == (None, TODAY + timedelta(days=90))
    detail = got(actor(), row)
    assert (list(detail.coming), [visit.status for visit in detail.past]) == ([], ["canceled"])


def test_a_plan_is_over_after_its_last_day_unless_something_is_still_to_come():
    customer()
    ended = plan("Ended", ends_on=TODAY - timedelta(days=1))
    round_of(ended, "completed", NOW - 9 * DAY)
    late = plan("Late", ends_on=TODAY - timedelta(days=1))
    round_of(late, "scheduled", NOW + DAY)
    plan("Running", ends_on=TODAY)
    assert {one.title: one.over for one in plans(actor())} == {"Ended": True, "Late": False, "Running": False}


def test_another_customers_plan_is_not_there():
    customer()
    other = customer("Other")
    row = plan(customer_id=other)
    round_of(row, "completed", NOW - DAY, customer_id=other)
    assert plans(actor()) == ()
    with pytest.raises(NotFound):
        got(actor(), row)


def test_without_the_right_there_is_nothing():
    customer()
    row = plan()
    nobody = actor(rights=set(Right) - {Right.VIEW_JOBS})
    with pytest.raises(NotAllowed):
        plans(nobody)
    with pytest.raises(NotAllowed):
        got(nobody, row)


def test_by_property_and_for_somebody_limited_to_one():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    at_mill, at_barn = plan("Mill plan", location_id=mill), plan("Barn plan", location_id=barn)
    for row, place in ((at_mill, mill), (at_barn, barn)):
        round_of(row, "completed", NOW - DAY, location_id=place)
    assert {one.title for one in plans(actor())} == {"Mill plan", "Barn plan"}
    assert [one.title for one in plans(actor(), location=public_id(Location, barn))] == ["Barn plan"]
    limited = actor(locations=[mill])
    assert [one.title for one in plans(limited)] == ["Mill plan"]
    with pytest.raises(NotFound):
        plans(limited, location=public_id(Location, barn))
    with pytest.raises(NotFound):
        got(limited, at_barn)


def test_a_visit_of_the_plan_elsewhere_is_not_told_to_somebody_limited():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    row = plan(location_id=mill)
    round_of(row, "completed", NOW - DAY, location_id=mill)
    round_of(row, "completed", NOW - 2 * DAY, location_id=barn)
    assert (plans(actor())[0].done, plans(actor(locations=[mill]))[0].done) == (2, 1)
    assert len(got(actor(locations=[mill]), row).past) == 1


@pytest.mark.parametrize("cursor", ["x", "plan.-.1", "active.1.1", "plan.1.1;"])
def test_a_place_that_was_never_given_out(cursor: str):
    customer()
    row = plan()
    with pytest.raises(Invalid):
        got(actor(), row, cursor=cursor)


def test_a_window_that_is_open_after_midnight_is_today_s():
    customer()
    begins = (NOW + DAY).replace(hour=22, minute=0)
    round_of(plan(), "scheduled", begins, window_start=begins, window_end=begins + 4 * HOUR)
    now = begins + 2.5 * HOUR
    with database.reading() as session:
        (found,) = series.of_customer(session, actor(), LONDON, now=now).plans
    assert next_words(found, Words(UK, now)) == "Yesterday, between 22:00 and 02:00"
