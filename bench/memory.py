"""Memory per open page."""

import asyncio
from contextlib import AsyncExitStack

from bench.blank import running_blank
from bench.processes import Served, settled_rss
from bench.report import Row, kilobytes, times
from bench.stage import SMALL, WARM_UP_TABS, Stage
from bench.tabs import FarTab, hydrated
from portal_app import routes
from portal_app.commands.processes import say

# The portal allows 200 sockets from one address. Beyond the first one these need Linux.
TABS_AN_ADDRESS = 150


def measure(stage: Stage) -> list[Row]:
    """Open many pages of the portal, then as many of the blank app."""
    cookies = stage.sessions[SMALL]
    say(f"  opening {stage.sizes.tabs} pages at once …")
    with stage.portal() as portal:
        ours = asyncio.run(_bytes_a_tab(portal, routes.HOME, cookies))
    with running_blank(stage.folder / "blank", stage.home_queries) as blank:
        least = asyncio.run(_bytes_a_tab(blank, "/", [""] * len(cookies)))
    return [
        Row(
            "Memory per open home page",
            "–",
            kilobytes(ours),
            f"{kilobytes(least)} blank",
            times(ours, least) if least > 0 else "",
            None,
            f"growth of the serving process's resident memory over {stage.sizes.tabs} open pages, each signed in by a "
            f"session of its own, after {WARM_UP_TABS} that do not count; the floor is the same on the blank app.",
        )
    ]


async def _bytes_a_tab(served: Served, path: str, cookies: list[str]) -> float:
    """Return the growth of the worker's resident bytes for each page beyond the first ones."""
    worker = await asyncio.to_thread(lambda: served.worker)
    async with AsyncExitStack() as stack:
        before = 0
        for number, cookie in enumerate(cookies):
            if number == WARM_UP_TABS:
                before = await asyncio.to_thread(settled_rss, worker)
            address = f"127.0.0.{1 + number // TABS_AN_ADDRESS}"
            tab = await stack.enter_async_context(FarTab(served.url, cookie, path=path, address=address))
            await tab.until(hydrated)
        after = await asyncio.to_thread(settled_rss, worker)
    return (after - before) / (len(cookies) - WARM_UP_TABS)
