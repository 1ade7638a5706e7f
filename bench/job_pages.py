"""One change of a visit's status: how long until it is on every one of many open pages of its job."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.changes import GOAL_SECONDS, JOB, POLL_SECONDS, TAIL_SECONDS
from bench.memory import TABS_AN_ADDRESS
from bench.processes import running_crm
from bench.report import Row, milliseconds, percentile, times
from bench.stage import SMALL, Stage
from bench.tabs import FarTab, hydrated
from portal_app import routes
from portal_app.commands.processes import say
from tests.socket_client import Tab

PATIENCE = 60.0
# The first job's visit is yet to come, and bears the job's own id.
VISIT = JOB


def measure(stage: Stage) -> list[Row]:
    """Open a job's page many times over, and put its visit on hold again and again."""
    count, rounds = stage.sizes.job_pages, stage.sizes.job_changes
    cookies = stage.sessions[SMALL]
    with running_crm(stage.crm_file.parent, stage.crm_file) as crm, crm.client() as office:
        settings = {"PORTAL_CRM_URL": crm.url, "PORTAL_CRM_TOKEN": crm.token}
        with stage.portal(**settings, PORTAL_CRM_POLL_SECONDS=str(POLL_SECONDS)) as portal:
            say(f"  opening {count} pages of one job …")
            database = stage.data() / "portal.db"
            pages = [cookies[number % len(cookies)] for number in range(count)]
            taken = asyncio.run(_rounds(portal.url, pages, office, database, rounds))
    worst = percentile(taken, 0.95)
    return [
        Row(
            f"A status change on {count} open job pages, 95 %",
            f"≤ {GOAL_SECONDS:.0f} s",
            f"{milliseconds(worst)} (half within {milliseconds(percentile(taken, 0.5))})",
            milliseconds(TAIL_SECONDS),
            times(worst, TAIL_SECONDS),
            worst <= GOAL_SECONDS,
            f"{count} socket.io clients, signed in, on the page of one job whose visit is put on hold by `PATCH` "
            f"{rounds} times, after one that does not count; over all pages and rounds, counted from the moment the "
            "poll stored the change (the time of its activity row) until the update with it arrived. The clients "
            "share the machine with the portal. The floor is the pause of the live feed.",
        )
    ]


async def _rounds(url: str, cookies: list[str], office: httpx.Client, database: Path, count: int) -> list[float]:
    """Return the seconds to each page in each round."""
    path = await asyncio.to_thread(_path, database)
    taken: list[float] = []
    async with AsyncExitStack() as stack:
        tabs: list[Tab] = []
        for number, cookie in enumerate(cookies):
            address = f"127.0.0.{1 + number // TABS_AN_ADDRESS}"
            tabs.append(await stack.enter_async_context(FarTab(url, cookie, path=path, address=address)))
            await tabs[-1].until(hydrated)
        for number in range(count + 1):
            reason, before = f"Bench round {number}", [len(tab.received) for tab in tabs]
            await _change(office, status="on_hold", status_reason=reason)
            arrived = await asyncio.gather(*(_until_told(tab, reason, b) for tab, b in zip(tabs, before, strict=True)))
            if number:
                stored = await asyncio.to_thread(_stored_at, database)
                taken += [moment - stored for moment in arrived]
            before = [len(tab.received) for tab in tabs]
            await _change(office, status="scheduled", status_reason=None)
            news = (
                tab.until(lambda tab, b=b: len(tab.received) > b, PATIENCE) for tab, b in zip(tabs, before, strict=True)
            )
            await asyncio.gather(*news)
    return taken


def _path(database: Path) -> str:
    """Return the address of the job's page."""
    (public_id,) = _one(database, "SELECT public_id FROM job WHERE external_id = ?", JOB)
    return routes.job(str(public_id))


def _stored_at(database: Path) -> float:
    """Return the time of the newest activity row about a visit, in seconds since the epoch."""
    (text,) = _one(database, "SELECT at FROM activity WHERE kind = ? ORDER BY id DESC LIMIT 1", "visit.changed")
    moment = datetime.fromisoformat(str(text))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _one(database: Path, query: str, value: str) -> tuple[object, ...]:
    connection = sqlite3.connect(database, timeout=15)
    try:
        return connection.execute(query, (value,)).fetchone()
    finally:
        connection.close()


async def _change(office: httpx.Client, **fields: str | None) -> None:
    answer = await asyncio.to_thread(office.patch, f"/v1/visits/{VISIT}", json=fields)
    answer.raise_for_status()


async def _until_more(tab: Tab, before: int) -> None:
    """Wait until an update came."""
    await tab.until(lambda tab: len(tab.received) > before, PATIENCE)


async def _until_told(tab: Tab, words: str, before: int) -> float:
    """Return when an update with the words came."""

    def arrival(tab: Tab) -> float | None:
        news = zip(tab.arrived[before:], tab.received[before:], strict=False)
        return next((at for at, update in news if words in str(update)), None)

    return await tab.until(arrival, PATIENCE)
