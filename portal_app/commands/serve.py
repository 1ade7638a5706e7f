"""Serve the built portal on one port: pages, HTTP endpoints and websocket."""

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from portal_app.commands.child import watch_parent
from portal_app.commands.processes import OWNER_ONLY

STOP_SECONDS = 5
# Granian's own limit is its backlog of 1024: so many silent connections would keep everybody else waiting.
MOST_CONNECTIONS = 8192
# Granian's own limit is 400 KB, which each of those connections could make it keep.
MOST_HEADER_BYTES = 64 * 1024
_SUPERVISOR = "PORTAL_SUPERVISOR"


def serve(web: Path, host: str, port: int) -> None:
    """Serve in the foreground with one worker until SIGINT or SIGTERM; open pages get STOP_SECONDS to finish."""
    os.umask(OWNER_ONLY)
    _allow_open_files()
    os.environ.update(runtime_environment(web))
    os.environ[_SUPERVISOR] = str(os.getpid())
    Server(
        target="portal_app.commands.serve:make_app",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        # Proxies speak HTTP/1.1 to what is behind them, and so do browsers without TLS. In HTTP/2 a few packed bytes of
        # headers are unpacked to megabytes for each request, of which there may be hundreds on a connection.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADER_BYTES),
        workers=1,
        workers_kill_timeout=STOP_SECONDS,
        backlog=2048,
        backpressure=MOST_CONNECTIONS,
        log_level=LogLevels.warning,
    ).serve()


def _allow_open_files() -> None:
    """Raise the number of files this process may hold open to what the system allows: each open page is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST_CONNECTIONS
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def runtime_environment(web: Path) -> dict[str, str]:
    """Return the variables under which Reflex serves an existing build and compiles nothing."""
    return {
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(web),
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_DIR": str(web.parent.parent / "reflex"),
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    }


def make_app() -> Callable[..., Any]:
    """Return the ASGI application inside a worker, which ends when its supervisor is killed."""
    watch_parent(int(os.environ[_SUPERVISOR]), whole_group=False)
    # Imported here, in the worker: Reflex reads its environment when it is imported.
    from portal_app.delivery import PlainTargets
    from portal_app.portal_app import app

    return PlainTargets(app())


def main() -> None:
    """Serve the build named on the command line at the address of the settings."""
    from portal_app.settings import get_settings

    settings = get_settings()
    serve(Path(sys.argv[1]), settings.host, settings.port)


if __name__ == "__main__":
    main()
