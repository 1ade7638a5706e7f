"""Handing one mail to an SMTP server: how it is put together, and what each answer means."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

import aiosmtplib
import certifi

from portal_app.errors import PortalError
from portal_app.settings import SmtpServer, is_mail_address

STAGE_SECONDS = 20.0
WHOLE_SECONDS = 60.0
LONGEST_NAME = 120
LONGEST_SUBJECT = 200
_LONGEST_ANSWER = 200


class MailError(PortalError):
    """Base of all trouble with sending; the sentence is for the office and holds no secret."""


class MailLater(MailError):
    """The server could not be reached or asked to come again; the same mail may go through later."""


class MailServerRefused(MailError):
    """The server takes nothing as things are set: sign-in, certificate, sender; only a person can help."""


class MailRefused(MailError):
    """This mail is not taken, now or later; `about_recipient` says whether the address itself is at fault."""

    def __init__(self, sentence: str, *, about_recipient: bool) -> None:
        super().__init__(sentence)
        self.about_recipient = about_recipient


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A PDF that goes with a letter, and its name."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready to be sent; `mail_id` is the same at every attempt, so that doubles can be told."""

    to: str
    subject: str
    text: str
    html: str
    from_name: str
    from_address: str
    reply_to: str
    mail_id: str
    enclosed: Enclosed | None = None


async def send(server: SmtpServer, letter: Letter) -> None:
    """Hand the letter to the server; raises MailLater, MailServerRefused or MailRefused with a sentence."""
    to, sender = _envelope_address(letter.to), _envelope_address(letter.from_address)
    try:
        content = compose(letter).as_bytes(policy=policy.SMTP)
    except (ValueError, MessageError) as error:
        raise MailRefused(f"This mail cannot be written: {error}"[:200], about_recipient=False) from error
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username or None,
        password=server.password or None,
        # Otherwise the machine's own name is looked up, which can take long and tells the server about us.
        local_hostname=sender.rpartition("@")[2],
        timeout=STAGE_SECONDS,
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        tls_context=verifying_tls() if server.security != "none" else None,
    )
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            await _hand_over(client, sender, to, content)
    except MailError:
        raise
    except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _trouble(error, server) from None
    finally:
        client.close()


async def _hand_over(client: aiosmtplib.SMTP, sender: str, to: str, content: bytes) -> None:
    await client.connect()
    await client.sendmail(sender, [to], content)
    try:
        await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        return  # It has been taken; how the line ends does not matter.


def compose(letter: Letter) -> EmailMessage:
    """Return the letter as a MIME message: plain text and HTML, every header on lines of its own making."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(
        display_name=one_line(letter.from_name, LONGEST_NAME), addr_spec=_envelope_address(letter.from_address)
    )
    mail["To"] = Address(addr_spec=_envelope_address(letter.to))
    mail["Subject"] = one_line(letter.subject, LONGEST_SUBJECT)
    if is_mail_address(letter.reply_to):
        mail["Reply-To"] = Address(addr_spec=_envelope_address(letter.reply_to))
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{letter.mail_id}>"
    # RFC 3834: no out-of-office answers, please; the second is what Exchange looks at.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    if letter.enclosed is not None:
        name = one_line(letter.enclosed.name, LONGEST_NAME).replace('"', "")
        mail.add_attachment(letter.enclosed.data, maintype="application", subtype="pdf", filename=name)
    return mail


def one_line(text: str, longest: int) -> str:
    """Return the text without line breaks and other characters that are not shown, shortened to `longest`."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    words = " ".join(shown.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _envelope_address(address: str) -> str:
    """Return an address as a server understands it, its domain in ASCII; MailRefused for what is none."""
    try:
        if not is_mail_address(address):
            raise UnicodeError
        name, _, domain = address.rpartition("@")
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise MailRefused("That is not an e-mail address anybody can write to.", about_recipient=True) from None


@lru_cache(maxsize=1)
def verifying_tls() -> ssl.SSLContext:
    """Return a context that verifies: the system's authorities, and Mozilla's where the system has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _trouble(error: Exception, server: SmtpServer) -> MailError:
    """Return what an error means for this mail, in a sentence for the office."""
    return _answered(error) or _not_spoken(error, server)


def _answered(error: Exception) -> MailError | None:
    """Return what the server's own answer means; None when there was none."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return _refusal(first.code, first.message, " for this address", about_recipient=True)
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _refusal(error.code, error.message, "", about_recipient=_about_mailbox(error.message))
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return None
    if error.code < 500:
        return MailLater(f"The mail server asked to come again later: {_said(error)}.")
    did = "answered with a refusal"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        did = "does not accept the user name and password"
    elif isinstance(error, aiosmtplib.SMTPSenderRefused):
        did = "does not send for this sender address"
    return MailServerRefused(f"The mail server {did}: {_said(error)}.")


def _not_spoken(error: Exception, server: SmtpServer) -> MailError:
    """Return what it means that no mail could be handed over."""
    if (reason := certificate_problem(error)) is not None:
        return MailServerRefused(f"The mail server {server.host} could not prove who it is: {reason}.")
    if isinstance(error, TimeoutError):
        return MailLater(f"The mail server {server.host} took too long to answer.")
    if isinstance(error, ValueError):
        return MailRefused("This mail cannot be put into the words of SMTP.", about_recipient=False)
    if isinstance(error, aiosmtplib.SMTPException) and "not supported" in str(error).lower():
        lacks = "STARTTLS" if "starttls" in str(error).lower() else "a sign-in by password"
        return MailServerRefused(f"The mail server {server.host} does not offer {lacks} on port {server.port}.")
    return MailLater(f"The mail server {server.host} cannot be reached on port {server.port}, or broke off.")


def _refusal(code: int, message: str, whom: str, *, about_recipient: bool) -> MailError:
    said = f"{code} {_clean(message)}".strip()
    if code < 500:
        return MailLater(f"The mail server asked to come again later: {said}.")
    return MailRefused(f"The mail server refused the mail{whom}: {said}.", about_recipient=about_recipient)


def _about_mailbox(message: str) -> bool:
    """Return whether an enhanced status (RFC 3463) speaks of the recipient's address or mailbox."""
    return "5.1." in message[:12] or "5.2." in message[:12]


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {_clean(error.message)}".rstrip()


def _clean(message: str) -> str:
    return one_line(message, _LONGEST_ANSWER).rstrip(".")


def certificate_problem(error: BaseException | None) -> str | None:
    """Return why TLS failed, looking through what the error was made of; None when it was something else."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return one_line(error.verify_message or "its certificate is not valid", _LONGEST_ANSWER).rstrip(".")
        if isinstance(error, ssl.SSLError):
            return "it does not speak TLS on this port"
        error = error.__cause__ or error.__context__
    return None
