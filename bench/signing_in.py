"""Signing in by password: how many a second the whole portal lets in, beside argon2 alone."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median

import httpx

from bench.processes import PREPARE, inside
from bench.report import Row, times
from bench.stage import Stage
from portal_app import routes
from portal_app.commands.processes import say
from portal_app.services.demo_accounts import OFFICE, PASSWORD
from portal_app.workflows.in_turn import AT_ONCE
from tests.running import RunningPortal

GOAL = 1.5
ROUNDS = 5
WARM_UP = 6
BROWSERS = 4


def measure(stage: Stage) -> list[Row]:
    """Sign somebody in many times over, and in turns check as many passwords by argon2 alone."""
    count = max(1, stage.sizes.sign_ins // ROUNDS)
    portal = RunningPortal(stage.folder / "signing_in", PORTAL_DEMO="yes")
    portal.python(PREPARE)
    taken, alone = [], []
    with portal:
        asyncio.run(_sign_in(portal.url, WARM_UP))
        say("  signing in …")
        for _ in range(ROUNDS):
            taken.append(asyncio.run(_sign_in(portal.url, count)))
            alone.append(inside("argon2_alone", str(count), env=portal.environment))
    result, floor = median(taken), median(alone)
    return [
        Row(
            "Sign-ins by password a second",
            f"≤ {GOAL} × argon2's own time",
            f"{count / result:.1f}/s",
            f"{count / floor:.1f}/s argon2 alone",
            times(result, floor),
            result <= GOAL * floor,
            f"median of {ROUNDS} rounds of {count} right sign-ins over HTTP by {BROWSERS} browsers at once; the portal "
            f"checks {AT_ONCE} passwords at a time. The floor is as many checks of such a hash by argon2 in as many "
            "threads, without portal, database or HTTP, in turns with the rounds. The ratio is that of the times.",
        )
    ]


async def _sign_in(url: str, count: int) -> float:
    """Return the seconds that so many sign-ins took."""
    headers = {"Origin": url}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
        began = time.perf_counter()
        left = iter(range(count))
        await asyncio.gather(*(_browser(client, left) for _ in range(BROWSERS)))
        return time.perf_counter() - began


async def _browser(client: httpx.AsyncClient, left: Iterator[int]) -> None:
    for _ in left:
        await _once(client)


async def _once(client: httpx.AsyncClient) -> None:
    answer = await client.post(routes.AUTH_LOGIN, data={"email": OFFICE, "password": PASSWORD})
    if answer.headers.get("location", routes.LOGIN).startswith(routes.LOGIN):
        raise RuntimeError(f"A right password was refused: {answer.status_code} {answer.headers}")
    client.cookies.clear()
