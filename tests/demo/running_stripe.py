"""The local Stripe, really listening, for whichever test needs to pay."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
import uvicorn

from portal_app.demo.stripe.board import DEMO_KEY, DEMO_WEBHOOK_SECRET
from portal_app.demo.stripe.business import register_once
from portal_app.demo.stripe.server import create_app
from portal_app.demo.stripe.state import State
from tests.conftest import forget_settings
from tests.running import EACH_ANEW

DEADLINE = 20.0


class RunningStripe:
    """The local Stripe on a free loopback port, in a thread: `with RunningStripe() as stripe:`.

    Banks answer only when told, unless `settle_seconds` is given. `act` speaks to what is under `/demo`.
    """

    key = DEMO_KEY
    # Another key of the same account, as Stripe gives out when the first is rolled.
    rolled_key = f"{DEMO_KEY}rolled"
    webhook_secret = DEMO_WEBHOOK_SECRET

    def __init__(self, settle_seconds: float | None = None) -> None:
        self.state = State("", settle_seconds)
        self._app = create_app(self.state, frozenset({self.key, self.rolled_key}))
        self.port = 0

    @property
    def url(self) -> str:
        """The address for STRIPE_API_BASE, without a slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The portal's settings under which it pays here."""
        return {
            "STRIPE_SECRET_KEY": self.key,
            "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "STRIPE_API_BASE": self.url,
        }

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Let the portal of this process pay here."""
        for name, value in self.settings.items():
            patch.setenv(name, value)
        forget_settings()

    def __enter__(self) -> Self:
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.state.public_url = self.url
        config = uvicorn.Config(
            self._app, log_level="critical", proxy_headers=False, lifespan="on", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        end = time.monotonic() + DEADLINE
        while not self._server.started:
            assert self._thread.is_alive(), "The local Stripe did not start."
            assert time.monotonic() < end, "The local Stripe took too long to start."
            time.sleep(0.01)
        self.client = httpx.Client(
            base_url=self.url,
            timeout=DEADLINE,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            limits=EACH_ANEW,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "The local Stripe did not stop."

    def send_events_to(self, url: str) -> None:
        """Have all events sent to an address, signed with `webhook_secret`."""
        register_once(self.state, url, self.webhook_secret)

    def act(self, path: str, **wanted: Any) -> dict[str, Any]:
        """Do what is under `/demo`, such as `act(f"payments/{id}/settle")`; gives what it changed."""
        answer = self.client.post(f"/demo/{path}", json=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, session_id: str, choice: str = "card_ok", **wanted: Any) -> dict[str, Any]:
        """Finish a checkout session as its payer: `save=True`, `authenticated=True`; gives the session."""
        return self.act(f"sessions/{session_id}/pay", choice=choice, **wanted)

    def requests(self, path_part: str = "") -> list[dict[str, Any]]:
        """Return what was asked: method, path, idempotency_key, repeated."""
        found = self.client.get("/demo/requests").json()["requests"]
        return [one for one in found if path_part in one["path"]]

    def deliveries(self) -> list[dict[str, Any]]:
        """Return the events that were sent: event, type, url, status (0 where nobody answered)."""
        return self.client.get("/demo/requests").json()["deliveries"]


@pytest.fixture(scope="module", name="stripe")
def running_stripe() -> Iterator[RunningStripe]:
    """A local Stripe for all tests of a file."""
    with RunningStripe() as running:
        yield running
