"""A reference CRM that really listens, for whichever test needs one."""

import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from portal_app.demo.crm.business import seed as seed_business
from portal_app.demo.crm.server import create_app
from portal_app.demo.crm.store import Record, Store
from tests.running import EACH_ANEW

DEADLINE = 15.0


class RunningCrm:
    """The reference CRM on a free loopback port, in a thread; `with RunningCrm(tmp_path) as crm:`.

    `store` is a connection of the test's own to the CRM's file; `client` speaks HTTP with the token.
    """

    def __init__(self, folder: Path, seed: bool = True, token: str = "demo-crm-token") -> None:
        self.token = token
        self.database = folder / "crm.db"
        self.store = Store(self.database)
        if seed and self.store.is_empty():
            seed_business(self.store, datetime.now(UTC))
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address, such as `http://127.0.0.1:40001`, without a slash."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        self.client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=DEADLINE,
            trust_env=False,
            limits=EACH_ANEW,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self.stop()
        self.store.close()

    def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        # asyncio turns Nagle's delay off only where the protocol is named: 40 ms for every small answer.
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self.database, self.token), log_level="critical", proxy_headers=False, lifespan="on"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        end = time.monotonic() + DEADLINE
        while not self._server.started:
            assert self._thread.is_alive(), "The reference CRM did not start."
            assert time.monotonic() < end, "The reference CRM took too long to start."
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop listening: connections are refused until the next start."""
        if self._server is None or self._thread is None:
            return
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "The reference CRM did not stop."
        self._server = self._thread = None

    def patch(self, stream: str, external_id: str, **fields: Any) -> Record:
        """Edit a record as the CRM's own office would, and give it as served."""
        return self._json(self.client.patch(f"/v1/{stream}/{external_id}", json=fields))

    def post(self, stream: str, **record: Any) -> Record:
        """Create or replace a record; `as_served=` makes the listing hold just that value."""
        return self._json(self.client.post(f"/v1/{stream}", json=record))

    def delete(self, stream: str, external_id: str) -> None:
        """Delete a record, leaving its tombstone."""
        self.client.delete(f"/v1/{stream}/{external_id}").raise_for_status()

    def fault(self, **wanted: Any) -> None:
        """Put a fault in force, such as `fault(kind="status", status=429, retry_after=2, times=3)`."""
        self.client.post("/faults", json=wanted).raise_for_status()

    def faults(self) -> list[Record]:
        """Give the faults in force with the number of requests each met (`hits`)."""
        return self._json(self.client.get("/faults"))["faults"]

    def clear_faults(self) -> None:
        """End all faults."""
        self.client.delete("/faults").raise_for_status()

    def walk(self, stream: str, **parameters: Any) -> list[Record]:
        """Read a whole listing, page after page, as a well-behaved client would."""
        found: list[Record] = []
        while True:
            page = self._json(self.client.get(f"/v1/{stream}", params=parameters))
            found += page["data"]
            if page["next_cursor"] is None:
                return found
            parameters["cursor"] = page["next_cursor"]

    def _json(self, response: httpx.Response) -> Any:
        response.raise_for_status()
        return response.json()
