from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_app import database
from portal_app.errors import Invalid
from portal_app.models import Customer, Invoice, Job, Quote, Visit
from portal_app.services import timeline
from portal_app.services.rights import Right
from portal_app.services.timeline import INVOICE, QUOTE, VISIT
from portal_app.services.timeline_parts import Filed
from tests.services import work
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor

Key = tuple[datetime, int, int]
ZONES = [LONDON, "America/New_York", "Pacific/Auckland", "Africa/Cairo", "Asia/Kolkata"]


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    work.customer("Whitcombe")
    work.customer("Neighbour")


def page(who=None, cursor: str = "", limit: int = timeline.PAGE, zone: str = LONDON) -> timeline.Page:
    with database.reading() as session:
        return timeline.page(session, who or actor(), zone, now=NOW, cursor=cursor, limit=limit)


def walk(who, limits: Iterator[int], zone: str = LONDON) -> list[Key]:
    """Return what all pages show, one after the other; each of its own length."""
    found: list[Key] = []
    cursor = ""
    while True:
        limit = next(limits)
        shown = page(who, cursor, limit, zone)
        found += [(entry.at, entry.rank, entry.id) for entry in shown.entries]
        assert len(shown.entries) == limit or not shown.next_cursor
        if not shown.next_cursor:
            return found
        assert shown.next_cursor != cursor
        cursor = shown.next_cursor


def forever(numbers: list[int]) -> Iterator[int]:
    while True:
        yield from numbers


def day_begins(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def write(rows: list[tuple[int, int, int]], zone: str) -> tuple[int, list[Key]]:
    """Write rows of (kind, day, minute of the day) for a customer of their own; returns who, and the full list."""
    kinds = {QUOTE: Quote, INVOICE: Invoice}
    with database.transaction() as session:
        customer = Customer(name="Whitcombe")
        session.add(customer)
        session.flush()
        who = customer.id or 0
        job = Job(customer_id=who, title="Boiler", opened_at=NOW)
        session.add(job)
        session.flush()
        keys, made = [], []
        for rank, days, minute in rows:
            day = TODAY - days * DAY
            at = day_begins(day, zone) + (timedelta(minutes=minute) if rank == VISIT else timedelta(0))
            row = (
                Visit(job_id=job.id or 0, customer_id=who, status="completed", sort_at=at)
                if rank == VISIT
                else kinds[rank](customer_id=who, currency="GBP", issued_on=day, status="approved")
            )
            made.append((at, rank, row))
        session.add_all([row for _, _, row in made])
        session.flush()
        keys = [(at, rank, row.id or 0) for at, rank, row in made]
    return who, sorted(keys, reverse=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([VISIT, QUOTE, INVOICE]), st.integers(1, 3), st.sampled_from([0, 1, 1439])),
        max_size=40,
    ),
    limits=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    zone=st.sampled_from(ZONES),
)
def test_pages_one_after_the_other_are_the_whole_list(rows, limits, zone):
    who, expected = write(rows, zone)
    assert walk(actor(who), forever(limits), zone) == expected


