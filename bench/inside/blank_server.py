"""Serve the blank app on a port, by the server and with the number of workers the portal has.

The current folder must be `bench/blank_app`. Its pages are served where they were built.
"""

import sys
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server


def make_app() -> Callable[..., Any]:
    """Return the ASGI application inside the worker."""
    # Imported here, in the worker, as the portal does.
    from blank.blank import app  # pyright: ignore[reportMissingImports] - found in the current folder

    return app()


def main(port: int) -> None:
    """Serve until stopped."""
    Server(
        target="bench.inside.blank_server:make_app",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
