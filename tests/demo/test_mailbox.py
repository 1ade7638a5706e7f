import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from portal_app.demo.mailbox import store as store_module
from tests.demo.running_mailbox import RunningMailbox


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[RunningMailbox]:
    with RunningMailbox(tmp_path) as running:
        yield running


def letter(to: str = "kim@example.com", subject: str = "Grüße & more", html: str = "<p>Hallo</p>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Office <office@example.com>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Message-ID"] = "<one@example.com>"
    mail.set_content("Hällo\n")
    mail.add_alternative(html, subtype="html")
    return mail


def send(mailbox: RunningMailbox, *mails: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as line:
        for mail in mails:
            line.send_message(mail)


def test_it_works(mailbox: RunningMailbox) -> None:
    send(mailbox, letter(), letter("other@example.com", "Second"))
    second, first = mailbox.messages()
    assert (first["to"], first["subject"]) == ("kim@example.com", "Grüße & more")
    assert (first["text"].strip(), first["html"].strip()) == ("Hällo", "<p>Hallo</p>")
    assert first["message_id"] == "<one@example.com>"
    assert second["received_at"] >= first["received_at"]
    assert [mail["subject"] for mail in mailbox.messages("OTHER@example.com")] == ["Second"]
    assert mailbox.wait_for("kim@example.com", "grüße")["id"] == first["id"]


def test_many_at_once_of_both_kinds_on_the_one_port(mailbox: RunningMailbox) -> None:
    silent = [socket.create_connection(("127.0.0.1", mailbox.port)) for _ in range(5)]
    for _ in range(3):
        send(mailbox, letter())
        assert httpx.get(mailbox.url, trust_env=False).status_code == 200
    for line in silent:
        line.settimeout(5)
        assert line.recv(100).startswith(b"220 mailbox.example")
        line.close()
    assert len(mailbox.messages()) == 3


def test_what_arrived_outlives_a_restart(mailbox: RunningMailbox) -> None:
    send(mailbox, letter())
    mailbox.stop()
    with pytest.raises(httpx.ConnectError):
        mailbox.messages()
    mailbox.start()
    assert len(mailbox.messages()) == 1


def test_only_the_newest_are_kept(mailbox: RunningMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MOST_MESSAGES", 3)
    send(mailbox, *(letter(subject=f"Mail {number}") for number in range(5)))
    assert [mail["subject"] for mail in mailbox.messages()] == ["Mail 4", "Mail 3", "Mail 2"]


def test_trouble_on_demand(mailbox: RunningMailbox) -> None:
    mailbox.trouble.refused.add("kim@example.com")
    mailbox.trouble.busy = 1
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(mailbox, letter())
    assert refused.value.recipients["kim@example.com"][0] == 550
    with pytest.raises(smtplib.SMTPDataError) as busy:
        send(mailbox, letter("other@example.com"))
    assert busy.value.smtp_code == 451
    mailbox.trouble.drops = 1
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mailbox, letter("other@example.com"))
    assert len(mailbox.messages()) == 1


def test_a_password_is_checked_where_one_is_set(mailbox: RunningMailbox) -> None:
    mailbox.trouble.sign_in = ("postmaster", "pa ss:word")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as line:
        line.ehlo()
        assert line.mail("office@example.com")[0] == 530
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as line:
        line.ehlo()
        line.user, line.password = "postmaster", "wrong"
        with pytest.raises(smtplib.SMTPAuthenticationError):
            line.auth("PLAIN", line.auth_plain)
        line.user, line.password = mailbox.trouble.sign_in
        assert line.auth("PLAIN", line.auth_plain)[0] == 235


def test_the_page_shows_mails_and_runs_nothing_of_them(mailbox: RunningMailbox) -> None:
    evil = "<script>alert(1)</script><a href='https://example.com'>go</a>"
    send(mailbox, letter(subject=evil, html=evil))
    listing = httpx.get(mailbox.url, trust_env=False)
    assert "<script>" not in listing.text
    assert "&lt;script&gt;" in listing.text
    number = mailbox.messages()[0]["id"]
    shown = httpx.get(f"{mailbox.url}/messages/{number}", trust_env=False)
    assert "<script>" not in shown.text
    assert f"/messages/{number}/html" in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]
    body = httpx.get(f"{mailbox.url}/messages/{number}/html", trust_env=False)
    assert '<base target="_blank">' in body.text
    assert "sandbox allow-popups" in body.headers["content-security-policy"]
    assert "default-src 'none'" in body.headers["content-security-policy"]


def test_it_answers_only_to_the_names_of_this_machine(mailbox: RunningMailbox) -> None:
    answer = httpx.get(f"{mailbox.url}/api/messages", headers={"Host": "evil.example"}, trust_env=False)
    assert answer.status_code == 400
    assert httpx.get(f"{mailbox.url}/messages/99", trust_env=False).status_code == 404


def test_it_can_be_emptied_by_its_own_page_alone(mailbox: RunningMailbox) -> None:
    send(mailbox, letter())
    httpx.post(f"{mailbox.url}/empty", headers={"Sec-Fetch-Site": "cross-site"}, trust_env=False)
    assert len(mailbox.messages()) == 1
    httpx.post(f"{mailbox.url}/empty", headers={"Sec-Fetch-Site": "same-origin"}, trust_env=False)
    assert mailbox.messages() == []
