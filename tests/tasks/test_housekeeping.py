from datetime import timedelta

import pytest
from sqlmodel import func, select

from portal_app import clock, database
from portal_app.models import GuestSession, LoginSession, OneTimeCode, PasswordLink, SecureLink
from portal_app.services import guest_sessions, housekeeping, leases
from portal_app.tasks.housekeeping import tidy_once
from tests.services import guests_at_work, people

pytestmark = pytest.mark.usefixtures("database_file")


def count(table: type) -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def write_some(age: timedelta) -> None:
    """Write a session, a code and a link, all of which were over so long ago."""
    person = people.make_customer(f"{age.days}@example.com")
    token = people.start_session(person)
    over = clock.now() - age
    people.change(LoginSession, people.session_of(token).id, expires_at=over, idle_expires_at=over)
    with database.transaction() as session:
        session.add(
            OneTimeCode(email=person.email, purpose="sign_in", code_hash="x", browser_hash="y", expires_at=over)
        )
        session.add(PasswordLink(token_hash=str(age.days), purpose="reset", login_id=person.login_id, expires_at=over))


def test_what_is_long_over_goes_and_the_rest_stays():
    people.make_business()
    write_some(timedelta(days=200))
    write_some(timedelta(hours=1))
    assert tidy_once("one") == 3
    assert [count(table) for table in (LoginSession, OneTimeCode, PasswordLink)] == [1, 1, 1]
    assert tidy_once("one") == 0


def test_a_guest_s_browser_goes_when_its_time_is_long_over():
    people.make_business()
    sarah = people.make_customer("sarah@example.com")
    made = guests_at_work.send(guests_at_work.actor(sarah), guests_at_work.made_invoice(sarah))
    with database.transaction() as session:
        link = session.exec(select(SecureLink).where(SecureLink.public_id == made)).one()
        for _ in range(2):
            guest_sessions.begin(session, link, people.HOME, "")
    people.change(GuestSession, 1, expires_at=clock.now() - timedelta(days=31))
    assert tidy_once("one") == 1
    assert count(GuestSession) == 1


def test_a_session_that_stands_is_never_removed():
    people.make_business()
    token = people.start_session(people.make_customer("sarah@example.com"))
    people.change(LoginSession, people.session_of(token).id, created_at=clock.now() - timedelta(days=400))
    assert tidy_once("one") == 0
    assert people.actor_of(token) is not None


def test_one_process_does_it_and_a_flood_goes_in_parts(monkeypatch):
    people.make_business()
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    for days in range(200, 205):
        write_some(timedelta(days=days))
    with database.transaction() as session:
        assert leases.acquire(session, "housekeeping", "another", 60)
    assert tidy_once("one") == 0
    with database.transaction() as session:
        leases.release(session, "housekeeping", "another")
    assert [tidy_once("one") for _ in range(4)] == [6, 6, 3, 0]
