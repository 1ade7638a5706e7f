"""Opening the lists of jobs and of invoices: of a customer with few and of one with very many."""

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
_NOTE = ", and every job has a visit and an invoice"


def measure(stage: Stage) -> list[Row]:
    """Open the list of both customers in turns, and the list of invoices as well."""
    sizes = stage.sizes
    few, many, opens = sizes.small_jobs, sizes.list_jobs, sizes.opens
    counts = [few, many, sizes.few_invoices, sizes.many_invoices]
    portal = RunningPortal(stage.folder / "jobs", PORTAL_DEMO="yes")
    portal.python(PREPARE)
    say("  writing the jobs …")
    cookies = inside("customers_with_jobs", *(str(count) for count in counts), env=portal.environment)
    with portal:
        say("  opening pages …")
        pages = [
            *((portal.url, routes.JOBS, cookie) for cookie in cookies[:2]),
            *((portal.url, routes.INVOICES, cookie) for cookie in cookies[2:]),
            *((portal.url, f"{routes.INVOICES}?show=all", cookie) for cookie in cookies[2:]),
        ]
        taken = asyncio.run(in_turns(pages, opens))
    jobs = f"its first rows and the properties to choose from; five of either customer's are not over{_NOTE}"
    owed = f"what is owed, what can be paid, and its first rows; five of either customer's are unpaid{_NOTE}"
    return [
        _row("Jobs list", "jobs", (few, many), taken[0:2], jobs, opens),
        _row("Invoice list", "invoices", (counts[2], counts[3]), taken[2:4], owed, opens),
        _row("List of all invoices", "invoices", (counts[2], counts[3]), taken[4:6], owed, opens),
    ]


def _row(what: str, things: str, counts: tuple[int, int], taken: list[list[float]], shown: str, opens: int) -> Row:
    floor, result = (median(seconds) for seconds in taken)
    spread = " and ".join(milliseconds(percentile(seconds, 0.95)) for seconds in taken)
    return Row(
        f"{what} of a customer with {counts[1]:,} {things}",
        f"≤ {GOAL} × that with {counts[0]}",
        milliseconds(result),
        f"{milliseconds(floor)} with {counts[0]} {things}",
        times(result, floor),
        result <= GOAL * floor,
        f"a socket.io client connects, signed in, and waits for the update that says the page is complete: {shown}. "
        f"Medians of {opens}, after {WARM_UP} that do not count, in turns (95th percentiles: {spread}).",
    )


async def in_turns(pages: list[tuple[str, str, str]], opens: int) -> list[list[float]]:
    """Open pages (address of the portal, path, cookie) in turns; returns the seconds of each, warmed up."""
    for page in pages:
        for _ in range(WARM_UP):
            await seconds_to_open(*page, check=True)
    taken: list[list[float]] = [[] for _ in pages]
    for _ in range(opens):
        for seconds, page in zip(taken, pages, strict=True):
            seconds.append(await seconds_to_open(*page))
    return taken
