"""Work whose length would tell something: its answer comes after the same time, whatever was found."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec

# Many times what the work takes; nobody who waits for a mail notices.
SECONDS = 0.2
_P = ParamSpec("_P")


async def in_even_time(work: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs) -> None:
    """Do the work in a thread; return, or raise what it raised, SECONDS after it began, or later if it took longer."""
    done, _ = await asyncio.gather(
        asyncio.to_thread(work, *args, **kwargs), asyncio.sleep(SECONDS), return_exceptions=True
    )
    if isinstance(done, BaseException):
        raise done
