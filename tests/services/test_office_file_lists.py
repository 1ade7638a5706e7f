"""The office's lists of files, their order and their end."""

from typing import Any

import pytest
from sqlmodel import Session

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Customer, File, Job, Location, Visit
from portal_app.services import office_file_lists, office_files
from portal_app.services.rights import StaffRole
from tests.services import people, shared, work
from tests.services.records import add_connection
from tests.services.test_office_files import do, public_id, row, staff


@pytest.fixture(autouse=True)
def one_customer(database_file) -> None:
    people.make_business()
    work.customer()


def names(actor: Any, what: str, given: str, limit: int = 300) -> list[str]:
    found = do(lambda session: office_file_lists.of_place(session, actor, what, given, limit))
    return [one.entry.name for one in found.files]


def test_files_are_listed_by_what_they_belong_to():
    ruth, place = staff(), work.location()
    visit_id = work.visit("completed", job={"location_id": place}, location_id=place)
    with database.reading() as session:
        job_id = session.get_one(Visit, visit_id).job_id
    shared.file("Of nobody's job")
    shared.file("Of the job", job_id=job_id, location_id=place)
    shared.file("Of the visit", "document", job_id=job_id, visit_id=visit_id, location_id=place)
    shared.file("Gone", deleted_at=work.NOW)
    shared.file("Next door", customer_id=work.customer("Next door"))
    owner, job = public_id(Customer, 1), public_id(Job, job_id)
    assert sorted(names(ruth, "customer", owner)) == ["Of nobody's job", "Of the job", "Of the visit"]
    assert sorted(names(ruth, "job", job)) == ["Of the job", "Of the visit"]
    assert names(ruth, "visit", public_id(Visit, visit_id)) == ["Of the visit"]
    assert sorted(names(ruth, "property", public_id(Location, place))) == ["Of the job", "Of the visit"]
    assert len(names(ruth, "customer", owner, 2)) == 2
    assert do(lambda session: office_file_lists.of_place(session, ruth, "customer", owner, 2)).more
    kinds = [one.what for one in do(lambda session: office_file_lists.places(session, ruth, owner))]
    assert kinds == ["customer", "property", "job", "visit"]
    for what, given in (("customer", "nobody"), ("invoice", owner), ("job", owner)):
        with pytest.raises(NotFound):
            names(ruth, what, given)


def test_the_files_of_a_job_are_moved_one_place_at_a_time():
    ruth = staff()
    visit_id = work.visit("completed")
    with database.reading() as session:
        job_id = session.get_one(Visit, visit_id).job_id
    first, second, third = (shared.file(name, job_id=job_id) for name in ("one", "two", "three"))
    job = public_id(Job, job_id)

    def move(file: File, up: bool) -> list[str]:
        do(lambda session: office_files.move(session, ruth, file.public_id, up=up))
        return names(ruth, "job", job)

    assert move(third, True) == ["one", "three", "two"]
    assert move(third, True) == ["three", "one", "two"]
    assert move(third, True) == ["three", "one", "two"]
    assert move(first, False) == ["three", "two", "one"]
    assert move(first, False) == ["three", "two", "one"]
    assert second.position == 0
    alone = shared.file("alone")
    with pytest.raises(Invalid, match="have an order"):
        move(alone, True)


def test_an_uploaded_file_is_deleted_for_good_and_the_crm_s_is_not():
    ruth = staff()
    ours, theirs = shared.file("ours"), shared.file("theirs", connection_id=add_connection(None), external_id="x")
    do(lambda session: office_files.remove(session, ruth, ours.public_id))
    assert (row(ours).deleted_at is not None, row(ours).digest) == (True, "")
    assert do(lambda session: office_files.digests(session, ["0" * 64])) == {"0" * 64}
    with pytest.raises(Invalid, match="belongs to your CRM"):
        do(lambda session: office_files.remove(session, ruth, theirs.public_id))
    with pytest.raises(NotFound):
        do(lambda session: office_files.remove(session, ruth, ours.public_id))
    assert people.kinds(lambda kind: kind.startswith("file.")) == ["file.removed"]


def test_what_waits_is_counted_and_says_whose_it_is():
    ruth = staff()
    shared.file("seen")
    shared.file("waits", state="held")
    shared.file("has not arrived", state="held", digest="")
    found = do(lambda session: office_file_lists.waiting(session, ruth, 50))
    with database.reading() as session:
        owner = session.get_one(Customer, 1)
        assert [(one.entry.name, one.customer) for one in found.files] == [("waits", (owner.public_id, owner.name))]
        assert office_file_lists.count_waiting(session) == 1


ACTS = [
    lambda session, actor, file: office_file_lists.places(session, actor, "x"),
    lambda session, actor, file: office_file_lists.of_place(session, actor, "customer", "x"),
    lambda session, actor, file: office_file_lists.waiting(session, actor, 5),
    lambda session, actor, file: office_files.move(session, actor, file, up=True),
    lambda session, actor, file: office_files.remove(session, actor, file),
]


@pytest.mark.parametrize("number", range(len(ACTS)))
def test_customers_do_nothing_of_it_and_readers_change_nothing(number: int):
    file = shared.file()
    who = [people.actor_of(people.start_session(people.make_customer("sarah@example.com")))]
    if number >= 3:
        who.append(staff(StaffRole.READER))
    for actor in who:
        with pytest.raises(NotAllowed):
            do(lambda session, actor=actor: _act(session, actor, file.public_id, number))
    assert row(file).deleted_at is None


def _act(session: Session, actor: Any, file: str, number: int) -> None:
    ACTS[number](session, actor, file)
