"""Mail that comes back later: sent by SMTP, reported in a mailbox that is read by IMAP, shown on the profile."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.models import Activity, BounceMailbox, Contact, Customer, Outbox
from portal_app.services import bounce_settings, customer_profile, mails, outbox_office
from portal_app.services.actors import Staff
from portal_app.services.mails import Mail
from portal_app.workflows.deliver import deliver, take_due
from portal_app.workflows.read_bounces import Found, read_bounces
from tests.conftest import forget_settings
from tests.demo.running_mailbox import RunningMailbox
from tests.integrations.reports import SHAPES, about_recipient, postfix
from tests.integrations.running_imap import NAME, PASSWORD, RunningImap
from tests.services import people
from tests.services.people import Person

KIM = "kim@example.com"
PROBLEM = "The mail came back: 550 5.1.1 <kim@example.com>: Recipient address rejected: User unknown in virtual table."


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[RunningMailbox]:
    with RunningMailbox(tmp_path) as running:
        yield running


@pytest.fixture
def imap(database_file: Path, smtp: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningImap]:
    """A portal that sends to the demo's mailbox, and reads what comes back from a server of its own."""
    with RunningImap() as running:
        for name, value in smtp.settings.items():
            monkeypatch.setenv(name, value)
        address = f"imap://{quote(NAME, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{running.port}"
        monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", address)
        forget_settings()
        people.make_business()
        yield running


async def send(smtp: RunningMailbox, to: str = KIM, person: Person | None = None) -> str:
    """Send a mail to an address; returns its Message-ID, as the one who got it sees it."""
    with transaction() as session:
        row = mails.queue(
            session, Mail.CODE, to, {"minutes": 10}, secrets={"code": "123456"},
            customer_id=person.customer_id if person else None,
        )  # fmt: skip
        public_id = row.public_id
    for job in await asyncio.to_thread(lambda: take_due(most_mails=20, most_commands=0)):
        await deliver(job, None)
    [message_id] = [mail["message_id"] for mail in smtp.messages(to) if mail["message_id"].startswith(f"<{public_id}@")]
    return message_id.strip("<>")


async def read() -> Found:
    found = await read_bounces()
    assert found is not None
    assert found.problem == ""
    return found


def contact(person: Person) -> Contact:
    with reading() as session:
        row = session.get_one(Contact, person.contact_id)
        session.expunge(row)
        return row


def problem(person: Person) -> str:
    return contact(person).mail_problem


def kinds() -> list[str]:
    return people.kinds(lambda kind: kind.startswith(("contact.mail", "mail.")))


def office() -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("office@example.com")))
    assert isinstance(actor, Staff)
    return actor


@pytest.mark.parametrize("server", SHAPES)
async def test_it_works(imap: RunningImap, smtp: RunningMailbox, server: str) -> None:
    person = people.make_customer(KIM)
    message_id = await send(smtp, person=person)
    assert problem(person) == ""
    imap.add(b"Content-Type: text/plain\n\nWhen do you come?")
    imap.add(SHAPES[server](message_id))
    assert await read() == Found(mails=2, reports=1, came_back=1)
    assert problem(person).startswith("The mail came back: 550 ")
    with reading() as session:
        row = session.exec(select(Outbox)).one()
        assert (row.state, row.last_error) == ("done", problem(person))
        bounced = session.exec(select(Activity).where(Activity.kind == "mail.bounced")).one()
        assert (bounced.customer_id, bounced.subject_kind, bounced.subject_id) == (person.customer_id, "outbox", row.id)
    assert kinds() == ["mail.bounced", "contact.mail_problem"]


async def test_the_office_sees_it_at_the_person_and_at_the_mail(imap: RunningImap, smtp: RunningMailbox) -> None:
    person = people.make_customer(KIM)
    imap.add(postfix(await send(smtp, person=person)))
    await read()
    actor = office()
    with reading() as session:
        customer = session.get_one(Customer, person.customer_id)
        assert [each.mail_problem for each in customer_profile.people(session, actor, customer.public_id)] == [PROBLEM]
        assert [item.reason for item in outbox_office.page(session, actor, show="left").items] == [PROBLEM]


async def test_reading_it_again_changes_nothing(imap: RunningImap, smtp: RunningMailbox) -> None:
    person = people.make_customer(KIM)
    raw = postfix(await send(smtp))
    imap.add(raw)
    await read()
    before, written = contact(person), kinds()
    assert await read() == Found()
    imap.make_anew()
    imap.add(raw)
    assert await read() == Found(mails=2, reports=2)
    assert (contact(person), kinds()) == (before, written)


async def test_forged_reports_do_nothing(imap: RunningImap, smtp: RunningMailbox) -> None:
    kim, mark = people.make_customer(KIM), people.make_customer("mark@example.com")
    hers = await send(smtp)
    his = await send(smtp, "mark@example.com")
    with transaction() as session:
        unsent = mails.queue(session, Mail.RESET, KIM, {}).public_id
    for raw in (
        postfix("AAAAAAAAAAAAAAAA@portal.example"),
        postfix("@"),
        postfix("' or 1=1 --@x"),
        postfix(f"{unsent}@localhost"),
        # Mark, who knows his own mail's id, makes trouble for Kim; and Kim's id with another's address.
        postfix(his, KIM),
        postfix(hers, "mark@example.com"),
        postfix(hers, "kim@example.com.evil.example"),
        about_recipient(hers, "Final-Recipient: rfc822; kim@example.com\nAction: delayed\nStatus: 4.4.1"),
        about_recipient(hers, "Final-Recipient: rfc822; kim@example.com\nAction: delivered\nStatus: 2.0.0"),
    ):
        imap.add(raw)
    assert (await read()).came_back == 0
    assert (problem(kim), problem(mark), kinds()) == ("", "", [])


