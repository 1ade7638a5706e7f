"""What `portal` can be asked for: one entry here and one module of the same name beside it.

This file is read before anything is installed, so it uses the standard library only. To add a command, add a
`Command` below and a module `portal_app/commands/<name>.py` (dashes become underscores) with
`main(arguments: argparse.Namespace) -> int`, which returns the exit code.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "portal"
DEMO_PORT = 8000


def _no_options(parser: argparse.ArgumentParser) -> None:
    """Take no options."""


@dataclass(frozen=True)
class Command:
    """One word after `portal`: its line in the help, its options, and whether it needs the development tools."""

    name: str
    summary: str
    options: Callable[[argparse.ArgumentParser], None] = _no_options
    tools: bool = False
    passes_on: str = ""

    @property
    def module(self) -> str:
        """Return the module that carries the command out."""
        return f"portal_app.commands.{self.name.replace('-', '_')}"


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_demo_port, default=DEMO_PORT, help="first of four ports in a row (default %(default)s)"
    )
    parser.add_argument("--reset", action="store_true", help="forget everything and start over")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where its data is kept (default .demo)")


def _demo_port(text: str) -> int:
    """Read a port that leaves room for the three behind it."""
    if not text.isdecimal() or not 1024 <= int(text) <= 65532:
        raise argparse.ArgumentTypeError(f"must be a number from 1024 to 65532, not {text}")
    return int(text)


def _build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--update-lock", action="store_true", help="write the front-end packages now in use to reflex.lock"
    )


def _bench_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only", metavar="NAME", help="one measurement, such as home (a wrong name tells them all); writes no page"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works; writes no page")


def _lighthouse_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs",
        type=int,
        default=5,
        choices=range(1, 100),
        metavar="N",
        help="runs of each page (default 5); fewer write no page",
    )


def _soak_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--times", type=int, default=20, choices=range(1, 1001), metavar="N", help="times the usual runs (default 20)"
    )
    parser.add_argument("--seed", type=int, help="what the dice start from, to have a failure again")
    parser.add_argument("--only", metavar="WORDS", default="", help="the properties so named, as pytest's -k; no page")


COMMANDS = (
    Command("demo", "try the portal with an invented business and its CRM, on this machine only", _demo_options),
    Command("run", "run the portal, configured by PORTAL_… variables or .env (see .env.example)"),
    Command("sync-now", "read the CRM once, now, and say how it went"),
    Command("build", "build the pages ahead of time; run, demo and test do it by themselves", _build_options),
    Command("test", "run all tests, browser journeys included", tools=True, passes_on="pytest"),
    Command("screenshots", "take the pictures of the documentation from a demo of its own", tools=True),
    Command("bench", "measure speed and memory, write docs/performance.md", _bench_options, tools=True),
    Command(
        "lighthouse",
        "score the first pages on a phone, write them into docs/performance.md",
        _lighthouse_options,
        tools=True,
    ),
    Command("soak", "try what must always hold many more times, write docs/reliability.md", _soak_options, tools=True),
    Command("check", "lint, types, layers, and migrations equal to models", tools=True),
)


def command_named(name: str) -> Command:
    """Return the command of that name; raises KeyError."""
    return {command.name: command for command in COMMANDS}[name]


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; prints help or a sentence and exits where that is all there is to do.

    The answer has `command`, the command's own options, and `rest` (what is handed to another program as is).
    """
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="Porchlight, the customer portal of a trades business.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for command in COMMANDS:
        usage = f"{PROGRAM} {command.name} [{command.passes_on} arguments]" if command.passes_on else None
        own = commands.add_parser(
            command.name, help=command.summary, description=command.summary, usage=usage, allow_abbrev=False
        )
        command.options(own)
    passed_on = [command.name for command in COMMANDS if command.passes_on]
    if words and words[0] in passed_on and words[1:] not in (["--help"], ["-h"]):
        return argparse.Namespace(command=words[0], rest=list(words[1:]))
    arguments = parser.parse_args(words or ["--help"])
    arguments.rest = []
    return arguments
