"""Opening the list of jobs: of a customer with few and of one with very many."""

import asyncio
from statistics import median

from bench.processes import PREPARE, inside
from bench.report import Row, milliseconds, percentile, times
from bench.stage import Stage
from bench.tabs import seconds_to_open
from portal_app import routes
from portal_app.commands.processes import say
from tests.running import RunningPortal

GOAL = 1.2
WARM_UP = 5


def measure(stage: Stage) -> list[Row]:
    """Open the list of both customers in turns, and the list of invoices as well."""
    few, many = stage.sizes.small_jobs, stage.sizes.list_jobs
    portal = RunningPortal(stage.folder / "jobs", PORTAL_DEMO="yes")
    portal.python(PREPARE)
    say("  writing the jobs …")
    cookies = inside("customers_with_jobs", str(few), str(many), env=portal.environment)
    with portal:
        say("  opening pages …")
        pages = [
            (portal.url, path, cookie) for path in (routes.JOBS, f"{routes.INVOICES}?show=all") for cookie in cookies
        ]
        taken = asyncio.run(_in_turns(pages, stage.sizes.opens))
    return [
        _row("Jobs", taken[0], taken[1], few, many, stage.sizes.opens),
        _row("Invoices", taken[2], taken[3], few, many, stage.sizes.opens),
    ]


def _row(what: str, small: list[float], large: list[float], few: int, many: int, opens: int) -> Row:
    result, floor = median(large), median(small)
    spread = " and ".join(milliseconds(percentile(seconds, 0.95)) for seconds in (small, large))
    return Row(
        f"{what} list of a customer with {many:,} jobs",
        f"≤ {GOAL} × that with {few}",
        milliseconds(result),
        f"{milliseconds(floor)} with {few} jobs",
        times(result, floor),
        result <= GOAL * floor,
        f"a socket.io client connects, signed in, and waits for the update that says the page is complete, its first "
        "rows and the properties to choose from; every job has a visit and an invoice, five of either customer's are "
        "not over. "
        f"Medians of {opens}, after {WARM_UP} that do not count, in turns (95th percentiles: {spread}).",
    )


async def _in_turns(pages: list[tuple[str, str, str]], opens: int) -> list[list[float]]:
    for page in pages:
        for _ in range(WARM_UP):
            await seconds_to_open(*page, check=True)
    taken: list[list[float]] = [[] for _ in pages]
    for _ in range(opens):
        for seconds, page in zip(taken, pages, strict=True):
            seconds.append(await seconds_to_open(*page))
    return taken
