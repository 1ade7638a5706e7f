"""Build the production front end once per state of the sources, good for any address.

Builds live side by side in `.web/builds/<fingerprint>/`, so a demo, a real portal and a test run that
started from different sources never pull files from under each other. Reflex compiles in a staging
folder of its own (`.web/work/`): its habit of writing lock files and `.gitignore` into the current
folder, and settings of this installation in `.env`, stay out of the build.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal_app.commands.first_paint import NoModules, let_modules_wait
from portal_app.commands.frontend_address import PLACEHOLDER_URL, AddressNotReplaced, use_own_origin
from portal_app.commands.processes import OUR_SETTINGS, say, stop_group

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / ".web"
KEPT_BUILDS = 4
NOT_IN_THE_BUILD = {"commands", "demo", "cli.py", "__main__.py", "__pycache__"}
LOCK = "reflex.lock"
STAGED = ("portal_app", "assets", LOCK, "rxconfig.py", "requirements.txt")
# What a running portal reads from Reflex's web folder; node_modules and generated sources are not needed.
PUBLISHED = ("build/client", "backend")


class BuildFailed(Exception):
    """The front end could not be built; the sentence says why and where the whole output is."""


def main(arguments: argparse.Namespace) -> int:
    """Build the pages and say where they are; with --update-lock, also write reflex.lock/ anew."""
    try:
        finished = ensure_build()
    except BuildFailed as error:
        say(str(error))
        return 1
    if arguments.update_lock:
        shutil.copytree(WEB / "work" / LOCK, ROOT / LOCK, dirs_exist_ok=True)
        say(f"{LOCK}/ is up to date.")
    say(f"The pages are in {finished}")
    return 0


def build_sources(root: Path = ROOT) -> dict[str, Path]:
    """Return every file the built front end depends on, by its path relative to the root."""
    found: dict[str, Path] = {}
    for name in STAGED:
        start = root / name
        files = [start] if start.is_file() else sorted(path for path in start.rglob("*") if path.is_file())
        for path in files:
            relative = path.relative_to(root)
            inner = relative.parts[1] if len(relative.parts) > 1 else ""
            skipped = inner in NOT_IN_THE_BUILD or "__pycache__" in relative.parts
            # Reflex links shared component assets into here while it compiles.
            if not skipped and relative.parts[:2] != ("assets", "external"):
                found[relative.as_posix()] = path
    return found


def fingerprint(sources: dict[str, Path]) -> str:
    """Return a short hash over names and contents of the build's sources."""
    digest = hashlib.sha256(f"python{sys.version_info[0]}.{sys.version_info[1]}".encode())
    # The steps after Reflex's build shape the result too.
    steps = ("build.py", "frontend_address.py", "first_paint.py")
    own_steps = {f"build/{name}": Path(__file__).with_name(name) for name in steps}
    for name, path in sorted({**sources, **own_steps}.items()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"\n{name} {content}".encode())
    return digest.hexdigest()[:16]


def ensure_build(web: Path = WEB, root: Path = ROOT) -> Path:
    """Return the folder to give as REFLEX_WEB_WORKDIR, building the front end first if its sources changed.

    Raises BuildFailed. Nothing half-built is ever visible under the returned name.
    """
    finished = _existing(web, root)
    if finished:
        return finished
    web.mkdir(parents=True, exist_ok=True)
    with _locked(web / "lock"):
        finished = _existing(web, root)
        if finished:
            return finished
        say("Building the pages (half a minute the first time, a few seconds later on) …")
        name = _stage(root, web / "work")
        run_reflex(web)
        finished = _publish(web, name)
        _warn_of_stale_lock(root, web / "work")
        _forget_old_builds(web, keep=finished)
        say("Pages built.")
    return finished


def _existing(web: Path, root: Path) -> Path | None:
    path = web / "builds" / fingerprint(build_sources(root))
    if not path.is_dir():
        return None
    os.utime(path)
    return path


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another build of the pages to finish …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stage(root: Path, work: Path) -> str:
    """Make the staging folder equal to the sources and return the fingerprint of what was staged."""
    sources = build_sources(root)
    for stale in build_sources(work).keys() - sources.keys():
        (work / stale).unlink()
    for name, path in sources.items():
        target = work / name
        if target.exists() and target.read_bytes() == path.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return fingerprint(build_sources(work))


def run_reflex(web: Path, **more: str) -> None:
    """Compile and bundle in the staging folder `web/work`, all output to `web/build.log`; raises BuildFailed.

    `more` are further variables of the environment.
    """
    log = web / "build.log"
    with tempfile.TemporaryDirectory(prefix="portal-build-") as scratch, log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
            cwd=web / "work",
            env={**_build_environment(web, Path(scratch)), **more},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait()
        finally:
            stop_group(process)
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise BuildFailed(f"{tail}\n\nThe pages could not be built. The whole output is in {log}.")


def _build_environment(web: Path, scratch: Path) -> dict[str, str]:
    """Return an environment in which no setting of this installation can reach the build."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith((*OUR_SETTINGS, "__REFLEX_"))}
    return {
        **kept,
        **node_environment(),
        "NPM_CONFIG_REGISTRY": kept.get("NPM_CONFIG_REGISTRY") or _npm_registry(),
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_HTTP_CLIENT_BIND_ADDRESS": "0.0.0.0",  # noqa: S104 - an IPv4 client socket, nothing listens
        "REFLEX_DIR": str(web / "reflex"),
        "PORTAL_ENV_FILE": os.devnull,
        "PORTAL_DATA_DIR": str(scratch),
        "PORTAL_PUBLIC_URL": PLACEHOLDER_URL,
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "120",
    }


def node_environment() -> dict[str, str]:
    """Return the PATH that finds the virtual environment's own Node and npm first."""
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])}


def _npm_registry() -> str:
    """Return the registry npm is configured for; without it Reflex would probe two public ones for speed."""
    answer = subprocess.run(
        [str(Path(sys.executable).with_name("npm")), "config", "get", "registry"],
        env={**os.environ, **node_environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    found = answer.stdout.strip()
    return found if found.startswith("http") else "https://registry.npmjs.org"


def _warn_of_stale_lock(root: Path, work: Path) -> None:
    """Say so when Reflex had to add front-end packages that reflex.lock does not pin."""
    for built in (work / LOCK).iterdir():
        pinned = root / LOCK / built.name
        # Reflex writes the same keys in another order each time.
        if not pinned.exists() or json.loads(pinned.read_bytes()) != json.loads(built.read_bytes()):
            say(f"{LOCK}/ does not pin all front-end packages: run `portal build --update-lock` and commit it.")
            return


def _publish(web: Path, name: str) -> Path:
    """Copy the finished build to its own name, in one rename."""
    builds = web / "builds"
    builds.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=builds) as folder:
        new = Path(folder) / name
        new.mkdir()
        for part in PUBLISHED:
            source = web / "work" / ".web" / part
            if source.is_dir():
                shutil.copytree(source, new / part)
            elif source.exists():
                shutil.copy2(source, new / part)
        try:
            use_own_origin(new / "build" / "client")
            let_modules_wait(new / "build" / "client")
        except (AddressNotReplaced, NoModules) as error:
            raise BuildFailed(str(error)) from None
        final = builds / name
        if not final.exists():
            new.rename(final)
    return final


def _forget_old_builds(web: Path, keep: Path) -> None:
    """Remove all but the most recently used builds."""
    builds = sorted((web / "builds").iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[KEPT_BUILDS:]:
        if path != keep:
            shutil.rmtree(path)
