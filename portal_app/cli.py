"""The command line inside the virtual environment: finds the command and carries it out."""

import importlib
import os
import signal
import sys
from pathlib import Path

from portal_app.commands import command_named, parse

ROOT = Path(__file__).resolve().parent.parent
INTERRUPTED = 130


def main(words: list[str]) -> int:
    """Carry out one command and return its exit code."""
    arguments = parse(words)
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, _stop)
    command = importlib.import_module(command_named(arguments.command).module)
    try:
        return command.main(arguments)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        return INTERRUPTED


def _stop(number: int, frame: object) -> None:
    """Leave by the same door as Ctrl-C does, so that every `finally` runs."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
