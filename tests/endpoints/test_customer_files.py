"""Photos and documents over HTTP: only to whom they belong, and nothing but previews of what may only be viewed."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette

from portal_app import routes
from portal_app.delivery import Delivery, Site
from portal_app.endpoints import customer_files, files
from portal_app.models import Contact, File
from portal_app.services.rights import Right, StaffRole
from portal_app.settings import get_settings
from portal_app.workflows.files import copy_of, make
from tests.pictures import pdf, telephone_photo
from tests.services import people, shared, work
from tests.services.people import Person

SIZES = ("small", "medium", "large")


@pytest.fixture
def browser_app(database_file, tmp_path) -> Delivery:
    inner = Starlette(routes=[*files.ROUTES, *customer_files.ROUTES])
    return Delivery(inner, get_settings(), Site({}, (routes.FILES,), tmp_path))


@pytest.fixture
def sarah(database_file) -> Person:
    people.make_business()
    return people.make_customer("sarah@example.com")


def signed_in(browser, person: Person) -> httpx.AsyncClient:
    client = browser()
    client.cookies.set("porchlight_session", people.start_session(person))
    return client


def added(person: Person, data: bytes, **columns: Any) -> File:
    kept = make(io.BytesIO(data))
    given = {"digest": kept.digest, "content_type": kept.content_type, "customer_id": person.customer_id}
    return shared.file(**{**given, **columns})


async def statuses(client: httpx.AsyncClient, file: File, sizes: tuple[str, ...] = SIZES) -> list[int]:
    return [(await client.get(routes.file(file.public_id, size))).status_code for size in sizes]


async def test_a_photo_in_three_sizes(browser, sarah):
    file = added(sarah, telephone_photo(size=(2400, 1800)), name="New valve")
    client = signed_in(browser, sarah)
    sides = []
    for size in SIZES:
        answer = await client.get(routes.file(file.public_id, size))
        assert answer.status_code == 200
        with Image.open(io.BytesIO(answer.content)) as picture:
            sides.append(max(picture.size))
            assert f"image/{(picture.format or '').lower()}" == answer.headers["content-type"]
            assert not picture.getexif()
        assert answer.headers["cache-control"].startswith("private")
    assert sides == [480, 1600, 2400]
    large = await client.head(routes.file(file.public_id, "large"))
    assert large.headers["content-disposition"].startswith('attachment; filename="New valve.jpg"')
    assert people.kinds(lambda kind: kind.startswith("file.")) == ["file.downloaded"]


async def test_a_pdf_with_a_script_is_a_file_to_keep_and_nothing_to_open(browser, sarah):
    data = pdf(script="app.alert(1)")
    file = added(sarah, data, kind="document", name="a\r\nSet-Cookie: x=y.pdf")
    client = signed_in(browser, sarah)
    answer = await client.get(routes.file(file.public_id, "large"))
    assert answer.content == data
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="a Set-Cookie x=y.pdf"')
    assert answer.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert await statuses(client, file, ("small", "medium")) == [404, 404]


async def test_what_may_only_be_viewed_is_given_to_nobody_as_it_is(browser, sarah):
    photo = telephone_photo(size=(2400, 1800))
    file = added(sarah, photo, download="view_only")
    found = copy_of(file.digest, "large")
    assert found is not None
    kept_back = {photo, found[0].read_bytes()}
    client = signed_in(browser, sarah)
    tried = [*SIZES, "original", "full", "LARGE", "large.jpg", "large%2Fx", "..%2flarge", "", "medium?size=large"]
    answers = [await client.get(f"/files/{file.public_id}/{size}") for size in tried]
    answers += [await client.get(f"/files/{file.digest}/large"), await client.get(f"/files/{file.public_id}")]
    answers += [await client.get(routes.file(file.public_id, "large"), headers={"range": "bytes=0-99"})]
    answers += [await client.head(routes.file(file.public_id, "large"))]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 404]
    assert {answer.status_code for answer in answers[3:]} == {200, 404}
    for answer in answers:
        assert answer.content not in kept_back
        if answer.status_code == 200:
            with Image.open(io.BytesIO(answer.content)) as picture:
                assert max(picture.size) <= 1600


async def test_nobody_gets_what_is_not_theirs(browser, sarah):
    neighbour = people.make_customer("neighbour@example.com")
    limited = people.make_customer("limited@example.com", all_locations=False)
    data = telephone_photo()
    others = [
        added(neighbour, data),
        added(sarah, data, state="held"),
        added(sarah, data, state="hidden"),
        added(sarah, data, offered=False),
        added(sarah, data, deleted_at=work.NOW),
    ]
    client = signed_in(browser, sarah)
    for file in others:
        assert await statuses(client, file) == [404] * 3
    assert await statuses(signed_in(browser, limited), added(limited, data)) == [404] * 3
    mine = added(sarah, data)
    assert await statuses(browser(), mine) == [404] * 3
    unknown = await client.get(routes.file("x" * 16, "small"))
    held = await client.get(routes.file(others[1].public_id, "small"))
    assert (unknown.content, dict(unknown.headers)) == (held.content, dict(held.headers))
    for wrong in ("%00", "..%2f..%2fportal.db", "x" * 5000, "'%20OR%201=1"):
        assert (await client.get(f"/files/{wrong}/small")).status_code == 404
    office = people.make_staff("reader@example.com", StaffRole.READER)
    assert await statuses(signed_in(browser, office), others[1]) == [200] * 3


async def test_a_right_that_is_taken_away_counts_at_the_next_request(browser, sarah):
    file = added(sarah, telephone_photo())
    client = signed_in(browser, sarah)
    assert await statuses(client, file) == [200] * 3
    for right, left in ((Right.PHOTO_DOWNLOAD, [200, 200, 404]), (Right.VIEW_JOBS, [404] * 3)):
        people.change(Contact, sarah.contact_id, rights=sorted(set(Right) - {right}))
        assert await statuses(client, file) == left


async def test_copies_that_are_lost_are_not_there(browser, sarah):
    file = shared.file(customer_id=sarah.customer_id, digest="1" * 64)
    assert await statuses(signed_in(browser, sarah), file) == [404] * 3


async def test_downloading_without_end_is_slowed_down(browser, sarah):
    file = added(sarah, telephone_photo(size=(90, 60)))
    client = signed_in(browser, sarah)
    found = [(await client.get(routes.file(file.public_id, "large"))).status_code for _ in range(61)]
    assert found == [200] * 60 + [429]
    assert await statuses(client, file, ("small", "medium")) == [200, 200]
