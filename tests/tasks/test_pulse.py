"""The pulse ends the pages of sessions that are over, and no others."""

from datetime import UTC, datetime, timedelta

from portal_app.gate import presences
from portal_app.services.actors import Customer
from portal_app.tasks import live
from tests.reflex_app import the_app


def open_tab(session_id: int) -> str:
    actor = Customer(1, 1, 1, session_id, "Somebody", frozenset())
    token = f"tab-of-session-{session_id}"
    presences.note(token, f"sid-{session_id}", "cookie", actor)
    return token


async def test_a_tab_that_opens_while_the_sessions_are_read_is_left_alone(database_file, monkeypatch):
    ended = open_tab(41)
    opened: list[str] = []
    facts = live._facts

    def meanwhile(session_ids: set[int]):
        found = facts(session_ids)
        opened.append(open_tab(42))
        return found

    monkeypatch.setattr(live, "_facts", meanwhile)
    try:
        feed = live.LiveFeed(the_app())
        for work in await feed._pulse():
            await work
        assert presences.get(ended) is None
        assert presences.get(opened[0]) is not None
    finally:
        for token in [ended, *opened]:
            presences.forget(token)


async def test_pages_age_with_each_minute_and_no_oftener(database_file, monkeypatch):
    token = open_tab(43)
    monkeypatch.setattr(live, "_facts", lambda session_ids: (None, set(session_ids)))
    monkeypatch.setattr(live, "PULSE_SECONDS", 0.0)
    moment = datetime(2026, 11, 22, 10, 41, 58, tzinfo=UTC)
    monkeypatch.setattr(live.clock, "now", lambda: moment)
    try:
        feed = live.LiveFeed(the_app())
        aged = []
        for seconds in (0, 1, 2, 3, 61, 62):
            monkeypatch.setattr(live.clock, "now", lambda late=seconds: moment + timedelta(seconds=late))
            work = await feed._pulse()
            aged.append(len(work))
            for one in work:
                await one
        assert aged == [0, 0, 1, 0, 0, 1]
    finally:
        presences.forget(token)
