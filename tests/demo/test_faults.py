"""Trouble on demand does what it says, over a real connection."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.demo.running import RunningCrm

# How a client hears that the connection was closed: it depends on whether the server had read all that was sent.
LOST = (httpx.RemoteProtocolError, httpx.ReadError)
NOTE = {"customer_id": "cus_1001", "body": "Please use the side gate."}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    with RunningCrm(tmp_path_factory.mktemp("crm")) as crm:
        yield crm


@pytest.fixture
def crm(running: RunningCrm) -> Iterator[RunningCrm]:
    yield running
    running.clear_faults()


def test_status_with_retry_after_as_often_as_asked(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=429, retry_after=2, times=2, stream="visits")
    assert crm.client.get("/v1/jobs").status_code == 200
    for _ in range(2):
        answer = crm.client.get("/v1/visits")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        assert answer.headers["content-type"] == "application/problem+json"
    assert crm.client.get("/v1/visits").status_code == 200
    assert crm.faults()[0]["hits"] == 2


def test_after_lets_requests_go_first(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=500, after=1, method="get")
    assert [crm.client.get("/v1/visits").status_code for _ in range(3)] == [200, 500, 200]


def test_drop_closes_the_connection_and_does_nothing(crm: RunningCrm) -> None:
    crm.fault(kind="drop")
    with pytest.raises(LOST):
        crm.client.put("/v1/booking-notes/dropped", json=NOTE)
    assert crm.store.command("booking-notes", "dropped") is None
    assert crm.client.get("/v1/visits").status_code == 200


def test_drop_after_does_the_work_and_loses_the_answer(crm: RunningCrm) -> None:
    crm.fault(kind="drop_after", stream="booking-notes")
    with pytest.raises(LOST):
        crm.client.put("/v1/booking-notes/lost", json=NOTE)
    kept = crm.store.command("booking-notes", "lost")
    assert kept is not None
    assert crm.client.put("/v1/booking-notes/lost", json=NOTE).json() == kept.answer


def test_half_sends_half_and_closes(crm: RunningCrm) -> None:
    whole = len(crm.client.get("/v1/visits").content)
    crm.fault(kind="half")
    received = bytearray()

    def read() -> None:
        with crm.client.stream("GET", "/v1/visits") as answer:
            assert answer.status_code == 200
            for part in answer.iter_bytes():
                received.extend(part)

    with pytest.raises(LOST):
        read()
    assert 0 < len(received) < whole * 0.6


def test_slow_and_trickling(crm: RunningCrm) -> None:
    crm.fault(kind="slow", delay=0.2, trickle=0.3)
    begun = time.monotonic()
    assert crm.client.get("/v1/visits").json()["data"]
    assert time.monotonic() - begun >= 0.5
    crm.fault(kind="slow", delay=5)
    with pytest.raises(httpx.ReadTimeout):
        crm.client.get("/v1/visits", timeout=0.2)


def test_a_command_still_running_is_a_conflict(crm: RunningCrm) -> None:
    crm.fault(kind="slow", delay=1.5, stream="booking-notes", times=1)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(crm.client.put, "/v1/booking-notes/slow", json=NOTE)
        end = time.monotonic() + 10
        while not crm.faults()[0]["hits"]:
            assert time.monotonic() < end
        second = crm.client.put("/v1/booking-notes/slow", json=NOTE)
        assert (second.status_code, second.headers["retry-after"]) == (409, "1")
        assert first.result().json()["status"] == "applied"
    assert crm.client.put("/v1/booking-notes/slow", json=NOTE).json() == first.result().json()


def test_down_until_cleared(crm: RunningCrm) -> None:
    crm.fault(kind="down")
    for path in ("/v1/capabilities", "/v1/visits", "/v1/visits/vis_4102"):
        with pytest.raises(LOST):
            crm.client.get(path)
    crm.clear_faults()
    assert crm.client.get("/v1/capabilities").status_code == 200


def test_a_clock_that_is_off_is_off_everywhere(crm: RunningCrm) -> None:
    true = crm.client.get("/v1/visits/vis_4108").json()["updated_at"]
    crm.fault(kind="clock", offset=600)
    shifted = crm.client.get("/v1/visits/vis_4108").json()["updated_at"]
    assert datetime.fromisoformat(shifted) - datetime.fromisoformat(true) == timedelta(minutes=10)
    page = crm.client.get("/v1/visits", params={"limit": 1}).json()
    assert datetime.fromisoformat(page["server_time"]) > datetime.now(UTC) + timedelta(minutes=9)
    edited = crm.patch("visits", "vis_4108", status_reason="Later")
    assert datetime.fromisoformat(edited["updated_at"]) > datetime.now(UTC) + timedelta(minutes=9)
    assert crm.walk("visits", updated_since=edited["updated_at"]) == [edited]
    given = crm.patch("visits", "vis_4108", updated_at="2026-11-01T10:00:00Z")
    assert given["updated_at"] == "2026-11-01T10:00:00.000000Z"


def test_stamps_cut_to_seconds_still_find_their_record(crm: RunningCrm) -> None:
    crm.fault(kind="seconds")
    edited = crm.patch("jobs", "job_3127", description="Again")
    assert edited["updated_at"].endswith(".000000Z")
    assert edited in crm.walk("jobs", updated_since=edited["updated_at"])


def test_random_is_the_same_for_the_same_seed(crm: RunningCrm) -> None:
    def run() -> list[str]:
        crm.clear_faults()
        crm.fault(kind="random", p=0.5, seed=7, delay=0)
        seen = []
        for _ in range(30):
            try:
                seen.append(str(crm.client.get("/v1/series", timeout=5).status_code))
            except LOST:
                seen.append("lost")
        return seen

    first = run()
    assert first == run()
    assert len(set(first)) >= 4


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"kind": "meteor"},
        {"kind": "status", "status": 200},
        {"kind": "drop", "times": -1},
        {"kind": "slow", "delay": "long"},
        {"kind": "random", "p": 2},
        {"kind": "drop", "dice": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(crm: RunningCrm, wanted: dict[str, object]) -> None:
    assert crm.client.post("/faults", json=wanted).status_code == 400
    assert crm.faults() == []


def test_a_portal_that_keeps_asking_ends_with_everything(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        expected = {stream: crm.walk(stream) for stream in ("visits", "invoices", "messages")}
        crm.fault(kind="random", p=0.4, seed=3, delay=0, kinds=["status", "drop", "drop_after", "half"])
        for stream, records in expected.items():
            found, cursor, tries = [], None, 0
            while True:
                tries += 1
                assert tries < 300
                try:
                    parameters = {"limit": 5} | ({"cursor": cursor} if cursor else {})
                    answer = crm.client.get(f"/v1/{stream}", params=parameters)
                except LOST:
                    continue
                if answer.status_code != 200:
                    continue
                found += answer.json()["data"]
                cursor = answer.json()["next_cursor"]
                if cursor is None:
                    break
            assert found == records
