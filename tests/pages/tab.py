"""Browser tabs without a browser or a socket: events go through Reflex's own processor and the real gate."""

import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.event import Event, EventHandler
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import StateUpdate
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

from portal_app.gate import Gate, presences
from portal_app.gate.middleware import forget_cached_actors
from portal_app.services import business, sessions
from tests.reflex_app import the_app

SUFFIX = "_rx_state_"


def _changes(updates: Iterable[StateUpdate]) -> Iterator[tuple[str, str, Any]]:
    """Go through the variables sent, in order: the state's last name, the variable's, the value."""
    for update in updates:
        for state, values in (update.delta or {}).items():
            assert isinstance(values, Mapping)
            last = state.rpartition(".")[2].rpartition("____")[2]
            yield from ((last, name.removesuffix(SUFFIX), value) for name, value in values.items())


class Tabs:
    """Opens tabs of one process; `failures` are exceptions that reached the backend's handler."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.sent: dict[str, list[StateUpdate]] = {}
        gated = MiddlewareMixin()
        gated.add_middleware(Gate())
        self.processor = BaseStateEventProcessor(middleware=gated, backend_exception_handler=self.failures.append)
        self.processor.configure(state_manager=StateManagerMemory(), event_namespace=self)  # type: ignore[arg-type]

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Take what would go over the socket."""
        self.sent.setdefault(token, []).append(update)

    def open(self, cookie: str = "") -> "Tab":
        """Return a new tab with a state of its own."""
        return Tab(self, str(uuid.uuid4()), cookie)

    def same(self, tab: "Tab", cookie: str) -> "Tab":
        """Return the same tab's state presented with another cookie."""
        return Tab(self, tab.token, cookie)


class Tab:
    """One tab; `cookie` is a session's token, empty for a stranger; `path` the page it says it is on."""

    def __init__(self, browser: Tabs, token: str, cookie: str) -> None:
        self._browser = browser
        self.token = token
        self.cookie = cookie
        self.path = "/home"

    async def call(self, handler: Any, **payload: Any) -> dict[str, Any]:
        """Send one event as the browser does and wait until what it causes is done; returns what came, by variable."""
        assert isinstance(handler, EventHandler)
        headers = {"user-agent": "test"}
        if self.cookie:
            headers["cookie"] = f"{sessions.cookie_name(https=False)}={self.cookie}"
        router_data = {"pathname": self.path, "asPath": self.path, "headers": headers, "sid": "s", "ip": "192.0.2.7"}
        event = Event(name=format_event_handler(handler), payload=payload, router_data=router_data)
        before = len(self._updates)
        future = await self._browser.processor.enqueue(self.token, event)
        await future.wait_all()
        return {name: value for _, name, value in _changes(self._updates[before:])}

    @property
    def _updates(self) -> list[StateUpdate]:
        return self._browser.sent.get(self.token, [])

    @property
    def failures(self) -> list[Exception]:
        """Exceptions that reached the backend's handler, of any tab."""
        return self._browser.failures

    @property
    def values(self) -> dict[str, Any]:
        """What the client knows by now, by `state.variable`, the state's last name only."""
        return {f"{state}.{name}": value for state, name, value in _changes(self._updates)}

    @property
    def redirects(self) -> list[str]:
        """Where the client was sent."""
        events = [event for update in self._updates for event in update.events]
        return [event.payload["path"] for event in events if event.name == "_redirect"]


@asynccontextmanager
async def tabs() -> AsyncIterator[Tabs]:
    """Run an event processor until the block ends."""
    forget_cached_actors()
    business.forget_look()
    the_app()
    browser = Tabs()
    async with browser.processor:
        try:
            yield browser
        finally:
            for token in browser.sent:
                presences.forget(token)


@asynccontextmanager
async def open_tab(cookie: str) -> AsyncIterator[Tab]:
    """Open one tab that holds a session's token."""
    async with tabs() as browser:
        yield browser.open(cookie)
