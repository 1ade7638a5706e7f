"""Files are kept whole or not at all, and only as long as something stands for them."""

import asyncio
import io
import os
import tempfile
import time
from pathlib import Path

import pytest
from sqlmodel import select

from portal_app import database
from portal_app.errors import NotAllowed, NotFound
from portal_app.models import Customer, File
from portal_app.services.actors import Staff
from portal_app.services.office_files import FileRefused
from portal_app.services.rights import StaffRole
from portal_app.workflows import files
from tests.pictures import bitmap, bomb, pdf, telephone_photo
from tests.services import people, work


@pytest.fixture
def ruth(database_file) -> Staff:
    people.make_business()
    return staff(StaffRole.OWNER)


def staff(role: StaffRole) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff(f"{role}@example.com", role)))
    assert isinstance(actor, Staff)
    return actor


def customer() -> tuple[int, str]:
    row_id = work.customer("Whitcombe")
    with database.reading() as session:
        return row_id, session.get_one(Customer, row_id).public_id


def rows() -> list[File]:
    with database.reading() as session:
        found = list(session.exec(select(File)))
        session.expunge_all()
        return found


def on_disk() -> list[str]:
    place = files.folder()
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*")) if place.is_dir() else []


async def test_a_photo_is_kept_in_three_sizes(ruth):
    customer_id, public_id = customer()
    data = telephone_photo("HEIF")
    added = await files.add(ruth, "customer", public_id, "IMG_0042.HEIC", io.BytesIO(data))
    row = rows()[0]
    assert (row.public_id, row.customer_id, row.kind, row.name, row.state) == (
        *(added, customer_id, "photo", "IMG_0042", "visible"),
    )
    assert (row.content_type, row.width, row.height, row.origin) == ("image/jpeg", 600, 800, "office")
    assert row.taken_at == row.sort_at
    assert row.taken_at is not None
    assert row.taken_at.isoformat() == "2026-06-14T09:42:05+00:00"
    assert len(on_disk()) == 4
    for size in ("small", "medium", "large"):
        found = files.copy_of(row.digest, size)
        assert found is not None
        assert b"Secretphone" not in found[0].read_bytes()
    assert files.copy_of(row.digest, "original") is None
    assert files.copy_of("", "large") is None


async def test_a_pdf_is_kept_byte_for_byte_and_is_never_a_photo(ruth):
    _, public_id = customer()
    data = pdf(script="app.alert(1)")
    await files.add(ruth, "customer", public_id, "boiler manual.pdf", io.BytesIO(data), "photo")
    row = rows()[0]
    assert (row.kind, row.name, row.content_type, row.size, row.taken_at) == (
        *("document", "boiler manual", "application/pdf", len(data), None),
    )
    found = files.copy_of(row.digest, "large")
    assert found is not None
    assert found[0].read_bytes() == data


async def test_the_same_file_twice_takes_its_room_once(ruth):
    _, public_id = customer()
    for _ in range(2):
        await files.add(ruth, "customer", public_id, "a.png", io.BytesIO(bitmap(size=(90, 60))))
    assert len(rows()) == 2
    assert len(on_disk()) == 4


BAD = {
    "empty": (b"", "empty"),
    "text": (b"Dear Sir or Madam", "unknown"),
    "half": (bitmap("JPEG")[:4000], "damaged"),
    "bomb": (bomb(), "pixels"),
    "40-megapixels": (bitmap(size=(8000, 5100)), "pixels"),
    "half-pdf": (pdf()[:40], "torn"),
    "large": (b"x" * (files.MOST_BYTES + 1), "large"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_used_is_said_and_leaves_nothing(ruth, name: str):
    _, public_id = customer()
    data, word = BAD[name]
    with pytest.raises(FileRefused) as refusal:
        await files.add(ruth, "customer", public_id, "photo.png", io.BytesIO(data))
    assert refusal.value.word == word
    assert refusal.value.sentence.endswith(".")
    assert rows() == []
    assert on_disk() == []


async def test_a_disk_that_is_full_leaves_nothing(ruth, monkeypatch):
    _, public_id = customer()
    files.folder().mkdir(mode=0o700)
    (files.folder() / "in the way").write_text("")
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: str(Path(os.devnull) / "no"))
    with pytest.raises(FileRefused) as refusal:
        await files.add(ruth, "customer", public_id, "a.png", io.BytesIO(bitmap(size=(90, 60))))
    assert refusal.value.word == "failed"
    assert rows() == []
    assert on_disk() == ["in the way"]


async def test_nothing_is_made_for_those_who_may_not(ruth):
    _, public_id = customer()
    reader = staff(StaffRole.READER)
    for actor, what, who, refusal in (
        (reader, "customer", public_id, NotAllowed),
        (ruth, "customer", "unknown", NotFound),
        (ruth, "job", public_id, NotFound),
        (ruth, "session", public_id, NotFound),
    ):
        with pytest.raises(refusal):
            await files.add(actor, what, who, "a.png", io.BytesIO(bitmap(size=(90, 60))))
    assert on_disk() == []


async def test_what_nobody_stands_for_is_removed_after_a_day(ruth):
    _, public_id = customer()
    await files.add(ruth, "customer", public_id, "a.png", io.BytesIO(bitmap(size=(90, 60))))
    orphan = (await files.keep(bitmap(size=(60, 90)))).digest
    (files.folder() / ".new-abandoned").mkdir()
    (files.folder() / f"{'0' * 64}.webp").write_bytes(b"a technician")
    assert files.remove_unused_files() == 0
    day_ago = time.time() - files.KEPT_SECONDS - 60
    for place in files.folder().iterdir():
        os.utime(place, (day_ago, day_ago))
    assert files.remove_unused_files() == 2
    left = {name.partition("/")[0] for name in on_disk()}
    assert left == {rows()[0].digest, f"{'0' * 64}.webp"}
    assert orphan not in left


async def test_pages_are_answered_while_pictures_are_made(ruth):
    _, public_id = customer()
    data = bitmap("JPEG", (3000, 2000))
    names = [f"{number}.jpg" for number in range(4)]
    adding = [
        asyncio.create_task(files.add(ruth, "customer", public_id, name, io.BytesIO(data + name.encode())))
        for name in names
    ]
    looks = 0
    while not all(task.done() for task in adding):
        assert await asyncio.to_thread(rows) is not None
        looks += 1
    assert looks > 3
    assert sorted(row.name for row in rows()) == ["0", "1", "2", "3"]
