"""A portal that really runs: its own process, data folder and port, the production build, perhaps a CRM."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests import snippets

ROOT = Path(__file__).resolve().parents[1]
DEADLINE = 60.0
# A server closes a connection that it has kept for a while, perhaps just when a test's next request goes out on it.
EACH_ANEW = httpx.Limits(max_keepalive_connections=0)
PASSWORD = "porchlight-demo"


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(fact: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Return the first truthy answer of `fact`; fails with `what` when none came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = fact()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}")


class RunningPortal:
    """`with RunningPortal(folder, PORTAL_CRM_URL=…) as portal:` runs `portal run` until the block ends.

    `url` is its address, `data` its data folder, `log` everything it has printed so far.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "portal.log"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the process and of whatever prepares its data."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        own = {
            "PORTAL_DATA_DIR": str(self.data),
            "PORTAL_HOST": "127.0.0.1",
            "PORTAL_PORT": str(self.port),
            "PORTAL_PUBLIC_URL": self.url,
            "PORTAL_ENV_FILE": os.devnull,
        }
        return {**outside, **own, **self._settings}

    @property
    def log(self) -> str:
        """What the process has printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "portal_app.cli", "run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self._answers, f"the portal to answer; it printed:\n{self.log[-2000:]}", 180)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the portal stopped:\n{self.log[-3000:]}"
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def process_id(self) -> int:
        """The supervisor's process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        while self._clients:
            self._clients.pop().close()
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)
            raise
        finally:
            self._process = None

    def python(self, code: str) -> str:
        """Run Python with this portal's settings and return what it printed."""
        return snippets.run(code, self.environment)

    @contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        """Open the portal's database beside it, for looking and for a change from outside."""
        connection = sqlite3.connect(self.data / "portal.db", timeout=15)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def raw_get(self, path: str) -> bytes:
        """Return the raw answer to a GET whose path goes over the wire exactly as given."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode("latin-1"))
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def client(self) -> httpx.Client:
        """Return an HTTP client that follows nothing by itself; it is closed when the portal stops."""
        client = httpx.Client(
            base_url=self.url, trust_env=False, timeout=30, headers={"Origin": self.url}, limits=EACH_ANEW
        )
        self._clients.append(client)
        return client

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Client:
        """Return a client signed in as that person."""
        client = self.client()
        answer = client.post("/auth/login", data={"email": email, "password": password})
        assert answer.status_code == 303, answer.text
        assert "/login" not in answer.headers["location"], answer.headers["location"]
        return client
