"""The REST adapter against servers that behave, and servers that do not."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal_app.integrations.crm import rest
from portal_app.integrations.crm.errors import CrmBroken, CrmRefused, CrmUnavailable, CursorRefused
from portal_app.integrations.crm.pages import Tombstone
from portal_app.integrations.crm.records import Customer
from portal_app.integrations.crm.rest import RestAdapter
from tests.demo.running import RunningCrm
from tests.integrations.crm.scripted import Answer, ScriptedServer

EMPTY = {"data": [], "next_cursor": None, "server_time": "2026-11-22T10:00:00Z"}


@asynccontextmanager
async def adapter(url: str, token: str = "secret-token", seconds: float = 5) -> AsyncIterator[RestAdapter]:
    made = RestAdapter(url, token, seconds)
    try:
        yield made
    finally:
        await made.close()


async def test_it_works(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        async with adapter(crm.url, crm.token) as made:
            found = await made.capabilities()
            assert (found.deletes, found.rps, found.page) == ("tombstone", 50, 500)
            page = await made.pull("customers", None, None, 5)
            assert len(page.items) == 5
            following = await made.pull("customers", None, page.next_cursor, 500)
            assert {item.external_id for item in page.items}.isdisjoint(item.external_id for item in following.items)
            newest = await made.pull("customers", datetime.now(UTC) + timedelta(days=1), None, 5)
            assert newest.items == ()
            first = page.items[0].external_id
            assert isinstance(await made.get("customers", first), Customer)
            crm.delete("customers", first)
            assert isinstance(await made.get("customers", first), Tombstone)
            assert await made.get("customers", "nobody/../at all") is None
            ids = await made.ids("customers", None)
            assert first not in ids.ids
            assert await made.check() == f"The CRM answers and offers {', '.join(found.streams)}."
            body = {"customer_id": page.items[1].external_id, "body": "Mind the dog."}
            answer = await made.apply("booking-notes", "note-1", body)
            assert (answer.status, bool(answer.external_id)) == ("applied", True)
            assert await made.apply("booking-notes", "note-1", body) == answer


async def test_the_token_goes_to_the_crm_and_nowhere_else() -> None:
    with ScriptedServer(lambda path: Answer(EMPTY)) as elsewhere:
        redirect = Answer(status=302, headers={"Location": f"{elsewhere.url}/v1/customers"})
        with ScriptedServer(lambda path: redirect) as server:
            async with adapter(server.url) as made:
                with pytest.raises(CrmBroken, match="another address"):
                    await made.pull("customers", None, None, 5)
        assert server.asked[0].headers["authorization"] == "Bearer secret-token"
    assert elsewhere.asked == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token(status: int) -> None:
    with ScriptedServer(lambda path: Answer(status=status)) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CrmRefused, match="token"):
                await made.pull("customers", None, None, 5)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "17"}, 17),
        (503, {"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 30),
        (503, {"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0),
        (503, {"Retry-After": "99999999999999999999"}, None),
        (429, {"Retry-After": "86400"}, 3600),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "-5"}, None),
        (500, {}, None),
        (408, {}, None),
    ],
)
async def test_later_may_be_better(status: int, headers: dict[str, str], wait: float | None) -> None:
    with ScriptedServer(lambda path: Answer(status=status, headers=headers)) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CrmUnavailable) as caught:
                await made.pull("customers", None, None, 5)
    assert caught.value.retry_after == wait


async def test_an_old_cursor() -> None:
    with ScriptedServer(lambda path: Answer(status=410)) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CursorRefused):
                await made.pull("customers", None, "old", 5)
            with pytest.raises(CrmBroken) as caught:
                await made.pull("customers", None, None, 5)
    assert not isinstance(caught.value, CursorRefused)


async def test_an_answer_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "LARGEST_ANSWER", 1024 * 1024)
    bomb = gzip.compress(b" " * 50_000_000)
    with ScriptedServer(lambda path: Answer(bomb, headers={"Content-Encoding": "gzip"})) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CrmBroken, match="larger than 1 MiB"):
                await made.pull("customers", None, None, 5)


async def test_an_answer_that_cannot_be_unpacked() -> None:
    with ScriptedServer(lambda path: Answer(b"not gzip", headers={"Content-Encoding": "gzip"})) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CrmBroken, match="unpacked"):
                await made.pull("customers", None, None, 5)


async def test_half_an_answer_is_asked_for_once_more() -> None:
    answers = [Answer(EMPTY), Answer(b'{"data":', headers={"Content-Length": "500", "Connection": "close"})]
    with ScriptedServer(lambda path: answers.pop()) as server:
        async with adapter(server.url, seconds=1) as made:
            try:
                page = await made.pull("customers", None, None, 5)
            except CrmUnavailable:
                page = await made.pull("customers", None, None, 5)
    assert page.items == ()
    assert len(server.asked) == 2


async def test_nobody_there() -> None:
    with ScriptedServer(lambda path: Answer(EMPTY)) as server:
        url = server.url
    async with adapter(url) as made:
        with pytest.raises(CrmUnavailable, match="cannot be reached"):
            await made.capabilities()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"streams": "all"}', b"[]"])
async def test_not_a_portal_sync_server(body: bytes) -> None:
    with ScriptedServer(lambda path: Answer(body)) as server:
        async with adapter(server.url) as made:
            with pytest.raises(CrmBroken):
                await made.capabilities()


async def test_capabilities_of_the_strange_kind() -> None:
    said = {"streams": ["customers", 7], "commands": None, "limits": {"rps": "fast", "page": -3}, "time": "noon"}
    with ScriptedServer(lambda path: Answer(said)) as server:
        async with adapter(server.url) as made:
            found = await made.capabilities()
    assert (found.streams, found.commands, found.deletes) == (("customers",), (), "sweep")
    assert (found.rps, found.page, found.time) == (5, 200, None)
