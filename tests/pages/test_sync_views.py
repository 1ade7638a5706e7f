"""The sync page's words in each state of the connection."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal_app import clock
from portal_app.pages.office.sync.views import SyncView, sync_view
from portal_app.services.business import Look
from portal_app.services.crm_connection import SetAsideRow, StreamOverview, SyncOverview

UK = Look(zone="Europe/London", locale="en_GB", set_up=True)
US = Look(zone="America/New_York", locale="en_US", set_up=True)
HOSTILE = "<img src=x onerror=alert(1)> {{7*7}}"
NONE = SyncOverview("none", "", None, None, "", False, None, (), (), 0)


def stream(name: str = "visits", **columns) -> StreamOverview:
    plain = StreamOverview(name, clock.now(), False, 12, 3, "", None, "", 0)
    return replace(plain, **columns)


def overview(**columns) -> SyncOverview:
    now = clock.now()
    plain = SyncOverview("active", "http://crm.example", now, 0, "", False, None, (stream(),), (), 0)
    return replace(plain, **columns)


def test_it_works():
    view = sync_view(overview(), UK)
    assert (view.connected, view.state, view.tone) == (True, "Up to date", "complete")
    assert view.sentence == "Everything the CRM has told us is in the portal."
    (row,) = view.streams
    assert (row.name, row.read, row.changed, row.problem) == ("Visits", 12, 3, "")


def test_without_a_crm_it_says_how_to_set_one_up():
    view = sync_view(NONE, UK)
    assert (view.connected, view.state, view.streams) == (False, "Not connected", [])
    assert "PORTAL_CRM_URL" in view.sentence
    assert "PORTAL_CRM_TOKEN" in view.sentence


@pytest.mark.parametrize(
    ("columns", "state", "tone", "words"),
    [
        ({"last_success_at": None}, "First import", "processing", "The first import is under way"),
        ({"last_error": "The CRM did not answer."}, "Trouble", "overdue", "The CRM did not answer. We keep trying"),
        (
            {"last_error": "The CRM did not answer.", "last_success_at": None},
            "Trouble",
            "overdue",
            "The CRM did not answer.",
        ),
        (
            {"state": "stopped", "last_error": "The CRM refused the token."},
            "Stopped",
            "overdue",
            "The CRM refused the token. Nothing is fetched until you press “Poll now”.",
        ),
        ({"streams": (stream(error="It broke."), stream("jobs"))}, "Partly", "processing", "Some streams need a look"),
        ({"streams": (stream(warning="Too many would go."),)}, "Partly", "processing", "Some streams need a look"),
    ],
)
def test_each_state_has_its_word_colour_and_sentence(columns, state, tone, words):
    view = sync_view(overview(**columns), UK)
    assert (view.connected, view.state, view.tone) == (True, state, tone)
    assert words in view.sentence


def test_a_stream_tells_its_error_before_its_warning_and_whether_it_walks():
    rows = sync_view(
        overview(
            streams=(
                stream(error="It broke.", warning="Beware."),
                stream("service-requests", warning="Beware.", walking=True, set_aside=4, last_success_at=None),
            )
        ),
        UK,
    ).streams
    assert [(row.problem, row.walking, row.set_aside) for row in rows] == [
        ("It broke.", False, 0),
        ("Beware.", True, 4),
    ]
    assert (rows[1].name, rows[1].last, rows[1].last_iso) == ("Service requests", "never", "")


def test_moments_of_other_days_name_the_day_in_the_businesss_zone():
    long_ago = clock.now().replace(year=2020, month=12, day=31, hour=23, minute=30)
    uk, us = (sync_view(overview(last_success_at=long_ago), look) for look in (UK, US))
    assert uk.last == "31 Dec 2020, 23:30"
    assert us.last.startswith("Dec 31, 2020, 6:30")
    assert uk.last_iso == us.last_iso == long_ago.isoformat(timespec="seconds")
    assert ":" in sync_view(overview(), UK).last
    assert "," not in sync_view(overview(), UK).last


def test_what_was_set_aside_is_shown_as_text_and_the_rest_is_counted():
    since = clock.now() - timedelta(minutes=1)
    rows = tuple(SetAsideRow("visits", f"{n}{HOSTILE}", HOSTILE, "x" * 500, since) for n in range(3))
    view = sync_view(overview(set_aside=rows, set_aside_count=10), UK)
    assert view.set_aside_more == "and 7 more"
    assert (view.set_aside[0].external_id, view.set_aside[0].reason) == (f"0{HOSTILE}", HOSTILE)
    assert view.set_aside[0].excerpt == "x" * 500
    assert sync_view(overview(set_aside=rows, set_aside_count=3), UK).set_aside_more == ""


def test_an_empty_page_says_nothing():
    assert SyncView() == SyncView(connected=False, streams=[], set_aside=[])
