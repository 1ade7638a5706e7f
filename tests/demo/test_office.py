"""The office's own edits, by PATCH, POST and DELETE."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.demo.running import RunningCrm


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCrm]:
    with RunningCrm(tmp_path_factory.mktemp("crm")) as running:
        yield running


def visit(crm: RunningCrm, key: str, **fields: Any) -> str:
    crm.post("visits", external_id=key, status="scheduled", technician_ids=["tec_1"], **fields)
    return key


def test_it_works(crm: RunningCrm) -> None:
    before = crm.client.get("/v1/visits/vis_4108").json()
    after = crm.patch("visits", "vis_4108", status_reason="Moved", anything={"new": [1]})
    assert after["updated_at"] > before["updated_at"]
    assert after["anything"] == {"new": [1]}
    assert after["job_id"] == before["job_id"]
    assert crm.walk("visits", updated_since=after["updated_at"]) == [after]


def test_a_status_brings_its_stamp(crm: RunningCrm) -> None:
    key = visit(crm, "vis_a")
    on_the_way = crm.patch("visits", key, status="on_the_way")
    assert on_the_way["on_the_way_at"][:16] == on_the_way["updated_at"][:16]
    assert on_the_way["status_raw"] == "on_the_way"
    started = crm.patch("visits", key, status="in_progress", started_at="2026-01-01T10:00:00Z")
    assert (started["on_the_way_at"], started["started_at"]) == (on_the_way["on_the_way_at"], "2026-01-01T10:00:00Z")
    assert crm.patch("visits", key, status="on_hold")["on_hold_at"]
    resumed = crm.patch("visits", key, status="in_progress")
    assert (resumed["started_at"], resumed["on_hold_at"]) == ("2026-01-01T10:00:00Z", None)
    assert crm.patch("visits", key, status="completed")["completed_at"]
    again = crm.patch("visits", key, status="scheduled")
    assert [again[name] for name in ("on_the_way_at", "started_at", "completed_at")] == [None, None, None]
    assert crm.patch("visits", key, status="canceled")["canceled_at"]


def test_an_eta_brings_when_it_was_told(crm: RunningCrm) -> None:
    key = visit(crm, "vis_b")
    told = crm.patch("visits", key, eta_at="2026-11-22T11:10:00Z")["eta_told_at"]
    assert told is not None
    assert crm.patch("visits", key, eta_at="2026-11-22T11:10:00Z")["eta_told_at"] == told
    given = crm.patch("visits", key, eta_at="2026-11-22T11:20:00Z", eta_told_at="2026-11-22T10:00:00Z")
    assert given["eta_told_at"] == "2026-11-22T10:00:00Z"
    assert crm.patch("visits", key, eta_at=None)["eta_told_at"] is None


def test_closing_a_job_stamps_it(crm: RunningCrm) -> None:
    assert crm.patch("jobs", "job_3136", status="completed")["closed_at"]
    assert crm.patch("jobs", "job_3136", status="open")["closed_at"] is None


def test_a_given_stamp_is_kept(crm: RunningCrm) -> None:
    assert crm.patch("jobs", "job_3139", updated_at="2026-03-01T12:00:00+01:00")["updated_at"] == (
        "2026-03-01T11:00:00.000000Z"
    )


def test_post_creates_then_replaces(crm: RunningCrm) -> None:
    first = crm.client.post("/v1/jobs", json={"external_id": "job_new", "title": "One", "more": 1})
    second = crm.client.post("/v1/jobs", json={"external_id": "job_new", "title": "Two"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert "more" not in second.json()


@pytest.mark.parametrize("value", [{"name": 5}, "text", None, [1, 2], {"external_id": 7, "updated_at": "soon"}])
def test_a_wrong_record_is_served_as_it_is(crm: RunningCrm, value: Any) -> None:
    crm.post("series", external_id="zz_bad", as_served=value)
    assert crm.walk("series")[-1] == value
    assert crm.client.patch("/v1/series/zz_bad", json={"name": "x"}).status_code == 409
    crm.delete("series", "zz_bad")
    assert crm.walk("series")[-1]["deleted"] is True


def test_hostile_text_survives_and_breaks_nothing(crm: RunningCrm) -> None:
    hostile = '<script>alert(1)</script>\u202e\x00 \U0001f4a9 "@crm/x" \'; DROP TABLE records; --'
    assert crm.patch("customers", "cus_1012", name=hostile)["name"] == hostile
    half = crm.client.patch("/v1/customers/cus_1012", content=b'{"number": "\\ud800"}')
    assert '"\\ud800"' in half.text
    assert crm.client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/v1/visits/vis_4102", b"not json", 400),
        ("PATCH", "/v1/visits/vis_4102", b"[1]", 400),
        ("PATCH", "/v1/visits/vis_4102", b'{"a": NaN}', 400),
        ("PATCH", "/v1/visits/vis_4102", b"[" * 100_000, 400),
        ("PATCH", "/v1/visits/vis_4102", b'{"updated_at": "now"}', 400),
        ("PATCH", "/v1/visits/vis_4102", b'{"updated_at": null}', 400),
        ("PATCH", "/v1/visits/vis_4102", b'{"external_id": "other"}', 400),
        ("PATCH", "/v1/visits/nobody", b"{}", 404),
        ("PATCH", "/v1/nothing/x", b"{}", 404),
        ("POST", "/v1/visits", b"{}", 400),
        ("POST", "/v1/visits", b'{"external_id": "a\\u0000b"}', 400),
        ("POST", "/v1/visits", b'{"external_id": 5}', 400),
        ("POST", "/v1/visits", b'{"external_id": "x", "big": "' + b"x" * 3_000_000 + b'"}', 413),
        ("DELETE", "/v1/visits/nobody", b"", 404),
    ],
)
def test_bad_edits_are_problems(crm: RunningCrm, method: str, path: str, body: bytes, status: int) -> None:
    answer = crm.client.request(method, path, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")
