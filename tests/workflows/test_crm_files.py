"""The CRM's attachments become our own copies once, for whom they are, and stop nothing when they cannot be had."""

import asyncio
import errno
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import (
    CrmConnection,
    CrmSetAside,
    Customer,
    File,
    Job,
    Location,
    Technician,
    Visibility,
    Visit,
)
from portal_app.services import crm_connection, leases
from portal_app.services import files as shown_files
from portal_app.services.actors import Customer as Actor
from portal_app.services.rights import Right
from portal_app.tasks.crm_files import look
from portal_app.workflows import files, kept_folders
from portal_app.workflows.crm_files import SURPRISE, TRY_AGAIN, TRY_FORBIDDEN, fetch_files
from portal_app.workflows.files import copy_of
from tests.pictures import bitmap, bomb, oddly_described, pdf, telephone_photo
from tests.services import people
from tests.workflows.conftest import Portal, rows


class Shelf:
    """A server of files beside the CRM: `give` puts one there and returns its address."""

    def __init__(self, port: int, given: dict[str, tuple[int, bytes]], asked: list[str]) -> None:
        self._port, self._given, self.asked = port, given, asked

    def give(self, name: str, data: bytes, status: int = 200) -> str:
        """Put bytes where the CRM's own address plus this name leads."""
        self._given[f"/{name}"] = (status, data)
        return f"http://127.0.0.1:{self._port}/{name}"


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A real server on loopback that answers with what it was given."""
    given: dict[str, tuple[int, bytes]] = {}
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, data = given.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Shelf(server.server_address[1], given, asked)
    server.shutdown()
    thread.join(10)
    server.server_close()


def file(external_id: str) -> File:
    return rows(select(File).where(File.external_id == external_id))[0]


def row(table: Any, external_id: str) -> Any:
    return rows(select(table).where(table.external_id == external_id))[0]


async def fetch_all(portal: Portal) -> None:
    while await fetch_files(portal.connection_id):
        continue


def post(portal: Portal, key: str, **fields: Any) -> None:
    usual = {
        "subject": {"kind": "visit", "id": "vis_4087"},
        "location_id": None,
        "kind": "photo",
        "name": "Boiler",
        "mime": "image/png",
        "size": 100,
        "visible_to_customer": True,
    }
    portal.crm.post("attachments", external_id=key, **{**usual, **fields})


def at_the_shelf(portal: Portal, shelf: Shelf) -> None:
    """Let the portal fetch files from the shelf, as if it were the CRM's own address."""
    people.change(CrmConnection, portal.connection_id, base_url=shelf.give("", b"").rstrip("/"))


async def test_the_demo_s_photos_and_documents_arrive_with_their_owners(portal: Portal) -> None:
    assert (await portal.poll()).complete
    assert all(one.digest == "" for one in rows(select(File)))
    await fetch_all(portal)
    found = rows(select(File))
    assert len(found) == 18
    assert {one.fetch_error for one in found} == {""}
    assert {one.fetch_at for one in found} == {None}
    visit, job = row(Visit, "vis_4087"), row(Job, "job_3027")
    photo, paper = file("att_701"), file("att_708")
    assert (photo.visit_id, photo.job_id, photo.customer_id, photo.kind) == (
        *(visit.id, visit.job_id, visit.customer_id, "photo"),
    )
    assert photo.location_id == row(Location, "loc_2001").id
    assert (paper.job_id, paper.visit_id, paper.kind, paper.content_type) == (
        job.id,
        None,
        "document",
        "application/pdf",
    )
    assert paper.expires_on is not None
    kept = copy_of(paper.digest, "large")
    assert kept is not None
    assert kept[0].read_bytes().startswith(b"%PDF-")
    actor = Actor(1, visit.customer_id, 1, 1, "Sarah", frozenset(Right))
    with reading() as session:
        names = [entry.words for entry in shown_files.of_job(session, actor, visit.job_id)]
    assert "Before: boiler" in names
    assert "Wiring, for the office" not in names
    assert rows(select(CrmSetAside)) == []


