import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal_app.commands.processes import Child, port_taken, stop_group
from tests.running import ROOT, free_port, wait_for

# A child that starts a grandchild; both refuse to stop when asked. It prints the grandchild's id.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
inner = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
inner.stdout.readline()
print(inner.pid, flush=True)
time.sleep(600)
"""

# A parent that runs a web server as its child and says so.
PARENT = """
import sys, time
from pathlib import Path
from portal_app.commands.processes import Child
with Child("the server", "http.server", ["--bind", "127.0.0.1", sys.argv[1]], Path(sys.argv[2])):
    print("started", flush=True)
    time.sleep(600)
"""


def lives(process_id: int) -> bool:
    """Whether a process exists and is no zombie."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(process_id)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() != "" and not listed.stdout.strip().startswith("Z")


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(port), str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
    )
    with process:
        wait_for(lambda: port_taken(port), "the server to listen")
        yield process, port
        if process.poll() is None:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_child_ends_with_its_parent_however_that_ends(
    parent: tuple[subprocess.Popen[bytes], int], number: signal.Signals
) -> None:
    process, port = parent
    process.send_signal(number)
    process.wait(15)
    wait_for(lambda: not port_taken(port), "the child to be gone", 15)
    assert not port_taken(port)


def test_a_group_that_ignores_the_polite_signal_is_stopped_for_good() -> None:
    process = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True)
    with process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        stop_group(process, grace=0.3)
        assert process.returncode == -signal.SIGKILL
        wait_for(lambda: not lives(grandchild), "the grandchild to be gone", 10)


def test_stopping_what_has_stopped_does_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    stop_group(process)
    assert process.returncode == 0


def test_a_child_that_fails_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with Child("the server", "http.server", ["no-port"], tmp_path) as child:
        wait_for(child.ended, "the child to end", 30)
        assert "no-port" in child.tail()
        assert str(tmp_path / "server.log") in child.tail()


def test_a_free_port_is_free_and_a_used_one_is_taken() -> None:
    assert not port_taken(free_port())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert port_taken(listener.getsockname()[1])


def test_a_port_bound_on_every_address_is_taken_on_loopback_too() -> None:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))  # noqa: S104 - what a careless server does
        listener.listen()
        assert port_taken(listener.getsockname()[1])


def test_children_do_not_inherit_the_callers_terminal(tmp_path: Path) -> None:
    with Child("the server", "http.server", ["--bind", "127.0.0.1", str(free_port())], tmp_path) as child:
        assert os.getpgid(child._process.pid) == child._process.pid
