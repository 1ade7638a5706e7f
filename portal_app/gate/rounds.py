"""What several open pages read because of one thing that happened: read once for all that would find the same."""

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from portal_app.services.actors import Customer

Found = TypeVar("Found")


@dataclass(slots=True)
class _Round:
    reads: dict[Hashable, asyncio.Future[Any]] = field(default_factory=dict)
    over: bool = False


_round: ContextVar[_Round | None] = ContextVar("portal_round", default=None)


@contextmanager
def one_round() -> Iterator[None]:
    """Let what is read while the block lasts be read once, by tasks made in it too; afterwards each reads anew."""
    this = _Round()
    before = _round.set(this)
    try:
        yield
    finally:
        this.over = True
        _round.reset(before)


async def read_once(key: Hashable, read: Callable[..., Found], *given: Any) -> Found:
    """Return what a function finds in a thread; in a round, what it found for the first who asked with this key."""
    this = _round.get()
    if this is None or this.over:
        return await asyncio.to_thread(read, *given)
    if key not in this.reads:
        this.reads[key] = asyncio.ensure_future(asyncio.to_thread(read, *given))
    # One page that goes away meanwhile must not take it from the others.
    return await asyncio.shield(this.reads[key])


def reader_key(actor: Customer) -> Hashable:
    """Return what decides what a contact may see, whatever their session."""
    narrowed = frozenset(actor.right_locations.items())
    return actor.customer_id, actor.contact_id, actor.rights, actor.locations, narrowed, actor.sees_hidden
