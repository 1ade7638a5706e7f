"""Starting, watching and stopping child processes, so that nothing outlives the command that started it."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 8.0
# How the settings of this installation begin; what must not depend on them is started without.
OUR_SETTINGS = ("PORTAL_", "REFLEX_", "STRIPE_")
# The umask under which databases and uploads are written.
OWNER_ONLY = 0o077


def say(line: str) -> None:
    """Print one line of progress at once, also when the output is a pipe."""
    print(line, flush=True)


def stop_group(process: "subprocess.Popen[bytes]", grace: float = GRACE_SECONDS) -> None:
    """Stop a child that leads its own process group, and whatever it started: politely, then for good."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        if not _group_lives(process):
            return
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and _group_lives(process):
            time.sleep(0.05)


def _group_lives(process: "subprocess.Popen[bytes]") -> bool:
    """Return whether any process of the child's group still runs; reaps the child itself."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers so for a group that only holds zombies.
        return process.returncode is None
    return True


def port_taken(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether somebody already listens on a port of one of this machine's addresses."""
    host = host.strip("[]")
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return not _can_listen(port, host)


def _can_listen(port: int, host: str) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As the servers do it: the closing connections of the last run are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


class Child:
    """`with Child(name, module, arguments, folder):` runs a Python module until the block, or this process, ends.

    It leads its own process group, so that Ctrl-C reaches only this process, which then stops it in order.
    What it prints goes to `<folder>/<last word of the name>.log`.
    """

    def __init__(self, name: str, module: str, arguments: list[str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name.split()[-1].lower()}.log"
        self._command = [sys.executable, "-m", "portal_app.commands.child", str(os.getpid()), module, *arguments]

    def __enter__(self) -> Self:
        with self.log.open("w") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_problem: object) -> None:
        stop_group(self._process)

    def ended(self) -> bool:
        """Return whether it runs no more."""
        return self._process.poll() is not None

    def tail(self) -> str:
        """Return the end of what it printed, to be put behind a sentence."""
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return f" Its log is {self.log}:\n" + "\n".join(lines)
