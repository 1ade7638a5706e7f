import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from portal_app.commands import demo, parse
from portal_app.commands.processes import port_taken
from portal_app.demo import accounts
from portal_app.demo.stripe.board import DEMO_KEY, DEMO_WEBHOOK_SECRET
from tests.running import ROOT, free_port, wait_for


def free_row() -> int:
    """Return the first of four free ports in a row."""
    return wait_for(
        lambda: next((start for start in [free_port()] if _row_is_free(start)), 0), "four free ports in a row", 10
    )


def _row_is_free(start: int) -> bool:
    return start <= 65532 and not any(port_taken(port) for port in range(start, start + demo.PORTS))


class Demo:
    """A demo in a folder of its own, as a person would start it."""

    def __init__(self, folder: Path, port: int, *words: str) -> None:
        self.output = folder.parent / "demo.out"
        self.started = time.monotonic()
        command = [sys.executable, "-m", "portal_app.cli", "demo", "--port", str(port), "--data", str(folder), *words]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.output.read_text()

    def ready(self) -> float:
        """Wait until it has introduced itself and return the seconds it took."""

        def introduced() -> bool:
            assert self.process.poll() is None, self.text
            return "Ctrl-C stops everything." in self.text

        wait_for(introduced, "the demo to start", 100)
        return time.monotonic() - self.started


@contextmanager
def running_demo(folder: Path, port: int, *words: str) -> Iterator[Demo]:
    started = Demo(folder, port, *words)
    try:
        yield started
    finally:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(30)


def test_a_taken_port_is_named_with_one_that_is_free(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = free_row()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", first + 2))
        listener.listen()
        code = demo.main(parse(["demo", "--port", str(first), "--data", str(tmp_path)]))
    assert code == 1
    sentence = capsys.readouterr().out
    assert sentence.startswith(f"Port {first + 2} is taken, and the demo needs {first} to {first + 3}.")
    assert re.search(r"portal demo --port \d+\n$", sentence)


def test_starting_over_removes_the_demos_own_files_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    for name in ("portal/portal.db", "crm.db", "crm.db-wal", "mailbox.db", "stripe.json", "thesis.txt"):
        (tmp_path / name).write_text("x")
    demo._forget(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_of_a_real_portal_reaches_the_demo(tmp_path: Path) -> None:
    settings = demo.environment(tmp_path, 8000)
    assert settings["PORTAL_ENV_FILE"] == os.devnull
    assert settings["PORTAL_PUBLIC_URL"] == "http://localhost:8000"
    assert settings["PORTAL_HOST"] == "127.0.0.1"
    assert settings["STRIPE_API_BASE"] == "http://127.0.0.1:8002"
    assert (settings["STRIPE_SECRET_KEY"], settings["STRIPE_WEBHOOK_SECRET"]) == (DEMO_KEY, DEMO_WEBHOOK_SECRET)


@pytest.mark.slow
def test_the_demo_starts_introduces_itself_and_stops_with_all_it_started(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_row()
    with running_demo(folder, port) as first:
        first.ready()
        assert f"http://localhost:{port}\n" in first.text
        for email, _person in accounts.ACCOUNTS:
            assert email in first.text
        for name in ("localhost", "127.0.0.1"):
            assert httpx.get(f"http://{name}:{port}/healthz", trust_env=False).status_code == 200
            assert httpx.get(f"http://{name}:{port + 1}/", trust_env=False).status_code == 200
            assert httpx.get(f"http://{name}:{port + 3}/api/messages", trust_env=False).json() == []

        second = subprocess.run(
            [sys.executable, "-m", "portal_app.cli", "demo", "--port", str(free_row()), "--data", str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, second.stderr) == (1, "")
        assert second.stdout == f"A demo is already running on the data in {folder}. Stop it first with Ctrl-C.\n"

    assert first.process.returncode == 130
    assert not any(port_taken(port + offset) for offset in range(demo.PORTS))

    with running_demo(folder, port) as again:
        again.ready()
        assert "Forgetting" not in again.text
        assert "Building" not in again.text
        os.kill(again.process.pid, signal.SIGKILL)
        wait_for(
            lambda: not any(port_taken(port + offset) for offset in range(demo.PORTS)),
            "the demo's servers to be gone",
            15,
        )
