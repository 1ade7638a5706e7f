"""Work with passwords, a few pieces at a time: each takes 32 MiB and a whole core."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

from portal_app.errors import TooMany
from portal_app.services import passwords

# Two at once, and a short queue that a flood cannot make long.
AT_ONCE = 2
LONGEST_QUEUE = 24
_places = threading.BoundedSemaphore(LONGEST_QUEUE)
Result = TypeVar("Result")


async def in_turn(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, done in a thread when its turn comes; raises TooMany when the queue is full."""
    if not _places.acquire(blocking=False):
        raise TooMany("Many people are signing in just now. Please try again in a moment.", 5)
    future = _threads().submit(work)
    future.add_done_callback(lambda _: _places.release())
    return await asyncio.wrap_future(future)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Return this process's threads for it, made on first use: workers fork."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sign-in", initializer=passwords.warm_up)
