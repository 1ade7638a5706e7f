from datetime import UTC, datetime

import pytest

from portal_app import clock, database
from portal_app.services import visits
from portal_app.services.rights import Right
from portal_app.services.visits import TechnicianFacts, VisitFacts
from tests.services import work
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor

HOSTILE = "<script>alert(1)</script> {{7*7}} '; drop table visit; -- \u202e"


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    work.customer("Whitcombe")
    work.customer("Neighbour")


def around(who=None, zone: str = LONDON, now: datetime = NOW) -> visits.Around:
    today = clock.local(now, zone).date()
    with database.reading() as session:
        return visits.around_now(
            session, who or actor(), clock.start_of(today, zone), clock.start_of(today + DAY, zone)
        )


def one(who=None) -> VisitFacts:
    (visit,) = around(who).visits
    return visit


def test_it_works():
    place = work.location(label="The mill", line="1 Weir Lane")
    work.visit("scheduled", NOW + HOUR, location_id=place)
    visit = one()
    assert (visit.title, visit.status, visit.place) == ("Boiler service", "scheduled", "The mill")
    assert (visit.window_start, visit.window_end) == (NOW + HOUR, NOW + 3 * HOUR)
    assert visit.window_start is not None
    assert visit.window_start.tzinfo is UTC
    assert visit.technicians == ()


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.VIEW_JOBS])
def test_no_other_right_shows_visits(right):
    work.visit("scheduled")
    assert around(actor(rights=[right])) == visits.Around()


@pytest.mark.parametrize(
    "columns",
    [{"customer_id": 2}, {"deleted_at": NOW}, {"job": {"deleted_at": NOW}}],
)
@pytest.mark.parametrize("status", ["scheduled", "in_progress", "completed", "unscheduled"])
def test_other_peoples_and_deleted_work_is_not_there(status, columns):
    work.visit(status, **columns)
    assert around() == visits.Around()


@pytest.mark.parametrize("status", ["scheduled", "unknown", "unscheduled", "on_hold"])
def test_nobody_comes_to_a_job_that_was_called_off(status):
    work.visit(status, NOW + HOUR, job={"status": "canceled"})
    assert around() == visits.Around()
    work.visit(status, NOW + HOUR, job={"status": "on_hold"})
    assert len(around().visits) == 1


def test_limited_people_see_visits_to_their_properties_alone():
    mine, other = work.location(), work.location()
    for place in (mine, other, None):
        work.visit("scheduled", location_id=place, title=f"at {place}")
    assert one(actor(locations=[mine])).title == f"at {mine}"
    assert around(actor(locations=[mine])).coming == 1
    assert around(actor(locations=[])) == visits.Around()
    assert len(around().visits) == around().coming == 3


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("on_the_way", {-40 * DAY, -DAY, 0 * DAY, DAY}),
        ("in_progress", {-40 * DAY, -DAY, 0 * DAY, DAY}),
        ("on_hold", {-40 * DAY, -DAY, 0 * DAY, DAY}),
        ("completed", {-DAY, 0 * DAY}),
        ("canceled", {0 * DAY}),
        ("scheduled", {0 * DAY, DAY, 40 * DAY}),
        ("unknown", {0 * DAY, DAY, 40 * DAY}),
        ("something new", set()),
    ],
)
def test_which_days_count_for_which_status(status, found):
    # Three of a kind at most are read of what is under way: each day is asked for alone.
    for distance in (-40 * DAY, -DAY, 0 * DAY, DAY, 40 * DAY):
        row = work.visit(status, NOW + distance)
        assert {v.id for v in around().visits} == ({row} if distance in found or _always(status) else set())
        with database.transaction() as session:
            session.get_one(visits.Visit, row).deleted_at = NOW


def _always(status: str) -> bool:
    return status in {"on_the_way", "in_progress", "on_hold"}


def test_a_window_of_last_evening_is_still_read_after_midnight():
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    work.visit("scheduled", late, hours=3)
    assert [v.sort_at for v in around(now=late + 2 * HOUR).visits] == [late]


def test_without_a_window_the_plan_stands_for_it():
    work.visit("scheduled", window_start=None, window_end=None, scheduled_start=NOW, scheduled_end=NOW + HOUR)
    assert (one().window_start, one().window_end) == (NOW, NOW + HOUR)


def test_a_deleted_property_has_no_name_and_one_without_a_label_its_street():
    work.visit("scheduled", location_id=work.location(label="Gone", line="2 Lane", deleted_at=NOW))
    assert one().place == ""
    work.visit("in_progress", location_id=work.location(line="3 Lane"))
    assert next(v.place for v in around().visits if v.status == "in_progress") == "3 Lane"


