"""Opening the whole history: of a customer with few entries and of one with very many, and a search in both."""

import asyncio
from statistics import median

from bench.jobs import WARM_UP, in_turns
from bench.processes import PREPARE, inside
from bench.report import Row, milliseconds, percentile, times
from bench.stage import Stage
from portal_app import routes
from portal_app.commands.processes import say
from tests.running import RunningPortal

GOAL = 1.2
GOAL_SEARCH_SECONDS = 0.300


def measure(stage: Stage) -> list[Row]:
    """Open the history of both customers in turns, and search it for what stands at its very end or nowhere."""
    few, many, opens = stage.sizes.few_entries, stage.sizes.many_entries, stage.sizes.opens
    portal = RunningPortal(stage.folder / "history", PORTAL_DEMO="yes")
    portal.python(PREPARE)
    say("  writing the entries …")
    cookies = inside("customers_with_history", str(few), str(many), env=portal.environment)
    with portal:
        say("  opening pages …")
        pages = [
            *((portal.url, routes.HISTORY, cookie) for cookie in cookies),
            *((portal.url, f"{routes.HISTORY}?q=nowhere", cookie) for cookie in cookies),
        ]
        taken = asyncio.run(in_turns(pages, opens))
    floor, result, few_searched, many_searched = (median(seconds) for seconds in taken)
    spread = " and ".join(milliseconds(percentile(seconds, 0.95)) for seconds in taken[:2])
    return [
        Row(
            f"History of a customer with {many:,} entries",
            f"≤ {GOAL} × that with {few}",
            milliseconds(result),
            f"{milliseconds(floor)} with {few} entries",
            times(result, floor),
            result <= GOAL * floor,
            "a socket.io client connects, signed in, and waits for the update that says the page is complete: its "
            "first entries with technicians, jobs and advice, the properties and the years to choose from; a sixth "
            "each of either's entries are visits, photos, documents, invoices, quotes and jobs without a visit, forty "
            f"in a week. Medians of {opens}, after {WARM_UP} that do not count, in turns (95th percentiles: {spread}).",
        ),
        Row(
            f"Searching {many:,} entries in vain",
            f"≤ {milliseconds(GOAL_SEARCH_SECONDS)}",
            milliseconds(many_searched),
            f"{milliseconds(few_searched)} in {few} entries",
            times(many_searched, few_searched),
            many_searched <= GOAL_SEARCH_SECONDS,
            "the same page with a word that nothing has, so that every entry is asked: the longest a search can take.",
        ),
    ]
