"""`portal lighthouse`: the pages people meet first, measured on a phone, and their part of docs/performance.md."""

import argparse
import os
import subprocess

from portal_app.commands.build import BuildFailed
from portal_app.commands.chromium import NoChromium
from portal_app.commands.processes import say


def main(arguments: argparse.Namespace) -> int:
    """Measure and write the table; 1 when a floor does not hold, or with a sentence where nothing can be measured."""
    # Settings of an installation on this machine have no say in what is measured.
    for name in [name for name in os.environ if name.startswith(("PORTAL_", "REFLEX_")) and name != "PORTAL_CHROMIUM"]:
        del os.environ[name]
    os.environ["PORTAL_ENV_FILE"] = os.devnull
    # Imported late: it needs the development tools.
    from bench import report, scores
    from bench.run import PAGE

    before = os.getloadavg()[0]
    try:
        measured = scores.measure(arguments.runs)
        text = scores.part(measured, (before, os.getloadavg()[0]), scores.versions(measured))
    except (RuntimeError, AssertionError, TimeoutError, NoChromium, BuildFailed, subprocess.SubprocessError) as error:
        say(f"The measurement broke off: {error}")
        return 1
    say(text)
    if arguments.runs >= scores.RUNS:
        PAGE.write_text(report.with_part(PAGE.read_text(), scores.NAME, text))
        say(f"Written to {PAGE.name}.")
    return scores.exit_code(measured)