def test_technicians_come_in_the_crms_order_and_those_who_left_do_not_come():
    dave = work.technician("Dave", photo_hash="a" * 64)
    gone, mia = work.technician("Gone", deleted_at=NOW), work.technician("Mia")
    row = work.visit("scheduled", technicians=[mia, gone, dave])
    with database.reading() as session:
        found = visits.technicians_of(session, [row, row, 999])
        assert visits.technicians_of(session, []) == {}
    assert [(who.name, who.photo) for who in found[row]] == [("Mia", False), ("Dave", True)]
    assert visits.with_technicians(one(), found).technicians == found[row]
    assert visits.with_technicians(one(), {row + 1: (TechnicianFacts("x", "X", False),)}).technicians == ()


def test_the_newest_travel_update_counts():
    updates = [{"at": "2026-11-22T09:00:00+00:00", "text": "first"}, {"at": "2026-11-22T11:30:00+01:00", "text": "new"}]
    work.visit("on_the_way", travel_updates=updates)
    assert (one().travel_update, one().travel_update_at) == ("new", datetime(2026, 11, 22, 10, 30, tzinfo=UTC))
    assert one().travel_update_at is not None


def test_an_older_travel_update_that_came_last_does_not_count():
    updates = [{"at": "2026-11-22T11:30:00+01:00", "text": "new"}, {"at": "2026-11-22T10:00:00+00:00", "text": "old"}]
    work.visit("on_the_way", travel_updates=[{"text": "whenever"}, *updates, {"at": None, "text": "whenever"}])
    assert (one().travel_update, one().travel_update_at) == ("new", datetime(2026, 11, 22, 10, 30, tzinfo=UTC))


def test_hostile_text_is_only_text_and_a_long_report_is_cut_in_the_database():
    work.visit("completed", title=HOSTILE, work_summary="é" * 100_000, status_reason=HOSTILE)
    assert (one().title, one().status_reason) == (HOSTILE, HOSTILE)
    assert one().work_summary == "é" * visits.SUMMARY_LENGTH


def test_coming_visits_are_bounded_and_counted():
    with database.transaction() as session:
        session.add(visits.Job(id=1, customer_id=1, title="Garden", opened_at=NOW))
        session.flush()
        session.add_all(
            [visits.Visit(job_id=1, customer_id=1, status="scheduled", sort_at=NOW + n * DAY) for n in range(150)]
        )
    found = around()
    assert sorted(v.sort_at for v in found.visits) == [NOW + n * DAY for n in range(visits.COMING_LIMIT)]
    assert found.coming == visits.COMING_COUNTED


@pytest.mark.parametrize(
    ("zone", "now", "starts", "is_today"),
    [
        # A day of 25 hours in London, one of 23.
        (LONDON, datetime(2026, 10, 25, 9, tzinfo=UTC), datetime(2026, 10, 25, 23, 45, tzinfo=UTC), True),
        (LONDON, datetime(2026, 10, 25, 9, tzinfo=UTC), datetime(2026, 10, 24, 23, 15, tzinfo=UTC), True),
        (LONDON, datetime(2026, 3, 29, 9, tzinfo=UTC), datetime(2026, 3, 29, 23, 15, tzinfo=UTC), False),
        (LONDON, datetime(2026, 3, 29, 9, tzinfo=UTC), datetime(2026, 3, 29, 0, 15, tzinfo=UTC), True),
        # The evening of the 22nd in New York is the 23rd in UTC.
        ("America/New_York", datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 4, 30, tzinfo=UTC), True),
        ("America/New_York", datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 5, 0, tzinfo=UTC), False),
        ("America/New_York", datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 22, 5, 0, tzinfo=UTC), True),
        # A year ends in Auckland before it does in UTC; a day that begins at one o'clock in Cairo.
        ("Pacific/Auckland", datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2026, 12, 31, 10, tzinfo=UTC), False),
        ("Pacific/Auckland", datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 10, tzinfo=UTC), True),
        ("Africa/Cairo", datetime(2026, 4, 24, 9, tzinfo=UTC), datetime(2026, 4, 23, 22, 0, tzinfo=UTC), True),
        ("Africa/Cairo", datetime(2026, 4, 24, 9, tzinfo=UTC), datetime(2026, 4, 23, 21, 59, tzinfo=UTC), False),
    ],
)
def test_today_is_the_businesss_day(zone, now, starts, is_today):
    work.visit("canceled", starts)  # cancelled ones count on their day alone
    assert bool(around(zone=zone, now=now).visits) == is_today


def test_today_is_what_these_tests_say():
    assert clock.local(NOW, LONDON).date() == TODAY


def test_a_window_of_several_days_stays_until_it_ends():
    work.visit("scheduled", NOW - DAY, title="New bathroom", window_start=NOW - DAY, window_end=NOW + 3 * DAY)
    assert one().title == "New bathroom"
    assert around(now=NOW + 4 * DAY).visits == ()
