"""The task that reads what comes back: wakes by itself, in one process, and rests where it must."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy import text

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import BounceMailbox, Contact, Outbox
from portal_app.services import leases, mails
from portal_app.services.mails import Mail
from portal_app.tasks import bounces as module
from portal_app.tasks.bounces import take_turn, watch_bounces
from tests.conftest import forget_settings
from tests.integrations.reports import postfix
from tests.integrations.running_imap import NAME, PASSWORD, RunningImap
from tests.services import people
from tests.services.people import Person

DEADLINE = 20.0


@pytest.fixture
def imap(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningImap]:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.05)
    people.make_business()
    with RunningImap() as running:
        address = f"imap://{quote(NAME, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{running.port}"
        monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", address)
        forget_settings()
        yield running


@contextlib.asynccontextmanager
async def watching(*, times: int = 1):
    """The task running so many times over, as in so many workers; cancelled at the end."""
    tasks = [asyncio.create_task(watch_bounces()) for _ in range(times)]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in done)


async def until(fact: Callable[[], object]) -> None:
    """Wait until the fact holds."""
    end = time.monotonic() + DEADLINE
    while not await asyncio.to_thread(fact):
        assert time.monotonic() < end, "It did not happen in time."
        await asyncio.sleep(0.02)


def sent(to: str) -> str:
    """Write a mail that has left; returns its Message-ID."""
    with transaction() as session:
        row = mails.queue(session, Mail.PASSWORD_CHANGED, to)
        row.state, row.done_at = "done", clock.now()
        return mails.message_id(row.public_id, "portal.example.com")


def problem(person: Person) -> str:
    with reading() as session:
        return session.get_one(Contact, person.contact_id).mail_problem


def looks(imap: RunningImap) -> int:
    return sum(command.startswith("EXAMINE") for command in imap.commands)


async def test_it_works(imap: RunningImap) -> None:
    person = people.make_customer("kim@example.com")
    imap.add(postfix(sent(person.email)))
    async with watching(times=3):
        await until(lambda: problem(person))
        with reading() as session:
            row = session.get_one(BounceMailbox, 1)
            assert row.next_check_at is not None
            assert row.next_check_at > clock.now()
        assert looks(imap) == 1
        # Time passes: the next look finds the next one.
        second = people.make_customer("mark@example.com")
        imap.add(postfix(sent(second.email), second.email))
        people.change(BounceMailbox, 1, next_check_at=clock.now())
        await until(lambda: problem(second))
        assert looks(imap) == 2
    with reading() as session:
        assert leases.holder_of(session, module.LEASE) is None


async def test_trouble_is_shown_and_ends_by_itself(imap: RunningImap) -> None:
    imap.trouble.cuts_at = "EXAMINE"

    def failures() -> int:
        with reading() as session:
            row = session.get(BounceMailbox, 1)
            return row.failures if row else 0

    async with watching():
        await until(failures)
        imap.trouble.cuts_at = ""
        people.change(BounceMailbox, 1, next_check_at=clock.now())
        await until(lambda: failures() == 0)


async def test_a_database_in_trouble_does_not_end_the_task(imap: RunningImap) -> None:
    person = people.make_customer("kim@example.com")
    imap.add(postfix(sent(person.email)))
    rename("bounce_mailbox", "away")
    async with watching() as tasks:
        with structlog.testing.capture_logs() as lines:
            await until(lambda: [line for line in lines if line["event"] == "bounces_turn_failed"])
        rename("away", "bounce_mailbox")
        await until(lambda: problem(person))
        assert not any(task.done() for task in tasks)


def rename(table: str, to: str) -> None:
    with transaction() as session:
        session.connection().execute(text(f"alter table {table} rename to {to}"))


def test_one_process_at_a_time_and_only_when_it_is_time(imap: RunningImap) -> None:
    assert take_turn("one")
    assert not take_turn("another")
    with transaction() as session:
        session.add(BounceMailbox(id=1, next_check_at=None))
        leases.release(session, module.LEASE, "one")
    assert take_turn("another")


def test_nothing_is_asked_while_no_mailbox_is_set(database_file: Path) -> None:
    people.make_business()
    assert not take_turn("one")
    with reading() as session:
        assert leases.holder_of(session, module.LEASE) is None
        assert session.get(Outbox, 1) is None
