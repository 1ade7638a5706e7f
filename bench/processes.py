"""The processes a measurement talks to: the reference CRM, and Python with a portal's settings."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from portal_app.commands.processes import ROOT, Child, stop_group
from tests.running import free_port, wait_for

TOKEN = "demo-crm-token"  # noqa: S105 - the reference CRM's, public
PREPARE = """
from portal_app.commands.run import prepare
from portal_app.demo import seed
from portal_app.settings import get_settings
prepare(get_settings()); seed.load(get_settings())
"""


@dataclass(frozen=True)
class Crm:
    """A reference CRM in a process of its own, over one SQLite file."""

    url: str
    database: Path
    token: str = TOKEN

    def client(self) -> httpx.Client:
        """Return a client that carries the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)


@dataclass(frozen=True)
class Served:
    """A running server: its address and the process that was started."""

    url: str
    process_id: int

    @property
    def worker(self) -> psutil.Process:
        """The process that serves: among the children the one that has grown largest."""
        children = psutil.Process(self.process_id).children(recursive=True)
        return max(children, key=lambda child: child.memory_info().rss)


@contextmanager
def running_crm(folder: Path, database: Path) -> Iterator[Crm]:
    """Serve a CRM's file until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    crm = Crm(f"http://127.0.0.1:{free_port()}", database)
    arguments = ["--port", crm.url.rpartition(":")[2], "--database", str(database), "--empty"]
    with Child("the CRM", "portal_app.demo.crm", arguments, folder) as child, crm.client() as client:
        wait_for(lambda: child.ended() or _answers(client, "/v1/capabilities"), "the reference CRM to answer")
        if child.ended():
            raise RuntimeError(f"The reference CRM stopped.{child.tail()}")
        yield crm


def _answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


def environment(data: Path, crm: Crm | None = None, **settings: str) -> dict[str, str]:
    """Return the environment of a portal that keeps its data in a folder and reads that CRM."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "REFLEX_"))}
    reads = {"PORTAL_CRM_URL": crm.url, "PORTAL_CRM_TOKEN": crm.token} if crm else {}
    own = {"PORTAL_DATA_DIR": str(data), "PORTAL_DEMO": "yes", "PORTAL_ENV_FILE": os.devnull}
    return {**outside, **own, **reads, **settings}


def python(*arguments: str, env: dict[str, str]) -> str:
    """Run Python to its end and return what it printed; RuntimeError with its words when it fails."""
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)[:200]} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def inside(module: str, *arguments: str, env: dict[str, str]) -> Any:
    """Run a module of `bench.inside` in a process of its own and return the JSON of its last line."""
    return json.loads(python("-m", f"bench.inside.{module}", *arguments, env=env).splitlines()[-1])


@contextmanager
def serving(module: str, *arguments: str, port: int, log: Path, cwd: Path, env: dict[str, str]) -> Iterator[Served]:
    """Run a module that serves on the port it is given as its last argument, until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, str(port)],
            cwd=cwd,
            env={**env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), f"{module} to listen")
        if process.poll() is not None:
            raise RuntimeError(f"{module} stopped:\n{log.read_text()[-3000:]}")
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        stop_group(process)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def settled_rss(process: psutil.Process, seconds: float = 20.0) -> int:
    """Return the resident bytes once they have not moved by 1 % for a second, or after some seconds."""
    end = time.monotonic() + seconds
    last = process.memory_info().rss
    while time.monotonic() < end:
        time.sleep(1)
        now = process.memory_info().rss
        if abs(now - last) < last / 100:
            return now
        last = now
    return last