async def test_hostile_mails_do_not_stand_in_the_way(imap: RunningImap, smtp: RunningMailbox) -> None:
    person = people.make_customer(KIM)
    message_id = await send(smtp)
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    for raw in (
        head + b"--b\n\n" * 100_000,
        head + b"--b\nContent-Type: message/delivery-status\n\n\xff\xfe\n\n" + b"Action: failed\n" * 9_000,
        b"\0\xff" * 500,
        b"Content-Type: multipart/report; boundary*=klingon'x'%ff; report-type=delivery-status\n\n--b",
        about_recipient(message_id.upper(), "Final-Recipient: rfc822; kim@example.com\nAction: failed\nStatus: 5.0.0"),
    ):
        imap.add(raw)
    imap.add(postfix(message_id))
    assert (await read()).came_back == 1
    assert problem(person) == PROBLEM


async def test_everybody_with_the_address_is_told_of_and_nobody_else(imap: RunningImap, smtp: RunningMailbox) -> None:
    kim = people.make_customer(KIM)
    also = people.make_customer(KIM, login_id=kim.login_id)
    moved = people.make_customer("kim@elsewhere.example")
    imap.add(postfix(await send(smtp)))
    await read()
    assert (problem(kim), problem(also), problem(moved)) == (PROBLEM, PROBLEM, "")


async def test_our_own_servers_taking_the_next_mail_proves_nothing(
    imap: RunningImap, smtp: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make_customer(KIM)
    imap.add(postfix(await send(smtp)))
    await read()
    again = await send(smtp)
    assert problem(person) == PROBLEM
    taken = contact(person).mail_taken_at
    await send(smtp)
    assert contact(person).mail_taken_at == taken
    # That one comes back as well: the wait begins anew with the mail after it.
    imap.add(postfix(again))
    await read()
    assert (problem(person), contact(person).mail_taken_at) == (PROBLEM, None)
    await send(smtp)
    await read()
    assert problem(person) == PROBLEM
    people.change(Contact, person.contact_id, mail_taken_at=clock.now() - mails.SILENCE + timedelta(minutes=1))
    await read()
    assert problem(person) == PROBLEM
    people.change(Contact, person.contact_id, mail_taken_at=clock.now() - mails.SILENCE)
    await read()
    after = contact(person)
    assert (after.mail_problem, after.mail_bounced, after.mail_taken_at) == ("", False, None)
    assert kinds()[-1] == "contact.mail_works"


async def test_silence_counts_only_while_the_mailbox_is_read(imap: RunningImap, smtp: RunningMailbox) -> None:
    person = people.make_customer(KIM)
    imap.add(postfix(await send(smtp)))
    await read()
    people.change(Contact, person.contact_id, mail_taken_at=clock.now() - 2 * mails.SILENCE)
    imap.trouble.cuts_at = "SEARCH"
    found = await read_bounces()
    assert found is not None
    assert found.problem
    assert problem(person) == PROBLEM


async def test_a_server_in_trouble_is_told_and_left_alone_for_longer(imap: RunningImap) -> None:
    imap.trouble.says_no_to = "EXAMINE"
    waits = []
    for _ in range(6):
        found = await read_bounces()
        assert found is not None
        assert "not now" in found.problem
        row = stored()
        waits.append((row.next_check_at - row.last_check_at).total_seconds())  # type: ignore[operator]
    assert 250 <= waits[0] <= 300
    assert waits[4] > 3000
    assert max(waits) <= 3600
    assert (stored().failures, stored().last_success_at) == (6, None)
    imap.trouble.says_no_to = ""
    await read()
    assert (stored().failures, stored().last_error) == (0, "")
    # Told once, and once when it was over: the log is no diary of every look.
    assert kinds() == ["mail.bounces_unread", "mail.bounces_read_again"]


def stored() -> BounceMailbox:
    with reading() as session:
        row = session.get_one(BounceMailbox, 1)
        session.expunge(row)
        return row


async def test_another_mailbox_is_read_from_its_beginning(
    imap: RunningImap, smtp: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = people.make_customer(KIM)
    for _ in range(5):
        imap.add(b"Content-Type: text/plain\n\nHello")
    await read()
    with reading() as session:
        assert not bounce_settings.is_due(session)
    with RunningImap() as other:
        address = f"imap://{quote(NAME, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{other.port}"
        monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", address)
        forget_settings()
        with reading() as session:
            assert bounce_settings.is_due(session)
        other.add(postfix(await send(smtp)))
        assert (await read()).came_back == 1
    assert problem(person) == PROBLEM


async def test_nothing_set_nothing_read(database_file: Path) -> None:
    people.make_business()
    assert await read_bounces() is None
    with reading() as session:
        assert not bounce_settings.is_due(session)


async def test_looks_at_once_count_a_report_once(imap: RunningImap, smtp: RunningMailbox) -> None:
    people.make_customer(KIM)
    imap.add(postfix(await send(smtp)))
    found: list[Any] = await asyncio.gather(*(read_bounces() for _ in range(4)))
    assert sum(each.came_back for each in found) == 1
    assert kinds() == ["mail.bounced", "contact.mail_problem"]
