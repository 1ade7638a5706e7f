"""A tab without a socket: events go through Reflex's own processor and the real gate, to real handlers."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.event import Event, EventHandler
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import StateUpdate
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

from portal_app.gate import Gate, presences
from tests.reflex_app import the_app

COOKIE = "porchlight_session"


class _Wire:
    """Takes what would go over the socket."""

    def __init__(self) -> None:
        self.updates: list[StateUpdate] = []

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Keep an update."""
        self.updates.append(update)


class Tab:
    """One tab of one person: `await tab.call(State.handler, name=value)`; `values` is what the client knows by now.

    `path` is the page it says it is on, `failures` are exceptions that reached the backend's handler, `redirects`
    where the client was sent.
    """

    def __init__(self, processor: BaseStateEventProcessor, wire: _Wire, failures: list[Exception], cookie: str) -> None:
        self._processor, self._wire, self._cookie = processor, wire, cookie
        self.failures = failures
        self.path = "/home"
        self.token = str(uuid.uuid4())

    async def call(self, handler: Any, **payload: Any) -> None:
        """Send one event as the browser does and wait until it and what it causes is done."""
        assert isinstance(handler, EventHandler)
        headers = {"cookie": f"{COOKIE}={self._cookie}", "user-agent": "test"}
        router_data = {"pathname": self.path, "asPath": self.path, "headers": headers, "sid": "s", "ip": "192.0.2.7"}
        event = Event(name=format_event_handler(handler), payload=payload, router_data=router_data)
        future = await self._processor.enqueue(self.token, event)
        await future.wait_all()

    @property
    def values(self) -> dict[str, Any]:
        """The newest value of every variable sent, by `state.variable`, the state's last name only."""
        found: dict[str, Any] = {}
        for update in self._wire.updates:
            for state, changed in (update.delta or {}).items():
                assert isinstance(changed, Mapping)
                name = state.rpartition(".")[2].rpartition("____")[2]
                found |= {f"{name}.{key.removesuffix('_rx_state_')}": value for key, value in changed.items()}
        return found

    @property
    def redirects(self) -> list[str]:
        """Where the client was sent."""
        events = [event for update in self._wire.updates for event in update.events]
        return [event.payload["path"] for event in events if event.name == "_redirect"]


@asynccontextmanager
async def open_tab(cookie: str) -> AsyncIterator[Tab]:
    """Open a tab that holds a session's token."""
    the_app()
    middleware, wire, failures = MiddlewareMixin(), _Wire(), []
    middleware.add_middleware(Gate())
    processor = BaseStateEventProcessor(middleware=middleware, backend_exception_handler=failures.append)
    processor.configure(state_manager=StateManagerMemory(), event_namespace=wire)  # type: ignore[arg-type]
    async with processor:
        tab = Tab(processor, wire, failures, cookie)
        try:
            yield tab
        finally:
            presences.forget(tab.token)
