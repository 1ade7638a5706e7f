"""A change in the CRM: how long until it is on an open page."""

import asyncio
import random
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.blank import running_blank
from bench.processes import running_crm
from bench.report import Row, milliseconds, percentile, times
from bench.stage import SMALL, SMALL_KEY, Stage
from bench.tabs import hydrated
from portal_app import routes
from portal_app.commands.processes import say
from tests.socket_client import Tab

GOAL_SECONDS = 1.0
# As often as the portal's live feed looks (`tasks/live.py`).
TAIL_SECONDS = 0.25
POLL_SECONDS = 1
PATIENCE = 30.0
JOB = f"{SMALL_KEY}_000000"


def measure(stage: Stage) -> list[Row]:
    """Change a job's title in the CRM again and again while its customer's home is open."""
    cookie = stage.sessions[SMALL][0]
    with running_crm(stage.crm_file.parent, stage.crm_file) as crm, crm.client() as office:
        settings = {"PORTAL_CRM_URL": crm.url, "PORTAL_CRM_TOKEN": crm.token}
        with stage.portal(**settings, PORTAL_CRM_POLL_SECONDS=str(POLL_SECONDS)) as portal:
            say("  changing things in the CRM …")
            database = stage.data() / "portal.db"
            found = asyncio.run(_changes(portal.url, cookie, office, database, stage.sizes.changes))
    with running_blank(stage.folder / "blank", queries=1) as blank:
        pushes = asyncio.run(_pushes(blank.url, stage.sizes.changes))
    from_patch, from_row = zip(*found, strict=True)
    floor = TAIL_SECONDS + percentile(pushes, 0.95)
    worst = percentile(from_row, 0.95)
    return [
        Row(
            "CRM change → open page, after the poll, 95 %",
            f"≤ {GOAL_SECONDS:.0f} s",
            f"{milliseconds(worst)} (half within {milliseconds(percentile(from_row, 0.5))})",
            milliseconds(floor),
            times(worst, floor),
            worst <= GOAL_SECONDS,
            _how(len(found)),
        ),
        Row(
            "The same from the edit in the CRM, 95 %",
            "–",
            f"{milliseconds(percentile(from_patch, 0.95))} (half within {milliseconds(percentile(from_patch, 0.5))})",
            milliseconds(POLL_SECONDS + floor),
            times(percentile(from_patch, 0.95), POLL_SECONDS + floor),
            None,
            "the same changes, counted from sending the `PATCH`; the floor adds the poll interval.",
        ),
    ]


def _how(changes: int) -> str:
    return (
        f"{changes} changes of a coming job's title by `PATCH` at random moments, after one that does not count, the "
        f"portal polling every {POLL_SECONDS} s; counted from the moment the poll began to store the page of records "
        "that held the change (the time of its activity row) until the update with the new title arrived at the "
        f"client. The floor is the pause of the live feed, {milliseconds(TAIL_SECONDS)}, and one change pushed to a "
        "page of the blank app (95th percentile)."
    )


async def _changes(
    url: str, cookie: str, office: httpx.Client, database: Path, count: int
) -> list[tuple[float, float]]:
    """Return the seconds to the page of each change, from the edit and from the activity row."""
    dice = random.Random(1)
    found = []
    async with Tab(url, cookie, path=routes.HOME) as tab:
        await tab.until(hydrated)
        for number in range(count + 1):
            # The edits fall anywhere between two polls.
            await asyncio.sleep(dice.random() * POLL_SECONDS)
            title, before = f"Bench change {number}", len(tab.received)
            edited = time.time()
            answer = await asyncio.to_thread(office.patch, f"/v1/jobs/{JOB}", json={"title": title})
            answer.raise_for_status()
            arrived = await tab.until(lambda tab, t=title, b=before: _arrival(tab, t, b), PATIENCE)
            if number:
                found.append((arrived - edited, arrived - await asyncio.to_thread(_stored_at, database)))
    return found


def _arrival(tab: Tab, title: str, before: int) -> float | None:
    """Return when an update with the title came, None while none did."""
    news = zip(tab.arrived[before:], tab.received[before:], strict=False)
    return next((at for at, update in news if title in str(update)), None)


def _stored_at(database: Path) -> float:
    """Return the time of the newest activity row about a job, in seconds since the epoch."""
    connection = sqlite3.connect(database, timeout=15)
    try:
        query = "SELECT at FROM activity WHERE kind = 'job.changed' ORDER BY id DESC LIMIT 1"
        (text,) = connection.execute(query).fetchone()
    finally:
        connection.close()
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


async def _pushes(url: str, count: int) -> list[float]:
    """Return the seconds from asking the blank app to change a value to the update with it."""
    taken = []
    async with Tab(url, path="/") as tab, httpx.AsyncClient(trust_env=False) as client:
        await tab.until(hydrated)
        for number in range(1, count + 2):
            began = time.time()
            pushing = asyncio.create_task(client.post(f"{url}/push/{tab.token}"))
            await tab.until(lambda tab, n=number: tab.value("pushed") == n)
            taken.append(tab.arrived[-1] - began)
            (await pushing).raise_for_status()
    return taken[1:]
