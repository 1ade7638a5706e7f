"""The measurements by name, one after the other, and the page they make."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    changes,
    history,
    idle,
    importing,
    job_pages,
    jobs,
    memory,
    opening,
    papers,
    photos,
    report,
    scores,
    searching,
    signing_in,
    webhooks,
)
from bench.report import Row
from bench.stage import QUICK, Sizes, Stage
from portal_app.commands.processes import ROOT, say

PAGE = ROOT / "docs" / "performance.md"
MEASUREMENTS: dict[str, Callable[[Stage], list[Row]]] = {
    "import": importing.measure,
    "idle": idle.measure,
    "home": opening.measure,
    "jobs": jobs.measure,
    "history": history.measure,
    "search": searching.measure,
    "papers": papers.measure,
    "photos": photos.measure,
    "webhooks": webhooks.measure,
    "change": changes.measure,
    "job-pages": job_pages.measure,
    "memory": memory.measure,
    "sign-in": signing_in.measure,
}


def run(only: str | None = None, quick: bool = False) -> list[Row]:
    """Run all measurements, or one by name, and print the table; a whole run at full size writes the page."""
    before = os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as scratch:
        stage = Stage(Path(scratch), QUICK if quick else Sizes())
        for name, measure in MEASUREMENTS.items():
            if only in (None, name):
                say(f"{name} …")
                began = time.monotonic()
                found = measure(stage)
                rows += found
                say("\n".join(f"  {row.what}: {row.result}, floor {row.floor}" for row in found))
                say(f"  ({time.monotonic() - began:.0f} s)")
    say(report.table(rows))
    if only is None and not quick:
        page = report.page(rows, "python3 -m portal_app bench", (before, os.getloadavg()[0]))
        # What another command has measured stays.
        PAGE.write_text(report.with_part(page, scores.NAME, report.part(PAGE.read_text(), scores.NAME)))
        say(f"Written to {PAGE.relative_to(ROOT)}.")
    return rows
