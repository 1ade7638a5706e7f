"""What customers see of files: by right, property, the office's decisions, and the CRM's."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from portal_app import database
from portal_app.errors import Invalid, NotFound
from portal_app.models import Customer, File, Job, Location, Visibility, Visit
from portal_app.services import files
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import Right
from tests.services import people, shared, work
from tests.services.test_query_plans import refusals, run

ALL = tuple(Right)


@pytest.fixture(autouse=True)
def one_customer(database_file) -> int:
    people.make_business()
    return work.customer()


def seen(actor: Actor, kind: str = "photo", **more: Any) -> list[str]:
    with database.reading() as session:
        return [entry.words for entry in files.page(session, actor, kind, **more).entries]


def served(actor: Any, file: File, size: str = "small") -> bool:
    with database.reading() as session:
        try:
            files.get(session, actor, file.public_id, size)
        except NotFound:
            return False
        return True


def decide(**columns: Any) -> None:
    with database.transaction() as session:
        row = session.get(Visibility, 1) or Visibility(id=1)
        for name, value in columns.items():
            setattr(row, name, value)
        session.add(row)


def test_it_works():
    photo, paper = shared.file("Boiler"), shared.file("Manual", "document")
    actor = work.actor()
    assert seen(actor) == ["Boiler"]
    assert seen(actor, "document") == ["Manual"]
    assert [served(actor, photo, size) for size in files.SIZES] == [True] * 3
    assert [served(actor, paper, size) for size in files.SIZES] == [False, False, True]
    assert not served(actor, photo, "original")
    with database.reading() as session:
        given = files.get(session, actor, paper.public_id, "large")
    assert (given.name, given.keep) == ("Manual.pdf", True)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "held"},
        {"state": "hidden"},
        {"offered": False},
        {"digest": ""},
        {"deleted_at": work.NOW},
        {"customer_id": 2},
    ],
    ids=["held", "hidden", "not-offered", "not-fetched", "deleted", "somebody-else"],
)
def test_what_is_not_for_them_is_not_there(columns: dict[str, Any]):
    work.customer("Neighbour")
    file = shared.file(**columns)
    assert seen(work.actor()) == []
    assert not any(served(work.actor(), file, size) for size in files.SIZES)


@pytest.mark.parametrize("gone", [Job, Visit])
def test_a_file_goes_with_its_job_and_its_visit(gone: type[Any]):
    visit_id = work.visit("completed")
    with database.reading() as session:
        job_id = session.get_one(Visit, visit_id).job_id
    file = shared.file(job_id=job_id, visit_id=visit_id)
    assert served(work.actor(), file)
    people.change(gone, job_id if gone is Job else visit_id, deleted_at=work.NOW)
    assert not served(work.actor(), file)
    assert seen(work.actor()) == []


def test_each_kind_goes_with_its_own_right():
    shared.file("Boiler")
    shared.file("Manual", "document")
    jobs, papers = (work.actor(rights=[right]) for right in (Right.VIEW_JOBS, Right.DOCUMENTS))
    assert (seen(jobs), seen(jobs, "document")) == (["Boiler"], [])
    assert (seen(papers), seen(papers, "document")) == ([], ["Manual"])


@pytest.mark.parametrize("kind", ["photo", "document"])
def test_each_kind_can_be_switched_off_for_everybody(kind: str):
    file = shared.file(kind=kind)
    decide(**{f"{kind}s": False})
    assert seen(work.actor(), kind) == []
    assert not served(work.actor(), file, "large")
    decide(**{f"{kind}s": True})
    assert served(work.actor(), file, "large")


def test_somebody_of_one_property_sees_that_one_alone():
    here, there = work.location(), work.location()
    mine, other, nowhere = (shared.file(location_id=place) for place in (here, there, None))
    actor = work.actor(locations=[here])
    assert [served(actor, file) for file in (mine, other, nowhere)] == [True, False, False]
    narrowed = Actor(1, 1, 1, 1, "Sarah", frozenset(ALL), right_locations={Right.VIEW_JOBS: frozenset({here})})
    assert [served(narrowed, file) for file in (mine, other, nowhere)] == [True, False, False]
    paper = shared.file("Manual", "document", location_id=there)
    assert served(narrowed, paper, "large")


@pytest.mark.parametrize(
    ("portal", "customer", "file", "right", "allowed"),
    [
        ("downloadable", "inherit", "inherit", True, True),
        ("view_only", "inherit", "inherit", True, False),
        ("view_only", "downloadable", "inherit", True, True),
        ("downloadable", "view_only", "inherit", True, False),
        ("downloadable", "downloadable", "view_only", True, False),
        ("view_only", "view_only", "downloadable", True, True),
        ("downloadable", "downloadable", "downloadable", False, False),
    ],
)
def test_the_nearest_word_decides_about_downloads(portal: str, customer: str, file: str, right: bool, allowed: bool):
    decide(photo_download=portal)
    people.change(Customer, 1, photo_download=customer)
    row = shared.file(download=file)
    actor = work.actor(rights=[one for one in ALL if right or one is not Right.PHOTO_DOWNLOAD])
    assert served(actor, row, "large") is allowed
    assert served(actor, row, "medium")
    with database.reading() as session:
        assert [entry.downloadable for entry in files.page(session, actor, "photo").entries] == [allowed]


def test_the_right_to_download_may_hold_at_one_property_only():
    here, there = work.location(), work.location()
    rows = [shared.file(location_id=place) for place in (here, there)]
    actor = Actor(1, 1, 1, 1, "Sarah", frozenset(ALL), right_locations={Right.PHOTO_DOWNLOAD: frozenset({here})})
    assert [served(actor, row, "large") for row in rows] == [True, False]
    assert [served(actor, row, "medium") for row in rows] == [True, True]


def test_documents_can_be_kept_unless_they_are_pictures_to_look_at():
    decide(photo_download="view_only")
    paper = shared.file("Manual", "document")
    scan = shared.file("Scan", "document", content_type="image/jpeg", download="view_only")
    assert served(work.actor(rights=[Right.DOCUMENTS]), paper, "large")
    assert [served(work.actor(), scan, size) for size in files.SIZES] == [True, True, False]


def test_staff_see_what_there_is_and_only_those_who_may():
    file = shared.file(state="held", download="view_only")
    ruth = people.actor_of(people.start_session(people.make_staff("ruth@example.com")))
    assert [served(ruth, file, size) for size in files.SIZES] == [True] * 3
    assert not served(ruth, shared.file(digest=""))


def test_a_job_has_the_files_of_its_visits_in_the_office_s_order():
    visit_id = work.visit("completed")
    with database.reading() as session:
        job_id = session.get_one(Visit, visit_id).job_id
    shared.file("third", job_id=job_id, sort_at=work.NOW)
    shared.file("second", job_id=job_id, visit_id=visit_id, sort_at=work.NOW - work.DAY)
    shared.file("first", "document", job_id=job_id, caption="Renamed")
    shared.file("last", job_id=job_id, position=5)
    shared.file("of nothing")
    people.change(File, 3, position=-1)
    with database.reading() as session:
        found = files.of_job(session, work.actor(), job_id)
        nothing = files.of_job(session, work.actor(rights=[Right.PAY]), job_id)
    assert [entry.words for entry in found] == ["Renamed", "second", "third", "last"]
    assert nothing == ()


def test_lists_go_on_where_they_ended_and_by_property():
    place = work.location()
    for number in range(7):
        shared.file(str(number), sort_at=work.NOW - timedelta(hours=number // 2), location_id=place)
    shared.file("elsewhere", location_id=work.location())
    with database.reading() as session:
        here = session.get_one(Location, place).public_id
    found: list[str] = []
    cursor = ""
    while True:
        with database.reading() as session:
            page = files.page(session, work.actor(), "photo", location=here, cursor=cursor, limit=3)
        found += [entry.words for entry in page.entries]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == ["1", "0", "3", "2", "5", "4", "6"]
    for kind, wrong in (("video", ""), ("photo", "document.1.1")):
        with database.reading() as session, pytest.raises(Invalid):
            files.page(session, work.actor(), kind, cursor=wrong)
    with database.reading() as session, pytest.raises(NotFound):
        files.page(session, work.actor(locations=[place + 1]), "photo", location=here)


@pytest.mark.parametrize("limited", [False, True])
def test_every_list_is_served_by_an_index(limited: bool):
    place = work.location()
    job_id = work.add(Job(customer_id=1, title="Boiler", opened_at=work.NOW)).id or 0
    for kind in ("photo", "document"):
        for _ in range(3):
            shared.file(kind=kind, location_id=place, job_id=job_id)
    actor = work.actor(locations=[place] if limited else None)
    with database.reading() as session:
        public_id, here = session.exec(select(File.public_id)).first() or "", session.get_one(Location, place).public_id

    def everything(session: Session) -> None:
        first = files.page(session, actor, "photo", limit=2)
        assert files.page(session, actor, "photo", location=here, cursor=first.next_cursor).entries
        assert files.of_job(session, actor, job_id)
        files.get(session, actor, public_id, "large")

    assert refusals(run(everything)) == []


def test_whatever_is_done_to_a_file_refreshes_the_pages_that_show_it():
    services = Path(files.__file__).parent
    source = "".join(module.read_text() for module in services.glob("*.py"))
    acts = set(re.findall(r'"(file\.[a-z_]+)"', source)) - {"file.downloaded"}
    assert {"file.added", "file.removed"} < acts
    assert [act for act in acts if not act.startswith(files.SHOWN)] == []
