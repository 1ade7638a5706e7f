"""What every answer carries, whatever kind it is, and what is said when something fails inside."""

import re
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from portal_app import database
from portal_app.delivery import Delivery, Site, security_headers, something_went_wrong
from portal_app.gate import CUSTOMER, VISITOR
from portal_app.services import business
from portal_app.settings import Settings
from tests.services import people

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
ANSWERS = {
    "/login": 200,
    "/home": 303,
    "/nowhere": 404,
    "/portal.css": 200,
    "/none.css": 404,
    "/e/plain": 200,
    "/e/json": 200,
    "/e/stream": 200,
    "/e/same": 304,
    "/e/gone": 410,
    "/e/broken": 500,
    "/sw.js": 200,
}


def broken(_request: Request) -> Response:
    raise RuntimeError("a secret of the inside")


def varied(_request: Request) -> Response:
    """Answer as when three layers have each named what they look at."""
    answer = PlainTextResponse("x", headers={"vary": "accept-encoding"})
    for name in ("Origin", "Accept-Encoding, Origin"):
        answer.headers.append("vary", name)
    return answer


@pytest.fixture
async def client(database_file: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A portal on https with one file, a page of each kind, and endpoints that answer in every way."""
    people.make_business()
    business.forget_look()
    (tmp_path / "portal.css").write_text("a{}")
    inner = Starlette(
        routes=[
            Route("/login", lambda _request: Response("<p>", media_type="text/html")),
            Route("/portal.css", lambda _request: Response("a{}", media_type="text/css")),
            Route("/e/plain", lambda _request: PlainTextResponse("x")),
            Route("/e/json", lambda _request: JSONResponse({})),
            Route("/e/stream", lambda _request: StreamingResponse(iter([b"x"]))),
            Route("/e/same", lambda _request: Response(status_code=304)),
            Route("/e/varied", varied),
            Route("/e/gone", lambda _request: PlainTextResponse("x", 410, {"referrer-policy": "unsafe-url"})),
            Route("/e/broken", broken),
            Route("/sw.js", lambda _request: Response("", media_type="text/javascript")),
        ],
        exception_handlers={Exception: something_went_wrong},
    )
    settings = Settings(public_url="https://portal.example.com")
    site = Site({"/login": VISITOR, "/home": CUSTOMER}, ("/e/", "/sw.js"), tmp_path)
    transport = httpx.ASGITransport(Delivery(inner, settings, site), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://portal.example.com") as found:
        yield found


@pytest.mark.parametrize("path", ANSWERS)
async def test_every_kind_of_answer_carries_the_headers(client: httpx.AsyncClient, path: str):
    answer = await client.get(path)
    assert answer.status_code == ANSWERS[path]
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]


async def test_a_page_names_first_what_its_first_frame_waits_for_and_nothing_else_does(client: httpx.AsyncClient):
    asked = {path: (await client.get(path)).headers.get("link", "") for path in ANSWERS}
    assert "</theme.js>; rel=preload; as=script" in asked["/login"]
    assert "</brand.css>; rel=preload; as=style" in asked["/login"]
    assert "</page.js>; rel=preload; as=script" in asked["/login"]
    assert not any(asked[path] for path in ("/portal.css", "/e/plain", "/e/json", "/e/stream", "/sw.js", "/home"))


async def test_what_an_answer_varies_with_is_named_once(client: httpx.AsyncClient):
    answer = await client.get("/e/varied")
    assert answer.headers.get_list("vary") == ["accept-encoding, origin"]
    assert "vary" not in (await client.get("/e/plain")).headers


async def test_a_method_that_is_not_answered_carries_them_too(client: httpx.AsyncClient):
    answer = await client.put("/login")
    assert answer.status_code == 405
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS


async def test_the_worker_may_ask_our_own_origin_and_nothing_else(client: httpx.AsyncClient):
    policy = (await client.get("/sw.js")).headers["content-security-policy"]
    assert policy == "default-src 'none'; connect-src 'self'"


async def test_plain_http_promises_no_https():
    assert "strict-transport-security" not in security_headers(Settings(public_url="http://localhost:8000"), [])


async def test_a_page_of_ours_wears_the_brand_and_says_how_to_reach_the_office(client: httpx.AsyncClient):
    with database.transaction() as session:
        about = business.get(session)
        assert about is not None
        about.welcome, about.support_email = "Warm <homes>.", "hello@hartley.example"
    business.forget_look()
    page = (await client.get("/nowhere")).text
    assert 'src="/brand/cover"' in page
    assert "Warm &lt;homes&gt;." in page
    assert 'href="mailto:hello@hartley.example"' in page
    assert '<meta name="theme-color"' in page


async def test_a_failure_of_the_database_itself_is_told_too(client: httpx.AsyncClient, monkeypatch):
    def gone() -> business.Look:
        raise OperationalError("SELECT", {}, Exception("a secret of the inside"))

    monkeypatch.setattr(business, "look", gone)
    answer = await client.get("/nowhere")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret" not in answer.text


async def test_pages_of_ours_are_made_without_a_database_in_the_look_that_was_known(
    client: httpx.AsyncClient, monkeypatch
):
    def gone() -> None:
        raise OperationalError("SELECT", {}, Exception("a secret of the inside"))

    business.look()
    business.forget_look()
    monkeypatch.setattr(business, "reading", gone)
    for path, status in (("/none.css", 404), ("/a%5Cb", 404), ("/e/broken", 500), ("/nowhere", 500)):
        answer = await client.get(path)
        assert answer.status_code == status
        assert "Bell &amp; Daughters start page" in answer.text
    monkeypatch.setattr(business, "_looks", {})
    assert "Porchlight start page" in (await client.get("/none.css")).text


@pytest.mark.parametrize("portal_open", [True, False])
async def test_nothing_asks_for_the_look_on_the_event_loop(client: httpx.AsyncClient, monkeypatch, portal_open: bool):
    """A database that hangs would hang every page of the worker with it."""
    with database.transaction() as session:
        about = business.get(session)
        assert about is not None
        about.portal_open, about.terms = portal_open, "Our terms."
    asked: list[int] = []

    def watched() -> AbstractContextManager[Session]:
        asked.append(threading.get_ident())
        return database.reading()

    business.forget_look()
    monkeypatch.setattr(business, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(business, "reading", watched)
    for path in (*ANSWERS, "/", "/terms", "/a%5Cb"):
        await client.get(path)
    assert asked
    assert threading.get_ident() not in asked


async def test_a_failure_inside_tells_a_reference_that_is_in_the_log_and_nothing_else(client, capsys):
    answer = await client.get("/e/broken")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "secret" not in answer.text
    reference = re.search(r"this reference: ([\w-]+)\.", answer.text)
    assert reference
    assert reference[1] in capsys.readouterr().out
    assert 'class="door"' in answer.text
