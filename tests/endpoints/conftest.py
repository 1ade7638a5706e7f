"""The portal's plain HTTP routes, called over HTTP as a browser would."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from portal_app.endpoints import auth, code, even_time, link, password, setup, shared, switch
from tests.services import people

BASE = "http://localhost:8000"
Browser = Callable[..., httpx.AsyncClient]


@pytest.fixture
def business(database_file: Path) -> None:
    people.make_business()


@pytest.fixture
def browser_app(database_file: Path) -> Starlette:
    """The routes of the front door alone."""
    return Starlette(
        routes=[route for concern in (auth, code, password, link, shared, switch, setup) for route in concern.ROUTES]
    )


@pytest.fixture
async def browser(browser_app: Starlette, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Browser]:
    """Make browsers: each with its own cookies and address, sending the Origin of our own pages.

    Answers come as soon as they can; `test_timing` looks at the even time they take otherwise.
    """
    monkeypatch.setattr(even_time, "SECONDS", 0.0)
    opened: list[httpx.AsyncClient] = []

    def make(address: str = "192.0.2.7", base: str = BASE, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(browser_app, client=(address, 4711))
        client = httpx.AsyncClient(transport=transport, base_url=base, headers={"Origin": base, **headers})
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()
