from datetime import UTC, datetime

import pytest

from portal_app import database
from portal_app.errors import NotFound, SignInRequired
from portal_app.models import Customer as CustomerRow
from portal_app.models import Job, Location, Technician, Visit, VisitTechnician
from portal_app.services import technicians
from portal_app.services.actors import Customer, Staff, Visitor
from portal_app.services.rights import Right

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
STAFF = Staff(1, 1, 1, "Ruth", "owner", frozenset())


def customer(customer_id: int, *, rights=frozenset({Right.VIEW_JOBS}), locations=None) -> Customer:
    return Customer(1, customer_id, 1, 1, "Sarah", rights, locations)


@pytest.fixture
def dave(database_file) -> str:
    """Dave, with a photo, visits customer 1 at location 1; customer 2 has never met him."""
    with database.transaction() as session:
        session.add_all([CustomerRow(id=1, name="A"), CustomerRow(id=2, name="B"), Location(id=1, customer_id=1)])
        session.flush()
        session.add_all([Technician(id=1, name="Dave", photo_hash="a" * 64), Technician(id=2, name="Faceless")])
        session.add(Job(id=1, customer_id=1, title="Boiler", opened_at=NOW))
        session.flush()
        session.add(Visit(id=1, job_id=1, customer_id=1, location_id=1, sort_at=NOW))
        session.flush()
        session.add_all([VisitTechnician(visit_id=1, technician_id=1), VisitTechnician(visit_id=1, technician_id=2)])
        return session.get_one(Technician, 1).public_id


def ask(actor, public_id: str) -> str:
    with database.reading() as session:
        return technicians.photo_hash(session, actor, public_id)


def test_the_customer_he_visits_and_staff_see_him(dave):
    assert ask(customer(1), dave) == ask(STAFF, dave) == "a" * 64
    assert ask(customer(1, locations=frozenset({1})), dave)


@pytest.mark.parametrize(
    "actor",
    [
        customer(2),
        customer(1, rights=frozenset(Right) - {Right.VIEW_JOBS}),
        customer(1, locations=frozenset()),
        customer(1, locations=frozenset({2})),
    ],
)
def test_others_do_not(dave, actor):
    with pytest.raises(NotFound):
        ask(actor, dave)


def test_a_stranger_is_asked_to_sign_in(dave):
    with pytest.raises(SignInRequired):
        ask(Visitor(), dave)


def test_no_photo_and_no_such_person_read_the_same(dave):
    with database.reading() as session:
        faceless = session.get_one(Technician, 2).public_id
    for public_id in (faceless, "nobody", ""):
        with pytest.raises(NotFound):
            ask(STAFF, public_id)
