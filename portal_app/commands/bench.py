"""`portal bench`: measure the portal, each result beside its floor, and write docs/performance.md."""

import argparse
import os
import subprocess

from portal_app.commands.build import BuildFailed
from portal_app.commands.processes import OUR_SETTINGS, say


def main(arguments: argparse.Namespace) -> int:
    """Run the measurements asked for; 2 for a name that is none, 1 with a sentence where one cannot be made."""
    # Settings of an installation on this machine have no say in what is measured.
    for name in [name for name in os.environ if name.startswith(OUR_SETTINGS)]:
        del os.environ[name]
    os.environ["PORTAL_ENV_FILE"] = os.devnull
    # Imported late: it needs the development tools.
    from bench.run import MEASUREMENTS, run

    if arguments.only not in (None, *MEASUREMENTS):
        say(f"There is no measurement called {arguments.only}; there are: {', '.join(MEASUREMENTS)}.")
        return 2
    try:
        run(arguments.only, arguments.quick)
    except (RuntimeError, AssertionError, TimeoutError, BuildFailed, subprocess.SubprocessError) as error:
        say(f"The measurement broke off: {error}")
        return 1
    return 0
