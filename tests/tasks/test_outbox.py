"""The sending task: wakes by itself, shares the work, rests where it must, and stops without losing anything."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import Outbox
from portal_app.services import mails
from portal_app.services.mails import Mail
from portal_app.tasks import outbox as module
from portal_app.tasks.outbox import send_outbox
from portal_app.workflows.deliver import MOST_TRIES
from tests.conftest import forget_settings
from tests.demo.running_mailbox import RunningMailbox
from tests.services import people

DEADLINE = 20.0


@pytest.fixture
def mailbox(tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningMailbox]:
    people.make_business()
    with RunningMailbox(tmp_path) as running:
        for name, value in running.settings.items():
            monkeypatch.setenv(name, value)
        forget_settings()
        yield running


@contextlib.asynccontextmanager
async def sending(*, times: int = 1):
    """The task running so many times over, as in so many workers; cancelled at the end."""
    tasks = [asyncio.create_task(send_outbox()) for _ in range(times)]
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


def queue(to: str = "kim@example.com") -> int:
    with transaction() as session:
        return mails.queue(session, Mail.CODE, to, {"minutes": 10}, secrets={"code": "123456"}).id or 0


def state(row_id: int) -> str:
    with reading() as session:
        return session.get_one(Outbox, row_id).state


async def test_a_new_mail_leaves_within_moments(mailbox: RunningMailbox) -> None:
    async with sending():
        await asyncio.to_thread(queue)
        began = time.monotonic()
        await asyncio.to_thread(mailbox.wait_for, "kim@example.com")
        # Twice what is aimed at: the machine may be busy with other tests.
        assert time.monotonic() - began < 2 * (1 + module.LOOK_SECONDS)


async def test_several_workers_send_each_mail_once(mailbox: RunningMailbox) -> None:
    ids = [queue(f"p{number}@example.com") for number in range(20)]
    async with sending(times=3):
        await until(lambda: all(state(row_id) == "done" for row_id in ids))
    assert len(mailbox.messages()) == 20


async def test_what_is_under_way_ends_when_the_portal_stops(mailbox: RunningMailbox) -> None:
    row_id = queue()
    async with sending():
        await until(lambda: state(row_id) == "sending")
    assert state(row_id) == "done"
    assert len(mailbox.messages()) == 1


async def test_a_server_that_takes_nothing_is_asked_with_one_mail_at_a_time(
    mailbox: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SMTP_URL", mailbox.smtp_url.replace("//", "//portal:wrong@"))
    forget_settings()
    mailbox.trouble.sign_in = ("portal", "right")
    ids = [queue(f"p{number}@example.com") for number in range(10)]
    sender = module.Sender(None)
    await sender.look()
    await until_idle(sender)
    assert sender._mails_at_once == 1
    assert sender._mail_rests_until > time.monotonic() + 5
    await sender.look()
    assert sender._under_way == {}
    sender._mail_rests_until = 0
    await sender.look()
    assert len(sender._under_way) == 1
    await until_idle(sender)
    mailbox.trouble.sign_in = ("portal", "wrong")
    sender._mail_rests_until = 0
    await sender.look()
    await until_idle(sender)
    assert sender._mails_at_once == module.MAILS_AT_ONCE
    assert sum(state(row_id) == "done" for row_id in ids) == 1


async def test_a_row_nobody_can_send_waits_and_ends_with_the_office(
    mailbox: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_given: object) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("a bug")

    monkeypatch.setattr(module, "deliver", breaks)
    row_id = queue()
    sender = module.Sender(None)
    seen = []
    for _ in range(MOST_TRIES):
        await sender.look()
        await until_idle(sender)
        seen.append(state(row_id))
        with transaction() as session:
            session.get_one(Outbox, row_id).next_at = clock.now()
    assert seen == ["pending"] * (MOST_TRIES - 1) + ["office"]
    with reading() as session:
        assert "Something went wrong here" in session.get_one(Outbox, row_id).last_error


async def until_idle(sender: module.Sender) -> None:
    while sender._under_way:
        await asyncio.wait(list(sender._under_way))


async def test_it_outlives_a_bug(mailbox: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    real, bugs = module.take_due, [RuntimeError("a bug"), RuntimeError("another")]

    def troubled(**wanted: int) -> list[module.Job]:
        if bugs:
            raise bugs.pop()
        return real(**wanted)

    monkeypatch.setattr(module, "take_due", troubled)
    monkeypatch.setattr(module, "AFTER_A_BUG_SECONDS", 0.01)
    row_id = queue()
    async with sending():
        await until(lambda: state(row_id) == "done")
    assert bugs == []
