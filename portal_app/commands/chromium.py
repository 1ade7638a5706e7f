"""Find a Chromium for browser journeys and screenshots, or install one."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from portal_app.commands.processes import say

# It has no window around its pages, whose work would be measured as theirs; people have one, and so have the tests.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
# Root and containers have no user namespaces for its sandbox; the other two keep it from calling out.
FLAGS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")
ADVICE = (
    "No Chromium was found and none could be installed. Install Chromium or Chrome, "
    "or set PORTAL_CHROMIUM to the path of one."
)


class NoChromium(Exception):
    """There is no Chromium on this machine; the sentence says what to do."""


def ensure_chromium() -> Path:
    """Return a Chromium that starts, installing Debian's or Playwright's where there is none."""
    found = _given() or _on_path(NAMES) or _of_playwright()
    if found is None and _is_debian_root():
        _install_debian("chromium")
        found = _on_path(NAMES)
    if found is None:
        _install_playwright()
        found = _of_playwright()
    if found is None:
        raise NoChromium(ADVICE)
    return found


def ensure_shell() -> Path:
    """Return Debian's Chromium without a window where it can be had, else what `ensure_chromium` finds."""
    if shutil.which(SHELL) is None and _is_debian_root():
        _install_debian(SHELL)
    return _given() or _on_path((SHELL,)) or ensure_chromium()


def _given() -> Path | None:
    text = os.environ.get("PORTAL_CHROMIUM")
    if not text:
        return None
    if not os.access(text, os.X_OK):
        raise NoChromium(f"PORTAL_CHROMIUM names {text}, which is not a program that can be started.")
    return Path(text)


def _on_path(names: tuple[str, ...]) -> Path | None:
    programs = [shutil.which(name) for name in names]
    candidates = [Path(program) for program in programs if program]
    if platform.system() == "Darwin":
        candidates += [path for path in MAC_APPS if path.exists()]
    return next((path for path in candidates if _starts(path)), None)


def _starts(program: Path) -> bool:
    """Return whether the program is a browser and not Ubuntu's stub that asks for a snap."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "chrom" in answer.stdout.lower()


def _of_playwright() -> Path | None:
    """Ask Playwright where its own Chromium belongs; the driver is started for it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _is_debian_root() -> bool:
    release = Path("/etc/os-release")
    return os.geteuid() == 0 and release.exists() and "\nID=debian" in f"\n{release.read_text()}"


def _install_debian(package: str) -> None:
    say(f"Installing {package} with apt-get …")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        done = subprocess.run(["apt-get", *words], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            say(f"apt-get {words[0]} did not work: {done.stderr.strip().splitlines()[-1:]}")


def _install_playwright() -> None:
    say("Installing Playwright's Chromium …")
    with_system_libraries = ["--with-deps"] if os.geteuid() == 0 and shutil.which("apt-get") else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *with_system_libraries, "chromium"], check=False)
