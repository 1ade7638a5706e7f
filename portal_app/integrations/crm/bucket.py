"""How fast one connection may ask."""

import asyncio
import time


class TokenBucket:
    """Lets through `rate` requests a second, after a first burst of as many; waiting is in order."""

    def __init__(self, rate: float) -> None:
        self._filled = time.monotonic()
        self._lock = asyncio.Lock()
        self._rate = self._tokens = rate
        self.set_rate(rate)

    def set_rate(self, rate: float) -> None:
        """Use another rate from now on, in requests a second; kept between one in ten seconds and 200."""
        self._rate = min(max(rate, 0.1), 200.0)
        self._tokens = min(self._tokens, self._most)

    @property
    def _most(self) -> float:
        return max(1.0, self._rate)

    async def take(self) -> None:
        """Wait until a request may be made."""
        async with self._lock:
            self._fill()
            while self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / self._rate)
                self._fill()
            self._tokens -= 1

    def _fill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
