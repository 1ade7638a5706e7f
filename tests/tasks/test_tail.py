"""The tail of the activity log reads every row once, in whatever order they appear."""

from portal_app import clock, database
from portal_app.models import Activity
from portal_app.tasks.live import WINDOW, Tail


def add(*ids: int) -> None:
    with database.transaction() as session:
        for row_id in ids:
            session.add(Activity(id=row_id, at=clock.now(), kind="visit.changed", actor_kind="system"))


def read(tail: Tail) -> list[int]:
    return [event.id for event in tail.read()]


def test_only_what_comes_after_the_start_is_read_and_only_once(database_file):
    add(1, 2)
    tail = Tail()
    tail.start()
    add(3, 4)
    assert read(tail) == [3, 4]
    assert read(tail) == []


def test_a_row_that_commits_late_behind_others_is_not_lost(database_file):
    tail = Tail()
    tail.start()
    add(5, 7)
    assert read(tail) == [5, 7]
    add(6)
    assert read(tail) == [6]
    assert read(tail) == []


def test_a_burst_larger_than_one_read_arrives_whole(database_file):
    tail = Tail()
    tail.start()
    expected = list(range(1, 3 * WINDOW + 1800))
    add(*expected)
    found: list[int] = []
    while part := read(tail):
        found += part
    assert found == expected
