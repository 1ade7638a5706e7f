"""What Lighthouse makes of the pages people meet first, on its phone, beside a blank Reflex page in the same run."""

import gzip
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from bench.blank import build_blank, running_blank
from bench.report import machine
from portal_app import routes
from portal_app.commands.build import WEB, node_environment
from portal_app.commands.chromium import FLAGS, ensure_shell
from portal_app.commands.processes import ROOT, say
from tests.site import CUSTOMER, Site, running_site

NAME = "lighthouse"
TOOL = ROOT / "bench" / "lighthouse"
INSTALLED = WEB / "lighthouse"
RUNS = 5
PAGE_SECONDS = 180
# Lighthouse now and then misses the beginning of its own recording, and asks to be run again.
TRIES = 3
_HEAD = (
    "| Page | Score | Goal | Met | Accessibility | Best practices | First paint | Largest paint | Blocked | Shift "
    "| Weight | CSS |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)
MOST_BYTES = 220 * 1024
MOST_CSS = 15 * 1024
MOST_SHIFT = 0.02


@dataclass(frozen=True)
class Subject:
    """A page to be measured: by how many points it may be behind the blank one (None: it is the blank one).

    `shows` is what stands on the page once it is all there, and `account` who is signed in.
    """

    name: str
    path: str
    shows: str
    behind: int | None = None
    account: str = ""


BLANK = Subject("Blank Reflex page", "/", "p")
SUBJECTS = (
    BLANK,
    Subject("Sign-in", routes.LOGIN, ".door-main form", 2),
    Subject("Home, signed in", routes.HOME, ".as-of", 6, CUSTOMER),
    Subject("Invoice list, signed in", routes.INVOICES, "#list", 6, CUSTOMER),
)


@dataclass
class Measured:
    """All runs of one page, as `run.js` tells them; `css` is the size in bytes of its stylesheets under gzip."""

    subject: Subject
    runs: list[dict[str, Any]] = field(default_factory=list)
    css: int = 0

    @property
    def score(self) -> int:
        """The median score for speed."""
        return round(statistics.median(run["scores"]["performance"] for run in self.runs))

    def number(self, name: str) -> float:
        """Return the median of one of Lighthouse's numbers."""
        return statistics.median(run["numbers"][name] for run in self.runs)

    def least(self, category: str) -> int:
        """Return the lowest score of any run."""
        return min(run["scores"][category] for run in self.runs)

    def most(self, name: str) -> float:
        """Return the highest of one of Lighthouse's numbers in any run."""
        return max(run["numbers"][name] for run in self.runs)

    def broken(self) -> list[str]:
        """Return the floors that do not hold, in sentences; the blank page has none."""
        if self.subject.behind is None:
            return []
        reasons = sorted({reason for run in self.runs for reason in run["failed"]})
        why = f" ({' '.join(reasons)})" if reasons else ""
        weight, shift = self.most("total-byte-weight"), self.most("cumulative-layout-shift")
        found = {
            f"accessibility is {self.least('accessibility')}{why}": self.least("accessibility") < 100,
            f"best practices are {self.least('best-practices')}{why}": self.least("best-practices") < 100,
            f"it weighs {weight / 1024:.0f} KiB": weight > MOST_BYTES,
            f"its styles weigh {self.css / 1024:.1f} KB": self.css > MOST_CSS,
            f"it shifts by {shift:.3f}": shift > MOST_SHIFT,
        }
        return [f"{self.subject.name}: {sentence}." for sentence, wrong in found.items() if wrong]


def measure(runs: int = RUNS) -> list[Measured]:
    """Load each page so often, in turns, each time in a fresh browser; RuntimeError when one was not all there."""
    install()
    chromium = ensure_shell()
    pages = build_blank()
    with tempfile.TemporaryDirectory(prefix="portal-lighthouse-") as scratch:
        folder = Path(scratch)
        with running_blank(folder / "blank", 1, pages) as blank, running_site(folder) as site:
            measured = [Measured(subject) for subject in SUBJECTS]
            for turn in range(runs):
                say(f"Run {turn + 1} of {runs} …")
                for one in measured:
                    address = blank.url if one.subject is BLANK else site.url
                    one.runs.append(_load(address, one.subject, _cookies(site, one.subject.account), chromium))
            for one in measured:
                one.css = sum(map(_zipped, one.runs[0]["stylesheets"]))
    return measured


def install() -> None:
    """Install the pinned Lighthouse where nothing of it is committed, unless exactly that is there already."""
    files = [TOOL / name for name in ("package.json", "package-lock.json", "run.js")]
    lock = INSTALLED / files[1].name
    # npm's own list of what it has finished installing.
    done = (INSTALLED / "node_modules" / ".package-lock.json").exists() and lock.exists()
    same = done and lock.read_bytes() == files[1].read_bytes()
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy2(file, INSTALLED)
    if same:
        return
    say("Installing Lighthouse …")
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {**os.environ, **node_environment()}
    done = subprocess.run(words, cwd=INSTALLED, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm could not install Lighthouse:\n{done.stderr[-2000:]}")


def _cookies(site: Site, account: str) -> list[dict[str, str]]:
    if not account:
        return []
    return [{"name": name, "value": value} for name, value in site.portal.sign_in(account).cookies.items()]


def _load(address: str, subject: Subject, cookies: list[dict[str, str]], chromium: Path) -> dict[str, Any]:
    job = {
        "url": address + subject.path,
        "shows": subject.shows,
        "cookies": cookies,
        "chromium": str(chromium),
        "flags": FLAGS,
    }
    found = _run(job)
    if urlsplit(found["address"]).path != subject.path or not found["shown"]:
        raise RuntimeError(f"{subject.path} was not all there when it was measured: {found['address']}")
    say(f"  {subject.name}: {found['scores']['performance']}")
    return found


def _run(job: dict[str, Any]) -> dict[str, Any]:
    environment = {**os.environ, **node_environment()}
    problem = ""
    for _ in range(TRIES):
        done = subprocess.run(
            ["node", "run.js"],
            cwd=INSTALLED,
            env=environment,
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=PAGE_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            return json.loads(done.stdout.splitlines()[-1])
        problem = done.stderr[-2000:]
    raise RuntimeError(f"Lighthouse could not load {job['url']}:\n{problem}")


def _zipped(address: str) -> int:
    return len(gzip.compress(httpx.get(address, trust_env=False).content, 9))


def part(measured: Sequence[Measured], busy: tuple[float, float], versions: str) -> str:
    """Return the part of docs/performance.md; `busy` is the load average before the first and after the last run."""
    blank = measured[0].score
    rows = "\n".join(_row(one, blank) for one in measured)
    broken = [sentence for one in measured for sentence in one.broken()]
    floors = "All hold." if not broken else "**Broken**: " + " ".join(broken)
    runs = len(measured[0].runs)
    speed = statistics.median(run["benchmark"] for one in measured for run in one.runs)
    return f"""## Pages on a phone

Written by `python3 -m portal_app lighthouse`: Lighthouse's phone (a mid-range one on slow 4G, simulated), medians of
{runs} runs, the pages taken in turns, each time in a fresh browser, signed in by a session's cookie. The demo business
on the production build, beside a blank Reflex page that is built and served as the portal is.

{_HEAD}
{rows}

- Floors (accessibility and best practices 100, at most 220 KiB, CSS at most 15 KB by gzip, shift at most 0.02), the
  worst of all runs: {floors}
- Versions: {versions}.
- Machine: {machine()}. Lighthouse's own measure of its speed: {speed:.0f} (1,000 to 1,500 is usual for one that has
  nothing else to do).
- Load average of a minute before the first run: {busy[0]:.1f}, after the last: {busy[1]:.1f}. What a page blocks, and
  with it the score, is only right while it stays below the number of cores.
- Date: {datetime.now(UTC):%Y-%m-%d}.
"""


def _row(one: Measured, blank: int) -> str:
    goal = met = "–"
    if one.subject.behind is not None:
        goal, met = f"≥ {blank - one.subject.behind}", "yes" if meets(one, blank) else "**no**"
    cells = (
        one.subject.name,
        str(one.score),
        goal,
        met,
        str(one.least("accessibility")),
        str(one.least("best-practices")),
        f"{one.number('first-contentful-paint') / 1000:.1f} s",
        f"{one.number('largest-contentful-paint') / 1000:.1f} s",
        f"{one.number('total-blocking-time'):.0f} ms",
        f"{one.most('cumulative-layout-shift'):.3f}",
        f"{one.most('total-byte-weight') / 1024:.0f} KiB",
        f"{one.css / 1024:.1f} KB",
    )
    return f"| {' | '.join(cells)} |"


def meets(one: Measured, blank: int) -> bool:
    """Return whether a page is as close to the blank one's score as it is to be."""
    return one.subject.behind is None or one.score >= blank - one.subject.behind


def exit_code(measured: Sequence[Measured]) -> int:
    """Return 1 when a floor does not hold on any page; goals that are missed are for people to judge."""
    return int(any(one.broken() for one in measured))


def versions(measured: Sequence[Measured]) -> str:
    """Return what was used, in words."""
    node = subprocess.run(
        ["node", "--version"], env={**os.environ, **node_environment()}, capture_output=True, text=True, check=True
    )
    run = measured[0].runs[0]
    return f"Lighthouse {run['version']}, {run['chromium']}, Node {node.stdout.strip().removeprefix('v')}"
