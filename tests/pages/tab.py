"""A browser tab without a browser: events go through Reflex's own processor with the gate in place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.event import Event
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

from portal_app.gate import Gate
from portal_app.gate.middleware import forget_cached_actors
from portal_app.services import business, sessions
from tests.reflex_app import the_app

SUFFIX = "_rx_state_"


class Tab:
    """One tab; `cookie` is a session's token, empty for a stranger; `path` the page it says it is on."""

    def __init__(self, processor: BaseStateEventProcessor, token: str, cookie: str) -> None:
        self._processor = processor
        self._token = token
        self.cookie = cookie
        self.path = "/home"

    async def call(self, handler: Any, **arguments: Any) -> dict[str, Any]:
        """Call a handler as a client would; returns what came back, by variable, latest value."""
        headers = {"cookie": f"{sessions.cookie_name(https=False)}={self.cookie}"} if self.cookie else {}
        event = Event(
            name=format_event_handler(handler),
            payload=arguments,
            router_data={"headers": headers, "ip": "127.0.0.1", "pathname": self.path, "asPath": self.path},
        )
        found: dict[str, Any] = {}
        async for delta in self._processor.enqueue_stream_delta(self._token, event):
            for values in delta.values():
                found |= {name.removesuffix(SUFFIX): value for name, value in values.items()}
        return found


class Tabs:
    """Opens tabs of one process."""

    def __init__(self, processor: BaseStateEventProcessor) -> None:
        self._processor = processor
        self._opened = 0

    def open(self, cookie: str = "") -> Tab:
        """Return a new tab with a state of its own."""
        self._opened += 1
        return Tab(self._processor, f"tab-{self._opened}", cookie)

    def same(self, tab: Tab, cookie: str) -> Tab:
        """Return the same tab's state presented with another cookie."""
        return Tab(self._processor, tab._token, cookie)


@asynccontextmanager
async def tabs() -> AsyncIterator[Tabs]:
    """Run an event processor until the block ends."""
    forget_cached_actors()
    business.forget_look()
    gated = MiddlewareMixin()
    gated.add_middleware(Gate())
    the_app()
    processor = BaseStateEventProcessor(middleware=gated)
    processor.configure(state_manager=StateManagerMemory())
    async with processor:
        yield Tabs(processor)
