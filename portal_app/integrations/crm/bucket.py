"""How fast one connection may ask."""

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache

USUAL_RPS = 5.0


class TokenBucket:
    """Lets through `rate` requests a second, after a first burst of as many; waiting is in order.

    What people did goes first: as long as one of their requests waits, the poller's wait behind it.
    """

    def __init__(self, rate: float) -> None:
        self._filled = time.monotonic()
        self._line, self._first_line = asyncio.Lock(), asyncio.Lock()
        self._first_waiting = 0
        self._rate = self._tokens = rate
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Use another rate from now on, in requests a second; kept between one in ten seconds and 200."""
        self._rate = min(max(rate, 0.1), 200.0)
        self._tokens = min(self._tokens, self._most)

    @property
    def _most(self) -> float:
        return max(1.0, self._rate)

    async def take(self, *, first: bool = False) -> None:
        """Wait until a request may be made; `first` goes before all that is not."""
        if not first:
            async with self._line:
                await self._wait(lambda: self._first_waiting > 0)
            return
        self._first_waiting += 1
        try:
            async with self._first_line:
                await self._wait(lambda: False)
        finally:
            self._first_waiting -= 1

    async def _wait(self, must_yield: Callable[[], bool]) -> None:
        self._fill()
        while self._tokens < 1 or must_yield():
            await asyncio.sleep(max(1 - self._tokens, 0.05) / self._rate)
            self._fill()
        self._tokens -= 1

    def _fill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._filled) * self._rate)
        self._filled = now


@lru_cache(maxsize=64)
def bucket_for(base_url: str) -> TokenBucket:
    """Return the one bucket of a connection in this process, shared by the poller and by what is sent."""
    return TokenBucket(USUAL_RPS)
