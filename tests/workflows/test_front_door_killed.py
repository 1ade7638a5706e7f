"""The front door killed with SIGKILL between any two steps: no mail is lost, none promises what is not there, and
everybody can ask again and come in.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import func, select

from portal_app import database
from portal_app.models import LinkToken, OneTimeCode, Outbox, PasswordLink
from portal_app.services import sessions
from portal_app.services.actors import Origin
from portal_app.workflows import sign_in_by_code
from tests.running import wait_for
from tests.services import people
from tests.services.front_door import mails
from tests.services.people import make_customer
from tests.soaking import runs, seed

ROOT = Path(__file__).resolve().parents[2]
KILLS = runs(25)
LONGEST = 0.3
PEOPLE = 40


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(max(120, KILLS * 3))
def test_killed_at_random_points(database_file: Path) -> None:
    dice = random.Random(seed())
    people.make_business()
    for n in range(PEOPLE):
        make_customer(f"person{n}@example.com")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.workflows.front_door_process"],
        cwd=ROOT,
        env={**os.environ, "PORTAL_DATA_DIR": str(database_file.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(KILLS):
            before = _written()
            process.stdin.write("go\n")
            number = int(process.stdout.readline())
            wait_for(lambda before=before: _written() > before, "this life to have done something")
            # A moment to die at, not something waited for.
            time.sleep(dice.uniform(0.0, LONGEST))
            os.kill(number, signal.SIGKILL)
            assert process.stdout.readline() == f"ended -{signal.SIGKILL.value}\n"
        process.kill()
    _everything_promised_is_there()
    _everybody_can_come_in()


def _written() -> int:
    with database.reading() as session:
        return session.exec(select(func.count()).select_from(Outbox)).one()


def _everything_promised_is_there() -> None:
    """Each token has a mail and each mail a token: they are written together or not at all."""
    with database.reading() as session:
        links = set(session.exec(select(LinkToken.token_hash)))
        passwords = set(session.exec(select(PasswordLink.token_hash)))
        codes = session.exec(select(func.count()).select_from(OneTimeCode)).one()
    waiting = mails()
    hashes = {sessions.hash_of(mail["path"].rpartition("/")[2]): mail["mail"] for mail in waiting if "path" in mail}
    assert {found for found, mail in hashes.items() if mail in {"link", "code"}} == links
    assert {found for found, mail in hashes.items() if mail in {"invitation", "reset"}} == passwords
    assert len(links) > KILLS // 5
    assert len(passwords) >= KILLS
    # Nobody has these addresses: the rows are there, their mails were taken back.
    assert codes > 0
    assert [mail for mail in waiting if mail["mail"] == "code"] == []


def _everybody_can_come_in() -> None:
    for n in range(0, PEOPLE, 8):
        browser, origin = f"{n:043}", Origin(f"198.51.100.{n}", "browser")
        sign_in_by_code.send_code(f"person{n}@example.com", browser, next_path="", origin=origin)
        code = mails(f"person{n}@example.com", "code")[-1]["code"]
        come_in = sign_in_by_code.sign_in_by_code(browser, code, remember=False, origin=origin, replacing=None)
        assert come_in.path == "/home"
