"""The whole history: every kind in one order, narrowed down by kind, property, words and year."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from portal_app import database
from portal_app.components.history_words import history_row
from portal_app.components.words import Words
from portal_app.errors import Invalid, NotFound
from portal_app.models import File, Invoice, Job, Location, Quote, Visibility, Visit
from portal_app.services import business, timeline, timeline_parts
from portal_app.services.rights import Right
from portal_app.services.timeline import DOCUMENT, INVOICE, JOB, PHOTO, QUOTE, VISIT, Wanted
from portal_app.services.timeline_parts import Filed
from portal_app.services.visits import VisitFacts
from tests.pages.facts import UK
from tests.services import people, shared, work
from tests.services.test_query_plans import refusals, run
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    people.make_business()
    work.customer("Whitcombe")
    work.customer("Neighbour")


def page(wanted: Wanted | None = None, who: Any = None, cursor: str = "", limit: int = 50) -> timeline.Page:
    with database.reading() as session:
        asked = wanted or Wanted("all")
        return timeline.page(session, who or actor(), LONDON, now=NOW, cursor=cursor, limit=limit, wanted=asked)


def named(found: timeline.Page) -> list[str]:
    """Return what the entries are called."""
    words = []
    for entry in found.entries:
        what = entry.what
        words.append(what.file.words if isinstance(what, Filed) else what.title)
    return words


def one_of_each(place: int | None = None, word: str = "Boiler") -> None:
    visit = work.visit("completed", NOW - 4 * DAY, title=f"{word} visit", location_id=place)
    work.advice(visit, f"{word} filter", state="open")
    with database.reading() as session:
        job_id = session.get_one(Visit, visit).job_id
    given: dict[str, Any] = {"job_id": job_id, "location_id": place}
    shared.file(f"{word} photo", visit_id=visit, sort_at=NOW - 3 * DAY, **given)
    shared.file(f"{word} paper", "document", sort_at=NOW - 2 * DAY, **given)
    work.invoice(100, TODAY, title=f"{word} invoice", issued_on=TODAY - DAY, location_id=place)
    work.quote(100, TODAY, title=f"{word} quote", issued_on=TODAY - 5 * DAY, location_id=place)


ORDER = ["invoice", "paper", "photo", "visit", "quote"]


def test_it_works():
    one_of_each()
    found = page()
    assert named(found) == [f"Boiler {kind}" for kind in ORDER]
    photo, visit = found.entries[2], found.entries[3]
    assert [one.title for one in visit.advice] == ["Boiler filter"]
    assert isinstance(photo.what, Filed)
    assert photo.what.job is not None
    assert photo.what.job.title == "Boiler visit"
    # Home's own list stays as it was.
    assert named(page(Wanted())) == ["Boiler invoice", "Boiler visit", "Boiler quote"]


def test_what_was_called_off_is_told_on_its_day_and_not_before():
    one_of_each()
    work.visit("canceled", NOW - 5 * DAY, title="Power flush", status_reason="The hall was in use.")
    work.visit("canceled", NOW + 2 * DAY, title="Called off before its day")
    assert named(page()) == [*(f"Boiler {kind}" for kind in ORDER[:-1]), "Power flush", "Boiler quote"]
    assert named(page(Wanted("work"))) == ["Boiler visit", "Power flush"]
    assert named(page(Wanted("work", typed="flush"))) == ["Power flush"]
    assert "Power flush" not in named(page(Wanted("advice"))) + named(page(Wanted()))
    row = history_row(page(Wanted("work")).entries[-1], Words(UK, NOW))
    assert row.sub == "Cancelled. The hall was in use."


def test_work_without_a_title_has_a_name():
    work.visit("completed", NOW - DAY, title="")
    assert history_row(page().entries[0], Words(UK, NOW)).title == "Job"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([JOB, PHOTO, DOCUMENT, VISIT, QUOTE, INVOICE]),
            st.integers(1, 3),
            st.sampled_from([0, 1, 1439]),
        ),
        max_size=30,
    ),
    limit=st.integers(1, 9),
)
def test_pages_one_after_the_other_are_the_whole_list(rows: list[tuple[int, int, int]], limit: int):
    who = work.customer()
    expected = write(who, rows)
    found, cursor = [], ""
    while True:
        shown = page(who=actor(who), cursor=cursor, limit=limit)
        found += [(entry.at, entry.rank, entry.id) for entry in shown.entries]
        cursor = shown.next_cursor
        if not cursor:
            break
        assert len(shown.entries) == limit
    assert found == expected


def write(who: int, rows: list[tuple[int, int, int]]) -> list[tuple[datetime, int, int]]:
    keys = []
    with database.transaction() as session:
        job = Job(customer_id=who, title="Boiler", opened_at=NOW, visited=True)
        session.add(job)
        session.flush()
        for rank, days, minute in rows:
            day = TODAY - days * DAY
            at = datetime.combine(day, datetime.min.time(), UTC)
            at += timedelta(minutes=minute if rank in (JOB, VISIT, PHOTO, DOCUMENT) else 0)
            row = row_of(who, rank, at, job.id or 0)
            session.add(row)
            session.flush()
            keys.append((at, rank, row.id or 0))
    return sorted(keys, reverse=True)


def row_of(who: int, rank: int, at: datetime, job_id: int) -> Any:
    if rank == JOB:
        return Job(customer_id=who, title="Boiler", opened_at=at)
    if rank == VISIT:
        return Visit(job_id=job_id, customer_id=who, status="completed", sort_at=at)
    if rank in (PHOTO, DOCUMENT):
        kind = "photo" if rank == PHOTO else "document"
        return File(customer_id=who, kind=kind, name="x", sort_at=at, digest="0" * 64, content_type="image/jpeg")
    table: Any = Quote if rank == QUOTE else Invoice
    return table(customer_id=who, currency="GBP", issued_on=at.date(), status="approved")


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("work", ["visit"]),
        ("photos", ["photo"]),
        ("documents", ["paper"]),
        ("quotes", ["quote"]),
        ("invoices", ["invoice"]),
        ("advice", ["visit"]),
        ("all", ORDER),
    ],
)
def test_each_kind_alone(show: str, expected: list[str]):
    one_of_each()
    work.visit("completed", NOW - 9 * DAY, title="Without advice", job={"number": "7"})
    found = [name for name in named(page(Wanted(show))) if name != "Without advice"]
    assert found == [f"Boiler {kind}" for kind in expected]
    assert ("Without advice" in named(page(Wanted(show)))) == (show in ("all", "work"))


@pytest.mark.parametrize(
    ("right", "gone"),
    [
        (Right.VIEW_JOBS, {"visit", "photo"}),
        (Right.VIEW_MONEY, {"invoice"}),
        (Right.VIEW_QUOTES, {"quote"}),
        (Right.DOCUMENTS, {"paper"}),
    ],
)
def test_each_right_and_each_kind_that_is_off(right: Right, gone: set[str]):
    one_of_each()
    who = actor(rights=[one for one in Right if one is not right])
    assert named(page(who=who)) == [f"Boiler {kind}" for kind in ORDER if kind not in gone]
    for entry in page(who=who).entries:
        if isinstance(entry.what, Filed) and right is Right.VIEW_JOBS:
            assert entry.what.job is None
    work.add(Visibility(id=1, photos=False))
    assert "Boiler photo" not in named(page())


def test_another_customer_sees_nothing_of_it():
    one_of_each()
    assert named(page(who=actor(2))) == []


def test_one_property_and_who_may_see_it():
    mill, cottage = work.location(1, "Mill"), work.location(1, "Cottage")
    one_of_each(mill, "Mill")
    one_of_each(cottage, "Cottage")
    with database.reading() as session:
        there = session.get_one(Location, cottage).public_id
    assert named(page(Wanted("all", there))) == [f"Cottage {kind}" for kind in ORDER]
    limited = actor(locations=[mill])
    assert named(page(who=limited)) == [f"Mill {kind}" for kind in ORDER]
    for who in (limited, actor(2), actor(rights=[Right.PAY])):
        with pytest.raises(NotFound):
            page(Wanted("all", there), who)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("boiler", [f"Boiler {kind}" for kind in ORDER]),
        ("BOIL filt", ["Boiler visit"]),
        ("fÜge", ["Fuge"]),
        ("4471", ["Fuge"]),
        ("inv-77", ["Pump"]),
        ("inv77", ["Pump"]),
        ("mill", ["Pump"]),
        ("boiler nowhere", []),
        ("100%", []),
        ("_", []),
        ("\x00boiler paper", ["Boiler paper"]),
    ],
)
def test_every_word_must_be_found(typed: str, found: list[str]):
    one_of_each()
    work.visit("completed", NOW - 8 * DAY, title="Fuge", work_summary="Eine FÜGE geschlossen", job={"number": "4471"})
    place = work.location(1, "The mill")
    work.invoice(100, TODAY, title="Pump", number="INV-77", issued_on=TODAY - 9 * DAY, location_id=place)
    if typed == "_":
        # Nothing but signs is no search.
        assert len(page(Wanted("all", typed=typed)).entries) == 7
        return
    assert named(page(Wanted("all", typed=typed))) == found


def test_a_file_is_found_by_its_job_only_by_who_may_see_that():
    mill, cottage = work.location(1, "Mill"), work.location(1, "Cottage")
    job = work.add(Job(customer_id=1, location_id=mill, title="Kestrel boiler", opened_at=NOW, visited=True)).id
    shared.file("Wigeon certificate", "document", job_id=job, location_id=cottage)
    documents = Right.DOCUMENTS
    for who, found in (
        (actor(), ["Wigeon certificate"]),
        (actor(rights=[documents]), []),
        (actor(rights=[documents], locations=[mill, cottage]), []),
        (actor(locations=[cottage]), []),
        (actor(locations=[mill, cottage]), ["Wigeon certificate"]),
        (replace(actor(), right_locations={Right.VIEW_JOBS: frozenset([cottage])}), []),
    ):
        assert named(page(Wanted("documents", typed="certificate"), who)) == ["Wigeon certificate"], who
        assert named(page(Wanted("documents", typed="kestrel"), who)) == found, who


def test_a_year_is_jumped_to_and_the_oldest_is_known():
    with database.reading() as session:
        assert timeline_parts.oldest_year(session, actor(), LONDON) is None
    work.visit("completed", datetime(2024, 12, 31, 23, 59, tzinfo=UTC), title="Last")
    work.visit("completed", datetime(2025, 1, 1, tzinfo=UTC), title="First")
    work.invoice(100, title="New Year", issued_on=date(2025, 1, 1))
    work.invoice(100, title="Old Year", issued_on=date(2019, 5, 1))
    assert named(page(Wanted("all", year=2024))) == ["Last", "Old Year"]
    assert named(page(Wanted("all", year=2025)))[:2] == ["First", "New Year"]
    with database.reading() as session:
        assert timeline_parts.oldest_year(session, actor(), LONDON) == 2019
        assert timeline_parts.oldest_year(session, actor(rights=[Right.VIEW_JOBS]), LONDON) == 2024
    for wrong in (Wanted("all", year=9999), Wanted("all", year=-3), Wanted("everything")):
        with pytest.raises(Invalid):
            page(wrong)


@pytest.mark.parametrize("limited", [False, True])
def test_every_part_is_served_by_an_index(limited: bool, monkeypatch: pytest.MonkeyPatch):
    place = work.location(1, "Mill")
    for _ in range(4):
        one_of_each(place)
    with database.reading() as session:
        public_id = session.get_one(Location, place).public_id
    who = actor(locations=[place] if limited else None)

    def everything(session: Session) -> None:
        for show in timeline.SHOWS:
            for typed in ("", "boiler ü"):
                for location in ("", public_id):
                    wanted = Wanted(show, location, typed)
                    first = timeline.page(session, who, LONDON, now=NOW, limit=2, wanted=wanted)
                    if first.next_cursor:
                        timeline.page(session, who, LONDON, now=NOW, limit=2, wanted=wanted, cursor=first.next_cursor)
        timeline.page(session, who, LONDON, now=NOW, limit=2, wanted=Wanted("all", year=2026))
        timeline_parts.oldest_year(session, who, LONDON)

    # How the business writes amounts is known to every process; here it may take longer than that is kept.
    monkeypatch.setattr(business, "LOOK_SECONDS", 600)
    business.forget_look()
    business.look()
    assert refusals(run(everything)) == []


def test_what_stands_beside_is_read_by_its_own_rows():
    one_of_each()

    def both(session: Session) -> None:
        assert timeline_parts.advice_of(session, actor(), [1])
        assert timeline_parts.jobs_of(session, actor(), [1])

    with database.reading() as session:
        for sql, parameters in run(both):
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).all()
            # By customer they would take longer, the more the customer has; few of anybody's jobs are hidden.
            by_customer = [row[3] for row in rows if "customer_id" in row[3]]
            assert [step for step in by_customer if "ix_job_hidden" not in step] == []


def test_visits_under_way_stand_with_what_is_over():
    work.visit("in_progress", NOW - HOUR, title="Now")
    work.visit("scheduled", NOW + HOUR, title="Later", job={"opened_at": NOW - DAY})
    found = page()
    assert named(found) == ["Now", "Later"]
    assert isinstance(found.entries[0].what, VisitFacts)
    assert found.entries[1].rank == JOB
