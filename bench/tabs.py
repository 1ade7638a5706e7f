"""Opening pages by websocket, as a browser does."""

import time
from types import TracebackType
from typing import Self

import aiohttp

from tests.socket_client import Tab


def hydrated(tab: Tab) -> bool:
    """Return whether the page has everything: Reflex says so after the last handler of the page's loading."""
    return tab.value("is_hydrated") is True


async def seconds_to_open(url: str, path: str, cookie: str = "", *, check: bool = False) -> float:
    """Open a page and return the seconds from connecting to its last update; `check` that none comes later."""
    began = time.time()
    async with Tab(url, cookie, path=path) as tab:
        await tab.until(hydrated)
        took = tab.arrived[-1] - began
        if check:
            before = len(tab.received)
            await tab.settled()
            if len(tab.received) != before or tab.redirects:
                raise RuntimeError(f"The page at {path} went on loading: {tab.text[-1000:]}")
    return took


class FarTab(Tab):
    """A tab that comes from another address of this machine, since the portal limits the sockets of one network."""

    def __init__(self, url: str, cookie: str, *, path: str, address: str) -> None:
        super().__init__(url, cookie, path=path)
        self._address = address

    async def __aenter__(self) -> Self:
        """Connect from the address."""
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(self._address, 0)))
        self.io.eio.http = session
        self._session = session
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect and let the address go."""
        await super().__aexit__(kind, error, trace)
        await self._session.close()
