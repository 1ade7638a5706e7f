"""Mail handed to real SMTP servers: plain, STARTTLS, TLS, with sign-in, refusing, silent, and lying."""

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from portal_app.integrations import mail as module
from portal_app.integrations.mail import Letter, MailLater, MailRefused, MailServerRefused, compose, one_line, send
from portal_app.settings import SmtpServer
from tests.demo.running_mailbox import RunningMailbox
from tests.running import free_port

LETTER = Letter(
    to="kim@example.com",
    subject="Your code is 123 456",
    text="Hällo\n",
    html="<p>Hällo</p>",
    from_name="Bell & Daughters, Ltd.",
    from_address="portal@example.com",
    reply_to="office@example.com",
    mail_id="abc_-1@portal.example.com",
)


def letter(**changes: Any) -> Letter:
    return Letter(**{**{name: getattr(LETTER, name) for name in Letter.__slots__}, **changes})


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[RunningMailbox]:
    with RunningMailbox(tmp_path) as running:
        yield running


def plain(mailbox: RunningMailbox, **sign_in: str) -> SmtpServer:
    return SmtpServer("127.0.0.1", mailbox.port, "none", **sign_in)


async def test_it_works(mailbox: RunningMailbox) -> None:
    await send(plain(mailbox), LETTER)
    [mail] = mailbox.messages()
    assert (mail["to"], mail["subject"], mail["message_id"]) == (LETTER.to, LETTER.subject, f"<{LETTER.mail_id}>")
    assert mail["from"] == '"Bell & Daughters, Ltd." <portal@example.com>'
    assert mail["reply_to"] == "office@example.com"
    assert (mail["text"].strip(), mail["html"].strip()) == ("Hällo", "<p>Hällo</p>")
    assert set(mail["headers"]) == {
        "From", "To", "Subject", "Reply-To", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "MIME-Version", "Content-Type",
    }  # fmt: skip


async def test_a_name_and_password_of_any_letters(mailbox: RunningMailbox) -> None:
    mailbox.trouble.sign_in = ("pörtal", "pa ss:wörd@/%")
    await send(plain(mailbox, username="pörtal", password="pa ss:wörd@/%"), LETTER)
    assert len(mailbox.messages()) == 1
    with pytest.raises(MailServerRefused, match="user name and password: 535") as refused:
        await send(plain(mailbox, username="pörtal", password="hunter2"), LETTER)
    assert "hunter2" not in str(refused.value)
    with pytest.raises(MailServerRefused, match="530"):
        await send(plain(mailbox), LETTER)


async def test_what_each_refusal_means(mailbox: RunningMailbox) -> None:
    mailbox.trouble.refused.add("kim@example.com")
    with pytest.raises(MailRefused, match="There is nobody") as refused:
        await send(plain(mailbox), LETTER)
    assert refused.value.about_recipient
    mailbox.trouble.refused.clear()
    mailbox.trouble.busy = 1
    with pytest.raises(MailLater, match="451"):
        await send(plain(mailbox), LETTER)
    mailbox.trouble.drops = 1
    with pytest.raises(MailLater, match="broke off"):
        await send(plain(mailbox), LETTER)
    mailbox.stop()
    with pytest.raises(MailLater, match="cannot be reached"):
        await send(plain(mailbox), LETTER)
    mailbox.start()


@pytest.mark.parametrize(
    ("answer", "kind", "about_recipient"),
    [
        ("552 5.2.2 Mailbox full", MailRefused, True),
        ("554 5.7.1 That looks like spam", MailRefused, False),
        ("550 5.1.1 Nobody", MailRefused, True),
        ("452 4.2.2 Over quota", MailLater, None),
    ],
)
async def test_a_refusal_after_the_words(answer: str, kind: type[Exception], about_recipient: bool | None) -> None:
    async with server(Handler(data=answer)) as port:
        with pytest.raises(kind) as trouble:
            await send(SmtpServer("127.0.0.1", port, "none"), LETTER)
    assert getattr(trouble.value, "about_recipient", None) is about_recipient


async def test_a_refused_sender_is_the_offices_to_put_right() -> None:
    async with server(Handler(sender="550 5.7.60 You may not send as this")) as port:
        with pytest.raises(MailServerRefused, match="sender address: 550"):
            await send(SmtpServer("127.0.0.1", port, "none"), LETTER)


class Handler:
    """An SMTP server's mind, in two answers."""

    def __init__(self, data: str = "250 OK", sender: str = "") -> None:
        self.data, self.sender = data, sender
        self.kept: list[str] = []

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Envelope, address: str, options: Any) -> str:
        envelope.mail_from = address
        return self.sender or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.kept.append(str(envelope.content))
        return self.data


@asynccontextmanager
async def server(handler: Any, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None):
    loop = asyncio.get_running_loop()

    def make() -> SMTP:
        return SMTP(
            handler,
            hostname="mail.test",
            loop=loop,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
        )

    listening = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


