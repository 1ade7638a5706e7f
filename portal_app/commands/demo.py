"""`portal demo`: an invented business with its CRM, Stripe, mailbox and portal, on this machine, in the foreground."""

import argparse
import fcntl
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from portal_app.commands.build import BuildFailed, ensure_build
from portal_app.commands.processes import OUR_SETTINGS, Child, port_taken, say
from portal_app.errors import PortalError

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".demo"
PORTS = 4
READY_SECONDS = 90.0
READY_LINE = "  Ctrl-C stops everything."
FOREIGN = (*OUR_SETTINGS, "__REFLEX_", "GRANIAN_")


class DemoFailed(Exception):
    """The demo cannot start or did not go on; the sentence says why."""


def main(arguments: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C; 1 when it cannot start or one of its parts stops by itself."""
    home: Path = arguments.data.resolve() if arguments.data else HOME
    try:
        with _only_one(home), ExitStack() as running:
            _check_ports(arguments.port)
            if arguments.reset:
                _forget(home)
            _run(home, arguments.port, running)
    except (DemoFailed, BuildFailed) as error:
        say(str(error))
    except PortalError as error:
        say(error.sentence)
    return 1


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the settings of the demo whose first port is `port`; nothing of a real portal's gets in."""
    return {
        "PORTAL_ENV_FILE": os.devnull,
        "PORTAL_DEMO": "yes",
        "PORTAL_PUBLIC_URL": f"http://localhost:{port}",
        "PORTAL_HOST": "127.0.0.1",
        "PORTAL_PORT": str(port),
        "PORTAL_DATA_DIR": str(home / "portal"),
        "PORTAL_CRM_URL": f"http://127.0.0.1:{port + 1}",
        "PORTAL_CRM_TOKEN": "demo-crm-token",
        "PORTAL_CRM_POLL_SECONDS": "1",
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{port + 3}",
        "PORTAL_MAIL_FROM": "portal@hartley.example",
        "STRIPE_SECRET_KEY": "sk_test_demo_of_the_local_stripe",
        "STRIPE_WEBHOOK_SECRET": "whsec_demoofthelocalstripe",
        "STRIPE_API_BASE": f"http://127.0.0.1:{port + 2}",
    }


def _run(home: Path, port: int, running: ExitStack) -> None:
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(environment(home, port))
    say("Preparing the demo's data …")
    _load(home)
    web = ensure_build()
    say("Starting the CRM and the portal …")
    crm = running.enter_context(
        Child("the CRM", "portal_app.demo.crm", ["--port", str(port + 1), "--database", str(home / "crm.db")], home)
    )
    mailbox = running.enter_context(
        Child(
            "the mailbox",
            "portal_app.demo.mailbox",
            ["--port", str(port + 3), "--database", str(home / "mailbox.db")],
            home,
        )
    )
    stripe = running.enter_context(
        Child(
            "Stripe",
            "portal_app.demo.stripe",
            [
                *("--port", str(port + 2), "--database", str(home / "stripe.json")),
                *("--webhook", f"http://127.0.0.1:{port}/webhooks/stripe"),
            ],
            home,
        )
    )
    beside = [crm, mailbox, stripe]
    _wait([crm], f"http://127.0.0.1:{port + 1}/")
    _wait([crm, stripe], f"http://127.0.0.1:{port + 2}/")
    _wait(beside, f"http://127.0.0.1:{port + 3}/")
    portal = running.enter_context(Child("the portal", "portal_app.commands.serve", [str(web)], home))
    _wait([*beside, portal], f"http://127.0.0.1:{port}/healthz")
    _open_doors([*beside, portal])
    _introduce(port)
    _watch([*beside, portal])


def _load(home: Path) -> None:
    """Migrate and write the business; imported here, because settings are read once and are the demo's now."""
    from portal_app.commands.run import prepare
    from portal_app.demo import seed
    from portal_app.settings import get_settings

    home.mkdir(parents=True, exist_ok=True)
    prepare(get_settings())
    seed.load(get_settings())


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the demo's folder, so that a second demo cannot write into the same files."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailed(f"A demo is already running on the data in {home}. Stop it first with Ctrl-C.") from None
        yield


def _check_ports(first: int) -> None:
    taken = [port for port in range(first, first + PORTS) if port_taken(port) or port_taken(port, "::1")]
    if taken:
        noun = "Port {} is" if len(taken) == 1 else "Ports {} are"
        raise DemoFailed(
            f"{noun.format(', '.join(map(str, taken)))} taken, and the demo needs {first} to {first + PORTS - 1}. "
            f"Stop what uses it, or choose other ports: portal demo --port {free_ports_after(first)}"
        )


def free_ports_after(first: int) -> int:
    """Return the start of the next four free ports, in steps of a hundred."""
    for start in range(first + 100, 65532, 100):
        if not any(port_taken(port) for port in range(start, start + PORTS)):
            return start
    return first


def _forget(home: Path) -> None:
    """Remove what earlier demos wrote, and nothing else that may lie in the folder."""
    say("Forgetting the last demo …")
    shutil.rmtree(home / "portal", ignore_errors=True)
    for path in [*home.glob("crm.db*"), *home.glob("mailbox.db*"), *home.glob("stripe.json*")]:
        path.unlink()


def _wait(parts: list[Child], url: str) -> None:
    """Return when the address answers; raises when a part stops or it takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        _check(parts)
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoFailed(f"{parts[-1].name} did not answer at {url} within {READY_SECONDS:.0f} seconds.{parts[-1].tail()}")


def _open_doors(parts: list[Child]) -> None:
    """Give the demo's customers their accounts once their data has come over from the CRM."""
    from portal_app.demo import doors

    say("Fetching the customers from the CRM …")
    deadline = time.monotonic() + READY_SECONDS
    while not doors.open_once():
        _check(parts)
        if time.monotonic() > deadline:
            raise DemoFailed(f"The demo's customers did not arrive from its CRM.{parts[-1].tail()}")
        time.sleep(0.2)


def _check(parts: list[Child]) -> None:
    for part in parts:
        if part.ended():
            raise DemoFailed(f"{part.name} stopped by itself.{part.tail()}")


def _watch(parts: list[Child]) -> None:
    while True:
        _check(parts)
        time.sleep(0.3)


def _introduce(port: int) -> None:
    """Print where to go and as whom."""
    from portal_app.demo import accounts

    say("")
    say(f"  The portal   http://localhost:{port}")
    say(f"  Its CRM      http://localhost:{port + 1}   move a visit along here and watch it move in the portal")
    say(f"  Its Stripe   http://localhost:{port + 2}   no real money; be the bank here, refund and dispute")
    say(f"  Its mailbox  http://localhost:{port + 3}   every mail the portal sends, to whomever")
    say("")
    say("  Sign in as")
    for email, person in accounts.ACCOUNTS:
        say(f"    {email:<24} {person}")
    say(f"  each with the password {accounts.PASSWORD}")
    say("")
    say(READY_LINE)
