"""One Chromium and one site for all journeys; a site of their own, since they move its visits along."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from portal_app.commands.chromium import FLAGS, ensure_chromium
from portal_app.commands.test import CHROMIUM
from tests.browser.visitor import Visitor
from tests.demo.running_mailbox import RunningMailbox
from tests.demo.running_stripe import running_stripe as running_stripe
from tests.site import Site, running_site

Visit = Callable[..., Visitor]
# The window's own pages for what one types into its address bar: two more to be drawn beside each page that is tested.
# The switch takes the place of Playwright's, so what that switches off stands here as well.
FEATURES_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)


# Not for the session: while Playwright's loop runs in this thread, asyncio tests cannot start theirs.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium that `portal test` found, else one on this machine."""
    return Path(os.environ.get(CHROMIUM) or ensure_chromium())


@pytest.fixture(scope="package")
def chromium(chromium_path: Path, playwright: Playwright) -> Iterator[Browser]:
    # Playwright switches off the cache behind the back button; people have it.
    browser = playwright.chromium.launch(
        executable_path=chromium_path,
        args=[*FLAGS, f"--disable-features={','.join(FEATURES_OFF)}"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMailbox]:
    """Where all mail of the journeys' site arrives."""
    with RunningMailbox(tmp_path_factory.mktemp("browser-mailbox")) as running:
        yield running


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, mailbox: RunningMailbox) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("browser-site"), **mailbox.settings) as running:
        yield running


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    """Make visitors; afterwards nothing may have gone wrong in any of their browsers, nor on the server."""
    visitors: list[Visitor] = []
    already_logged = len(site.portal.log)

    def make(**wanted) -> Visitor:
        visitor = Visitor(chromium, wanted.pop("site", site), **wanted)
        visitors.append(visitor)
        return visitor

    yield make
    troubles = [trouble for visitor in visitors for trouble in visitor.watch.troubles()]
    for visitor in visitors:
        visitor.close()
    # A person's choice is remembered, and would narrow what the next test looks for.
    with site.portal.rows() as rows:
        rows.execute("DELETE FROM chosen_property")
    log = site.portal.log[already_logged:]
    troubles += [line for line in log.splitlines() if '"level": "error"' in line or "browser_error" in line]
    assert troubles == []
