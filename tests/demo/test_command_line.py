"""`python -m portal_app.demo.crm` as a person starts it."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from portal_app.demo.crm.store import Store

DEADLINE = 30.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("empty", [False, True])
def test_it_works(tmp_path: Path, empty: bool) -> None:
    port, database = free_port(), tmp_path / "new" / "crm.db"
    command = [sys.executable, "-m", "portal_app.demo.crm", "--port", str(port), "--database", str(database)]
    process = subprocess.Popen([*command, "--token", "own", *(["--empty"] if empty else [])])
    try:
        found = ask(process, f"http://localhost:{port}/v1/visits", "own")
    finally:
        process.terminate()
        process.wait(DEADLINE)
    assert (found["data"] == []) == empty


def ask(process: subprocess.Popen[bytes], url: str, token: str) -> dict[str, list[object]]:
    end = time.monotonic() + DEADLINE
    while True:
        assert process.poll() is None, "The CRM ended."
        assert time.monotonic() < end, "The CRM did not answer."
        try:
            answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        except httpx.ConnectError:
            continue
        return answer.raise_for_status().json()


def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    database = tmp_path / "crm.db"
    command = [sys.executable, "-m", "portal_app.demo.crm", "--port", "1", "--host", "0.0.0.0"]  # noqa: S104
    done = subprocess.run([*command, "--database", str(database)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "loopback" in done.stdout
    assert not database.exists()


def test_what_was_changed_outlives_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "crm.db")
    store.put_many("customers", [{"external_id": "c1", "name": "Kept"}])
    store.close()
    again = Store(tmp_path / "crm.db")
    assert again.fields("customers", "c1") == {"name": "Kept"}
    again.close()