async def test_each_is_fetched_once(portal: Portal, shelf: Shelf) -> None:
    await portal.poll()
    await fetch_all(portal)
    post(portal, "att_1", url=shelf.give("a.heic", telephone_photo("HEIF")), mime="image/heic")
    await portal.poll()
    at_the_shelf(portal, shelf)
    await fetch_all(portal)
    assert file("att_1").taken_at is not None
    people.change(CrmConnection, portal.connection_id, base_url=portal.crm.url)
    portal.crm.patch("attachments", "att_1", name="Renamed")
    await portal.poll()
    at_the_shelf(portal, shelf)
    await fetch_all(portal)
    assert (file("att_1").name, file("att_1").digest != "") == ("Renamed", True)
    assert shelf.asked == ["/a.heic"]


BAD: dict[str, tuple[dict[str, Any], bytes, int, str]] = {
    "bomb": ({}, bomb(), 200, "40 megapixels"),
    "torn": ({}, bitmap("JPEG")[:3000], 200, "damaged"),
    "text": ({}, b"Dear Sir or Madam", 200, "no picture"),
    "other-kind": ({}, pdf(), 200, "not of the kind"),
    "no-pdf": ({"mime": "application/pdf"}, b"<script>alert(1)</script>", 200, "not of the kind"),
    "type": ({"mime": "text/html"}, b"<script>alert(1)</script>", 200, "neither a picture nor a PDF"),
    "said-too-large": ({"size": files.MOST_BYTES + 1}, bitmap(), 200, "25 MB"),
    "too-large": ({}, b"x" * (files.MOST_BYTES + 1), 200, "25 MB"),
    "gone": ({}, b"", 404, "answered 404"),
    "elsewhere": ({"url": "http://169.254.169.254/latest/meta-data"}, b"", 200, "not a host"),
    "nowhere": ({"url": ""}, b"", 200, "no address"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_used_says_why_and_is_not_asked_for_again(bare: Portal, shelf: Shelf, name: str) -> None:
    fields, data, status, reason = BAD[name]
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    subject = {"subject": {"kind": "customer", "id": "cus_1"}}
    post(bare, "att_1", **{**subject, "url": shelf.give("a.png", data, status), **fields})
    post(bare, "att_2", **subject, url=shelf.give("b.png", bitmap(size=(60, 40))))
    assert (await bare.poll()).complete
    at_the_shelf(bare, shelf)
    assert await fetch_files(bare.connection_id) == 2
    assert reason in file("att_1").fetch_error
    assert (file("att_1").digest, file("att_1").fetch_at) == ("", None)
    assert file("att_2").digest != ""
    assert await fetch_files(bare.connection_id) == 0
    assert shelf.asked.count("/b.png") == 1


async def test_trouble_is_tried_again_later_and_the_sync_goes_on(bare: Portal, shelf: Shelf) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    for number in range(5):
        url = shelf.give(f"{number}.png", b"", 503)
        post(bare, f"att_{number}", subject={"kind": "customer", "id": "cus_1"}, url=url)
    await bare.poll()
    at_the_shelf(bare, shelf)
    before = clock.now()
    assert await fetch_files(bare.connection_id) == 3
    waiting = [one for one in rows(select(File)) if one.fetch_error]
    assert len(waiting) == 3
    assert all("in trouble" in one.fetch_error for one in waiting)
    assert all(one.fetch_at >= before + TRY_AGAIN - timedelta(seconds=1) for one in waiting)
    people.change(CrmConnection, bare.connection_id, base_url=bare.crm.url)
    bare.crm.patch("customers", "cus_1", name="Whitcombe & Son")
    assert (await bare.poll()).complete
    assert row(Customer, "cus_1").name == "Whitcombe & Son"
    for number in range(5):
        shelf.give(f"{number}.png", bitmap(size=(60, 40)))
    for one in waiting:
        people.change(File, one.id, fetch_at=clock.now())
    at_the_shelf(bare, shelf)
    await fetch_all(bare)
    assert all(one.digest and not one.fetch_error for one in rows(select(File)))


@pytest.mark.parametrize("status", [401, 403])
async def test_what_we_are_not_let_in_to_is_asked_for_again_a_day_later(
    bare: Portal, shelf: Shelf, status: int
) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    for number in range(5):
        url = shelf.give(f"{number}.png", b"", status)
        post(bare, f"att_{number}", subject={"kind": "customer", "id": "cus_1"}, url=url)
    post(bare, "att_9", subject={"kind": "customer", "id": "cus_1"}, url=shelf.give("9.png", bitmap(size=(60, 40))))
    await bare.poll()
    at_the_shelf(bare, shelf)
    before = clock.now()
    assert await fetch_files(bare.connection_id) == 6
    assert file("att_9").digest != ""
    one = file("att_0")
    assert "does not let us in" in one.fetch_error
    assert one.fetch_at is not None
    assert before + TRY_FORBIDDEN <= one.fetch_at < before + TRY_FORBIDDEN + timedelta(minutes=5)
    shelf.give("0.png", bitmap(size=(60, 40)))
    people.change(File, one.id, fetch_at=clock.now())
    await fetch_all(bare)
    assert (file("att_0").digest != "", file("att_0").fetch_error) == (True, "")


async def test_what_our_own_disk_does_not_take_is_tried_again(
    bare: Portal, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    post(bare, "att_1", subject={"kind": "customer", "id": "cus_1"}, url=shelf.give("a.png", bitmap(size=(60, 40))))
    await bare.poll()
    at_the_shelf(bare, shelf)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept_folders, "keep", full)
        await fetch_files(bare.connection_id)
    one = file("att_1")
    assert (one.digest, one.fetch_at is not None) == ("", True)
    people.change(File, one.id, fetch_at=clock.now())
    await fetch_all(bare)
    assert file("att_1").digest != ""


async def test_what_could_not_be_had_is_asked_for_again_when_it_may_come_from_elsewhere(
    bare: Portal, shelf: Shelf
) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    away = {"subject": {"kind": "customer", "id": "cus_1"}, "url": "https://files.crm.example/a.png"}
    post(bare, "att_1", **away)
    post(bare, "att_2", **{**away, "url": ""})
    await bare.poll()
    at_the_shelf(bare, shelf)
    await fetch_all(bare)
    assert "not a host" in file("att_1").fetch_error
    with transaction() as session:
        base = crm_connection.get_one(session, bare.connection_id).base_url
        crm_connection.ensure(session, base, ("files.crm.example",))
    assert file("att_1").fetch_at is not None
    await fetch_files(bare.connection_id)
    assert "cannot be reached" in file("att_1").fetch_error
    with transaction() as session:
        crm_connection.ensure(session, base, ("files.crm.example",))
    assert file("att_2").fetch_at is None


async def test_other_bytes_take_the_old_ones_away_and_are_held_where_new_ones_are(bare: Portal, shelf: Shelf) -> None:
    people.make_business()
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    post(bare, "att_1", subject={"kind": "customer", "id": "cus_1"}, url=shelf.give("a.png", bitmap(size=(60, 40))))
    await bare.poll()
    at_the_shelf(bare, shelf)
    await fetch_all(bare)
    first = file("att_1")
    assert (first.state, first.digest != "") == ("visible", True)
    with transaction() as session:
        session.add(Visibility(id=1, hold_new=True))
    people.change(CrmConnection, bare.connection_id, base_url=bare.crm.url)
    bare.crm.patch("attachments", "att_1", url=shelf.give("b.png", bitmap(size=(40, 60))))
    await bare.poll()
    assert (file("att_1").digest, file("att_1").state) == ("", "held")
    at_the_shelf(bare, shelf)
    await fetch_all(bare)
    assert file("att_1").digest not in ("", first.digest)
    assert file("att_1").state == "held"
    people.change(CrmConnection, bare.connection_id, base_url=bare.crm.url)
    bare.crm.patch("attachments", "att_1", visible_to_customer=False)
    await bare.poll()
    assert (file("att_1").offered, file("att_1").digest != "") == (False, True)


async def test_files_wait_for_what_they_belong_to_and_move_with_it(bare: Portal) -> None:
    post(bare, "att_1", subject={"kind": "job", "id": "job_1"}, url="")
    post(bare, "att_2", subject={"kind": "location", "id": "loc_1"}, url="")
    post(bare, "att_3", subject={"kind": "invoice", "id": "inv_1"}, url="")
    await bare.poll()
    assert rows(select(File)) == []
    assert {one.external_id: one.waits_for for one in rows(select(CrmSetAside))} == {
        "att_1": "jobs:job_1",
        "att_2": "locations:loc_1",
        "att_3": "",
    }
    for key in ("cus_1", "cus_2"):
        bare.crm.post("customers", external_id=key, name=key)
    bare.crm.post("locations", external_id="loc_1", customer_id="cus_1", label="Mill House")
    bare.crm.post("jobs", external_id="job_1", customer_id="cus_1", location_id="loc_1", title="Boiler", status="open")
    await bare.poll()
    first, place = row(Customer, "cus_1").id, row(Location, "loc_1").id
    assert {(one.customer_id, one.location_id) for one in rows(select(File))} == {(first, place)}
    bare.crm.patch("jobs", "job_1", customer_id="cus_2", location_id=None)
    await bare.poll()
    assert (file("att_1").customer_id, file("att_1").location_id) == (row(Customer, "cus_2").id, None)
    assert file("att_2").customer_id == first


async def test_the_task_fetches_in_one_process_and_survives_trouble(bare: Portal, shelf: Shelf) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    post(bare, "att_1", subject={"kind": "customer", "id": "cus_1"}, url=shelf.give("a.png", bitmap(size=(60, 40))))
    await bare.poll()
    at_the_shelf(bare, shelf)
    with transaction() as session:
        assert leases.acquire(session, "crm_files", "another", 60)
    await look("this")
    assert shelf.asked == []
    with transaction() as session:
        leases.release(session, "crm_files", "another")
    await asyncio.gather(look("this"), look("that"))
    assert shelf.asked == ["/a.png"]
    assert file("att_1").digest != ""


async def test_a_crm_that_refuses_us_is_left_alone(bare: Portal, shelf: Shelf) -> None:
    bare.crm.post("customers", external_id="cus_1", name="Whitcombe")
    post(bare, "att_1", subject={"kind": "customer", "id": "cus_1"}, url=shelf.give("a.png", bitmap(size=(60, 40))))
    await bare.poll()
    at_the_shelf(bare, shelf)
    people.change(CrmConnection, bare.connection_id, state="stopped")
    assert await fetch_files(bare.connection_id) == 0
    assert shelf.asked == []


async def test_an_odd_photo_stops_no_others(portal: Portal, shelf: Shelf) -> None:
    at_the_shelf(portal, shelf)
    address = shelf.give("odd.jpg", oddly_described())
    portal.crm.post("technicians", external_id="tec_odd", name="Odd", photo_url=address, active=True)
    post(portal, "att_odd", mime="image/jpeg", url=address)
    assert (await portal.poll()).complete
    await fetch_all(portal)
    assert file("att_odd").digest


async def test_a_surprise_in_one_file_or_photo_stops_no_others(
    portal: Portal, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: object) -> NoReturn:
        raise ZeroDivisionError

    at_the_shelf(portal, shelf)
    address = shelf.give("new.png", bitmap(size=(60, 40)))
    portal.crm.post("technicians", external_id="tec_new", name="New", photo_url=address, active=True)
    for key in ("att_1", "att_2"):
        post(portal, key, url=address)
    monkeypatch.setattr("portal_app.workflows.crm_photos.square_webp", surprise)
    assert (await portal.poll()).complete
    [technician] = rows(select(Technician).where(Technician.external_id == "tec_new"))
    assert technician.photo_error == SURPRISE
    with monkeypatch.context() as first:
        first.setattr("portal_app.workflows.files.keep", surprise)
        await fetch_all(portal)
    assert [file(key).fetch_error for key in ("att_1", "att_2")] == [SURPRISE, SURPRISE]
    people.change(File, file("att_2").id, fetch_at=clock.now())
    await fetch_all(portal)
    assert (file("att_1").digest, bool(file("att_2").digest)) == ("", True)


async def test_a_pdf_is_a_document_however_its_type_is_written(portal: Portal, shelf: Shelf) -> None:
    post(portal, "att_pdf", mime="Application/PDF; name=x.pdf", kind="photo", url=shelf.give("x.pdf", pdf()))
    assert (await portal.poll()).complete
    assert file("att_pdf").kind == "document"
