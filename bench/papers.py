"""Papers: how long one takes once the press is warm, page by page."""

from typing import Any

from bench.processes import environment, inside
from bench.report import Row, megabytes, milliseconds, percentile, times
from bench.stage import Stage
from portal_app.commands.processes import say

GOAL_SECONDS = 0.030
GOAL_BYTES = 200e6


def measure(stage: Stage) -> list[Row]:
    """Set invoices of one page and of many, each another one, in a process of its own."""
    say("  setting papers …")
    found: dict[str, Any] = inside("set_papers", str(stage.sizes.papers), env=environment(stage.folder / "papers"))
    taken, floor = found["taken"], percentile(found["floor"], 0.5)
    half, most = percentile(taken, 0.5), percentile(taken, 0.95)
    long = percentile(found["long"], 0.5)
    return [
        Row(
            "PDF warm, p50",
            f"≤ {milliseconds(GOAL_SECONDS)} a page",
            milliseconds(half),
            f"{milliseconds(floor)} typst alone, one line",
            times(half, floor),
            half <= GOAL_SECONDS,
            "an invoice of one page with four lines, logo, tax by rate, a payment and bank details, from the facts "
            f"to the bytes of a tagged PDF/A-3a and PDF/UA-1 file; {len(taken)} different ones, one after the other, "
            "after five that do not count. The floor is typst setting one line of words with the same fonts and "
            "standards.",
        ),
        Row(
            "PDF warm, p95",
            "–",
            milliseconds(most),
            f"{milliseconds(percentile(found['floor'], 0.95))} typst alone, one line",
            times(most, percentile(found["floor"], 0.95)),
            None,
            "the same invoices.",
        ),
        Row(
            f"The same of {found['pages']} pages, p50 of a page",
            f"≤ {milliseconds(GOAL_SECONDS)} a page",
            milliseconds(long),
            f"{milliseconds(floor)} typst alone, one line",
            times(long, floor),
            long <= GOAL_SECONDS,
            "an invoice of 300 lines, its time divided by its pages.",
        ),
        Row(
            "Memory the press adds",
            f"< {megabytes(GOAL_BYTES)}",
            megabytes(found["grown"]),
            f"{megabytes(found['first'])} after the first paper",
            times(found["grown"], found["first"]),
            found["grown"] < GOAL_BYTES,
            "growth of the process's resident memory over all these papers, the long ones included.",
        ),
    ]
