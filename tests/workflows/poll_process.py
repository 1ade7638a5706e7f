"""Processes that read a CRM until two passes in a row came through; made to be killed at any moment.

`python -m tests.workflows.poll_process` with the portal's settings in the environment imports everything once and
then, for each line it reads, forks a process that polls: it writes that one's number, then `ended` and its exit code.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import NoReturn

from portal_app.database import transaction
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.services import crm_connection
from portal_app.settings import get_settings
from portal_app.workflows.poll_pass import run_pass
from tests.sharing import share_certificates

# Always the same name: the next process goes on with the lease of the killed one.
HOLDER = "killed-again"
ENOUGH = 2


async def poll() -> None:
    """Poll until enough passes in a row read everything."""
    settings = get_settings()
    with transaction() as session:
        connection_id = crm_connection.ensure(session, settings.crm_url)
    adapter = RestAdapter(settings.crm_url, settings.crm_token.get_secret_value())
    came_through = 0
    while came_through < ENOUGH:
        result = await run_pass(connection_id, adapter, HOLDER)
        came_through = came_through + 1 if result.complete else 0
    await adapter.close()


def say(*words: object) -> None:
    """Tell the test one line."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def _wait_for(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def live(work: Callable[[], object]) -> NoReturn:
    """Work, then leave without a word to the parent's buffers; what went wrong is told on the way out."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def main(work: Callable[[], Awaitable[None]] = poll) -> None:
    """Fork one life per line read."""
    share_certificates()
    say("ready")
    for _ in sys.stdin:
        process = os.fork()
        if process == 0:
            live(lambda: asyncio.run(_wait_for(work)))
        say(process)
        _, status = os.waitpid(process, 0)
        say("ended", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
