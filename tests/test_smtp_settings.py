"""PORTAL_SMTP_URL and PORTAL_MAIL_FROM: what they mean, and what is refused in words without repeating the password."""

from pathlib import Path

import pytest

from portal_app.settings import SmtpServer, UnsafeSettings, is_mail_address, load_settings, read_smtp_url


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, "starttls")),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, "tls")),
        ("smtp://127.0.0.1:9103", SmtpServer("127.0.0.1", 9103, "none")),
        ("smtp://localhost:25?starttls=yes", SmtpServer("localhost", 25, "starttls")),
        ("smtp://relay.example.com:25?starttls=no", SmtpServer("relay.example.com", 25, "none")),
        (
            "smtps://me%40example.com:p%3Aa%2Fs%40s%25@mail.example.com:2465/",
            SmtpServer("mail.example.com", 2465, "tls", "me@example.com", "p:a/s@s%"),
        ),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, "none")),
    ],
)
def test_what_an_address_means(text: str, server: SmtpServer) -> None:
    found = read_smtp_url(text)
    assert found == server
    assert "password" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.com:587",
        "https://mail.example.com",
        "smtp://",
        "smtp://hunter2@mail.example.com",
        "smtp://me:hunter2@mail.example.com?starttls=no",
        "smtp://me:hunter2@mail.example.com?starttls=maybe",
        "smtp://me:hunter2@mail.example.com?tls=no",
        "smtps://me:hunter2@mail.example.com?starttls=no",
        "smtp://me:hunter2@mail.example.com:99999",
        "smtp://me:hunter2@mail.example.com/path",
        "smtp://me:hunter2%0d%0aX@mail.example.com",
        "smtp://me:hunter2@[mail",
    ],
)
def test_what_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        read_smtp_url(text)
    assert "PORTAL_SMTP_URL" in refused.value.sentence
    assert "hunter2" not in refused.value.sentence


def test_both_are_needed(portal_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().smtp_server is None
    monkeypatch.setenv("PORTAL_SMTP_URL", "smtp://me:hunter2@mail.example.com")
    with pytest.raises(UnsafeSettings, match="PORTAL_MAIL_FROM is empty"):
        load_settings()
    monkeypatch.setenv("PORTAL_MAIL_FROM", "Me <me@example.com>")
    with pytest.raises(UnsafeSettings, match="one plain address"):
        load_settings()
    monkeypatch.setenv("PORTAL_MAIL_FROM", "me@example.com")
    settings = load_settings()
    assert settings.smtp_server is not None
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "text", ["kim@example.com", "k.i-m+x@sub.example.co.uk", "o'neil@example.com", "u@bücher.example"]
)
def test_addresses(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "ü@b.example", "@", "a@", "@b", "a b@c.example", "a@b@c", "a@b\n", "a@b\r\nBcc: c@d", "a@b,c@d", "<a@b>",
     "a@-b", "a@b.", "\U0001f600@b.example", ".a@b", "a.@b", "a..b@c", "a@b..c", "a" * 250 + "@b.example",
     '"a b"@c.example', "a@b.example\0", "a@[127.0.0.1]"],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert not is_mail_address(text)
