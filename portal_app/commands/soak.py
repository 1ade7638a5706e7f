"""`portal soak`: the properties of `portal test` that gain from many runs, tried that often, and what came of it."""

import argparse
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from portal_app.commands.build import ROOT, BuildFailed, ensure_build
from portal_app.commands.processes import say
from portal_app.commands.test import WEB, outside

PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Outcome:
    """One property: the words of its test's file and name, how long its runs took, and whether all went well."""

    name: str
    seconds: float
    passed: bool


def main(arguments: argparse.Namespace) -> int:
    """Run the tests marked `soak` many times over, write docs/reliability.md, and return pytest's exit code."""
    try:
        built = str(ensure_build())
    except BuildFailed as error:
        say(str(error))
        return 1
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(10**8)
    environment = {
        **outside(),
        "PORTAL_ENV_FILE": os.devnull,
        WEB: built,
        "PORTAL_TEST_TIMES": str(arguments.times),
        "PORTAL_TEST_SEED": str(seed),
    }
    with tempfile.TemporaryDirectory(prefix="portal-soak-") as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", "soak", f"--junitxml={report}"]
        command += ["-k", arguments.only, "-s"] if arguments.only else []
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if not report.exists():
            say("The tests broke off, so nothing was written.")
            return code or 1
        outcomes = read(report)
    if arguments.only:
        for one in outcomes:
            say(f"{one.name}: {one.seconds:.0f} s, {'held' if one.passed else 'broken'}. The seed was {seed}.")
        return code
    PAGE.write_text(page(outcomes, arguments.times, seed))
    say(f"Written to {PAGE.relative_to(ROOT)}.")
    return code


def read(report: Path) -> list[Outcome]:
    """Return what a JUnit report of pytest's says, test by test."""
    cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314 - written by our own pytest
    return [
        Outcome(
            f"{_words(case.get('classname', '').rpartition('.')[2])}: {_words(case.get('name', ''))}",
            float(case.get("time", "0")),
            case.find("failure") is None and case.find("error") is None,
        )
        for case in cases
    ]


def _words(name: str) -> str:
    return name.removeprefix("test_").replace("_", " ")


def page(outcomes: list[Outcome], times: int, seed: int) -> str:
    """Return docs/reliability.md."""
    rows = "\n".join(
        f"| {one.name} | {one.seconds:.0f} s | {'held' if one.passed else '**broken**'} |" for one in outcomes
    )
    return f"""# Reliability

Properties that hold however things go, tried with chance as the opponent. `portal test` tries each a few times; this
is the last `python3 -m portal_app soak`, with {times} times as many runs.

| Property | Took | Outcome |
|---|---|---|
{rows}

{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python
{platform.python_version()}; the dice started from {seed} (`--seed {seed}` throws them again).
"""
