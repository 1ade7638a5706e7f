"""Adding files from the office as a browser does, and as nobody should."""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlmodel import select
from starlette.applications import Starlette

from portal_app import database, routes
from portal_app.endpoints import file_upload
from portal_app.models import Customer, File
from portal_app.services.rights import StaffRole
from portal_app.workflows import files
from tests.pictures import bitmap, bomb, pdf, telephone_photo
from tests.running import wait_for
from tests.services import people, work

BOUNDARY = {"content-type": "multipart/form-data; boundary=b"}


@pytest.fixture
def browser_app(database_file) -> Starlette:
    return Starlette(routes=file_upload.ROUTES)


@pytest.fixture
def address(database_file) -> str:
    people.make_business()
    row_id = work.customer("Whitcombe")
    with database.reading() as session:
        return routes.office_file_upload("customer", session.get_one(Customer, row_id).public_id)


@pytest.fixture
def ruth(browser, address) -> httpx.AsyncClient:
    return signed_in(browser, people.make_staff("ruth@example.com"))


def signed_in(browser, person: Any) -> httpx.AsyncClient:
    client = browser()
    client.cookies.set("porchlight_session", people.start_session(person))
    return client


def kept() -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.name, row.kind) for row in session.exec(select(File).order_by(File.id))]  # type: ignore[arg-type]


def on_disk() -> list[Path]:
    return list(files.folder().rglob("*")) if files.folder().is_dir() else []


async def test_several_at_once_each_answered_for_itself(ruth, address):
    given = [
        ("files", ("IMG_1.HEIC", telephone_photo("HEIF"), "image/heic")),
        ("files", ("manual.pdf", pdf(), "application/pdf")),
        ("files", ("notes.png", b"Dear Sir or Madam", "image/png")),
        ("files", ("bomb.png", bomb(), "image/png")),
        ("files", ("../../etc/<valve>/b.png", bitmap(size=(90, 60)), "text/html")),
    ]
    answer = await ruth.post(address, files=given)
    assert answer.status_code == 200
    told = answer.json()["files"]
    assert ["id" in one for one in told] == [True, True, False, False, True]
    assert "no picture and no PDF" in told[2]["sentence"]
    assert "40 megapixels" in told[3]["sentence"]
    assert kept() == [("IMG_1", "photo"), ("manual", "document"), ("b", "photo")]


async def test_a_picture_may_be_a_document(ruth, address):
    await ruth.post(address, files={"files": ("scan.png", bitmap(size=(90, 60)))}, data={"kind": "document"})
    await ruth.post(address, files={"files": ("scan.png", bitmap(size=(90, 60)))}, data={"kind": "anything"})
    assert [kind for _, kind in kept()] == ["document", "photo"]


async def test_what_is_no_upload(ruth, address):
    tried = [
        ({"content-type": "image/png"}, bitmap(), 415),
        ({"content-type": "multipart/form-data"}, b"--b--", 400),
        (BOUNDARY, b"no form", 400),
        ({**BOUNDARY, "content-length": "-1"}, b"", 400),
        (BOUNDARY, b"--b--\r\n", 400),
        (BOUNDARY, b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nhello\r\n--b--\r\n', 400),
    ]
    for headers, content, status in tried:
        answer = await ruth.post(address, content=content, headers=headers)
        assert answer.status_code == status
        assert answer.json()["sentence"].endswith(".")
    many = [("files", (f"{number}.png", bitmap(size=(20, 20)))) for number in range(21)]
    assert (await ruth.post(address, files=many)).status_code == 400
    assert kept() == []
    assert on_disk() == []


async def test_a_file_that_is_too_large_by_itself(ruth, address):
    answer = await ruth.post(address, files={"files": ("a.png", b"x" * (files.MOST_BYTES + 1))})
    assert "25 MB" in answer.json()["files"][0]["sentence"]
    assert on_disk() == []


async def test_too_much_without_saying_so_is_refused_while_it_arrives(ruth, address, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir(tmp_path))
    sent = 0

    async def endless():
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        while True:
            sent += 1
            yield b"x" * 1024 * 1024

    answer = await ruth.post(address, content=endless(), headers=BOUNDARY)
    assert answer.status_code == 413
    assert sent < 64
    assert set(os.listdir(tmp_path)) == before
    assert on_disk() == []


async def test_other_people_and_other_sites(browser, address):
    sarah = people.make_customer("sarah@example.com")
    reader = people.make_staff("reader@example.com", StaffRole.READER)
    owner = people.make_staff("ruth@example.com")
    picture = {"files": ("a.png", bitmap(size=(20, 20)))}
    assert (await browser().post(address, files=picture)).status_code == 404
    assert (await signed_in(browser, sarah).post(address, files=picture)).status_code == 404
    assert (await signed_in(browser, reader).post(address, files=picture)).status_code == 403
    foreign = browser(Origin="https://evil.example")
    foreign.cookies.set("porchlight_session", people.start_session(owner))
    assert (await foreign.post(address, files=picture)).status_code == 403
    client = signed_in(browser, owner)
    for what, public_id in (("customer", "unknown"), ("job", "unknown"), ("invoice", "x"), ("..", "x")):
        answer = await client.post(routes.office_file_upload(what, public_id), files=picture)
        assert answer.status_code == 404
    assert kept() == []
    assert on_disk() == []


@pytest.fixture
def listening(browser_app) -> Iterator[int]:
    """The routes on a real port; gives it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(browser_app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the server to listen")
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def test_500_mb_are_refused_before_they_are_sent(listening, address, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir(tmp_path))
    token = people.start_session(people.make_staff("ruth@example.com"))
    head = (
        f"POST {address} HTTP/1.1\r\nHost: localhost:8000\r\nOrigin: http://localhost:8000\r\n"
        f"Cookie: porchlight_session={token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {500 * 1024 * 1024}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", listening), timeout=20) as line:
        line.sendall(head.encode() + b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nxxx')
        answer = line.recv(65536)
        while b"}" not in answer:
            more = line.recv(65536)
            assert more
            answer += more
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"60 MB" in answer
    assert set(os.listdir(tmp_path)) == before
    assert on_disk() == []
