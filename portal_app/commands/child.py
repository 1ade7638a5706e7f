"""`python -m portal_app.commands.child PARENT MODULE …`: run a module until the parent is gone.

A parent that is killed outright cannot stop its children, so they watch it: this one ends its whole process
group as soon as it is no longer the child of PARENT. Works the same on Linux and macOS.
"""

import os
import runpy
import signal
import sys
import threading
import time

LOOK_SECONDS = 0.5
GRACE_SECONDS = 5.0


def watch_parent(parent: int, whole_group: bool) -> None:
    """Start a thread that stops this process (or its group) when `parent` is no longer its parent."""
    threading.Thread(target=_watch, args=(parent, whole_group), daemon=True, name="watch-parent").start()


def _watch(parent: int, whole_group: bool) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if whole_group:
            os.killpg(os.getpgrp(), number)
        else:
            os.kill(os.getpid(), number)
        time.sleep(GRACE_SECONDS)


def main() -> None:
    """Run the module named on the command line as the main program."""
    parent, module, *arguments = sys.argv[1:]
    watch_parent(int(parent), whole_group=os.getpgrp() == os.getpid())
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
