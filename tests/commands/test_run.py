import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from portal_app.commands import run
from portal_app.commands.processes import port_taken
from portal_app.settings import get_settings
from tests.running import ROOT, RunningPortal, wait_for


def portal_run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `portal run` where it is expected to refuse."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    own = {"PORTAL_ENV_FILE": os.devnull, "PORTAL_DATA_DIR": str(folder / "data"), **settings}
    return subprocess.run(
        [sys.executable, "-m", "portal_app.cli", "run"],
        cwd=ROOT,
        env={**outside, **own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORTAL_PUBLIC_URL": "http://portal.example.com"}, "Use https, or set PORTAL_ALLOW_HTTP=yes"),
        ({"PORTAL_PUBLIC_URL": "https://portal.example.com/clients"}, "PORTAL_PUBLIC_URL must have no path"),
        ({"PORTAL_HOST": "0.0.0.0"}, "opens the portal to the network"),  # noqa: S104 - the mistake under test
        ({"PORTAL_PORT": "http"}, "PORTAL_PORT cannot be used"),
        ({"PORTAL_SECRET_KEY": "short"}, "PORTAL_SECRET_KEY is too short"),
        ({"PORTAL_CRM_URL": "https://crm.example.com"}, "PORTAL_CRM_TOKEN is empty"),
        ({"PORTAL_DATABASE_URL": "mysql://root@localhost/x"}, "PORTAL_DATABASE_URL must start with"),
        ({"PORTAL_DATA_DIR": "/dev/null/data"}, "The portal needs a file it cannot use, /dev/null/data"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_sentence(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    answer = portal_run(tmp_path, **settings)
    assert answer.returncode == run.REFUSED
    assert sentence in answer.stdout
    assert len(answer.stdout.strip().splitlines()) == 1
    assert answer.stderr == ""


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    answer = portal_run(tmp_path, PORTAL_DATABASE_URL="postgresql+psycopg://me:hidden-word@127.0.0.1:9/portal")
    assert answer.returncode == run.REFUSED
    assert "postgresql+psycopg://me:***@127.0.0.1:9/portal cannot be used" in answer.stdout
    assert "hidden-word" not in answer.stdout + answer.stderr


def test_a_taken_port_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        answer = portal_run(tmp_path, PORTAL_PORT=port)
    assert answer.returncode == run.REFUSED
    assert answer.stdout == f"Port {port} is taken. Stop what uses it, or set PORTAL_PORT to another.\n"
    assert not (tmp_path / "data" / "portal.db").exists()


def test_new_data_is_closed_to_others(portal_env: Path) -> None:
    portal_env.chmod(0o755)
    run.prepare(get_settings())
    assert portal_env.stat().st_mode & 0o777 == 0o700
    assert (portal_env / "portal.db").stat().st_mode & 0o077 == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_empty_portal_offers_set_up_serves_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    portal = RunningPortal(tmp_path)
    portal.start()
    try:
        assert f"{portal.url}/setup/" in portal.log
        assert "not set up yet" in httpx.get(f"{portal.url}/login", trust_env=False).text
        process = portal._process
        assert process is not None
        process.send_signal(number)
        assert process.wait(15) == 0
        assert not port_taken(portal.port)
    finally:
        portal.stop()


@pytest.mark.slow
def test_no_worker_outlives_a_portal_that_was_killed(tmp_path: Path) -> None:
    portal = RunningPortal(tmp_path)
    portal.start()
    try:
        os.kill(portal.process_id, signal.SIGKILL)
        wait_for(lambda: not port_taken(portal.port), "the worker to be gone", 15)
        assert not port_taken(portal.port)
    finally:
        portal.stop()