def test_hundreds_of_rows_of_equal_days_and_stamps_page_completely():
    random = Random(7)
    rows = [(random.choice([VISIT, QUOTE, INVOICE]), random.randrange(0, 40) // 4, 0) for _ in range(400)]
    who, expected = write(rows, LONDON)
    assert len(expected) == 400
    for limit in (17, 100):
        assert walk(actor(who), forever([limit])) == expected


def test_the_list_goes_back_to_the_oldest_day_a_crm_may_name():
    # Imported systems write 1900-01-01 for "we do not know".
    for year in (1900, 1969, 1970, 2026):
        work.visit("completed", datetime(year, 1, 1, 9, tzinfo=UTC))
        work.invoice(100, issued_on=date(year, 1, 1))
        work.quote(100, issued_on=date(year, 1, 1))
    work.invoice(100, issued_on=date(2200, 12, 31))
    for zone in ZONES:
        assert len(set(walk(actor(), forever([1]), zone))) == 13


def test_rows_that_appear_meanwhile_are_not_shown_twice():
    for n in range(6):
        work.visit("completed", NOW - n * DAY)
    first = page(limit=3)
    work.visit("completed", NOW - HOUR)
    second = page(cursor=first.next_cursor, limit=3)
    ids = [entry.id for entry in (*first.entries, *second.entries)]
    assert len(set(ids)) == len(ids) == 6


def test_a_page_is_never_empty_and_never_endless():
    who, _ = write([(INVOICE, 1, 0)] * (timeline.LONGEST_PAGE + 5), LONDON)
    for limit in (-1, 0, 1, timeline.LONGEST_PAGE, 10**6):
        assert len(page(actor(who), limit=limit).entries) == min(max(1, limit), timeline.LONGEST_PAGE)


NEVER_GIVEN_OUT = [
    "x",
    "1",
    "1.2",
    "1.2.3.4",
    "1.0.1",
    "1.7.1",
    "1.2.-1",
    "--1.2.1",
    "1e9.2.1",
    " 1.2.1",
    "1.2.1\n",
    "\uff11.2.1",
    "1.2." + "9" * 19,
    "9" * 17 + ".2.1",
    "1.2.1; drop table visit",
    "0x10.2.1",
    "\x00",
    "9" * 5000,
    "1.1.2147483648",
]


def test_a_cursor_we_never_gave_out_is_refused_in_words():
    for cursor in NEVER_GIVEN_OUT:
        with pytest.raises(Invalid, match="Please load the page again"):
            page(cursor=cursor)


def test_a_cursor_of_any_size_only_names_a_place():
    work.visit("completed", NOW - DAY)
    for cursor in ("0.1.0", "9999999999999999.3.999999999", "-9999999999999999.1.1"):
        assert len(page(cursor=cursor).entries) in {0, 1}


def test_somebody_elses_cursor_shows_nothing_of_theirs():
    who, expected = write([(VISIT, n, 0) for n in range(20)], LONDON)
    cursor = page(actor(who)).next_cursor
    work.visit("completed", NOW - 60 * DAY, title="mine")
    shown = [entry.what for entry in page(cursor=cursor).entries]
    assert [what.title for what in shown if not isinstance(what, Filed)] == ["mine"] * len(shown)
    assert (len(shown), len(expected)) == (1, 20)


KIND_OF = {Right.VIEW_JOBS: VISIT, Right.VIEW_QUOTES: QUOTE, Right.VIEW_MONEY: INVOICE}


@pytest.fixture
def one_of_each() -> list[int]:
    """A visit, a quote and an invoice at each of two properties and at none; gives the properties."""
    places = [work.location(label="Mine"), work.location(label="Other")]
    for place in (*places, None):
        work.visit("completed", NOW - DAY, location_id=place)
        work.quote(100, location_id=place)
        work.invoice(100, location_id=place)
    return places


@pytest.mark.parametrize("rights", [*([right] for right in Right), list(Right), []], ids=str)
def test_each_kind_needs_its_right(one_of_each, rights):
    assert {entry.rank for entry in page(actor(rights=rights)).entries} == {
        KIND_OF[right] for right in rights if right in KIND_OF
    }


def test_limited_people_see_their_properties_alone(one_of_each):
    mine, other = one_of_each
    seen = {place: [e.rank for e in page(actor(locations=[place])).entries] for place in one_of_each}
    assert seen == {mine: [QUOTE, INVOICE, VISIT], other: [QUOTE, INVOICE, VISIT]}
    assert len(page().entries) == 9
    assert page(actor(locations=[])).entries == ()
    assert page(actor(2)).entries == page(actor(2, locations=[mine])).entries == ()


@pytest.mark.parametrize("status", ["draft", "unknown"])
def test_drafts_and_words_nobody_knows_are_not_there(status):
    work.quote(100, status=status)
    work.invoice(100, status=status)
    assert page().entries == ()


def test_deleted_and_undated_records_are_not_there():
    work.quote(100, deleted_at=NOW)
    work.quote(100, issued_on=None)
    work.invoice(100, deleted_at=NOW)
    work.invoice(100, issued_on=None)
    work.visit("completed", deleted_at=NOW)
    work.visit("completed", job={"deleted_at": NOW})
    assert page().entries == ()


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("completed", {-2, -1, 0, 1}),
        ("on_the_way", {0}),
        ("in_progress", {0}),
        *((status, set()) for status in ("scheduled", "on_hold", "canceled", "unscheduled", "unknown")),
    ],
)
def test_the_past_is_what_was_done_and_what_is_under_way_today(status, found):
    rows = {work.visit(status, NOW + days * DAY): days for days in (-2, -1, 0, 1)}
    assert {rows[entry.id] for entry in page().entries} == found


def waiting(who=None, limit: int = 5, today: date = TODAY) -> list[str]:
    with database.reading() as session:
        return [quote.number for quote in timeline.quotes_to_decide(session, who or actor(), today, limit)]


def test_quotes_wait_for_a_decision_in_the_order_in_which_they_expire():
    for number, expires in {"later": 9, "today": 0, "gone": -1, "soon": 1}.items():
        work.quote(100, TODAY + expires * DAY, number=number)
    work.quote(100, None, number="never")
    work.quote(100, None, number="never, newer")
    assert waiting() == ["today", "soon", "later", "never, newer", "never"]
    assert waiting(limit=2) == ["today", "soon"]
    assert waiting(today=TODAY + DAY)[0] == "soon"


@pytest.mark.parametrize(
    "status", ["draft", "unknown", "approved", "converted", "declined", "expired", "withdrawn", "changes_requested"]
)
def test_only_sent_quotes_wait(status):
    work.quote(100, status=status)
    assert waiting() == []


def test_quotes_wait_for_those_who_may_see_them():
    place = work.location()
    work.quote(100, location_id=place, number="here")
    work.quote(100, number="nowhere")
    work.quote(100, deleted_at=NOW)
    work.quote(100, customer_id=2, number="theirs")
    assert waiting() == ["nowhere", "here"]
    assert waiting(actor(locations=[place])) == ["here"]
    assert waiting(actor(locations=[])) == waiting(actor(rights=set(Right) - {Right.VIEW_QUOTES})) == []
