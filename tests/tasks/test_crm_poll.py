"""The poller: one process at a time, at once when asked, slower after trouble, never dead."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.demo.crm import volume
from portal_app.models import CrmConnection, Customer, Lease, Visit
from portal_app.services import crm_connection, leases
from portal_app.services.actors import System
from portal_app.services.crm_connection import Plan
from portal_app.tasks import crm_poll as module
from portal_app.tasks.crm_poll import crm_poll, pace
from portal_app.workflows.crm_pass import LEASE, LeaseLost
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm

DEADLINE = 20.0


@pytest.fixture
def crm(tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCrm]:
    """A small CRM the settings point to, polled once an hour unless somebody asks."""
    with RunningCrm(tmp_path, seed=False) as running:
        volume.fill(running.store, customers=10, visits=20, invoices=10)
        monkeypatch.setenv("PORTAL_CRM_URL", running.url)
        monkeypatch.setenv("PORTAL_CRM_TOKEN", running.token)
        monkeypatch.setenv("PORTAL_CRM_POLL_SECONDS", "3600")
        forget_settings()
        yield running


@contextlib.asynccontextmanager
async def polling(*, times: int = 1):
    """The task running so many times over, as in so many workers; cancelled at the end."""
    tasks = [asyncio.create_task(crm_poll()) for _ in range(times)]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError | None) for outcome in done)


async def until(fact: Callable[[], object]) -> None:
    """Wait until the fact holds."""
    end = time.monotonic() + DEADLINE
    while not await asyncio.to_thread(fact):
        assert time.monotonic() < end, "It did not happen in time."
        await asyncio.sleep(0.02)


def connection() -> CrmConnection | None:
    with reading() as session:
        row = crm_connection.get(session)
        session.expunge_all()
        return row


def passed() -> bool:
    row = connection()
    return row is not None and row.last_success_at is not None


def ask() -> None:
    with transaction() as session:
        crm_connection.request_poll(session, System("test"))


def summary(external_id: str) -> str:
    with reading() as session:
        return session.exec(select(Visit.work_summary).where(Visit.external_id == external_id)).one()


async def test_it_works(crm: RunningCrm) -> None:
    async with polling():
        await until(passed)
    with reading() as session:
        assert len(session.exec(select(Customer)).all()) == 10
        assert session.exec(select(Lease)).all() == []


async def test_it_polls_at_once_when_asked(crm: RunningCrm) -> None:
    async with polling():
        await until(passed)
        crm.patch("visits", "vis_v000001", work_summary="Asked for")
        began = time.monotonic()
        await asyncio.to_thread(ask)
        await until(lambda: summary("vis_v000001") == "Asked for")
        assert time.monotonic() - began < 5


async def test_a_stopped_connection_waits_for_a_person(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=401, method="GET")
    async with polling():
        await until(lambda: (row := connection()) is not None and row.state == "stopped")
        crm.clear_faults()
        await asyncio.to_thread(ask)
        await until(passed)


async def test_two_pollers_make_one_pass_at_a_time(crm: RunningCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    under_way, most, passes = 0, 0, 0
    real = module.run_pass

    async def counted(*arguments: Any) -> Any:
        nonlocal under_way, most, passes
        under_way += 1
        most, passes = max(most, under_way), passes + 1
        try:
            return await real(*arguments)
        finally:
            under_way -= 1

    monkeypatch.setattr(module, "run_pass", counted)
    crm.fault(kind="slow", delay=0.05, times=30)
    async with polling(times=2):
        await until(passed)
        for _ in range(3):
            before = passes
            await asyncio.to_thread(ask)
            await until(lambda before=before: passes > before and under_way == 0)
    assert most == 1
    assert passes >= 4


async def test_it_outlives_a_bug_and_a_lost_lease(crm: RunningCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.run_pass
    troubles: list[Exception] = [RuntimeError("a bug"), LeaseLost("somebody else")]

    async def troubled(*arguments: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return await real(*arguments)

    monkeypatch.setattr(module, "run_pass", troubled)
    monkeypatch.setattr(module, "AFTER_A_BUG_SECONDS", 0.01)
    async with polling():
        await until(passed)
    assert troubles == []


async def test_a_pass_whose_lease_was_taken_writes_nothing_more(crm: RunningCrm) -> None:
    with transaction() as session:
        connection_id = crm_connection.ensure(session, crm.url)
        assert leases.acquire(session, LEASE, "somebody else", 60)
    adapter = module.RestAdapter(crm.url, crm.token)
    try:
        with pytest.raises(LeaseLost):
            await module.run_pass(connection_id, adapter, "me")
    finally:
        await adapter.close()
    with reading() as session:
        assert session.exec(select(Customer)).all() == []


async def test_it_does_nothing_without_a_crm(database_file: Path) -> None:
    await crm_poll()
    assert connection() is None


def test_slower_after_errors() -> None:
    assert [pace(60, failures) for failures in (0, 1, 2, 4, 50)] == [60, 120, 240, 900, 900]
    assert pace(3600, 3) == 3600


@pytest.mark.parametrize(
    ("plan", "due"),
    [
        ({}, True),
        ({"started": 10, "ended": 9}, False),
        ({"started": 70, "ended": 69}, True),
        ({"started": 70, "ended": 69, "failures": 2}, False),
        ({"started": 10, "ended": 9, "requested": 1}, True),
        ({"started": 10, "ended": 9, "requested": 20}, False),
        ({"started": 10, "ended": 9, "requested": 1, "not_before": -5}, False),
        ({"started": 100, "ended": 99, "not_before": -5}, False),
        ({"started": 100, "ended": 99, "not_before": 5}, True),
        ({"started": 100, "ended": 99, "requested": 1, "state": "stopped"}, False),
    ],
)
def test_when_a_pass_is_due(plan: dict, due: bool) -> None:
    """Numbers are seconds ago."""
    now = clock.now()

    def ago(name: str):
        return None if name not in plan else now - timedelta(seconds=plan[name])

    given = Plan(
        plan.get("state", "active"),
        ago("requested"),
        ago("started"),
        ago("ended"),
        ago("not_before"),
        plan.get("failures", 0),
    )
    assert module.is_due(given, interval=60, jitter=1.0, now=now) is due
