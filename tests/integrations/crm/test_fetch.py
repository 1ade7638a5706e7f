"""Fetching files: only from where the CRM's files may come from, bounded, and the token for the CRM alone."""

import asyncio

import pytest

from portal_app.integrations.crm import fetch
from portal_app.integrations.crm.fetch import FetchFailed, FetchRefused, Source, fetch_file
from tests.integrations.crm.scripted import Answer, ScriptedServer


async def test_it_works() -> None:
    with ScriptedServer(lambda path: Answer(b"picture")) as server:
        assert await fetch_file(f"{server.url}/people/dave.png", Source(server.url, "secret")) == b"picture"
    assert server.asked[0].headers["authorization"] == "Bearer secret"
    assert server.asked[0].headers["host"] == server.url.removeprefix("http://")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/x.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://user:word@127.0.0.1:{port}/x",
        "http://127.0.0.1:1/x",
        "https://127.0.0.1:{port}/x",
        "http://localhost:{port}/x",
        "http://[::1]:{port}/x",
        "http://127.0.0.1:{port}.evil.example/x",
        "http://127.0.0.1:99999/x",
        "http:///x",
        "",
        "//127.0.0.1:{port}/x",
    ],
)
async def test_other_places_are_refused(url: str) -> None:
    with ScriptedServer(lambda path: Answer(b"picture")) as server:
        port = server.url.rsplit(":", 1)[1]
        with pytest.raises(FetchRefused) as caught:
            await fetch_file(url.replace("{port}", port), Source(server.url, "secret"))
    assert str(caught.value).endswith(".")
    assert server.asked == []


@pytest.mark.parametrize(
    "place",
    [
        "10.0.0.5",
        "192.168.1.1",
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - refused here
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.5",
        "100.64.0.1",
        "224.0.0.1",
        "64:ff9b:1::1",
        "64:ff9b::7f00:1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:7f00:1::",
        "fec0::1",
    ],
)
def test_private_addresses_are_never_connected_to(place: str) -> None:
    with pytest.raises(FetchRefused, match="private network"):
        fetch._CheckedBackend(loopback_allowed=False)._check(place)


@pytest.mark.parametrize("place", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are(place: str) -> None:
    assert fetch._CheckedBackend(loopback_allowed=False)._check(place) is None


async def test_a_public_crm_cannot_point_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(lambda path: Answer(b"inside")) as server:
        port = int(server.url.rsplit(":", 1)[1])

        async def resolve(*_: object, **__: object) -> list[object]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        base = f"http://crm.example:{port}"
        with pytest.raises(FetchRefused, match="private network"):
            await fetch_file(f"{base}/x", Source(base, "secret"))
    assert server.asked == []


async def test_redirects_are_checked_again() -> None:
    with ScriptedServer(lambda path: Answer(b"elsewhere")) as elsewhere:
        targets = {"/away": f"{elsewhere.url}/x", "/near": "/there", "/round": "/round"}

        def answer(path: str) -> Answer:
            if path == "/there":
                return Answer(b"picture")
            return Answer(status=302, headers={"Location": targets[path]})

        with ScriptedServer(answer) as server:
            source = Source(server.url, "secret")
            assert await fetch_file(f"{server.url}/near", source) == b"picture"
            with pytest.raises(FetchRefused, match="not a host"):
                await fetch_file(f"{server.url}/away", source)
            with pytest.raises(FetchRefused, match="too often"):
                await fetch_file(f"{server.url}/round", source)
    assert elsewhere.asked == []


async def test_size_and_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        ScriptedServer(lambda path: Answer(b"x" * 3_000_000)) as server,
        pytest.raises(FetchRefused, match="larger than 1 MB"),
    ):
        await fetch_file(f"{server.url}/x", Source(server.url, ""), largest=1024 * 1024)
    monkeypatch.setattr(fetch, "FILE_SECONDS", 0.2)
    with (
        ScriptedServer(lambda path: Answer(b"x", headers={"Content-Length": "100"})) as server,
        pytest.raises(FetchFailed, match="too long"),
    ):
        await fetch_file(f"{server.url}/x", Source(server.url, ""))


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, FetchRefused), (410, FetchRefused), *((status, FetchFailed) for status in (401, 403, 408, 425, 429, 500))],
)
async def test_other_answers(status: int, error: type[Exception]) -> None:
    with ScriptedServer(lambda path: Answer(status=status)) as server, pytest.raises(error, match=str(status)):
        await fetch_file(f"{server.url}/x", Source(server.url, ""))