def certificate(folder: Path, name: str = "localhost", days: int = 10) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for a name of this machine; returns the server's context and the file to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=20))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.2"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's context with a certificate for localhost that this process trusts."""
    context, public = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    module.verifying_tls.cache_clear()
    yield context
    module.verifying_tls.cache_clear()


async def test_starttls_and_tls_from_the_start(trusting: ssl.SSLContext) -> None:
    for security, given_to in (("starttls", {"starttls": trusting}), ("tls", {"tls": trusting})):
        handler = Handler()
        async with server(handler, **given_to) as port:
            await send(SmtpServer("localhost", port, security, "portal", "secret"), LETTER)
        assert len(handler.kept) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path: Path, security: str) -> None:
    context, _ = certificate(tmp_path)
    handler = Handler()
    given_to = {"tls": context} if security == "tls" else {"starttls": context}
    async with server(handler, **given_to) as port:
        with pytest.raises(MailServerRefused, match="could not prove who it is: self-signed"):
            await send(SmtpServer("localhost", port, security, "portal", "secret"), LETTER)
    assert handler.kept == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_another_name_or_age_is_none(trusting: ssl.SSLContext, security: str) -> None:
    handler = Handler()
    given_to = {"tls": trusting} if security == "tls" else {"starttls": trusting}
    async with server(handler, **given_to) as port:
        with pytest.raises(MailServerRefused, match="could not prove"):
            await send(SmtpServer("127.0.0.1", port, security), LETTER)
    assert handler.kept == []


async def test_no_starttls_is_never_taken_for_plain(mailbox: RunningMailbox) -> None:
    with pytest.raises(MailServerRefused, match="does not offer STARTTLS"):
        await send(SmtpServer("127.0.0.1", mailbox.port, "starttls", "portal", "secret"), LETTER)
    with pytest.raises(MailServerRefused, match="does not speak TLS"):
        await send(SmtpServer("127.0.0.1", mailbox.port, "tls"), LETTER)
    assert mailbox.messages() == []


class Silent(asyncio.Protocol):
    """A server that takes the call and says nothing."""

    def __init__(self, gone: asyncio.Event) -> None:
        self.gone = gone

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


class Dripping(Silent):
    """A server that never ends its greeting."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.drip()

    def drip(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"220-still thinking\r\n")
            asyncio.get_running_loop().call_later(0.02, self.drip)


@pytest.mark.parametrize(("kind", "bound"), [(Silent, "STAGE_SECONDS"), (Dripping, "WHOLE_SECONDS")])
async def test_nobody_is_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch, kind: type[Silent], bound: str) -> None:
    monkeypatch.setattr(module, bound, 0.3)
    gone = asyncio.Event()
    listening = await asyncio.get_running_loop().create_server(lambda: kind(gone), "127.0.0.1", 0)
    with pytest.raises(MailLater, match="took too long"):
        await send(SmtpServer("127.0.0.1", listening.sockets[0].getsockname()[1], "none"), LETTER)
    await asyncio.wait_for(gone.wait(), 10)
    listening.close()


async def test_a_server_that_talks_nonsense_is_tried_later() -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    talking = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    with pytest.raises(module.MailError):
        await send(SmtpServer("127.0.0.1", talking.sockets[0].getsockname()[1], "none"), LETTER)
    talking.close()
    with pytest.raises(MailLater):
        await send(SmtpServer("127.0.0.1", free_port(), "none"), LETTER)


def parsed(mail: Letter) -> EmailMessage:
    found = message_from_bytes(compose(mail).as_bytes(policy=policy.SMTP), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


EVIL = "Kim\r\nBcc: victim@example.com\r\n\r\n<script>\x00\u2028\x85"
NAMES = [
    "",
    EVIL,
    "x" * 1000,
    "Ü" * 1000,
    'Ann "Quote" O\'Neil, (Ltd) <a@b.c>',
    "=?utf-8?q?evil?=",
    "山田 太郎" * 40,
    "\\",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_or_subject_breaks_out_of_its_line(name: str) -> None:
    mail = parsed(letter(from_name=name, subject=name, reply_to=name))
    assert mail.get_all("Bcc") is None
    assert [address.addr_spec for address in mail["From"].addresses] == ["portal@example.com"]
    assert [address.addr_spec for address in mail["To"].addresses] == ["kim@example.com"]
    assert mail["Reply-To"] is None
    assert mail["Message-ID"] == f"<{LETTER.mail_id}>"
    assert mail.get_body(("plain",)).get_content().strip() == "Hällo"  # type: ignore[union-attr]
    assert len(mail["Subject"]) <= 200


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_typed_stays_in_its_header(name: str, subject: str) -> None:
    mail = parsed(letter(from_name=name, subject=subject))
    assert [address.addr_spec for address in mail["From"].addresses] == ["portal@example.com"]
    assert {header.lower() for header in mail} <= {
        "from", "to", "subject", "reply-to", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
        "mime-version", "content-type",
    }  # fmt: skip
    assert not mail.defects


def test_lines_are_short_and_ascii_whatever_is_inside() -> None:
    raw = compose(letter(text="ü" * 5000, html="<p>" + "x" * 5000 + "</p>", subject="Ü" * 500)).as_bytes(
        policy=policy.SMTP
    )
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


async def test_a_domain_with_other_letters(mailbox: RunningMailbox) -> None:
    await send(plain(mailbox), letter(to="kim@bücher.example"))
    assert [mail["to"] for mail in mailbox.messages()] == ["kim@xn--bcher-kva.example"]
    with pytest.raises(MailRefused, match="not an e-mail address"):
        await send(plain(mailbox), letter(to="jürgen@example.com"))


def test_one_line() -> None:
    assert one_line("a\r\nb\tc\x00 d", 100) == "a b c d"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
