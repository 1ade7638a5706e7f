"""A lease has one holder at a time, and passes on when it runs out."""

from datetime import timedelta

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Lease
from portal_app.services import leases


def test_it_works(database_file) -> None:
    with transaction() as session:
        assert leases.acquire(session, "task", "a", 30)
        assert leases.acquire(session, "task", "a", 30)
        assert not leases.acquire(session, "task", "b", 30)
        assert leases.acquire(session, "another", "b", 30)
        leases.release(session, "task", "b")
        assert leases.holder_of(session, "task") == "a"
        leases.release(session, "task", "a")
        assert leases.acquire(session, "task", "b", 30)


def test_one_that_ran_out_is_taken_over(database_file) -> None:
    with transaction() as session:
        session.add(Lease(name="task", holder="dead", expires_at=clock.now() - timedelta(seconds=1)))
        session.flush()
        assert leases.holder_of(session, "task") is None
        assert leases.acquire(session, "task", "alive", 30)
        assert not leases.acquire(session, "task", "dead", 30)


def test_no_two_holders_have_one_name() -> None:
    assert leases.new_holder() != leases.new_holder()
    assert len(leases.new_holder()) <= 60
