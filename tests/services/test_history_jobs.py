"""Jobs in the history: each once, by its visits or, where none of them is told, by itself."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from portal_app import database
from portal_app.components.history_words import history_row
from portal_app.components.words import Words
from portal_app.models import Job, Location, Visit
from portal_app.services import timeline, timeline_parts, visited_jobs
from portal_app.services.rights import Right
from portal_app.services.timeline import JOB, Wanted
from tests.pages.facts import UK
from tests.services import people, work
from tests.services.test_query_plans import refusals, run
from tests.services.work import DAY, HOUR, LONDON, NOW, actor


@pytest.fixture
def customers(each_database: str) -> str:
    people.make_business()
    work.customer("Whitcombe")
    work.customer("Neighbour")
    return each_database


pytestmark = pytest.mark.usefixtures("customers")


def job(title: str = "Power flush", days: float = 5, customer_id: int = 1, **columns: Any) -> int:
    row = Job(customer_id=customer_id, title=title, opened_at=NOW - days * DAY, **columns)
    return work.add(row).id or 0


def visit(job_id: int, status: str, at: datetime = NOW, **columns: Any) -> int:
    """Write a visit as what reads a CRM does: with what it means for its job."""
    with database.transaction() as session:
        row = Visit(**{"job_id": job_id, "customer_id": 1, "status": status, "sort_at": at, **columns})
        session.add(row)
        session.flush()
        visited_jobs.write(session, [job_id])
        return row.id or 0


def page(wanted: Wanted | None = None, who: Any = None, cursor: str = "", limit: int = 50) -> timeline.Page:
    with database.reading() as session:
        asked = wanted or Wanted("all")
        return timeline.page(session, who or actor(), LONDON, now=NOW, cursor=cursor, limit=limit, wanted=asked)


def told(found: timeline.Page) -> list[tuple[str, str]]:
    return [("job" if entry.rank == JOB else "visit", getattr(entry.what, "title", "")) for entry in found.entries]


def test_it_works():
    job("Power flush", 5, number="1042")
    work.visit("completed", NOW - 3 * DAY, title="Boiler")
    found = page()
    assert told(found) == [("visit", "Boiler"), ("job", "Power flush")]
    assert found.entries[1].at == NOW - 5 * DAY
    assert told(page(Wanted("work"))) == told(found)
    for show in ("photos", "advice", "quotes", "invoices", "documents", timeline.HOME):
        assert ("job", "Power flush") not in told(page(Wanted(show)))


@pytest.mark.parametrize(
    ("columns", "sub"),
    [
        ({"number": "1042"}, "Job 1042, open"),
        ({"status": "on_hold"}, "On hold"),
        ({"status": "unknown"}, "Being updated"),
        ({"status": "completed"}, "Completed"),
        ({"status": "completed", "closed_at": NOW - 2 * DAY}, "Completed on Friday 20 November"),
        ({"number": "7", "status": "canceled", "closed_at": NOW}, "Job 7, cancelled on Sunday 22 November"),
    ],
)
def test_its_row_says_how_it_stands(columns: dict[str, Any], sub: str):
    job(**columns)
    row = history_row(page().entries[0], Words(UK, NOW))
    assert (row.title, row.sub, row.when) == ("Power flush", sub, "17 Nov")
    assert row.href.startswith("/jobs/")


@pytest.mark.parametrize(
    ("status", "days", "found"),
    [
        *((status, days, "job") for status in ("unscheduled", "scheduled", "on_hold", "unknown") for days in (-1, 1)),
        *(("completed", days, "visit") for days in (-1, 1)),
        *((status, 0, "visit") for status in ("on_the_way", "in_progress", "canceled", "completed")),
        # Work that began yesterday and never ended is told by nobody, and so is what is called off before its day.
        ("in_progress", -1, "job"),
        ("canceled", -1, "visit"),
        ("canceled", 1, "job"),
    ],
)
def test_each_job_is_told_once(status: str, days: int, found: str):
    visit(job(), status, NOW + days * DAY)
    assert told(page()) == [(found, "Power flush")]


def test_what_is_to_come_is_no_history():
    job("Next week", -7)
    job("This evening", -0.4)
    assert told(page()) == [("job", "This evening")]
    assert told(page(Wanted("all", year=2026))) == [("job", "This evening")]
    assert told(page(Wanted("all", year=2025))) == []


def test_a_visit_takes_the_place_of_its_job_and_gives_it_back():
    first, second = job("Flush"), job("Pump", 6)
    done = visit(first, "completed", NOW - DAY)
    assert told(page()) == [("visit", "Flush"), ("job", "Pump")]
    for change, expected in (
        ({"deleted_at": NOW}, [("job", "Flush"), ("job", "Pump")]),
        ({"deleted_at": None, "job_id": second}, [("visit", "Pump"), ("job", "Flush")]),
        ({"status": "scheduled"}, [("job", "Flush"), ("job", "Pump")]),
        # The CRM moved the visit to another customer before its job.
        ({"status": "completed", "customer_id": 2}, [("job", "Flush"), ("job", "Pump")]),
    ):
        with database.transaction() as session:
            row = session.get_one(Visit, done)
            for name, value in change.items():
                setattr(row, name, value)
            session.flush()
            visited_jobs.write(session, [first, second])
        assert told(page()) == expected


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    jobs=st.lists(st.sampled_from(["", "completed", "canceled", "scheduled", "in_progress"]), max_size=25),
    limit=st.integers(1, 9),
)
def test_pages_tell_each_job_once_while_visits_come(jobs: list[str], limit: int):
    who = work.customer()
    rows = [(job(f"Job {n}", 3 + n // 4, who), status) for n, status in enumerate(jobs)]
    for job_id, status in rows:
        if status:
            visit(job_id, status, NOW - HOUR, customer_id=who)
    seen: list[str] = []
    cursor = ""
    while True:
        found = page(who=actor(who), cursor=cursor, limit=limit)
        seen += [title for _, title in told(found)]
        if not (cursor := found.next_cursor):
            break
        # What was shown already gets a visit, further up than the reader is.
        by_title = {f"Job {n}": (job_id, status) for n, (job_id, status) in enumerate(rows)}
        for kind, title in told(found)[:1]:
            if kind == "job":
                visit(by_title[title][0], "completed", NOW - HOUR / 2, customer_id=who)
    assert sorted(seen) == sorted(f"Job {n}" for n in range(len(jobs)))


def test_by_property_words_year_and_right():
    mill, cottage = work.location(1, "Mill"), work.location(1, "Cottage")
    job("Mill flush", location_id=mill, number="88-A")
    job("Cottage pump", 400, location_id=cottage)
    job("Nowhere")
    job("Of somebody else", customer_id=2)
    with database.reading() as session:
        there = session.get_one(Location, cottage).public_id
        assert timeline_parts.oldest_year(session, actor(), LONDON) == 2025
        assert timeline_parts.oldest_year(session, actor(rights=[Right.VIEW_MONEY]), LONDON) is None
    everything = ["Nowhere", "Mill flush", "Cottage pump"]
    for wanted, who, expected in (
        (Wanted("all"), None, everything),
        (Wanted("all", there), None, ["Cottage pump"]),
        (Wanted("all", typed="FLUSH"), None, ["Mill flush"]),
        (Wanted("work", typed="88-a mill"), None, ["Mill flush"]),
        (Wanted("all", typed="cottage"), None, ["Cottage pump"]),
        (Wanted("all", year=2025), None, ["Cottage pump"]),
        (Wanted("all"), actor(locations=[mill]), ["Mill flush"]),
        (Wanted("all"), actor(locations=[]), []),
        (Wanted("all"), actor(rights=set(Right) - {Right.VIEW_JOBS}), []),
        (Wanted("all"), actor(2), ["Of somebody else"]),
    ):
        assert [title for _, title in told(page(wanted, who))] == expected, (wanted, who)


def test_hidden_and_deleted_ones_are_not_there():
    job("Hidden", hidden_at=NOW)
    job("Deleted", deleted_at=NOW)
    assert told(page()) == []


def test_somebody_who_may_not_see_the_visit_is_told_of_the_job():
    mill, cottage = work.location(1, "Mill"), work.location(1, "Cottage")
    visit(job(location_id=mill), "canceled", NOW - DAY, location_id=cottage)
    assert told(page()) == [("visit", "Power flush")]
    assert told(page(who=actor(locations=[mill]))) == [("job", "Power flush")]


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("limited", [False, True])
def test_they_are_found_by_an_index_of_their_own(customers: str, limited: bool, analysed: bool):
    place = work.location(1, "Mill")
    given: dict[str, Any] = {"customer_id": 1, "location_id": place}
    with database.transaction() as session:
        jobs = [Job(title="Boiler", opened_at=NOW - n * HOUR, visited=n % 20 != 0, **given) for n in range(1000)]
        session.add_all(jobs)
        session.flush()
        for n, one in enumerate(jobs):
            if n % 40:
                off = "canceled" if n % 7 else "completed"
                session.add(Visit(job_id=one.id or 0, status=off, sort_at=NOW - n * HOUR + DAY, **given))
    if analysed:
        with database.transaction() as session:
            session.connection().exec_driver_sql("ANALYZE")
    who = actor(locations=[place] if limited else None)

    def both(session: Session) -> None:
        first = timeline.page(session, who, LONDON, now=NOW, limit=20, wanted=Wanted("work"))
        timeline.page(session, who, LONDON, now=NOW, limit=20, wanted=Wanted("work"), cursor=first.next_cursor)
        timeline_parts.oldest_year(session, who, LONDON)

    statements = [one for one in run(both) if one[0].startswith("SELECT job.")]
    assert len(statements) == 3
    if customers == "sqlite":
        assert refusals(statements) == []
    explain = "EXPLAIN QUERY PLAN" if customers == "sqlite" else "EXPLAIN"
    with database.reading() as session:
        if customers != "sqlite":
            # So few rows are read whole, whatever there is.
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        for sql, parameters in statements:
            rows = session.connection().exec_driver_sql(f"{explain} {sql}", parameters).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "ix_job_not_visited" in plan, plan
            # Each one's own visits, never all of the customer's.
            assert "ix_visit_job_id" in plan, plan
            assert "ix_visit_customer_id" not in plan, plan
