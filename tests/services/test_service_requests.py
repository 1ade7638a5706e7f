"""Asking for a quote of what was recommended: once, by those who may, told to the office and the CRM."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Contact, CrmConnection, Customer, Job, Outbox, Recommendation, ServiceRequest, Visit
from portal_app.services import dashboard, jobs, service_requests
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import Right, StaffRole
from portal_app.services.service_requests import Asked
from tests.services import people, work
from tests.services.work import DAY, LONDON, NOW, actor

pytestmark = pytest.mark.usefixtures("database_file")


@pytest.fixture(autouse=True)
def business(database_file) -> None:
    people.make_business()


def customer(email: str) -> Actor:
    found = people.actor_of(people.start_session(people.make_customer(email)))
    assert isinstance(found, Actor)
    return found


def sarah() -> Actor:
    return customer("sarah@example.com")


def advised(who: Actor, title: str = "A filter", *, location_id: int | None = None, **columns: Any) -> str:
    """Write a finished visit with a recommendation; returns its public id."""
    here: dict[str, Any] = {"location_id": location_id}
    visit = work.visit("completed", NOW - DAY, customer_id=who.customer_id, job=here, **here)
    row = work.advice(visit, title, customer_id=who.customer_id, **columns)
    with database.reading() as session:
        return session.get_one(Recommendation, row).public_id


def ask(who: Any, advice: str) -> Asked:
    with database.transaction() as session:
        return service_requests.ask_for_quote(session, who, advice)


def rows(table: type[Any]) -> list[Any]:
    with database.reading() as session:
        found = list(session.exec(select(table)))
        session.expunge_all()
    return found


def shown(who: Actor) -> jobs.Advice:
    (job,) = rows(Job)
    with database.reading() as session:
        return jobs.get(session, who, LONDON, job.public_id, now=NOW).advice[0]


def test_it_works():
    who = sarah()
    name = advised(who, detail="Keeps sludge out.")
    assert (shown(who).may_ask, shown(who).asked_at) == (True, None)
    asked = ask(who, name)
    (request,) = rows(ServiceRequest)
    assert (request.public_id, request.title, request.description) == (
        asked.public_id,
        "Quote for: A filter",
        "Keeps sludge out.",
    )
    assert (request.contact_id, request.kind, request.status) == (who.contact_id, "work", "received")
    assert (shown(who).may_ask, shown(who).asked_at) == (False, asked.at)
    assert "request.made" in people.kinds()
    # The CRM does not know this customer, so the office's inbox is all there is.
    assert rows(Outbox) == []


def test_home_stops_to_offer_it():
    who = sarah()
    name = advised(who)
    with database.reading() as session:
        assert [one.public_id for one in dashboard.home(session, who, LONDON, now=NOW).advice] == [name]
    ask(who, name)
    with database.reading() as session:
        assert dashboard.home(session, who, LONDON, now=NOW).advice == ()


def test_asked_again_it_is_the_same_request():
    who = sarah()
    name = advised(who)
    assert ask(who, name) == ask(who, name)
    assert len(rows(ServiceRequest)) == 1


def test_asked_in_two_tabs_at_once_it_is_one_request():
    who = sarah()
    name = advised(who)
    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(lambda _: ask(who, name), range(8)))
    assert len(answers) == 1
    assert len(rows(ServiceRequest)) == 1


def test_the_crm_is_told_where_it_knows_the_customer():
    who = sarah()
    connection = work.add(CrmConnection(name="crm", base_url="http://crm.example")).id
    crm: dict[str, Any] = {"connection_id": connection}
    people.change(Customer, who.customer_id, external_id="cus_1", **crm)
    people.change(Contact, who.contact_id, phones=[{"kind": "mobile", "number": "07700 900123"}])
    place = work.location(who.customer_id, "Mill", external_id="loc_1", **crm)
    asked = ask(who, advised(who, location_id=place))
    (row,) = rows(Outbox)
    assert (row.kind, row.public_id, row.state) == ("service-requests", asked.public_id, "pending")
    assert row.payload["customer_id"] == "cus_1"
    assert row.payload["location_id"] == "loc_1"
    assert row.payload["contact"]["email"] == "sarah@example.com"
    assert row.payload["contact"]["phone"] == "07700 900123"
    assert "address" not in row.payload
    ask(who, advised(who, "A pump"))
    assert rows(Outbox)[1].payload["address"] == {}


@pytest.mark.parametrize("state", ["quoted", "done", "dismissed", "declined", "accepted"])
def test_what_is_not_open_cannot_be_asked_for(state: str):
    who = sarah()
    name = advised(who, state=state)
    assert shown(who).may_ask is False
    with pytest.raises(Invalid):
        ask(who, name)
    assert rows(ServiceRequest) == []


def test_what_is_not_ones_own_is_not_there():
    who = sarah()
    other = people.actor_of(people.start_session(people.make_customer("jo@example.com")))
    assert isinstance(other, Actor)
    name = advised(who)
    withdrawn = advised(who, state="withdrawn")
    for actor_, wanted in ((other, name), (who, "nonsense"), (who, withdrawn)):
        with pytest.raises(NotFound):
            ask(actor_, wanted)
    people.change(Job, 1, deleted_at=NOW)
    with pytest.raises(NotFound):
        ask(who, name)
    assert rows(ServiceRequest) == []


@pytest.mark.parametrize("right", [Right.REQUEST, Right.VIEW_JOBS])
def test_without_the_rights_nobody_asks(right: Right):
    who = sarah()
    name = advised(who)
    with pytest.raises(NotAllowed):
        ask(actor(who.customer_id, set(Right) - {right}), name)
    assert rows(ServiceRequest) == []


def test_at_another_property_than_ones_own_nobody_asks():
    who = sarah()
    mill, barn = work.location(who.customer_id, "Mill"), work.location(who.customer_id, "Barn")
    name = advised(who, location_id=mill)
    with pytest.raises(NotFound):
        ask(actor(who.customer_id, locations=[barn]), name)
    narrowed = Actor(
        who.contact_id,
        who.customer_id,
        1,
        1,
        "Sarah",
        frozenset(Right),
        right_locations={Right.REQUEST: frozenset([barn])},
    )
    assert shown(narrowed).may_ask is False
    with pytest.raises(NotAllowed):
        ask(narrowed, name)


def test_the_office_sees_it():
    who = sarah()
    place = work.location(who.customer_id, "Mill")
    ask(who, advised(who, location_id=place))
    ruth = people.actor_of(people.start_session(people.make_staff("ruth@example.com", StaffRole.READER)))
    with database.reading() as session:
        customer = session.get_one(Customer, who.customer_id).public_id
        (found,) = service_requests.of_customer(session, ruth, customer)  # type: ignore[arg-type]
        assert (found.title, found.place, found.way) == ("Quote for: A filter", "Mill", "")
        assert found.who == who.name
        with pytest.raises(NotAllowed):
            service_requests.of_customer(session, who, customer)  # type: ignore[arg-type]


def test_of_a_job_that_is_another_customer_s_by_now_nothing_is_asked():
    who = sarah()
    advice, other = advised(who), people.make_customer("next@example.com")
    with database.transaction() as session:
        session.exec(select(Job)).one().customer_id = other.customer_id or 0
    with pytest.raises(NotFound):
        ask(who, advice)
    assert rows(ServiceRequest) == []


def test_what_the_customer_before_asked_for_is_not_told_to_the_next():
    before = sarah()
    advice = advised(before)
    ask(before, advice)
    after = customer("next@example.com")
    with database.transaction() as session:
        for row in (*session.exec(select(Job)), *session.exec(select(Visit)), *session.exec(select(Recommendation))):
            row.customer_id = after.customer_id
        job = session.exec(select(Job)).one().public_id
    with database.reading() as session:
        (found,) = jobs.get(session, after, LONDON, job, now=NOW).advice
    assert found.asked_at is None
    with pytest.raises(Invalid, match="ring the office"):
        ask(after, advice)
