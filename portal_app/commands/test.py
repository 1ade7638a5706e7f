"""`portal test`: every test, with a browser and a built front end at hand, in three processes; further words go to
pytest, which then runs as they say.
"""

import argparse
import os
import subprocess
import sys

from portal_app.commands.build import ROOT, BuildFailed, ensure_build
from portal_app.commands.chromium import NoChromium, ensure_chromium
from portal_app.commands.processes import OUR_SETTINGS, say

# What tests may rely on: the path of a Chromium, and the folder of a finished build.
CHROMIUM = "PORTAL_TEST_CHROMIUM"
WEB = "PORTAL_TEST_WEB"
# Three at a time, on two cores as well, since journeys wait a lot; each with servers and a browser of its own. A file
# stays together.
ALL = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


# Dozens of processes import the portal: where nothing is kept, each would compile all of it again, which takes seconds.
KEEPS_NOTHING = "PYTHONDONTWRITEBYTECODE"


def outside() -> dict[str, str]:
    """Return this process's environment without what would change how tests go."""
    names = [name for name in os.environ if not name.startswith(OUR_SETTINGS) and name != KEEPS_NOTHING]
    return {name: os.environ[name] for name in names}


def main(arguments: argparse.Namespace) -> int:
    """Prepare, run pytest and return its exit code; pytest's closing line is the last that is printed."""
    try:
        prepared = {CHROMIUM: str(ensure_chromium()), WEB: str(ensure_build())}
    except (NoChromium, BuildFailed) as error:
        say(str(error))
        return 1
    environment = {**outside(), **prepared, "PORTAL_ENV_FILE": os.devnull}
    command = [sys.executable, "-m", "pytest", *(arguments.rest or ALL)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal has sent it to pytest as well, which now closes its servers.
            return process.wait()
        except SystemExit:
            process.terminate()
            process.wait()
            raise
