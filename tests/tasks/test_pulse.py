"""The pulse ends the pages of sessions that are over, and no others."""

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
