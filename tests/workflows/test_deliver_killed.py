"""The sending process killed with SIGKILL at random points: every mail arrives, every command takes effect once."""

import random
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select

from portal_app.database import reading, transaction
from portal_app.models import Outbox
from portal_app.services import crm_connection, mails, outbox
from portal_app.services.mails import Mail
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_mailbox import RunningMailbox
from tests.services import people
from tests.soaking import runs, seed
from tests.workflows.test_killed import nursery

LIVES = runs(25)
# A mail takes about half a second, most of it the mailbox's silence before it greets.
LONGEST = 1.0
# What the killed ones left may be most of all there was.
LAST_LIFE = max(60.0, LIVES)


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.timeout(max(240, LIVES * 10))
def test_killed_at_random_points(tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed())
    # Killed before it knew that a mail had left, it sends that one again.
    monkeypatch.setattr("portal_app.demo.mailbox.store.MOST_MESSAGES", 10 * LIVES)
    people.make_business()
    with RunningCrm(tmp_path) as crm, RunningMailbox(tmp_path) as mailbox:
        wanted = {**mailbox.settings, "PORTAL_CRM_URL": crm.url, "PORTAL_CRM_TOKEN": crm.token}
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)
        forget_settings()
        with transaction() as session:
            crm_connection.ensure(session, crm.url)
        killed = 0
        with nursery("tests.workflows.deliver_process") as starting:
            for turn in range(LIVES):
                _act(turn)
                killed += starting.live(dice.uniform(0.0, LONGEST))
            assert not starting.live(LAST_LIFE)
        assert killed > LIVES * 0.3
        with reading() as session:
            rows = session.exec(select(Outbox)).all()
            assert Counter(row.state for row in rows) == {"done": 3 * LIVES}
            assert {row.sealed for row in rows} == {""}
            ids = {row.public_id for row in rows if row.kind == outbox.MAIL}
        arrived = Counter(mail.message_id.strip("<>").partition("@")[0] for mail in mailbox.all_kept())
        assert set(arrived) == ids
        notes = [fields["body"] for _, fields in crm.store.all("booking-notes")]
        assert sorted(notes) == sorted(f"Turn {turn}" for turn in range(LIVES))


def _act(turn: int) -> None:
    """Do what puts two mails and a command into the outbox."""
    with transaction() as session:
        for person in ("kim", "lee"):
            secrets = {"code": f"{turn:06}"}
            mails.queue(session, Mail.CODE, f"{person}{turn}@example.com", {"minutes": 10}, secrets=secrets)
        payload = {"customer_id": "cus_1001", "body": f"Turn {turn}"}
        outbox.put(session, "booking-notes", "customer:1", payload)
