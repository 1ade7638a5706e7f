"""The blank Reflex app beside which the portal is measured."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Served, serving
from portal_app.commands.processes import ROOT
from portal_app.commands.serve import runtime_environment
from tests.running import free_port

HOME = ROOT / "bench" / "blank_app"
ROWS = 10_000


@contextmanager
def running_blank(folder: Path, queries: int) -> Iterator[Served]:
    """Serve the blank app, its handler making so many queries, until the block ends."""
    web = folder / "web" / "builds" / "blank"
    web.mkdir(parents=True, exist_ok=True)
    database = folder / "numbers.db"
    _make_numbers(database)
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "REFLEX_"))}
    served = runtime_environment(web)
    # Its pages are not built: only its websocket is measured.
    del served["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"]
    env = {**outside, **served, "BLANK_DATABASE": str(database), "BLANK_QUERIES": str(queries)}
    log = folder / "blank.log"
    with serving("bench.inside.blank_server", port=free_port(), log=log, cwd=HOME, env=env) as blank:
        yield blank


def _make_numbers(file: Path) -> None:
    file.unlink(missing_ok=True)
    database = sqlite3.connect(file)
    with database:
        database.execute("CREATE TABLE number (id INTEGER PRIMARY KEY, value INTEGER)")
        database.executemany("INSERT INTO number VALUES (?, ?)", ((n, n % 97) for n in range(1, ROWS + 1)))
    database.close()
