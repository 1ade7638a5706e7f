"""The office's view of the connection, and asking for a pass."""

from datetime import timedelta

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import transaction
from portal_app.errors import NotAllowed, NotFound
from portal_app.models import Activity, CrmSetAside, Login
from portal_app.services import crm_connection, crm_cursors
from portal_app.services.actors import Actor, Customer, Staff, System, Visitor
from portal_app.services.rights import STAFF_PERMISSIONS, StaffRole

ME = Customer(1, 1, 1, 1, "Me", frozenset())


def staff(role: StaffRole) -> Staff:
    return Staff(1, 1, 1, "Ruth", role, STAFF_PERMISSIONS[role])


def test_it_works(database_file) -> None:
    with transaction() as session:
        assert crm_connection.overview(session, staff(StaffRole.READER)).state == "none"
        connection_id = crm_connection.ensure(session, "http://127.0.0.1:8001/")
        assert crm_connection.ensure(session, "http://127.0.0.1:8001") == connection_id
        crm_cursors.failed(session, connection_id, "visits", "It broke.")
        session.add(CrmSetAside(connection_id=connection_id, stream="jobs", external_id="job_1", reason="No title."))
        session.flush()
        view = crm_connection.overview(session, staff(StaffRole.READER))
    assert (view.state, view.base_url, view.age_seconds) == ("active", "http://127.0.0.1:8001", None)
    assert [stream.stream for stream in view.streams][:3] == ["customers", "contacts", "locations"]
    broken = next(stream for stream in view.streams if stream.stream == "visits")
    assert (broken.error, broken.error_at is not None) == ("It broke.", True)
    assert [(row.external_id, row.reason) for row in view.set_aside] == [("job_1", "No title.")]
    assert view.set_aside_count == 1


@pytest.mark.parametrize("actor", [Visitor(), ME, System("anything")])
def test_only_staff_see_it(database_file, actor: Actor) -> None:
    with transaction() as session, pytest.raises(NotAllowed):
        crm_connection.overview(session, actor)


@pytest.mark.parametrize("actor", [Visitor(), ME, staff(StaffRole.READER)])
def test_who_may_not_ask(database_file, actor: Actor) -> None:
    with transaction() as session:
        crm_connection.ensure(session, "http://127.0.0.1:8001")
        with pytest.raises(NotAllowed):
            crm_connection.request_poll(session, actor)


def test_asking_is_logged_and_starts_a_stopped_connection(database_file) -> None:
    with transaction() as session:
        with pytest.raises(NotFound):
            crm_connection.request_poll(session, staff(StaffRole.OFFICE))
        session.add(Login(id=1, email="ruth@example.com"))
        connection_id = crm_connection.ensure(session, "http://127.0.0.1:8001")
        crm_connection.stop(session, connection_id, "The token is refused.")
        crm_connection.stop(session, connection_id, "The token is refused.")
        crm_connection.request_poll(session, staff(StaffRole.OFFICE))
        assert crm_connection.plan(session, connection_id).requested
        assert crm_connection.plan(session, connection_id).state == "active"
        kinds = [row.kind for row in session.exec(select(Activity))]
    assert kinds == ["crm.connected", "crm.stopped", "crm.poll_requested"]


def test_a_stale_view_asks_once(database_file) -> None:
    with transaction() as session:
        assert not crm_connection.touch_if_stale(session, 60)
        connection_id = crm_connection.ensure(session, "http://127.0.0.1:8001")
        assert crm_connection.touch_if_stale(session, 60)
        assert not crm_connection.touch_if_stale(session, 60)
        row = crm_connection.get_one(session, connection_id)
        row.poll_requested_at = clock.now() - timedelta(seconds=200)
        row.last_success_at = clock.now() - timedelta(seconds=30)
        assert not crm_connection.touch_if_stale(session, 60)
        row.last_success_at = clock.now() - timedelta(seconds=90)
        row.not_before = clock.now() + timedelta(seconds=10)
        assert not crm_connection.touch_if_stale(session, 60)
        row.not_before = None
        assert crm_connection.touch_if_stale(session, 60)
