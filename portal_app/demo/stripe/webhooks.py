"""Events on their way: signed as Stripe signs them, sent again until taken, and as badly as one wishes."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Coroutine
from itertools import chain
from typing import Any

import httpx
import stripe

from portal_app.demo.stripe.state import State, Thing

MODES = ("normal", "twice", "held")
# As long as events gather that are then sent in the wrong order.
GATHER_SECONDS = 0.25
TIMEOUT_SECONDS = 20.0
_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
_KEPT = 500


class Deliverer:
    """Sends events to the endpoints; start and close it inside the server's loop.

    `mode` is normal (in order), twice (each twice, the newest first) or held (nothing leaves until the mode changes).
    Each endpoint is answered for by itself; a refusal is tried again after growing waits, like Stripe's within days.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.mode = "normal"
        self.sent: list[Thing] = []
        self._waiting: list[Thing] = []
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        state.listeners.append(self._hear)

    def _hear(self, event: Thing) -> None:
        self._waiting.append(event)
        self._news.set()

    async def start(self) -> None:
        """Begin to send."""
        # The addresses are all of this machine: reading the world's certificates would only take time.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, verify=trust)
        self._keep(self._run())

    async def close(self) -> None:
        """Stop; what was not taken stays among the events."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def set_mode(self, mode: str) -> None:
        """Change how events leave; held ones leave now, in the new way."""
        self.mode = mode
        self._news.set()

    def send_again(self, event: Thing) -> None:
        """Send an event once more, as the dashboard's button does."""
        self._hear(event)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self.mode == "held":
                continue
            if self.mode == "twice":
                await asyncio.sleep(GATHER_SECONDS)
            batch, self._waiting = self._waiting, []
            ordered = batch if self.mode == "normal" else list(chain(reversed(batch), batch))
            for endpoint in list(self._state.find("webhook_endpoint", status="enabled")):
                wanted = [event for event in ordered if _wants(endpoint, event)]
                if wanted:
                    await self._in_order(endpoint, wanted)

    async def _in_order(self, endpoint: Thing, events: list[Thing]) -> None:
        """Send a batch one after the other; those that were not taken are tried again on the side."""
        for event in events:
            if not await self._send(endpoint, event):
                self._keep(self._again(endpoint, event))

    async def _again(self, endpoint: Thing, event: Thing) -> None:
        for wait in _WAITS:
            await asyncio.sleep(wait)
            if endpoint["id"] not in self._state.things or await self._send(endpoint, event):
                return

    async def _send(self, endpoint: Thing, event: Thing) -> bool:
        """Return whether the endpoint has taken the event."""
        assert self._client is not None
        body = json.dumps(self._state.shown(event))
        signature = stripe.WebhookSignature.generate_signature_header(body, endpoint["_secret"], int(time.time()))
        headers = {"content-type": "application/json; charset=utf-8", "stripe-signature": signature}
        status = 0
        with contextlib.suppress(httpx.HTTPError):
            answer = await self._client.post(endpoint["url"], content=body, headers=headers)
            status = answer.status_code
        self.sent.append({"event": event["id"], "type": event["type"], "url": endpoint["url"], "status": status})
        del self.sent[:-_KEPT]
        return 200 <= status < 300


def _wants(endpoint: Thing, event: Thing) -> bool:
    return "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]
