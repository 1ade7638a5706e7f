"""Which of several visits leads the home page; the sections around it are in `test_dashboard`."""

from datetime import UTC, datetime

import pytest

from portal_app import database
from portal_app.services import dashboard
from portal_app.services.dashboard import Home
from tests.services import work
from tests.services.work import DAY, HOUR, LONDON, NOW, TODAY, actor

MINUTE = HOUR / 60
OTHER_DAY = ("scheduled", DAY, {})


@pytest.fixture(autouse=True)
def customers(database_file) -> None:
    work.customer("Whitcombe")
    work.customer("Neighbour")


def home(now: datetime = NOW, zone: str = LONDON) -> Home:
    with database.reading() as session:
        return dashboard.home(session, actor(), zone, now=now)


def lead_of(**when) -> str:
    card = home(**when).card
    return card.title if card else ""


@pytest.mark.parametrize(
    ("lead", "others"),
    [
        (("on_the_way", -HOUR, {}), [("in_progress", -2 * HOUR, {}), ("scheduled", -3 * HOUR, {})]),
        (("in_progress", -HOUR, {}), [("scheduled", -3 * HOUR, {}), ("on_hold", -3 * HOUR, {})]),
        (("on_hold", -HOUR, {}), [("scheduled", HOUR, {}), ("completed", -4 * HOUR, {})]),
        (("on_hold", -3 * DAY, {"on_hold_at": NOW - HOUR}), [("scheduled", HOUR, {})]),
        (("scheduled", HOUR, {}), [("scheduled", 4 * HOUR, {}), OTHER_DAY, ("unknown", 0 * HOUR, {})]),
        (("scheduled", HOUR, {}), [("completed", -4 * HOUR, {}), ("canceled", -4 * HOUR, {})]),
        (("unknown", HOUR, {}), [("completed", -4 * HOUR, {}), OTHER_DAY]),
        (("completed", -4 * HOUR, {}), [("canceled", HOUR, {}), OTHER_DAY]),
        (("completed", -DAY, {"completed_at": NOW - HOUR}), [OTHER_DAY]),
        (("canceled", HOUR, {}), [OTHER_DAY, ("completed", -DAY, {})]),
        (OTHER_DAY, [("scheduled", 2 * DAY, {}), ("on_hold", -3 * DAY, {}), ("unscheduled", -DAY, {})]),
        (("unknown", DAY, {}), [("scheduled", 2 * DAY, {})]),
        (("on_hold", -3 * DAY, {}), [("unscheduled", -DAY, {}), ("completed", -DAY, {})]),
        (("unscheduled", -DAY, {}), [("completed", -DAY, {}), ("canceled", -DAY, {})]),
        # Left under way since yesterday: it may well still be going on.
        (("in_progress", -DAY, {}), [("scheduled", HOUR, {})]),
        (("on_the_way", -12 * HOUR, {}), [("scheduled", HOUR, {})]),
        # Left so long that nobody believes it.
        (("scheduled", HOUR, {}), [("on_the_way", -DAY, {}), ("in_progress", -15 * DAY, {})]),
        # Planned long ago, but begun only now.
        (("on_the_way", -30 * DAY, {"on_the_way_at": NOW - HOUR}), [("scheduled", HOUR, {})]),
        (("in_progress", -30 * DAY, {"started_at": NOW - HOUR}), [("scheduled", HOUR, {})]),
    ],
)
def test_which_visit_leads(lead, others):
    for status, distance, columns in others:
        work.visit(status, NOW + distance, title="other", **columns)
    status, distance, columns = lead
    work.visit(status, NOW + distance, title="lead", **columns)
    assert lead_of() == "lead"


def test_what_is_over_or_forgotten_leads_nothing():
    for status, distance in [
        ("completed", -DAY),
        ("canceled", -DAY),
        ("canceled", DAY),
        ("scheduled", -DAY),
        ("unknown", -DAY),
        ("on_hold", -61 * DAY),
        ("unscheduled", -91 * DAY),
        ("made up", 0 * DAY),
    ]:
        work.visit(status, NOW + distance)
    found = home()
    assert (found.card, found.coming, found.coming_total) == (None, (), 0)


@pytest.mark.parametrize(
    ("zone", "now", "today", "other"),
    [
        # Seven in the evening of the 21st in New York, where the 22nd has begun in UTC.
        ("America/New_York", datetime(2026, 11, 22, 0, 30, tzinfo=UTC), 4 * HOUR, 5 * HOUR),
        # The longest day of the year in London, the shortest, and the last.
        (LONDON, datetime(2026, 10, 25, 12, tzinfo=UTC), 11 * HOUR + 59 * MINUTE, 12 * HOUR),
        (LONDON, datetime(2026, 3, 29, 12, tzinfo=UTC), 10 * HOUR + 59 * MINUTE, 11 * HOUR),
        (LONDON, datetime(2026, 12, 31, 12, tzinfo=UTC), 11 * HOUR + 59 * MINUTE, 12 * HOUR),
    ],
)
def test_the_day_ends_when_the_businesss_does(zone, now, today, other):
    work.visit("canceled", now + other, title="tomorrow's")
    assert lead_of(now=now, zone=zone) == ""
    work.visit("canceled", now + today, title="today's")
    assert lead_of(now=now, zone=zone) == "today's"


def test_what_else_happens_comes_before_what_will():
    for title, status, distance in [
        ("later", "scheduled", 2 * DAY),
        ("card", "on_the_way", 0 * DAY),
        ("also here", "in_progress", -HOUR),
        ("this afternoon", "scheduled", 3 * HOUR),
        ("unclear", "unknown", DAY),
        ("done", "completed", -2 * HOUR),
        ("paused", "on_hold", -2 * DAY),
        ("off", "canceled", HOUR),
        ("past", "scheduled", -DAY),
    ]:
        work.visit(status, NOW + distance, title=title)
    found = home()
    assert found.card
    assert found.card.title == "card"
    assert [visit.title for visit in found.coming] == ["also here", "this afternoon", "unclear", "later"]
    assert found.coming_total == 4


def test_advice_of_another_customers_visit_shows_nothing_whatever_its_own_record_says():
    work.advice(work.visit("completed", customer_id=2), "crossed")
    assert home().advice == ()


def test_what_things_cost_the_business_is_in_no_section():
    work.advice(work.visit("completed"))
    work.invoice(100, TODAY)
    work.quote(100)
    assert home().history.entries
    assert str(work.COST) not in str(home())
