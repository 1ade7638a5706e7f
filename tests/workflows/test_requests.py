"""What customers ask for, with a real CRM at the other end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from portal_app.database import reading, transaction
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import Customer, Location, Outbox, Recommendation, ServiceRequest
from portal_app.services import booking_notes, crm_connection, service_requests
from portal_app.services.actors import Customer as Actor
from portal_app.workflows.deliver import deliver, take_due
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.services import people, work
from tests.services.work import DAY, NOW


@pytest.fixture
def crm(tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCrm]:
    people.make_business()
    with RunningCrm(tmp_path) as running:
        monkeypatch.setenv("PORTAL_CRM_URL", running.url)
        monkeypatch.setenv("PORTAL_CRM_TOKEN", running.token)
        forget_settings()
        with transaction() as session:
            crm_connection.ensure(session, running.url)
        yield running


@pytest.fixture
def sarah(crm: RunningCrm) -> Actor:
    """A contact of a customer that the CRM knows."""
    found = people.actor_of(people.start_session(people.make_customer("sarah@example.com")))
    assert isinstance(found, Actor)
    people.change(Customer, found.customer_id, external_id="cus_1001")
    return found


async def send(crm: RunningCrm) -> None:
    """Send what is due, once."""
    adapter = RestAdapter(crm.url, crm.token)
    try:
        for job in take_due(most_mails=0, most_commands=20):
            await deliver(job, adapter)
    finally:
        await adapter.close()


async def test_a_quote_that_was_asked_for_is_the_crms_to_make(crm: RunningCrm, sarah: Actor) -> None:
    place = work.location(sarah.customer_id, "Chestnut Road")
    people.change(Location, place, external_id="loc_2001")
    visit = work.visit("completed", NOW - DAY, customer_id=sarah.customer_id, location_id=place)
    row = work.advice(visit, "Magnetic filter", customer_id=sarah.customer_id, detail="Keeps sludge out.")
    with transaction() as session:
        name = session.get_one(Recommendation, row).public_id
        asked = service_requests.ask_for_quote(session, sarah, name)
    await send(crm)
    with reading() as session:
        assert [row.state for row in session.exec(select(Outbox))] == ["done"]
        (taken_as,) = session.exec(select(ServiceRequest.external_id)).all()
    kept = crm.client.get(f"/v1/service-requests/{taken_as}").json()
    assert kept["portal_id"] == asked.public_id
    assert (kept["title"], kept["location_id"]) == ("Quote for: Magnetic filter", "loc_2001")
    with transaction() as session:
        assert service_requests.ask_for_quote(session, sarah, name) == asked
    await send(crm)
    there = crm.client.get("/v1/service-requests").json()["data"]
    assert [one["external_id"] for one in there if one.get("portal_id") == asked.public_id] == [taken_as]


async def test_without_a_known_property_the_address_is_told(crm: RunningCrm, sarah: Actor) -> None:
    visit = work.visit("completed", NOW - DAY, customer_id=sarah.customer_id)
    row = work.advice(visit, "Magnetic filter", customer_id=sarah.customer_id)
    with transaction() as session:
        service_requests.ask_for_quote(session, sarah, session.get_one(Recommendation, row).public_id)
    await send(crm)
    with reading() as session:
        assert [row.state for row in session.exec(select(Outbox))] == ["done"]


async def test_a_changed_note_is_a_new_command_and_the_crm_has_them_all(crm: RunningCrm, sarah: Actor) -> None:
    place = work.location(sarah.customer_id, "Chestnut Road")
    people.change(Location, place, external_id="loc_2001")
    with transaction() as session:
        name = session.get_one(Location, place).public_id
        booking_notes.write(session, sarah, name, "Gate 4711", base=0)
    await send(crm)
    with transaction() as session:
        booking_notes.write(session, sarah, name, "Gate 0815", base=1)
        booking_notes.write(session, sarah, name, "Gate 0816", base=2)
    await send(crm)
    with reading() as session:
        rows = session.exec(select(Outbox).order_by(col(Outbox.id))).all()
        assert [row.state for row in rows] == ["done", "withdrawn", "done"]
        ids = [row.public_id for row in rows]
    bodies = [crm.client.get(f"/v1/booking-notes/{one}") for one in ids]
    assert [(one.status_code, one.json().get("body", {}).get("body")) for one in (bodies[0], bodies[2])] == [
        (200, "Gate 4711"),
        (200, "Gate 0816"),
    ]
    assert bodies[1].status_code == 404
