"""The walk over a stream: every record once, whatever is edited meanwhile."""

from pathlib import Path

import httpx
import pytest

from portal_app.demo.crm.store import STREAMS
from tests.demo.running import RunningCrm

SAME = "2026-01-05T10:00:00.000000Z"


def put(crm: RunningCrm, count: int, stamp: str = SAME) -> list[str]:
    ids = [f"cus_{number:05}" for number in range(count)]
    crm.store.put_many("customers", [{"external_id": key, "updated_at": stamp, "name": key} for key in ids])
    return ids


def test_it_works(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        told = crm.client.get("/v1/capabilities").json()
        assert told["version"] == 1
        assert told["streams"] == list(STREAMS)
        for stream in STREAMS:
            records = crm.walk(stream, limit=7)
            assert [record["external_id"] for record in records] == crm.store.ids(stream, "", 1000)
            assert all(record["deleted"] is False for record in records)


def test_500_records_of_one_stamp_are_walked_once(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        ids = put(crm, 501)
        assert [row["external_id"] for row in crm.walk("customers", updated_since=SAME, limit=100)] == ids
        crm.fault(kind="seconds")
        rows = crm.walk("customers", updated_since=SAME, limit=100)
        assert [row["external_id"] for row in rows] == ids
        assert {row["updated_at"] for row in rows} == {SAME}


def test_an_edit_during_the_walk_neither_loops_nor_is_lost(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        ids = put(crm, 30)
        first = crm.client.get("/v1/customers", params={"limit": 10}).json()
        crm.patch("customers", ids[2], name="read already")
        crm.patch("customers", ids[25], name="not read yet")
        crm.post("customers", external_id="cus_00015b", name="new in between")
        seen, cursor = [row["external_id"] for row in first["data"]], first["next_cursor"]
        while cursor:
            page = crm.client.get("/v1/customers", params={"limit": 10, "cursor": cursor}).json()
            seen += [row["external_id"] for row in page["data"]]
            cursor = page["next_cursor"]
        assert seen == [key for key in ids if key != ids[25]]
        later = crm.walk("customers", updated_since=SAME.replace("00.000000", "00.000001"))
        assert {row["external_id"]: row["name"] for row in later} == {
            ids[2]: "read already",
            ids[25]: "not read yet",
            "cus_00015b": "new in between",
        }


def test_a_cursor_outlives_the_server(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        ids = put(crm, 25)
        cursor = crm.client.get("/v1/customers", params={"limit": 20}).json()["next_cursor"]
        crm.stop()
        with pytest.raises(httpx.ConnectError):
            crm.client.get("/v1/customers")
        crm.start()
        assert [row["external_id"] for row in crm.walk("customers", cursor=cursor)] == ids[20:]


def test_a_row_stamped_in_the_past_appears_within_its_window(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        put(crm, 3)
        crm.post("customers", external_id="late", updated_at="2026-01-05T09:59:00Z", name="Late")
        assert "late" in [row["external_id"] for row in crm.walk("customers", updated_since="2026-01-05T09:58:00Z")]
        assert crm.walk("customers", updated_since="2026-01-05T11:00:00+01:00") == crm.walk(
            "customers", updated_since=SAME
        )


def test_a_deleted_record_is_a_tombstone(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        ids = put(crm, 3)
        crm.delete("customers", ids[1])
        listed = {row["external_id"]: row for row in crm.walk("customers")}
        assert listed[ids[1]]["deleted"] is True
        assert set(listed[ids[1]]) == {"external_id", "updated_at", "deleted"}
        assert crm.client.get(f"/v1/customers/{ids[1]}").status_code == 410
        assert crm.client.get("/v1/customers/nobody").status_code == 404
        assert crm.client.get("/v1/customers/ids").json()["data"] == [ids[0], ids[2]]
        crm.patch("customers", ids[1], deleted=False)
        assert crm.client.get(f"/v1/customers/{ids[1]}").json()["name"] == ids[1]


def test_ids_are_paged(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        ids, found, cursor = put(crm, 25), [], None
        while True:
            page = crm.client.get("/v1/customers/ids", params={"limit": 10} | ({"cursor": cursor} if cursor else {}))
            found += page.json()["data"]
            cursor = page.json()["next_cursor"]
            if cursor is None:
                break
        assert found == ids


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": "e30"},
        {"cursor": "W10"},
        {"updated_since": "yesterday"},
        {"updated_since": "2026-02-31T00:00:00Z"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "many"},
    ],
)
def test_bad_parameters_are_a_problem(tmp_path: Path, query: dict[str, str]) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        answer = crm.client.get("/v1/customers", params=query)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert next(iter(query)) in answer.json()["detail"]


def test_a_cursor_of_another_stream_is_refused(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        cursor = crm.client.get("/v1/customers", params={"limit": 2}).json()["next_cursor"]
        assert crm.client.get("/v1/visits", params={"cursor": cursor}).status_code == 400


def test_without_the_token_nothing_is_served(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {crm.token}"}):
            for method, path in (
                ("GET", "/v1/capabilities"),
                ("GET", "/v1/customers"),
                ("GET", "/v1/customers/cus_1001"),
                ("GET", "/v1/customers/ids"),
                ("PUT", "/v1/messages/m1"),
                ("PUT", "/v1/service-requests/s1/additions/a1"),
                ("PATCH", "/v1/customers/cus_1001"),
                ("POST", "/v1/customers"),
                ("DELETE", "/v1/customers/cus_1001"),
                ("GET", "/faults"),
                ("POST", "/faults"),
                ("DELETE", "/faults"),
                ("GET", "/files/boiler.png"),
            ):
                answer = httpx.request(method, crm.url + path, headers=header, trust_env=False)
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"] == "Bearer"


def test_unknown_addresses_and_methods_are_problems(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        for method, path, status in (
            ("GET", "/v1/nothing", 404),
            ("GET", "/v1/booking-notes", 404),
            ("GET", "/nothing", 404),
            ("PUT", "/v1/visits/v1", 405),
            ("PUT", "/v1/nothing/n1", 404),
            ("DELETE", "/v1/capabilities", 405),
        ):
            answer = crm.client.request(method, path)
            assert answer.status_code == status, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"


def test_files_lie_on_the_same_origin(tmp_path: Path) -> None:
    with RunningCrm(tmp_path) as crm:
        dave = crm.client.get("/v1/technicians/tec_1").json()
        assert dave["photo_url"] == f"{crm.url}/people/dave.png"
        assert httpx.get(dave["photo_url"], trust_env=False).content.startswith(b"\x89PNG")
        for record in crm.walk("attachments"):
            answer = crm.client.get(record["url"])
            assert answer.headers["content-type"] == record["mime"]
            assert len(answer.content) == record["size"]
