"""Starting, watching and stopping child processes, so that nothing outlives the command that started it."""

import os
import signal
import subprocess
import time

GRACE_SECONDS = 8.0


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
