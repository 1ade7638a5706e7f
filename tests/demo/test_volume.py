"""Large amounts: linked, walked completely, and a page of them is cheap."""

import time
from pathlib import Path

from portal_app.demo.crm.volume import fill, fill_customer
from tests.demo.running import RunningCrm


def test_it_works(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        counts = fill(crm.store, customers=300, visits=900, invoices=600)
        assert counts["jobs"] == 450
        known = {record["external_id"] for stream in counts for record in crm.walk(stream, limit=500)}
        assert len(known) == sum(counts.values())
        for stream in ("jobs", "visits", "invoices"):
            for record in crm.walk(stream, limit=500):
                assert {record["customer_id"], record["location_id"], record.get("job_id", "job_v000000")} <= known


def test_one_customer_of_many_jobs(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        key = fill_customer(crm.store, jobs=25, email="big@example.com")
        visits = crm.walk("visits")
        assert len(visits) == 25
        assert {visit["customer_id"] for visit in visits} == {key}
        assert {visit["job_id"] for visit in visits} == {job["external_id"] for job in crm.walk("jobs")}


def test_a_page_is_found_by_an_index_however_wide_the_window(tmp_path: Path) -> None:
    with RunningCrm(tmp_path, seed=False) as crm:
        fill(crm.store, customers=200, visits=8_000, invoices=10)
        newest = crm.store.newest("visits")
        for lower in (0, newest - 60_000_000, newest):
            fastest = 1.0
            for _ in range(5):
                begun = time.perf_counter()
                crm.store.walk("visits", "vis_v004000", lower, newest, 200)
                fastest = min(fastest, time.perf_counter() - begun)
            assert fastest < 0.05
