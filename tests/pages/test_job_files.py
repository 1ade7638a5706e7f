"""Photos and documents on a job's page: by visit, in words, to keep or only to look at."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock, database
from portal_app.models import Job, Visibility, Visit
from portal_app.pages.job.files import caption_of
from portal_app.pages.job.state import JobState
from tests.pages.tab import tabs
from tests.services import shared, work
from tests.services.people import Person, make_business, make_customer, start_session
from tests.services.records import add_visit


@pytest.fixture
def sarah(database_file) -> Person:
    make_business()
    return make_customer("sarah@example.com")


def job_of(visit: int) -> tuple[int, str]:
    with database.reading() as session:
        job = session.get_one(Job, session.get_one(Visit, visit).job_id)
        return job.id or 0, job.public_id


async def shown(person: Person, job: str) -> Any:
    async with tabs() as browser:
        tab = browser.open(start_session(person))
        tab.path = f"/jobs/{job}"
        return (await tab.call(JobState.load))["job"]


async def test_they_work(sarah):
    visit = add_visit(sarah.customer_id or 0, status="completed", start=work.NOW - work.DAY, completed_at=work.NOW)
    job_id, job = job_of(visit)
    given: dict[str, Any] = {"customer_id": sarah.customer_id, "job_id": job_id}
    loose = shared.file("IMG_2041", **given)
    first = shared.file("Before: boiler", visit_id=visit, **given)
    paper = shared.file("Manual", "document", size=2_148_000, **given)
    view = await shown(sarah, job)
    assert [(group.title, [photo.place for photo in group.photos]) for group in view.photos] == [
        ("Sunday 22 November", [0]),
        ("Of this job", [1]),
    ]
    assert view.photos_note == "2 photos"
    named, unnamed = (group.photos[0] for group in view.photos)
    assert (named.alt, named.caption) == ("Before: boiler", "Before: boiler")
    assert (unnamed.alt, unnamed.caption) == ("Photo of Sunday 22 November", "")
    assert named.thumb == f"/files/{first.public_id}/small"
    assert named.full == f"/files/{first.public_id}/medium"
    assert unnamed.download == f"/files/{loose.public_id}/large"
    row = view.documents[0]
    assert (row.title, row.sub, row.badge, row.keep) == ("Manual", "PDF, 2.1 MB", "", True)
    assert row.href == f"/files/{paper.public_id}/large"


async def test_what_may_only_be_looked_at_names_no_original(sarah):
    work.add(Visibility(id=1, photo_download="view_only"))
    visit = add_visit(sarah.customer_id or 0)
    given: dict[str, Any] = {"customer_id": sarah.customer_id, "job_id": job_of(visit)[0]}
    shared.file("Boiler", visit_id=visit, **given)
    scan = shared.file("Scan", "document", content_type="image/jpeg", download="view_only", **given)
    view = await shown(sarah, job_of(visit)[1])
    assert view.photos[0].photos[0].download == ""
    assert (view.documents[0].keep, view.documents[0].href) == (False, f"/files/{scan.public_id}/medium")


@pytest.mark.parametrize(
    ("days", "badge", "word"),
    [
        (-1, "Expired", "ran out on"),
        (0, "Expires today", "valid until"),
        (1, "Expires tomorrow", "valid until"),
        (30, "Expires in 30 days", "valid until"),
        (31, "", "valid until"),
    ],
)
async def test_documents_say_until_when_they_hold(sarah, days: int, badge: str, word: str):
    visit = add_visit(sarah.customer_id or 0)
    given: dict[str, Any] = {"customer_id": sarah.customer_id, "job_id": job_of(visit)[0]}
    shared.file("Record", "document", expires_on=clock.today("Europe/London") + timedelta(days=days), **given)
    row = (await shown(sarah, job_of(visit)[1])).documents[0]
    assert row.badge == badge
    assert word in row.sub


def test_what_a_camera_calls_a_photo_is_no_caption():
    cameras = ("IMG_2041", "DSCN0042", "PXL_20261112_101010123", "20261112_1010", "image", "Photo", "P1010203")
    assert [caption_of(name) for name in cameras] == [""] * len(cameras)
    assert [caption_of(name) for name in ("Boiler", "Photo of the flue", "E119")] == [
        "Boiler",
        "Photo of the flue",
        "E119",
    ]
