"""Jobs: the lists, one job with all that belongs to it, and who may see what of it."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Job, Location, Technician, Visibility, Visit, VisitStatusChange
from portal_app.services import job_visits, jobs
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from tests.services import work
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor, customer

pytestmark = pytest.mark.usefixtures("database_file")


def job(title: str, status: str = "open", *, days_ago: int = 1, customer_id: int = 1, **columns: Any) -> int:
    opened = NOW - days_ago * DAY
    return work.add(Job(customer_id=customer_id, title=title, status=status, opened_at=opened, **columns)).id or 0


def visit_of(job_id: int, status: str, start, **columns: Any) -> int:
    given = {"customer_id": 1, "window_start": start, "window_end": start + 2 * HOUR, **columns}
    return work.add(Visit(job_id=job_id, status=status, sort_at=start, **given)).id or 0


def listed(who: Customer, which: jobs.Which = "active", **given: Any) -> list[str]:
    with database.reading() as session:
        return [entry.title for entry in jobs.page(session, who, LONDON, which=which, now=NOW, **given).entries]


def public_id(table: type[Any], row: int) -> str:
    with database.reading() as session:
        return session.get_one(table, row).public_id


def got(who: Customer, row: int) -> jobs.Detail:
    name = public_id(Job, row)
    with database.reading() as session:
        return jobs.get(session, who, LONDON, name, now=NOW)


def test_it_works():
    customer()
    boiler = job("Boiler", description="It leaks.")
    came = visit_of(boiler, "completed", NOW - 3 * DAY, work_summary="New valve.")
    coming = visit_of(boiler, "scheduled", NOW + HOUR)
    work.add(VisitStatusChange(visit_id=coming, status="scheduled", at=NOW - DAY, learned_at=NOW))
    work.advice(came, "A filter", price_from_minor=100)
    work.invoice(100, TODAY, job_id=boiler)
    work.quote(100, TODAY, job_id=boiler)
    assert listed(actor()) == ["Boiler"]
    detail = got(actor(), boiler)
    assert (detail.head.title, detail.description) == ("Boiler", "It leaks.")
    assert [visit.status for visit in detail.visits] == ["scheduled", "completed"]
    assert detail.lead is not None
    assert detail.lead.id == coming
    assert [step.status for step in detail.steps] == ["scheduled"]
    assert [advice.title for advice in detail.advice] == ["A filter"]
    assert (len(detail.invoices), len(detail.quotes)) == (1, 1)
    assert detail.visits[1].work_summary == "New valve."


def test_active_and_past():
    customer()
    for status in ("open", "on_hold", "unknown", "completed", "canceled"):
        job(status, status)
    job("gone", deleted_at=NOW)
    assert set(listed(actor())) == {"open", "on_hold", "unknown"}
    assert set(listed(actor(), "past")) == {"completed", "canceled"}


def test_what_happens_now_comes_first_then_what_comes_soonest():
    customer()
    job("nothing planned", days_ago=1)
    for title, status, start in (
        ("later", "scheduled", NOW + 3 * DAY),
        ("soon", "scheduled", NOW + DAY),
        ("here", "in_progress", NOW - HOUR),
        ("near", "on_the_way", NOW + HOUR),
    ):
        visit_of(job(title, days_ago=9), status, start)
    done = job("done and not closed")
    for days in (5, 2, 9):
        visit_of(done, "completed", NOW - days * DAY)
    visit_of(done, "canceled", NOW - DAY)
    assert listed(actor()) == ["near", "here", "soon", "later", "nothing planned", "done and not closed"]
    with database.reading() as session:
        last = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries[-1].visit
    assert last is not None
    assert (last.status, last.sort_at) == ("completed", NOW - 2 * DAY)


def test_a_job_of_many_visits_shows_the_next_one():
    customer()
    plan = job("Plan")
    for days in (-30, 30, 60):
        visit_of(plan, "scheduled", NOW + days * DAY)
    visit_of(plan, "completed", NOW - DAY)
    with database.reading() as session:
        (entry,) = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    assert entry.visit is not None
    assert entry.visit.sort_at == NOW + 30 * DAY


def test_a_past_job_leads_with_its_last_visit():
    customer()
    done = job("Done", "completed")
    first = visit_of(done, "completed", NOW - 300 * DAY)
    last = visit_of(done, "completed", NOW - 200 * DAY)
    detail = got(actor(), done)
    assert detail.lead is not None
    assert (detail.lead.id, [visit.id for visit in detail.visits]) == (last, [last, first])


def test_a_job_that_is_done_leads_with_what_was_done_and_not_with_what_was_called_off():
    customer()
    done = job("Done", "completed")
    came = visit_of(done, "completed", NOW - 3 * DAY)
    visit_of(done, "canceled", NOW - DAY)
    lead = got(actor(), done).lead
    assert lead is not None
    assert lead.id == came


def test_each_step_says_who_was_there_where_the_office_shows_that():
    customer()
    boiler = job("Boiler")
    came = visit_of(boiler, "in_progress", NOW - HOUR)
    dave, priya = (work.add(Technician(name=name)).id or 0 for name in ("Dave Okafor", "Priya Nair"))
    gone = work.add(Technician(name="Left Since", deleted_at=NOW)).id or 0
    for status, ids in (("scheduled", None), ("on_the_way", [priya]), ("in_progress", [dave, gone, priya, 999])):
        work.add(VisitStatusChange(visit_id=came, status=status, at=NOW, learned_at=NOW, technician_ids=ids))
    assert [step.who for step in got(actor(), boiler).steps] == [(), ("Priya Nair",), ("Dave Okafor", "Priya Nair")]
    work.add(Visibility(id=1, technicians=False))
    assert [step.who for step in got(actor(), boiler).steps] == [(), (), ()]


@pytest.mark.parametrize(
    ("taken", "leads"),
    [
        ([("completed", -5), ("canceled", -1)], ("completed", -5)),
        ([("completed", -5), ("canceled", 0)], ("canceled", 0)),
        ([("completed", 0), ("scheduled", 7)], ("completed", 0)),
        ([("scheduled", -30), ("completed", -1)], ("completed", -1)),
        ([("scheduled", -3), ("completed", -5)], ("scheduled", -3)),
        ([("completed", -9), ("completed", -2), ("canceled", 3), ("scheduled", 4)], ("scheduled", 4)),
        ([("canceled", 0), ("scheduled", 4)], ("canceled", 0)),
    ],
)
def test_the_list_says_of_a_job_what_its_page_says(taken, leads):
    customer()
    boiler = job("Boiler")
    for status, days in taken:
        visit_of(boiler, status, NOW + days * DAY)
    with database.reading() as session:
        (entry,) = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    found = [(lead.status, lead.sort_at) for lead in (entry.visit, got(actor(), boiler).lead) if lead is not None]
    assert found == [(leads[0], NOW + leads[1] * DAY)] * 2


def test_a_job_whose_only_visit_was_called_off_has_none_in_the_list():
    customer()
    boiler = job("Boiler")
    off = visit_of(boiler, "canceled", NOW - DAY)
    with database.reading() as session:
        (entry,) = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    lead = got(actor(), boiler).lead
    assert entry.visit is None
    assert lead is not None
    assert lead.id == off


def test_many_finished_visits_of_one_job_hide_no_other_jobs_last():
    customer()
    plan, tap = job("Plan"), job("Tap")
    with database.transaction() as session:
        session.add_all(
            Visit(job_id=plan, customer_id=1, status="completed", sort_at=NOW - n * DAY)
            for n in range(job_visits.MOST_OVER + 9, 1, -1)
        )
    last = visit_of(tap, "completed", NOW - DAY)
    with database.reading() as session:
        entries = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    newest = {entry.title: entry.visit for entry in entries}
    assert newest["Tap"] is not None
    assert newest["Plan"] is not None
    assert (newest["Tap"].id, newest["Plan"].sort_at) == (last, NOW - 2 * DAY)


@pytest.mark.parametrize(
    ("steps", "status", "begun"),
    [
        (["scheduled", "on_the_way"], "on_the_way", False),
        (["scheduled", "on_the_way", "in_progress", "on_hold", "on_the_way"], "on_the_way", True),
        (["in_progress", "on_hold", "scheduled", "on_the_way"], "on_the_way", False),
        (["in_progress", "scheduled", "in_progress", "on_the_way"], "on_the_way", True),
        (["scheduled", "in_progress"], "in_progress", False),
    ],
)
def test_who_sets_off_from_work_that_had_begun(steps, status, begun):
    customer()
    boiler = job("Boiler")
    others = visit_of(boiler, "completed", NOW - DAY)
    came = visit_of(boiler, status, NOW - HOUR)
    for visit_id, taken in ((others, ["in_progress"]), (came, steps)):
        for step in taken:
            work.add(VisitStatusChange(visit_id=visit_id, status=step, at=NOW, learned_at=NOW))
    assert [visit.begun for visit in got(actor(), boiler).visits] == [begun, False]


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_follow_each_other_without_a_gap_or_a_row_twice(limit):
    customer()
    for n in range(9):
        job(str(n), ("completed", "canceled")[n % 2], days_ago=n // 3)
    found, cursor = [], None
    for _ in range(20):
        with database.reading() as session:
            page = jobs.page(session, actor(), LONDON, which="past", cursor=cursor, limit=limit)
        found += [entry.title for entry in page.entries]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == listed(actor(), "past")
    assert sorted(found) == [str(n) for n in range(9)]


@pytest.mark.parametrize("cursor", ["1", "active.1.1", "past.-.1", f"past.-{'9' * 17}.1", "past.1.x", "past.1.1\n"])
def test_a_cursor_we_never_gave_out_is_refused_in_words(cursor):
    customer()
    with pytest.raises(Invalid, match="cannot be continued"):
        listed(actor(), "past", cursor=cursor)


def test_another_customers_is_not_there():
    mine, theirs = customer(), customer("Other")
    row = job("Theirs", customer_id=theirs)
    assert listed(actor(mine)) == []
    with pytest.raises(NotFound):
        got(actor(mine), row)


def test_only_with_the_right_to_view_jobs():
    customer()
    row = job("Boiler")
    nobody = actor(rights=set(Right) - {Right.VIEW_JOBS})
    for act in (lambda: listed(nobody), lambda: got(nobody, row)):
        with pytest.raises(NotAllowed):
            act()


def test_money_and_quotes_come_with_their_own_rights():
    customer()
    row = job("Boiler")
    work.invoice(100, TODAY, job_id=row, number="SECRET")
    work.quote(100, TODAY, job_id=row, number="SECRET")
    viewer = got(actor(rights=[Right.VIEW_JOBS]), row)
    assert "SECRET" not in repr(viewer)
    assert got(actor(rights=[Right.VIEW_JOBS, Right.VIEW_MONEY]), row).invoices
    assert got(actor(rights=[Right.VIEW_JOBS, Right.VIEW_QUOTES]), row).quotes


def test_only_at_the_properties_in_reach():
    customer()
    mill, barn = work.location(label="Mill"), work.location(label="Barn")
    rows = {name: job(name, location_id=place) for name, place in (("mill", mill), ("barn", barn), ("none", None))}
    other = visit_of(rows["mill"], "completed", NOW - DAY, location_id=barn, work_summary="SECRET")
    work.advice(other, "SECRET")
    seen = visit_of(rows["mill"], "completed", NOW - DAY, location_id=mill)
    tenant = actor(locations=[mill])
    assert listed(tenant) == ["mill"]
    for name in ("barn", "none"):
        with pytest.raises(NotFound):
            got(tenant, rows[name])
    detail = got(tenant, rows["mill"])
    assert [visit.id for visit in detail.visits] == [seen]
    assert "SECRET" not in repr(detail)
    assert listed(actor(), location=public_id(Location, barn)) == ["barn"]
    with pytest.raises(NotFound):
        listed(tenant, location=public_id(Location, barn))


def test_advice_that_was_withdrawn_is_not_shown():
    customer()
    row = job("Boiler")
    came = visit_of(row, "completed", NOW - DAY)
    work.advice(came, "open")
    work.advice(came, "withdrawn", state="withdrawn")
    assert [advice.title for advice in got(actor(), row).advice] == ["open"]


WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("past", "coming", "shown"),
    [(65, 0, (60, 0)), (0, 65, (0, 60)), (80, 80, (30, 30)), (80, 10, (50, 10)), (10, 80, (10, 50))],
)
def test_of_many_visits_those_next_to_now_are_shown_and_the_next_one_leads(past: int, coming: int, shown: Any):
    customer()
    row = job("Plan")
    for n in range(past):
        visit_of(row, "completed", NOW - n * WEEK - DAY)
    for n in range(coming):
        visit_of(row, "scheduled", NOW + n * WEEK + DAY)
    detail = got(actor(), row)
    starts = [visit.sort_at for visit in detail.visits]
    assert starts == sorted(starts, reverse=True)
    assert (len([at for at in starts if at < NOW]), len([at for at in starts if at > NOW])) == shown
    assert detail.lead is not None
    with database.reading() as session:
        (entry,) = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    assert entry.visit is not None
    assert detail.lead.id == entry.visit.id
    assert detail.lead.sort_at == (NOW + DAY if coming else NOW - DAY)


def test_work_on_hold_is_shown_however_many_visits_came_since():
    customer()
    row = job("Plan")
    held = visit_of(row, "on_hold", NOW - 62 * DAY)
    for n in range(1, 62):
        visit_of(row, "completed", NOW - n * DAY)
    detail = got(actor(), row)
    assert [visit.status for visit in detail.visits].count("completed") == job_visits.MOST_VISITS
    assert detail.visits[-1].id == held
    with database.reading() as session:
        (entry,) = jobs.page(session, actor(), LONDON, which="active", now=NOW).entries
    assert (entry.visit and entry.visit.id) == (detail.lead and detail.lead.id)


def test_a_search_finds_by_title_number_description_and_property():
    customer()
    mill = work.location(label="The Mill", line="Water Lane")
    job("Boiler service", number="3127")
    job("Bath tap", "completed", number="3136", description="Drips all night.", location_id=mill)
    job("100% check_up", number="9")
    job("Küche", number="10")
    customer("Other")
    job("Boiler of others", customer_id=2)
    for typed, active, past in (
        ("boil", ["Boiler service"], []),
        ("job 3136", [], ["Bath tap"]),
        ("night drips", [], ["Bath tap"]),
        ("water lane tap", [], ["Bath tap"]),
        ("100%", ["100% check_up"], []),
        ("k_up", ["100% check_up"], []),
        ("%", ["100% check_up", "Boiler service", "Küche"], ["Bath tap"]),
        ("KÜCHE", ["Küche"], []),
        ("nothing of that", [], []),
        ("' or 1=1 --", [], []),
        ("\x00boiler\n", ["Boiler service"], []),
    ):
        assert sorted(listed(actor(), search=typed)) == active, typed
        assert listed(actor(), "past", search=typed) == past, typed
    limited = actor(locations=[mill])
    assert listed(limited, search="boil") == []
    assert listed(limited, "past", search="tap") == ["Bath tap"]


def test_a_description_that_is_not_shown_finds_nothing():
    customer()
    job("Bath tap", description="Drips all night.")
    assert listed(actor(), search="night") == ["Bath tap"]
    work.add(Visibility(id=1, descriptions=False))
    assert listed(actor(), search="night") == []
    assert listed(actor(), search="tap") == ["Bath tap"]


def test_a_search_pages_as_the_list_does():
    customer()
    for n in range(9):
        job(f"Tap {n}", "completed", days_ago=n)
        job(f"Sink {n}", "completed", days_ago=n)
    seen: list[str] = []
    cursor: str | None = None
    while cursor != "":
        with database.reading() as session:
            page = jobs.page(session, actor(), LONDON, which="past", search="tap", cursor=cursor, limit=4, now=NOW)
        seen += [entry.title for entry in page.entries]
        cursor = page.next_cursor
    assert seen == [f"Tap {n}" for n in range(9)]
