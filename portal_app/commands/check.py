"""`portal check`: lint, format, types, layers, and migrations equal to models; all run, each is named."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from portal_app.commands.build import ROOT, node_environment
from portal_app.commands.processes import OUR_SETTINGS, say

TOOLS = Path(sys.executable).parent


def main(_arguments: argparse.Namespace) -> int:
    """Run every check and return 1 when one has failed."""
    with tempfile.TemporaryDirectory(prefix="portal-check-") as scratch:
        environment = _environment(Path(scratch))
        results = [_run(name, commands, environment) for name, commands in _checks().items()]
    failed = results.count(False)
    say("All checks passed." if not failed else f"{failed} of {len(results)} checks failed.")
    return 1 if failed else 0


def _checks() -> dict[str, list[list[str]]]:
    """Return the commands behind each check, by the name it is reported under."""
    python = [sys.executable, "-m"]
    return {
        "ruff (lint)": [[*python, "ruff", "check", "--quiet", "."]],
        "ruff (format)": [[*python, "ruff", "format", "--check", "--quiet", "."]],
        "pyright (types)": [[*python, "pyright"]],
        "import-linter (layers)": [[str(TOOLS / "lint-imports"), "--no-logo"]],
        "alembic (migrations equal models)": [
            [*python, "alembic", "upgrade", "head"],
            [*python, "alembic", "check"],
        ],
    }


def _environment(scratch: Path) -> dict[str, str]:
    """Return an environment with an empty database of its own and the pinned Node, on which pyright runs."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(OUR_SETTINGS)}
    return {
        **outside,
        **node_environment(),
        "PORTAL_ENV_FILE": os.devnull,
        "PORTAL_DATA_DIR": str(scratch),
        # Otherwise it asks the network for a newer version than the pinned one.
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
    }


def _run(name: str, commands: list[list[str]], environment: dict[str, str]) -> bool:
    """Run the commands of one check up to the first that fails; only a failure's output is shown."""
    started = time.monotonic()
    for command in commands:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode != 0:
            say(done.stdout.rstrip())
            say(f"FAILED  {name}")
            return False
    say(f"ok      {name}  ({time.monotonic() - started:.1f} s)")
    return True
