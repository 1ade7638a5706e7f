"""`python3 -m portal_app COMMAND`: makes the virtual environment, installs, and hands over to the command line.

Standard library only, because nothing else is there yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = {"requirements.txt": VENV / "portal-installed", "requirements-dev.txt": VENV / "portal-installed-dev"}
NETWORK_SIGNS = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "Network is unreachable",
    "(from versions: none)",
)


class CannotStart(Exception):
    """Something is missing on this machine; the sentence says what to do."""


def main() -> None:
    """Prepare the environment and become the command; returns only by exiting."""
    if sys.version_info < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        sys.exit(f"Porchlight needs Python {needed} or newer; this is {sys.version.split()[0]}.")
    from portal_app.commands import command_named, parse

    arguments = parse(sys.argv[1:])
    name = "requirements-dev.txt" if command_named(arguments.command).tools else "requirements.txt"
    try:
        prepare(name)
    except CannotStart as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start continues with the installation.")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "portal_app.cli", *sys.argv[1:]])  # noqa: S606 - become the command


def prepare(requirements: str) -> None:
    """Make sure that `.venv` holds what a requirements file pins; does nothing when it already does."""
    if _is_installed(requirements):
        return
    root = os.open(ROOT, os.O_RDONLY)
    try:
        # The folder itself is the lock: two first starts at once take turns.
        fcntl.flock(root, fcntl.LOCK_EX)
        if not _is_installed(requirements):
            _make_environment()
            _install(requirements)
    except PermissionError as problem:
        raise CannotStart(f"Cannot write to {problem.filename}: run this as the owner of {ROOT}.") from None
    finally:
        os.close(root)


def _is_installed(requirements: str) -> bool:
    """Whether the environment works and was filled from exactly this file; the larger set holds the smaller."""
    if not os.access(PYTHON, os.X_OK):
        return False
    wanted = _fingerprint(requirements)
    larger = STAMPS["requirements-dev.txt"]
    if requirements == "requirements.txt" and _read(larger) == _fingerprint("requirements-dev.txt"):
        return True
    return _read(STAMPS[requirements]) == wanted


def _fingerprint(requirements: str) -> str:
    """Return a hash of what would be installed and for which Python."""
    digest = hashlib.sha256(_read(VENV / "pyvenv.cfg").encode())
    for name in sorted({"requirements.txt", requirements}):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _make_environment() -> None:
    """Make `.venv`, or make it anew where it is broken or half made."""
    if PYTHON.exists() and _runs([str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]):
        return
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv_package()
    print("Making the virtual environment …", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise CannotStart(f"{made.stdout}{made.stderr}\nThe virtual environment could not be made in {VENV}.")


def _runs(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _install_venv_package() -> None:
    """Install Debian's venv package as root; anybody else is told what to install."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    advice = f"Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install {package}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CannotStart(advice)
    print(f"Installing {package} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        done = subprocess.run(["apt-get", *words], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0 and words[0] == "install":
            raise CannotStart(f"{done.stderr.strip()}\n{advice}")


def _install(requirements: str) -> None:
    """Install the pinned packages, showing how far it is, and remember that it was done."""
    total = sum(_pins(name) for name in {"requirements.txt", requirements})
    print(f"Installing {total} packages into .venv; the first time this takes a minute or two …", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    process = subprocess.Popen(
        [*command, "-r", requirements], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seen, lines = 0, []
    try:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            seen += line.startswith("Collecting ")
            if line.startswith("Collecting ") and seen % 10 == 0:
                print(f"  {seen} of {total} found", flush=True)
            if line.startswith("Installing collected"):
                print("  unpacking …", flush=True)
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        raise CannotStart(_reason("\n".join(lines)))
    STAMPS[requirements].write_text(_fingerprint(requirements))


def _pins(requirements: str) -> int:
    return (ROOT / requirements).read_text().count("==")


def _reason(output: str) -> str:
    """Return one sentence for a missing network, else the end of what pip said."""
    if any(sign in output for sign in NETWORK_SIGNS):
        return "The packages could not be fetched: there is no way to the package index from here. Check the network."
    tail = "\n".join(output.splitlines()[-15:])
    return f"{tail}\nThe packages could not be installed; pip's reason stands above."


if __name__ == "__main__":
    main()
