"""The blank Reflex app beside which the portal is measured."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Served, serving
from portal_app.commands.build import LOCK, WEB, run_reflex
from portal_app.commands.frontend_address import PLACEHOLDER_URL, use_own_origin
from portal_app.commands.processes import ROOT
from portal_app.commands.serve import runtime_environment
from tests.running import free_port

HOME = ROOT / "bench" / "blank_app"
ROWS = 10_000


def build_blank() -> Path:
    """Build the blank app's pages as the portal's are built; returns the folder from which Reflex serves them.

    Raises BuildFailed.
    """
    web = WEB / "blank"
    work = web / "work"
    shutil.copytree(HOME, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    if not (work / LOCK).exists():
        shutil.copytree(ROOT / LOCK, work / LOCK)
    run_reflex(web, BLANK_URL=PLACEHOLDER_URL, BLANK_DATABASE=os.devnull, BLANK_QUERIES="0")
    use_own_origin(work / ".web" / "build" / "client")
    return work / ".web"


@contextmanager
def running_blank(folder: Path, queries: int, pages: Path | None = None) -> Iterator[Served]:
    """Serve the blank app, its handler making so many queries, until the block ends; with `pages` those too."""
    web = pages or folder / "web" / "builds" / "blank"
    web.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "numbers.db"
    _make_numbers(database)
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "REFLEX_"))}
    served = runtime_environment(web)
    if pages is None:
        # Only its websocket is measured.
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
