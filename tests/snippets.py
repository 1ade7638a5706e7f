"""Pieces of Python run with a portal's settings, each in a process of its own that has imported the portal already.

`python -m tests.snippets` imports it once and then, for each line `{"environment": …, "code": …}` it reads, forks a
process that runs the code; the answer is a line `{"status": …, "output": …, "errors": …}`.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]


def run(code: str, environment: Mapping[str, str]) -> str:
    """Run Python with these variables alone and return what it printed; fails with what went wrong in it."""
    asked, answered = _pipes()
    asked.write(json.dumps({"environment": dict(environment), "code": code}) + "\n")
    asked.flush()
    answer = json.loads(answered.readline())
    assert answer["status"] == 0, answer["errors"]
    return answer["output"]


@cache
def _pipes() -> tuple[IO[str], IO[str]]:
    """Start the process that forks; it ends when its input does, with this one at the latest."""
    forking = subprocess.Popen(
        [sys.executable, "-m", "tests.snippets"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert forking.stdin is not None
    assert forking.stdout is not None
    atexit.register(_end, forking)
    return forking.stdin, forking.stdout


def _end(forking: subprocess.Popen[str]) -> None:
    forking.communicate()


def _live(asked: dict[str, Any], output: IO[bytes], errors: IO[bytes]) -> NoReturn:
    """Run the code, and leave without a word to what the parent has yet to write."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.dup2(output.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    status = 0
    try:
        exec(asked["code"], {"__name__": "__main__"})  # noqa: S102 - a test's own words
    except BaseException:  # noqa: BLE001 - it is told to whoever asked
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = os.fork()
        if process == 0:
            _live(asked, output, errors)
        _, status = os.waitpid(process, 0)
        said = []
        for file in (output, errors):
            file.seek(0)
            said.append(file.read().decode(errors="replace"))
        return {"status": os.waitstatus_to_exitcode(status), "output": said[0], "errors": said[1]}


def main() -> None:
    """Import what most pieces need, and answer until nobody asks any more."""
    import portal_app.commands.run
    import portal_app.demo.doors
    import portal_app.demo.seed  # noqa: F401

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
