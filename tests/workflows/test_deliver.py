"""What leaves the portal, with a real mail server and a real CRM at the other end."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations import mail as mail_server
from portal_app.integrations.crm.rest import RestAdapter
from portal_app.models import Activity, Contact, CrmConnection, Outbox
from portal_app.services import crm_connection, mails, outbox, outbox_hooks
from portal_app.services.mails import Mail
from portal_app.services.outbox_hooks import Outcome
from portal_app.workflows import deliver as module
from portal_app.workflows.deliver import deliver, take_due, wait_after
from tests.conftest import forget_settings
from tests.demo.running import RunningCrm
from tests.demo.running_mailbox import RunningMailbox
from tests.services import guests_at_work, people

KIM = "kim@example.com"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[RunningMailbox]:
    with RunningMailbox(tmp_path) as running:
        yield running


@pytest.fixture
def portal(database_file: Path, mailbox: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> RunningMailbox:
    """A portal whose mail goes to the mailbox."""
    use(monkeypatch, PORTAL_PUBLIC_URL="https://portal.example.com", **mailbox.settings)
    people.make_business()
    return mailbox


def use(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    forget_settings()


def queue(mail: Mail = Mail.CODE, to: str = KIM, *, secrets: Any = None, **facts: Any) -> int:
    secrets = secrets if secrets is not None else {"code": "123456"} if mail is Mail.CODE else {}
    with transaction() as session:
        return mails.queue(session, mail, to, facts, secrets=secrets).id or 0


def row(row_id: int) -> Outbox:
    with reading() as session:
        found = session.get_one(Outbox, row_id)
        session.expunge(found)
        return found


async def send_all(adapter: RestAdapter | None = None) -> int:
    """Send what is due, once; returns how many rows were taken."""
    jobs = await asyncio.to_thread(lambda: take_due(most_mails=20, most_commands=20 if adapter else 0))
    await asyncio.gather(*(deliver(job, adapter) for job in jobs))
    return len(jobs)


def make_due(row_id: int, **values: Any) -> None:
    people.change(Outbox, row_id, next_at=clock.now(), **values)


def kinds() -> list[str]:
    return people.kinds(lambda kind: kind.startswith(("outbox.", "contact.mail", "mail.", "crm.stopped")))


async def test_it_works(portal: RunningMailbox) -> None:
    row_id = queue(minutes=10)
    assert await send_all() == 1
    mail = portal.wait_for(KIM, "your code is 123 456")
    assert "123 456" in mail["text"]
    assert "123 456" in mail["html"]
    assert mail["message_id"] == f"<{row(row_id).public_id}@portal.example.com>"
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    sent = row(row_id)
    assert (sent.state, sent.sealed, sent.attempts, sent.last_error) == ("done", "", 1, "")
    assert sent.done_at is not None
    assert kinds() == ["outbox.left"]
    assert await send_all() == 0


async def test_a_mail_that_cannot_be_written_is_for_the_office(
    portal: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(_letter: Any) -> None:
        raise HeaderParseError("no such header")

    monkeypatch.setattr(mail_server, "compose", unwritable)
    row_id = queue(Mail.RECEIPT, "emoji@example.com", amount_minor=1, currency="GBP")
    await send_all()
    assert row(row_id).state == "office"
    assert "cannot be written" in row(row_id).last_error


async def test_without_mail_set_up_rows_wait_untouched(portal: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, PORTAL_SMTP_URL="", PORTAL_MAIL_FROM="")
    row_id = queue(minutes=10)
    assert await send_all() == 0
    assert (row(row_id).state, row(row_id).attempts) == ("pending", 0)
    use(monkeypatch, **portal.settings)
    assert await send_all() == 1
    portal.wait_for(KIM)


async def test_a_busy_server_is_tried_again_later(portal: RunningMailbox) -> None:
    portal.trouble.busy = 1
    row_id = queue(minutes=10)
    assert await send_all() == 1
    waiting = row(row_id)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == ("pending", 1, None)
    assert "451" in waiting.last_error
    assert waiting.next_at > clock.now()
    assert waiting.sealed
    assert await send_all() == 0
    make_due(row_id)
    assert await send_all() == 1
    assert row(row_id).state == "done"
    assert kinds() == ["outbox.waits", "outbox.left"]


async def test_a_line_cut_after_the_mail_was_taken_gives_it_twice_under_one_id(portal: RunningMailbox) -> None:
    portal.trouble.drops = 1
    row_id = queue(minutes=10)
    await send_all()
    assert row(row_id).state == "pending"
    make_due(row_id)
    await send_all()
    portal.wait_for(KIM, count=2)
    assert len({mail["message_id"] for mail in portal.messages(KIM)}) == 1


async def test_a_refused_recipient_goes_to_the_office_and_onto_the_profile(portal: RunningMailbox) -> None:
    person = people.make_customer(KIM)
    portal.trouble.refused.add(KIM)
    row_id = queue(minutes=10)
    await send_all()
    assert row(row_id).state == "office"
    assert "550" in row(row_id).last_error
    with reading() as session:
        contact = session.get_one(Contact, person.contact_id)
        assert "nobody of this name" in contact.mail_problem
        assert contact.mail_problem_at is not None
    portal.trouble.refused.clear()
    queue(minutes=10)
    await send_all()
    with reading() as session:
        contact = session.get_one(Contact, person.contact_id)
        assert (contact.mail_problem, contact.mail_problem_at) == ("", None)
    assert kinds() == ["outbox.refused", "contact.mail_problem", "outbox.left", "contact.mail_works"]


@pytest.mark.parametrize(
    "to", ["", "no address", "a@b\r\nBcc: c@example.com", "a b@example.com", "x@y@z", "@", "a@-b.example"]
)
async def test_what_is_no_address_is_refused_before_anything_is_sent(portal: RunningMailbox, to: str) -> None:
    row_id = queue(to=to, minutes=10)
    await send_all()
    assert row(row_id).state == "office"
    assert portal.messages() == []


async def test_a_code_that_has_run_out_is_not_sent_late(portal: RunningMailbox) -> None:
    row_id = queue(minutes=10)
    people.change(Outbox, row_id, created_at=clock.now() - timedelta(minutes=11))
    await send_all()
    late = row(row_id)
    assert (late.state, late.sealed) == ("dead", "")
    assert late.last_error.startswith("Too late")
    assert portal.messages() == []


async def test_a_wrong_password_keeps_everything_waiting_uncounted(
    portal: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.trouble.sign_in = ("portal", "right")
    use(monkeypatch, PORTAL_SMTP_URL=portal.smtp_url.replace("//", "//portal:wrong@"))
    row_id = queue(minutes=10)
    await send_all()
    waiting = row(row_id)
    assert (waiting.state, waiting.attempts) == ("pending", 0)
    assert "user name and password" in waiting.last_error
    assert "wrong" not in waiting.last_error
    use(monkeypatch, PORTAL_SMTP_URL=portal.smtp_url.replace("//", "//portal:right@"))
    make_due(row_id)
    await send_all()
    assert row(row_id).state == "done"


async def test_an_unreachable_server_is_tried_for_a_day(portal: RunningMailbox) -> None:
    portal.stop()
    row_id = queue(Mail.PASSWORD_CHANGED)
    for _ in range(13):
        await send_all()
        make_due(row_id)
    assert (row(row_id).state, row(row_id).attempts) == ("pending", 13)
    people.change(Outbox, row_id, created_at=clock.now() - timedelta(hours=25))
    await send_all()
    assert row(row_id).state == "dead"
    portal.start()


async def test_what_is_sealed_under_another_key_is_given_up_in_words(
    portal: RunningMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = queue(minutes=10)
    use(monkeypatch, PORTAL_SECRET_KEY="k" * 40)
    await send_all()
    assert row(row_id).state == "dead"
    assert "another secret key" in row(row_id).last_error


async def test_a_row_whose_sender_died_is_sent_by_the_next(portal: RunningMailbox) -> None:
    row_id = queue(minutes=10)
    [dead] = await asyncio.to_thread(lambda: take_due(most_mails=5, most_commands=0))
    assert await send_all() == 0
    people.change(Outbox, row_id, lease_until=clock.now())
    assert await send_all() == 1
    assert row(row_id).attempts == 2
    await deliver(dead, None)
    assert row(row_id).state == "done"
    assert kinds() == ["outbox.left"]


async def test_two_workers_never_take_the_same_row(portal: RunningMailbox) -> None:
    for number in range(12):
        queue(to=f"p{number}@example.com", minutes=10)
    takes = [asyncio.to_thread(lambda: take_due(most_mails=20, most_commands=0)) for _ in range(4)]
    taken = [job.id for jobs in await asyncio.gather(*takes) for job in jobs]
    assert len(taken) == len(set(taken)) == 12


async def test_codes_go_before_a_heap_of_invitations(portal: RunningMailbox) -> None:
    invitations = [queue(Mail.INVITATION, f"p{number}@example.com", days=14) for number in range(30)]
    code = queue(minutes=10)
    jobs = await asyncio.to_thread(lambda: take_due(most_mails=6, most_commands=0))
    assert jobs[0].id == code
    assert [job.id for job in jobs[1:]] == invitations[:5]


def test_pauses_grow_with_jitter_and_obey_what_was_asked() -> None:
    for attempts in (1, 5, 12, 400):
        seconds = [wait_after(attempts) for _ in range(200)]
        assert min(seconds) >= 1
        assert max(seconds) <= min(900, max(1, 2 ** min(attempts, 16)))
    assert len({wait_after(8) for _ in range(50)}) > 40
    assert wait_after(1, asked=120) >= 120


@pytest.fixture
def crm(tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCrm]:
    with RunningCrm(tmp_path) as running:
        use(monkeypatch, PORTAL_CRM_URL=running.url, PORTAL_CRM_TOKEN=running.token)
        with transaction() as session:
            crm_connection.ensure(session, running.url)
        yield running


def command(subject: str = "contact:1", contact: str = "con_3001") -> int:
    names = {"con_3001": "Sarah Whitcombe", "con_3002": "Mark Whitcombe", "con_3003": "Bea Lowe", "con_nobody": ""}
    payload = {"contact_id": contact, "base": {"name": names[contact]}, "change": {"name": f"New {contact}"}}
    with transaction() as session:
        return outbox.put(session, "contact-changes", subject, payload).id or 0


async def send_commands(crm: RunningCrm) -> int:
    adapter = RestAdapter(crm.url, crm.token)
    try:
        return await send_all(adapter)
    finally:
        await adapter.close()


async def test_a_command_reaches_the_crm_once(crm: RunningCrm) -> None:
    heard: list[Outcome] = []
    outbox_hooks.on_outcome("contact-changes", hook := lambda _session, _row, outcome: heard.append(outcome))
    try:
        row_id = command()
        assert await send_commands(crm) == 1
    finally:
        outbox_hooks._hooks["contact-changes"].remove(hook)
    assert row(row_id).state == "done"
    assert [(outcome.state, outcome.status, outcome.external_id) for outcome in heard] == [
        ("done", "applied", "con_3001")
    ]
    crm.client.get(f"/v1/contact-changes/{row(row_id).public_id}").raise_for_status()


async def test_a_subject_leaves_in_order_and_waits_for_a_decision(crm: RunningCrm) -> None:
    first = command(contact="con_nobody")
    assert await send_commands(crm) == 1
    assert row(first).state == "office"
    second, other = command(), command("contact:2", "con_3002")
    assert await send_commands(crm) == 1
    assert (row(second).state, row(other).state) == ("pending", "done")
    for state in ("dead", "pending"):
        people.change(Outbox, first, state=state, next_at=clock.now() + timedelta(hours=1))
        assert await send_commands(crm) == 0
    people.change(Outbox, first, state="withdrawn")
    assert await send_commands(crm) == 1
    assert row(second).state == "done"


async def test_a_crm_in_trouble_is_asked_again_and_its_wish_obeyed(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=429, retry_after=77, method="PUT", times=1)
    row_id = command()
    await send_commands(crm)
    assert (row(row_id).state, row(row_id).attempts) == ("pending", 1)
    assert row(row_id).next_at > clock.now() + timedelta(seconds=70)
    make_due(row_id)
    await send_commands(crm)
    assert row(row_id).state == "done"


async def test_twelve_tries_and_no_more(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=503, method="PUT", times=12)
    row_id = command()
    for _ in range(12):
        assert row(row_id).state == "pending"
        make_due(row_id)
        await send_commands(crm)
    assert (row(row_id).state, row(row_id).attempts) == ("dead", 12)
    assert "12 tries" in row(row_id).last_error


async def test_what_was_given_up_while_the_crm_was_away_leaves_when_it_is_back(crm: RunningCrm) -> None:
    row_id = command()

    def passes(*failed: bool, last_tried: timedelta = timedelta(0)) -> str:
        people.change(Outbox, row_id, state="dead", attempts=12, next_at=clock.now() - last_tried)
        for one in failed:
            with transaction() as session:
                connection = crm_connection.ensure(session, crm.url)
                crm_connection.pass_ended(session, connection, complete=not one, sentence="", failed=one)
        return row(row_id).state

    # One that the CRM alone cannot take is left to the office.
    assert passes(False, False) == "dead"
    assert passes(True, True) == "dead"
    # What was given up before the CRM went away is the office's as well: they may have entered it.
    assert passes(False, last_tried=timedelta(hours=1)) == "dead"
    assert passes(True, False) == "pending"
    await send_commands(crm)
    assert row(row_id).state == "done"


async def test_a_refused_token_stops_the_connection_with_one_alarm(crm: RunningCrm) -> None:
    crm.fault(kind="status", status=401, method="PUT", times=3)
    ids = [command(contact, contact) for contact in ("con_3001", "con_3002", "con_3003")]
    await send_commands(crm)
    assert {(row(each).state, row(each).attempts) for each in ids} == {("pending", 0)}
    with reading() as session:
        assert session.exec(select(CrmConnection.state)).one() == "stopped"
        assert len(session.exec(select(Activity).where(Activity.kind == "crm.stopped")).all()) == 1
    assert await send_commands(crm) == 0
    crm.clear_faults()
    people.change(CrmConnection, 1, state="active")
    assert await send_commands(crm) == 3


async def test_a_no_of_the_crm_is_for_the_office(crm: RunningCrm) -> None:
    row_id = command(contact="con_nobody")
    await send_commands(crm)
    assert row(row_id).state == "office"
    assert row(row_id).last_error.startswith("The CRM says no:")


async def test_a_lease_is_kept_while_the_other_side_takes_its_time(
    crm: RunningCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.3)
    crm.fault(kind="slow", delay=1.2, method="PUT", times=1)
    row_id = command()
    sending = asyncio.create_task(send_commands(crm))
    seen: set[int] = set()
    while not sending.done():
        assert await send_commands(crm) == 0 or sending.done()
        seen.add(row(row_id).attempts)
    await sending
    assert row(row_id).state == "done"
    assert max(seen) == 1


async def test_an_invoice_sent_to_a_guest_has_its_pdf_with_it(portal: RunningMailbox) -> None:
    sarah = people.make_customer("sarah@example.com")
    link = guests_at_work.send(guests_at_work.actor(sarah), guests_at_work.made_invoice(sarah))
    assert await send_all() == 1
    assert "It is enclosed as a PDF." in portal.wait_for("ann@books.example", "Invoice 2291")["text"]
    with sqlite3.connect(portal._file) as kept:
        [(raw,)] = kept.execute("SELECT raw FROM message").fetchall()
    kept.close()
    [paper] = [part for part in message_from_bytes(raw, policy=policy.default).walk() if part.get_filename()]
    assert (paper.get_content_type(), paper.get_filename()) == ("application/pdf", "Invoice 2291 Bell & Daughters.pdf")
    assert bytes(paper.get_payload(decode=True)).startswith(b"%PDF-")  # type: ignore[arg-type]
    assert guests_at_work.standing(link) is not None
    assert people.kinds(lambda kind: kind == "document.downloaded") == []


async def test_what_is_revoked_before_it_leaves_does_not_leave(portal: RunningMailbox) -> None:
    sarah = people.make_customer("sarah@example.com")
    invoice, owner = guests_at_work.made_invoice(sarah), guests_at_work.actor(sarah)
    guests_at_work.revoke(owner, invoice, guests_at_work.send(owner, invoice))
    assert await send_all() == 1
    with reading() as session:
        only = session.exec(select(Outbox.id)).one()
    found = row(only or 0)
    assert (found.state, found.sealed) == ("dead", "")
    assert "revoked" in found.last_error
