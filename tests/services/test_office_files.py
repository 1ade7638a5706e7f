"""What the office does with files, and who of it may."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from portal_app import database
from portal_app.errors import Invalid, NotAllowed, NotFound, PortalError
from portal_app.models import Customer, File, Job, Location, Visit
from portal_app.services import office_files, visibility
from portal_app.services.office_files import Kept, Target
from portal_app.services.rights import StaffRole
from portal_app.services.visibility import Shown
from tests.services import people, shared, work


@pytest.fixture(autouse=True)
def one_customer(database_file) -> None:
    people.make_business()
    work.customer()


def staff(role: StaffRole = StaffRole.OWNER) -> Any:
    return people.actor_of(people.start_session(people.make_staff(f"{role}@example.com", role)))


def do(act: Callable[[Session], Any]) -> Any:
    with database.transaction() as session:
        return act(session)


def row(file: File) -> File:
    with database.reading() as session:
        found = session.get_one(File, file.id)
        session.expunge(found)
        return found


def public_id(table: type[Any], row_id: int) -> str:
    with database.reading() as session:
        return session.get_one(table, row_id).public_id


def test_a_file_stands_where_it_was_put():
    ruth, place = staff(), work.location()
    visit_id = work.visit("completed", job={"location_id": place}, location_id=place)
    with database.reading() as session:
        job_id = session.get_one(Visit, visit_id).job_id
    targets = {
        "customer": (public_id(Customer, 1), Target(1)),
        "property": (public_id(Location, place), Target(1, place)),
        "job": (public_id(Job, job_id), Target(1, place, job_id)),
        "visit": (public_id(Visit, visit_id), Target(1, place, job_id, visit_id)),
    }
    for what, (given, expected) in targets.items():
        assert do(lambda session, what=what, given=given: office_files.target(session, ruth, what, given)) == expected
    for what, given in (("customer", "nobody"), ("invoice", "x"), ("job", targets["visit"][0])):
        with pytest.raises(NotFound):
            do(lambda session, what=what, given=given: office_files.target(session, ruth, what, given))
    people.change(Customer, 1, deleted_at=work.NOW)
    with pytest.raises(NotFound):
        do(lambda session: office_files.target(session, ruth, "job", targets["job"][0]))


def test_new_files_are_held_where_the_office_wants_to_look_first():
    ruth = staff()
    kept = Kept("1" * 64, "image/jpeg", 10, 4, 3)
    assert do(lambda session: office_files.add(session, ruth, Target(1), "a.jpg", kept)).state == "visible"
    do(lambda session: visibility.save(session, ruth, Shown(hold_new=True)))
    held = do(lambda session: office_files.add(session, ruth, Target(1), "b.jpg", kept))
    assert [entry.name for entry in do(lambda session: office_files.waiting(session, ruth))] == ["b"]
    do(lambda session: office_files.show(session, ruth, held.public_id))
    assert do(lambda session: office_files.waiting(session, ruth)) == []
    do(lambda session: office_files.hide(session, ruth, held.public_id))
    assert row(held).state == "hidden"
    kinds = people.kinds(lambda kind: kind.startswith(("file.", "visibility.")))
    assert kinds == ["file.added", "visibility.changed", "file.added", "file.shown", "file.hidden"]


@pytest.mark.parametrize(
    ("camera", "known"),
    [
        ("2026-06-14T10:42", "2026-06-14T09:42+00:00"),
        ("2026-01-14T10:42", "2026-01-14T10:42+00:00"),
        ("2026-01-14T10:42+09:00", "2026-01-14T01:42+00:00"),
        ("2199-01-01T10:42", ""),
        ("", ""),
    ],
    ids=["summer", "winter", "with-zone", "future", "none"],
)
def test_a_camera_s_clock_is_the_business_s(camera: str, known: str):
    taken_at = datetime.fromisoformat(camera) if camera else None
    kept = Kept("1" * 64, "image/jpeg", 10, 4, 3, taken_at)
    added = do(lambda session: office_files.add(session, staff(), Target(1), "a.jpg", kept))
    assert added.taken_at == (datetime.fromisoformat(known) if known else None)
    assert not known or added.sort_at == added.taken_at


def test_words_order_expiry_and_downloads():
    ruth, first, second, paper = staff(), shared.file("a"), shared.file("b"), shared.file("c", "document")
    do(lambda session: office_files.describe(session, ruth, first.public_id, " The new\u202e valve\n", None))
    do(lambda session: office_files.describe(session, ruth, paper.public_id, "", date(2027, 1, 31)))
    do(lambda session: office_files.arrange(session, ruth, [second.public_id, first.public_id]))
    do(lambda session: office_files.set_download(session, ruth, first.public_id, "view_only"))
    assert (row(first).caption, row(first).position, row(first).download) == ("The new valve", 2, "view_only")
    assert (row(second).position, row(paper).expires_on) == (1, date(2027, 1, 31))
    for wrong in (
        lambda session: office_files.describe(session, ruth, first.public_id, "x" * 301),
        lambda session: office_files.set_download(session, ruth, first.public_id, "anything"),
        lambda session: office_files.set_download(session, ruth, paper.public_id, "view_only"),
        lambda session: office_files.arrange(session, ruth, ["x"] * 400),
        lambda session: visibility.save(session, ruth, Shown(photo_download="inherit")),
        lambda session: visibility.set_customer_download(session, ruth, public_id(Customer, 1), "maybe"),
    ):
        with pytest.raises(Invalid):
            do(wrong)
    work.customer("Neighbour")
    other = shared.file("d", customer_id=2)
    for wrong in (
        lambda session: office_files.arrange(session, ruth, [first.public_id, other.public_id]),
        lambda session: office_files.hide(session, ruth, "nothing"),
    ):
        with pytest.raises(NotFound):
            do(wrong)


def test_the_crm_s_own_words_are_not_changed_here():
    ruth = staff()
    file = shared.file("a", "document", offered=False, expires_on=date(2027, 1, 1), state="hidden")
    people.change(File, file.id, connection_id=None)
    with pytest.raises(Invalid, match="CRM"):
        do(lambda session: office_files.show(session, ruth, file.public_id))
    assert row(file).state == "hidden"


def test_a_customer_s_own_decision():
    ruth = staff()
    customer = public_id(Customer, 1)
    do(lambda session: visibility.set_customer_download(session, ruth, customer, "view_only"))
    do(lambda session: visibility.set_customer_download(session, ruth, customer, "view_only"))
    with database.reading() as session:
        assert session.get_one(Customer, 1).photo_download == "view_only"
    assert people.kinds(lambda kind: kind.startswith("file.")) == ["file.download_of_customer"]


def test_the_job_s_files_for_the_office():
    ruth = staff()
    visit_id = work.visit("completed")
    with database.reading() as session:
        job_id, job = session.exec(select(Job.id, Job.public_id)).one()
    shared.file("a", job_id=job_id, state="hidden")
    shared.file("b", job_id=job_id, visit_id=visit_id, state="held")
    shared.file("gone", job_id=job_id, deleted_at=work.NOW)
    found = do(lambda session: office_files.of_job(session, ruth, job))
    assert [(one.name, one.state, one.picture, one.from_crm) for one in found] == [
        ("a", "hidden", True, False),
        ("b", "held", True, False),
    ]


WRITES: list[Callable[[Session, Any, str], Any]] = [
    lambda session, actor, _: office_files.add(session, actor, Target(1), "a", Kept("1" * 64, "image/jpeg", 1)),
    lambda session, actor, _: office_files.target(session, actor, "customer", "x"),
    lambda session, actor, file: office_files.show(session, actor, file),
    lambda session, actor, file: office_files.hide(session, actor, file),
    lambda session, actor, file: office_files.set_download(session, actor, file, "view_only"),
    lambda session, actor, file: office_files.describe(session, actor, file, "x"),
    lambda session, actor, file: office_files.arrange(session, actor, [file]),
    lambda session, actor, file: visibility.save(session, actor, Shown(photos=False)),
    lambda session, actor, file: visibility.set_customer_download(session, actor, "x", "view_only"),
]
READS: list[Callable[[Session, Any, str], Any]] = [
    lambda session, actor, _: office_files.waiting(session, actor),
    lambda session, actor, _: office_files.of_job(session, actor, "x"),
    lambda session, actor, _: visibility.get(session, actor),
]


@pytest.mark.parametrize("act", range(len(WRITES)))
def test_readers_change_nothing_and_customers_reach_none_of_it(act: int):
    file = shared.file()
    for actor in (staff(StaffRole.READER), work.actor()):
        with pytest.raises(NotAllowed):
            do(lambda session, actor=actor: WRITES[act](session, actor, file.public_id))
    assert people.kinds(lambda kind: kind.startswith(("file.", "visibility."))) == []


@pytest.mark.parametrize("act", range(len(READS)))
def test_customers_read_none_of_it(act: int):
    with pytest.raises(PortalError):
        do(lambda session: READS[act](session, work.actor(), ""))
