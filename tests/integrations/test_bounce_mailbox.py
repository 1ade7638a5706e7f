"""A mailbox read from real IMAP servers: what is taken, what is left alone, and servers that are wrong or lie."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal_app.integrations import bounce_mailbox as module
from portal_app.integrations import mail
from portal_app.integrations.bounce_mailbox import Look, MailboxRefused, MailboxUnreachable, Position
from portal_app.settings import ImapServer
from tests.integrations.reports import ID, SHAPES, gmail, postfix
from tests.integrations.running_imap import NAME, PASSWORD, RunningImap
from tests.integrations.test_mail import certificate
from tests.running import free_port

ORDINARY = b"Content-Type: text/plain\nSubject: Private\n\nFor the owner's eyes"
START = Position()


@pytest.fixture
def imap() -> Iterator[RunningImap]:
    with RunningImap() as running:
        yield running


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_SECONDS", 0.3)


def look(server: ImapServer, after: Position) -> Look:
    return asyncio.run(module.look(server, after))


def ids(imap: RunningImap, after: Position = START) -> list[str]:
    return [message_id for report in look(imap.server(), after).reports for message_id in report.message_ids]


def test_it_works(imap: RunningImap) -> None:
    for shape in SHAPES.values():
        imap.add(shape())
        imap.add(ORDINARY)
    found = look(imap.server(), START)
    assert (found.mails, len(found.reports), found.more) == (8, 4, False)
    assert {report.message_ids for report in found.reports} == {(ID,)}
    assert found.position == Position(7, 8)
    again = look(imap.server(), found.position)
    assert (again.mails, again.reports, again.position) == (0, (), found.position)
    imap.add(postfix("new@x"))
    assert ids(imap, found.position) == ["new@x"]


def test_nothing_is_changed_and_other_peoples_mail_never_fetched(imap: RunningImap) -> None:
    imap.add(ORDINARY)
    report = imap.add(postfix())
    look(imap.server(), START)
    assert 'EXAMINE "INBOX"' in imap.commands
    whole = [command for command in imap.commands if "BODY.PEEK[]" in command]
    assert whole == [f"FETCH {report} (UID BODY.PEEK[]<0.200000>)"]
    assert not [command for command in imap.commands if command.split()[0] in ("SELECT", "STORE", "EXPUNGE", "CLOSE")]
    assert imap.commands[-1] == "LOGOUT"


def test_an_empty_mailbox(imap: RunningImap) -> None:
    assert look(imap.server(), START).position == Position(7, 0)


def test_a_folder_made_anew_is_read_from_its_beginning(imap: RunningImap) -> None:
    imap.add(postfix("one@x"), uid=900)
    position = look(imap.server(), START).position
    imap.add(postfix("two@x"))
    imap.make_anew()
    assert ids(imap, position) == ["one@x", "two@x"]


def test_what_is_old_is_left_alone(imap: RunningImap) -> None:
    imap.add(postfix("old@x"), arrived=datetime.now(UTC) - timedelta(days=40))
    imap.add(postfix("new@x"), arrived=datetime.now(UTC) - timedelta(days=3))
    assert ids(imap) == ["new@x"]


def test_a_full_mailbox_is_read_in_parts(imap: RunningImap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MAILS", 10)
    monkeypatch.setattr(module, "MOST_REPORTS", 3)
    for number in range(25):
        imap.add(postfix(f"{number}@x") if number % 3 == 0 else ORDINARY)
    position, seen, looks, more = START, [], 0, True
    while more:
        found = look(imap.server(), position)
        seen += [report.message_ids[0] for report in found.reports]
        assert len(found.reports) <= 3
        position, looks, more = found.position, looks + 1, found.more
    assert seen == [f"{number}@x" for number in range(0, 25, 3)]
    assert looks < 6


def test_a_huge_mail_is_cut_off(imap: RunningImap) -> None:
    imap.add(gmail() + b"x" * 3_000_000)
    imap.add(postfix("behind@x"))
    assert ids(imap) == [ID, "behind@x"]


@pytest.mark.parametrize("trouble", ["uid_behind", "timeless"])
def test_servers_that_say_it_in_another_way(imap: RunningImap, trouble: str) -> None:
    setattr(imap.trouble, trouble, True)
    imap.add(ORDINARY)
    imap.add(postfix())
    imap.add(postfix("two@x"))
    found = look(imap.server(), START)
    assert len(found.reports) == 2
    assert look(imap.server(), found.position).mails == 0


def test_names_and_folders_that_need_quoting() -> None:
    with RunningImap(password='a"b\\c d', folder='R&APw-ckl&AOQ-ufer &- \\"co\\"') as imap:
        imap.trouble.login_only = True
        imap.add(postfix())
        assert len(look(imap.server(folder='Rückläufer & "co"'), START).reports) == 1


def test_a_wrong_password_is_told_and_not_repeated(imap: RunningImap) -> None:
    for wrong in ("open sesame", "ouvre-toi, sésame"):
        with pytest.raises(MailboxRefused) as refused:
            look(imap.server(wrong), START)
        assert "does not accept the user name and password: [AUTHENTICATIONFAILED]" in refused.value.sentence
        assert wrong not in refused.value.sentence
    assert not any(command.startswith("EXAMINE") for command in imap.commands)


def test_a_folder_that_is_not_there(imap: RunningImap) -> None:
    with pytest.raises(MailboxRefused, match="The folder “Bounces” cannot be opened: Mailbox does not exist"):
        look(imap.server(folder="Bounces"), START)


@pytest.mark.parametrize("command", ["CAPABILITY", "EXAMINE", "SEARCH", "FETCH"])
def test_a_line_that_breaks_in_the_middle(imap: RunningImap, command: str) -> None:
    imap.add(postfix())
    imap.trouble.cuts_at = command
    with pytest.raises(MailboxUnreachable, match="broke off"):
        look(imap.server(), START)
    imap.trouble.cuts_at = ""
    assert ids(imap) == [ID]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("command", ["CAPABILITY", "AUTHENTICATE", "EXAMINE", "SEARCH", "FETCH"])
def test_a_silent_server(imap: RunningImap, command: str) -> None:
    imap.add(postfix())
    imap.trouble.hangs_at = command
    with pytest.raises(MailboxUnreachable, match="took too long"):
        look(imap.server(), START)


@pytest.mark.usefixtures("hasty")
def test_a_goodbye_that_never_comes_takes_nothing_away(imap: RunningImap) -> None:
    imap.add(postfix())
    imap.trouble.hangs_at = "LOGOUT"
    assert ids(imap) == [ID]


def test_a_server_that_drips_is_cut_off(imap: RunningImap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WHOLE_SECONDS", 0.5)
    imap.trouble.drips = True
    began = time.monotonic()
    with pytest.raises(MailboxUnreachable, match="took too long"):
        look(imap.server(), START)
    assert time.monotonic() - began < 10


def test_more_than_was_asked_for_is_not_taken(imap: RunningImap) -> None:
    imap.add(postfix())
    imap.trouble.floods = True
    with pytest.raises(MailboxUnreachable, match="more than was asked for"):
        look(imap.server(), START)


@pytest.mark.parametrize("command", ["SEARCH", "EXAMINE"])
def test_a_no_is_told_in_the_servers_words(imap: RunningImap, command: str) -> None:
    imap.trouble.says_no_to = command
    with pytest.raises(module.MailboxError, match="not now"):
        look(imap.server(), START)


def test_nobody_listening() -> None:
    imap = RunningImap(port=free_port())
    with pytest.raises(MailboxUnreachable, match="cannot be reached on port"):
        look(imap.server(), START)


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, public = certificate(tmp_path)
    with RunningImap(tls=context) as imap:
        imap.add(postfix())
        with pytest.raises(MailboxRefused, match="could not prove who it is: self-signed"):
            look(imap.server(), START)
        assert not any(PASSWORD in command or NAME in command for command in imap.commands)
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        mail.verifying_tls.cache_clear()
        try:
            assert ids(imap) == [ID]
        finally:
            mail.verifying_tls.cache_clear()


def test_a_server_without_tls_where_tls_is_wanted(imap: RunningImap) -> None:
    server = imap.server()
    with pytest.raises(MailboxRefused, match="does not speak TLS"):
        look(replace(server, tls=True), START)


def wait_for(imap: RunningImap, name: str) -> None:
    end = time.monotonic() + 20
    while not any(command.startswith(name) for command in imap.commands):
        assert time.monotonic() < end, f"{name} was never asked."
        time.sleep(0.01)


def test_a_look_that_is_given_up_ends_at_once(imap: RunningImap) -> None:
    imap.trouble.hangs_at = "EXAMINE"

    async def give_up() -> None:
        looking = asyncio.create_task(module.look(imap.server(), START))
        await asyncio.to_thread(wait_for, imap, "EXAMINE")
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert looking.cancelled()

    began = time.monotonic()
    # This waits for the thread as well.
    asyncio.run(give_up())
    assert time.monotonic() - began < module.STEP_SECONDS / 2
