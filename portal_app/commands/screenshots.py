"""`portal screenshots`: the pictures of the documentation, taken from a demo of its own."""

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from PIL import Image
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


SCHEMES = ("light", "dark")
MOST_BYTES = 200 * 1024
MAIL_SECONDS = 30.0
_EVERY = tuple((width, scheme) for width in WIDTHS for scheme in SCHEMES)
_CUSTOMERS = (("phone", "light"), ("phone", "dark"), ("desktop", "light"))
_OFFICES = (("desktop", "light"), ("desktop", "dark"), ("phone", "light"))


@dataclass(frozen=True)
class Shot:
    """One page, whose account sees it, and what shows that it is all there.

    `follow` is the link to press on `path` for the page of one record; `takes` are the widths and schemes.
    """

    name: str
    path: str
    account: str = ""
    shows: str = "h1"
    follow: str = ""
    takes: tuple[tuple[str, str], ...] = _EVERY


SHOTS = (
    Shot("sign-in", routes.LOGIN, shows=".accounts code"),
    Shot("home", routes.HOME, accounts.CUSTOMER, ".as-of"),
    Shot("job", routes.HOME, accounts.CUSTOMER, ".track", ".visit a[href^='/jobs/']", _CUSTOMERS),
    Shot("jobs", routes.JOBS, accounts.CUSTOMER, ".record[href^='/plans/']", takes=_CUSTOMERS),
    Shot("history", routes.HISTORY, accounts.CUSTOMER, ".timeline", takes=_CUSTOMERS),
    Shot("office-visibility", routes.OFFICE_VISIBILITY, accounts.OFFICE, "#photo_download", takes=_OFFICES),
    Shot("invoice", routes.INVOICES, accounts.CUSTOMER, ".paper", ".record[href^='/invoices/']", _CUSTOMERS),
    Shot("invoices", routes.INVOICES, accounts.CUSTOMER, "#list", takes=_CUSTOMERS),
    Shot("office-payment-settings", routes.OFFICE_PAYMENT_SETTINGS, accounts.OFFICE, "#stripe", takes=_OFFICES),
    Shot("office-customers", routes.OFFICE_CUSTOMERS, accounts.OFFICE, "tbody tr", takes=_OFFICES),
    Shot("office-customer", routes.OFFICE_CUSTOMERS, accounts.OFFICE, ".tabs", "a.name:has-text('Sarah')", _OFFICES),
    Shot("office-brand", routes.OFFICE_BRAND, accounts.OFFICE, ".check", takes=_OFFICES),
    Shot("office-design", routes.OFFICE_DESIGN, accounts.OFFICE, ".paper", takes=_OFFICES),
    Shot("office-sync", routes.OFFICE_SYNC, accounts.OFFICE, ".sync-state"),
)


def main(_arguments: argparse.Namespace) -> int:
    """Write the pages at phone and desktop width, light and dark, into docs/screenshots/."""
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
        _take_mail_and_link(browser, address)
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
    for width, scheme in shot.takes:
        with _tab(browser, width, scheme) as page:
            if shot.account:
                _sign_in(page, address, shot.account)
            page.goto(address + shot.path)
            if shot.follow:
                page.locator(shot.follow).first.click()
            page.locator(shot.shows).first.wait_for()
            _keep(page, f"{shot.name}-{width}-{scheme}")


def _take_mail_and_link(browser: Browser, address: str) -> None:
    """Ask for a link by e-mail, and show the mail and what the link opens in another browser."""
    with _tab(browser, "phone", "light") as page:
        page.goto(address + routes.LOGIN)
        page.locator("input[name=email]").fill(accounts.CUSTOMER)
        page.locator(f"button[formaction='{routes.AUTH_LINK}']").click()
        page.wait_for_url(lambda url: routes.LOGIN not in url)
    host, port = address.rsplit(":", 1)
    mailbox = f"{host}:{int(port) + 3}"
    number = _newest_mail(mailbox)
    for width, scheme in _CUSTOMERS:
        with _tab(browser, width, scheme) as page:
            page.goto(f"{mailbox}/messages/{number}/html")
            _keep(page, f"mail-{width}-{scheme}")
            link = page.locator(f"a[href*='{address}']").first.get_attribute("href") or ""
            page.goto(link)
            page.locator("h1").wait_for()
            _keep(page, f"link-{width}-{scheme}")


def _newest_mail(mailbox: str) -> int:
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        found = httpx.get(f"{mailbox}/api/messages", params={"to": accounts.CUSTOMER}, trust_env=False).json()
        if found:
            return found[0]["id"]
        time.sleep(0.2)
    raise TimeoutError("The demo's mail did not arrive.")


@contextmanager
def _tab(browser: Browser, width: str, scheme: str) -> Iterator[Page]:
    viewport, scale = WIDTHS[width]
    context = browser.new_context(
        viewport=viewport, device_scale_factor=scale, color_scheme="dark" if scheme == "dark" else "light"
    )
    yield context.new_page()
    context.close()


def _keep(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    path = FOLDER / f"{name}.png"
    path.write_bytes(small_png(page.screenshot(animations="disabled")))
    say(str(path.relative_to(ROOT)))


def small_png(picture: bytes) -> bytes:
    """Return a picture of a page in 256 colours, in fewer where it would weigh more than MOST_BYTES."""
    with Image.open(io.BytesIO(picture)) as opened:
        whole = opened.convert("RGB")
    made = b""
    for colours in (256, 128, 64, 32):
        written = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        made = written.getvalue()
        if len(made) <= MOST_BYTES:
            break
    return made


def _sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address + routes.LOGIN)
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(accounts.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: routes.LOGIN not in url)
