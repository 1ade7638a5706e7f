"""The polling process killed with SIGKILL at random points, and started again: nothing is lost and nothing doubled."""

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal_app.demo.crm import volume
from tests.demo.running import RunningCrm
from tests.soaking import runs, seed
from tests.workflows.compare import differences, repeated_activity
from tests.workflows.conftest import connect

ROOT = Path(__file__).resolve().parents[2]
KILLS = runs(50)
LONGEST = 0.4
LAST_LIFE = 60.0


class Nursery:
    """Starts polling processes one after the other, and kills each after a while."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def live(self, seconds: float) -> bool:
        """Let one process live for at most so long; True when it was killed before it had finished."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        number = int(self._line())
        killed = not select.select([self._process.stdout], [], [], seconds)[0]
        if killed:
            os.kill(number, signal.SIGKILL)
        ended = self._line()
        assert ended in ("ended 0", f"ended -{signal.SIGKILL.value}")
        return ended != "ended 0"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()


@contextmanager
def nursery(module: str = "tests.workflows.poll_process") -> Iterator[Nursery]:
    """A running nursery of one kind of process, ended with everything in it."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield Nursery(process)
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(max(240, KILLS * 5))
def test_killed_at_random_points(empty_crm: RunningCrm, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed())
    # Pages of a few records make many points at which to die.
    monkeypatch.setattr("portal_app.demo.crm.api.LARGEST_PAGE", 7)
    volume.fill(empty_crm.store, customers=60, visits=180, invoices=120 + KILLS)
    connect(empty_crm, monkeypatch)
    killed = 0
    with nursery() as starting:
        for turn in range(KILLS):
            killed += starting.live(dice.uniform(0.0, LONGEST))
            _edit(empty_crm, dice, turn)
        assert not starting.live(LAST_LIFE)
    assert killed > KILLS * 0.8
    assert differences(empty_crm.store) == []
    assert repeated_activity() == []


def _edit(crm: RunningCrm, dice: random.Random, turn: int) -> None:
    """Let the CRM's office do something between two lives of the process."""
    visits = [key for key, _ in crm.store.all("visits")]
    crm.patch("visits", dice.choice(visits), work_summary=f"Turn {turn}")
    crm.patch("visits", dice.choice(visits), status=dice.choice(["on_the_way", "in_progress", "completed"]))
    if turn % 5 == 0:
        crm.delete("invoices", dice.choice([key for key, _ in crm.store.all("invoices")]))
        crm.post("customers", external_id=f"cus_turn{turn}", kind="person", name=f"Turn {turn}")
