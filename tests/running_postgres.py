"""A PostgreSQL server of the tests' own, where one is installed: in a folder of its own, reached by a local socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.running import wait_for

# Where the packages of Debian and its like keep what is not on everybody's path.
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_NEEDED = ("initdb", "postgres", "psql")
# Nothing of this outlives the tests, so nothing has to reach the disk.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "listen_addresses=")
TEMPLATE = "migrated"


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest one found; None where it is not installed."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    for place in _PLACES:
        folders = Path("/").glob(place.removeprefix("/"))
        found += sorted(folders, key=lambda folder: folder.parent.name.rpartition("-")[2].zfill(4), reverse=True)
    return next((folder for folder in found if all((folder / name).exists() for name in _NEEDED)), None)


class RunningPostgres:
    """`with RunningPostgres() as server:` runs one until the block ends; `url(name)` is a database's address."""

    def __init__(self) -> None:
        folder = binaries()
        assert folder is not None, "PostgreSQL is not installed here."
        self._programs = folder
        # A socket's address may have about a hundred letters, and PostgreSQL's own user has to get there.
        self._folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))
        self._user = _other_user() if os.geteuid() == 0 else None

    def url(self, name: str) -> str:
        """Return the address of a database, as PORTAL_DATABASE_URL takes it."""
        return f"postgresql+psycopg://portal@/{name}?host={self._folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run a statement by itself, as `create database` has to be."""
        self._run("psql", "-h", str(self._folder), "-U", "portal", "-qc", statement, database)

    def __enter__(self) -> Self:
        if self._user:
            shutil.chown(self._folder, self._user)
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = [word for setting in _FAST for word in ("-c", setting)]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", data, "-k", self._folder, *options],
                cwd=self._folder,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._answers, "PostgreSQL to answer", 30)
        return self

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
        try:
            self.sql("select 1")
        except subprocess.CalledProcessError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            user=self._user,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=60,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self._folder)


def _other_user() -> str:
    """Return whom PostgreSQL runs as where we are root, as which it refuses to run."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
