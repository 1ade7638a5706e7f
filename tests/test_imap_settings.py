"""PORTAL_BOUNCE_IMAP_URL: what it means, and what is refused in words without repeating the password."""

from pathlib import Path

import pytest

from portal_app.settings import ImapServer, UnsafeSettings, load_settings, read_imap_url


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("imaps://me:pw@mail.example.com", ImapServer("mail.example.com", 993, "me", "pw")),
        ("imaps://me:pw@mail.example.com/", ImapServer("mail.example.com", 993, "me", "pw")),
        (
            "imaps://me%40example.com:p%3Aa%2Fs%40s%25@mail.example.com:1993/Bounces%2FR%C3%BCck",
            ImapServer("mail.example.com", 1993, "me@example.com", "p:a/s@s%", "Bounces/Rück"),
        ),
        ("imap://me:pw@127.0.0.1/INBOX", ImapServer("127.0.0.1", 143, "me", "pw", tls=False)),
        ("imap://me:pw@[::1]:9104", ImapServer("::1", 9104, "me", "pw", tls=False)),
    ],
)
def test_what_an_address_means(text: str, server: ImapServer) -> None:
    assert read_imap_url(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.com",
        "https://me:hunter2@mail.example.com",
        "imaps://",
        "imaps://me:hunter2@",
        "imaps://mail.example.com",
        "imaps://me@mail.example.com",
        "imaps://:hunter2@mail.example.com",
        "imap://me:hunter2@mail.example.com",
        "imap://me:hunter2@mail.example.com:993/INBOX",
        "imaps://me:hunter2@mail.example.com:99999",
        "imaps://me:hunter2@mail.example.com/INBOX?tls=no",
        "imaps://me:hunter2@mail.example.com/INBOX#x",
        "imaps://me:hunter2%0d%0aA1%20LOGOUT@mail.example.com",
        "imaps://me:hunter2@mail.example.com/INBOX%0d%0aX",
        "imaps://me:hunter2@[mail",
    ],
)
def test_what_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_imap_url(text)
    assert "PORTAL_BOUNCE_IMAP_URL" in refused.value.sentence
    assert "hunter2" not in refused.value.sentence


def test_a_portal_with_a_wrong_one_does_not_start(portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().bounce_mailbox is None
    monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", "imap://me:hunter2@mail.example.com")
    with pytest.raises(UnsafeSettings, match="without TLS the password would travel unprotected"):
        load_settings()
    monkeypatch.setenv("PORTAL_BOUNCE_IMAP_URL", "imaps://me:hunter2@mail.example.com")
    settings = load_settings()
    assert settings.bounce_mailbox is not None
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.bounce_mailbox)
