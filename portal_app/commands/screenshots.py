"""`portal screenshots`: the pictures of the documentation, taken from a demo of its own."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from portal_app import routes
from portal_app.commands import DEMO_PORT, demo
from portal_app.commands.build import ROOT
from portal_app.commands.chromium import FLAGS, NoChromium, ensure_chromium
from portal_app.commands.processes import say, stop_group
from portal_app.demo import accounts

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS: dict[str, tuple[ViewportSize, float]] = {
    "phone": ({"width": 360, "height": 780}, 2),
    "desktop": ({"width": 1280, "height": 800}, 1),
}


@dataclass(frozen=True)
class Shot:
    """One page, whose account sees it, and the heading that shows that it is all there."""

    name: str
    path: str
    account: str = ""
    shows: str = "h1"


SHOTS = (
    Shot("sign-in", routes.LOGIN),
    Shot("home", routes.HOME, accounts.CUSTOMER),
    Shot("office-sync", routes.OFFICE_SYNC, accounts.OFFICE),
)


def main(_arguments: argparse.Namespace) -> int:
    """Write every page at phone and desktop width, light and dark, into docs/screenshots/."""
    try:
        chromium = ensure_chromium()
    except NoChromium as error:
        say(str(error))
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for shot in SHOTS:
            _take_all(browser, address, shot)
        browser.close()
    return 0


@contextmanager
def _demo() -> Iterator[str]:
    """Run a demo on free ports with data of its own and give its address."""
    port = demo.free_ports_after(DEMO_PORT + 1000)
    with tempfile.TemporaryDirectory(prefix="portal-screenshots-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_app.cli", "demo", "--port", str(port), "--data", folder],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            for line in process.stdout or ():
                say(line.decode().rstrip())
                if line.decode().rstrip() == demo.READY_LINE:
                    break
            yield f"http://localhost:{port}"
        finally:
            stop_group(process)


def _take_all(browser: Browser, address: str, shot: Shot) -> None:
    for width, (viewport, scale) in WIDTHS.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=viewport, device_scale_factor=scale, color_scheme=scheme)
            page = context.new_page()
            if shot.account:
                _sign_in(page, address, shot.account)
            page.goto(address + shot.path)
            page.locator(shot.shows).first.wait_for()
            page.wait_for_load_state("networkidle")
            path = FOLDER / f"{shot.name}-{width}-{scheme}.png"
            page.screenshot(path=path, animations="disabled")
            say(str(path.relative_to(ROOT)))
            context.close()


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address + routes.LOGIN)
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(accounts.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: routes.LOGIN not in url)
