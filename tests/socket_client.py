"""A websocket client that speaks Reflex's protocol, well or badly, for tests."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
import socketio
from socketio.packet import Packet

HYDRATE = "reflex___state____state.hydrate_and_load"
NAMESPACE = "/_event"


def cookie_header(client: httpx.Client) -> str:
    """Return the Cookie header a browser with this client's jar would send."""
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


class BrowserPacket(Packet):
    """Writes JSON as it is, whatever an app in the same process has told all packets to write."""

    json = json


class Tab:
    """One browser tab: `async with Tab(url, cookie, path="/home") as tab:`; `received` holds every update,
    `arrived` when each came (seconds since the epoch).
    """

    def __init__(
        self,
        url: str,
        cookie: str = "",
        *,
        path: str = "/home",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        boot: dict[str, Any] | None = None,
    ) -> None:
        self.url = url
        self.token = token or str(uuid.uuid4())
        self.path = path
        self.headers = {"Origin": url, **({"Cookie": cookie} if cookie else {}), **(headers or {})}
        self.boot = {"event": self.event(HYDRATE, {"vars": {}})} if boot is None else boot
        self.received: list[dict[str, Any]] = []
        self.arrived: list[float] = []
        self.new_token = ""
        self._came = asyncio.Event()
        # Its annotation knows the names of packets alone; it takes their classes as well.
        self.io = socketio.AsyncClient(reconnection=False, handle_sigint=False, serializer=BrowserPacket)  # type: ignore[arg-type]
        self.io.on("event", self._on_event, namespace=NAMESPACE)
        self.io.on("new_token", self._on_new_token, namespace=NAMESPACE)

    def event(self, name: str, payload: Any, **router_data: Any) -> dict[str, Any]:
        """Return an event message as the browser sends it."""
        return {
            "name": name,
            "payload": payload,
            "router_data": {"pathname": self.path, "asPath": self.path, "query": {}, **router_data},
        }

    async def __aenter__(self) -> Self:
        try:
            await self.io.connect(
                f"{self.url}/_event?token={self.token}",
                headers=self.headers,
                auth=self.boot,
                transports=["websocket"],
                namespaces=[NAMESPACE],
                socketio_path="/_event",
                wait_timeout=10,
            )
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        await self.io.disconnect()
        if self.io.eio.http is not None and not self.io.eio.http.closed:
            await self.io.eio.http.close()

    def _on_event(self, update: Any) -> None:
        self.arrived.append(time.time())
        self.received.append(update if isinstance(update, dict) else json.loads(update))
        self._came.set()

    def _on_new_token(self, token: str) -> None:
        self.new_token = token

    async def send(self, name: str, payload: Any, **router_data: Any) -> None:
        """Send one event."""
        await self.io.emit("event", self.event(name, payload, **router_data), namespace=NAMESPACE)

    async def raw(self, message: str, *data: Any) -> None:
        """Send any socket.io message."""
        await self.io.emit(message, data if len(data) != 1 else data[0], namespace=NAMESPACE)

    async def until(self, fact: Any, seconds: float = 15) -> Any:
        """Wait until `fact(self)` is truthy and return that; AssertionError with what came instead."""
        last = time.monotonic() + seconds
        while not (found := fact(self)):
            if time.monotonic() > last:
                told = f"it was led to {self.redirects}, told {self.text[-2000:]}"
                raise AssertionError(f"{self.path} still waits; {told}")
            self._came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._came.wait(), 0.2)
        return found

    async def settled(self) -> None:
        """Wait until the server has answered everything sent so far: a ping goes round behind it."""
        done = asyncio.get_running_loop().create_future()
        self.io.on("ping", lambda *_: done.done() or done.set_result(None), namespace=NAMESPACE)
        await self.io.emit("ping", namespace=NAMESPACE)
        await asyncio.wait_for(done, 10)

    @property
    def text(self) -> str:
        """Everything received, as one JSON text to search in."""
        return json.dumps(self.received, ensure_ascii=False)

    @property
    def redirects(self) -> list[str]:
        """Where the server has sent this tab."""
        events = [event for update in self.received for event in update.get("events") or []]
        return [event["payload"]["path"] for event in events if event["name"] == "_redirect"]

    def value(self, variable: str) -> Any:
        """Return the newest value received of a variable, by its own name, or None."""
        for update in reversed(self.received):
            for values in (update.get("delta") or {}).values():
                for name, value in values.items():
                    if name.removesuffix("_rx_state_") == variable:
                        return value
        return None
