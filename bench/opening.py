"""Opening the home page: from the websocket's connect to the page's last update."""

import asyncio
from statistics import median

from bench.blank import running_blank
from bench.report import Row, milliseconds, percentile, times
from bench.stage import LARGE, SMALL, Stage
from bench.tabs import seconds_to_open
from portal_app import routes
from portal_app.commands.processes import say

GOAL_HISTORY = 1.2
GOAL_BLANK = 1.5
WARM_UP = 5


def measure(stage: Stage) -> list[Row]:
    """Open the home of two customers and a blank page in turns."""
    cookies = [stage.sessions[email][0] for email in (SMALL, LARGE)]
    queries = stage.home_queries
    with stage.portal() as portal, running_blank(stage.folder / "blank", queries) as blank:
        say("  opening pages …")
        pages = [(portal.url, routes.HOME, cookie) for cookie in cookies]
        blanks = [(blank.url, "/", ""), (blank.url, "/bare", "")]
        taken = asyncio.run(_in_turns([*pages, *blanks], stage.sizes.opens))
    small, large, least, bare = (median(seconds) for seconds in taken)
    spread = ", ".join(milliseconds(percentile(seconds, 0.95)) for seconds in taken)
    few, many, opens = stage.sizes.small_jobs, stage.sizes.large_jobs, stage.sizes.opens
    how = (
        f"a socket.io client connects, signed in, and waits for the update that says the page is complete; medians of "
        f"{opens}, after {WARM_UP} that do not count, the pages taken in turns (95th percentiles: {spread})."
    )
    return [
        Row(
            f"Home of a customer with {many:,} jobs",
            f"≤ {GOAL_HISTORY} × that with {few}",
            milliseconds(large),
            f"{milliseconds(small)} with {few} jobs",
            times(large, small),
            large <= GOAL_HISTORY * small,
            how,
        ),
        _beside_blank(f"Home of a customer with {few} jobs", small, least, "blank, with SQLModel", _how_blank(queries)),
        _beside_blank("The same beside bare queries", small, bare, "blank, bare driver", _HOW_BARE),
    ]


def _beside_blank(what: str, result: float, least: float, kind: str, how: str) -> Row:
    return Row(
        what,
        f"≤ {GOAL_BLANK} × a blank app",
        milliseconds(result),
        f"{milliseconds(least)} {kind}",
        times(result, least),
        result <= GOAL_BLANK * least,
        how,
    )


def _how_blank(queries: int) -> str:
    return (
        f"the same, beside a page of a Reflex app whose one handler makes {queries} selects of one row each, by its "
        "key, with SQLModel in SQLite, in a thread: as many as the portal makes for its home in this run, those of the "
        "gate included. It is served by the same server with one worker and the state in memory, and has no gate."
    )


_HOW_BARE = (
    "the same again, the blank page's handler using SQLite's driver alone, without SQLModel and SQLAlchemy: what is "
    "left between this row and the one above is what the library costs for that many trivial queries."
)


async def _in_turns(pages: list[tuple[str, str, str]], opens: int) -> list[list[float]]:
    """Return the seconds of each opening of each page, the pages opened in turns."""
    for page in pages:
        for _ in range(WARM_UP):
            await seconds_to_open(*page, check=True)
    taken: list[list[float]] = [[] for _ in pages]
    for _ in range(opens):
        for seconds, page in zip(taken, pages, strict=True):
            seconds.append(await seconds_to_open(*page))
    return taken
