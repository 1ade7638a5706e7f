"""What a measurement says, as a row of the page, and the page itself."""

import math
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

_HEAD = "| What | Goal | Result | Floor | Result ÷ floor | Goal met |\n|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Row:
    """One line: what was measured, the goal, the result beside its floor, and how it is measured.

    `ratio` is empty where the two cannot be divided; `met` is None where there is no goal.
    """

    what: str
    goal: str
    result: str
    floor: str
    ratio: str
    met: bool | None
    how: str

    def line(self) -> str:
        """Return the row as a line of a Markdown table."""
        met = {True: "yes", False: "**no**", None: "–"}[self.met]
        return f"| {self.what} | {self.goal} | {self.result} | {self.floor} | {self.ratio or '–'} | {met} |"


def times(result: float, floor: float) -> str:
    """Return a ratio as people read it, such as `1.32`."""
    return f"{result / floor:.2f}"


def megabytes(count: float) -> str:
    """Return bytes as whole megabytes of a million bytes."""
    return f"{count / 1e6:.0f} MB"


def kilobytes(count: float) -> str:
    """Return bytes as whole kilobytes of a thousand bytes."""
    return f"{count / 1e3:.0f} KB"


def milliseconds(seconds: float) -> str:
    """Return seconds as milliseconds, with a digit behind the point where they are few."""
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the values lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def table(rows: Iterable[Row]) -> str:
    """Return the Markdown table of some rows."""
    return "\n".join([_HEAD, *(row.line() for row in rows)])


def machine() -> str:
    """Return what was measured on, in one sentence without names."""
    memory = psutil.virtual_memory().total / 1e9
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite in the data folder"
    )


def page(rows: Sequence[Row], command: str, busy: tuple[float, float]) -> str:
    """Return the whole page; `busy` is the machine's load average before the first and after the last measurement."""
    how = "\n".join(f"- **{row.what}**: {row.how}" for row in rows)
    return f"""# Performance

Written by `{command}`, which measures every row anew: each result beside its floor, the least that any
program could spend on the same work, taken in the same run on the same machine. Read the ratios first; the
absolute numbers are this machine's, on this day.

- Machine: {machine()}.
- Load average of a minute before the first measurement: {busy[0]:.1f}, after the last: {busy[1]:.1f}. Much more than
  the number of cores means that other programs took most of the time, and that only the ratios can be read.
- Date: {datetime.now(UTC):%Y-%m-%d}.

{table(rows)}

## How each is measured
{how}
"""


def part(page: str, name: str) -> str:
    """Return a named part of a page, empty when it has none."""
    start, end = _marks(name)
    return page.partition(start)[2].partition(end)[0].strip()


def with_part(page: str, name: str, text: str) -> str:
    """Return a page with a named part put in, in place of the one it had; an empty text takes it out."""
    start, end = _marks(name)
    before, _, rest = page.partition(start)
    kept = before.rstrip() + "\n" + rest.partition(end)[2].rstrip()
    marked = f"\n{start}\n\n{text.strip()}\n\n{end}\n" if text else ""
    return kept.rstrip() + "\n" + marked


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- end of {name} -->"
