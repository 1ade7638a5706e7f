"""How the portal sends mail: what the environment says, else what the office has set."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.models import Login, MailSettings, Outbox
from portal_app.services import activity, mails, outbox, sealed
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.mails import Mail
from portal_app.services.rights import Permission
from portal_app.settings import SmtpServer, get_settings, is_mail_address, smtp_problem

ONLY_ROW = 1
SECURITIES = ("tls", "starttls", "none")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_ACTOR = System("outbox")


@dataclass(frozen=True, slots=True)
class Preset:
    """A mail service people know by name: where it takes mail, and what it wants as user name and password."""

    key: str
    name: str
    host: str
    port: int
    security: str
    hint: str


PRESETS = (
    Preset(
        "google",
        "Gmail or Google Workspace",
        "smtp.gmail.com",
        465,
        "tls",
        "User name: your whole address. Password: an app password, made at myaccount.google.com under Security.",
    ),
    Preset(
        "microsoft",
        "Microsoft 365",
        "smtp.office365.com",
        587,
        "starttls",
        "User name: your whole address. The mailbox must allow “Authenticated SMTP” in the Microsoft 365 admin centre.",
    ),
    Preset(
        "fastmail",
        "Fastmail",
        "smtp.fastmail.com",
        465,
        "tls",
        "User name: your whole address. Password: an app password, made under Privacy & Security.",
    ),
    Preset(
        "ses",
        "Amazon SES",
        "email-smtp.eu-west-1.amazonaws.com",
        587,
        "starttls",
        "Put your own region into the server's name. User name and password: the SMTP credentials of SES.",
    ),
    Preset(
        "postmark",
        "Postmark",
        "smtp.postmarkapp.com",
        587,
        "starttls",
        "User name and password: both the server's API token.",
    ),
    Preset(
        "mailgun",
        "Mailgun",
        "smtp.mailgun.org",
        587,
        "starttls",
        "For a European domain use smtp.eu.mailgun.org. User name and password: the domain's SMTP credentials.",
    ),
    Preset("own", "Another server", "", 587, "starttls", "Your provider tells server, port and how it is protected."),
)


@dataclass(frozen=True, slots=True)
class MailRoute:
    """How mail leaves now: the server and the address it comes from."""

    server: SmtpServer
    from_address: str


@dataclass(frozen=True, slots=True)
class MailForm:
    """What the office types; an empty password keeps the one that is stored."""

    preset: str = ""
    host: str = ""
    port: str = ""
    security: str = ""
    username: str = ""
    password: str = ""
    from_address: str = ""


@dataclass(frozen=True, slots=True)
class MailOverview:
    """How mail is set, for the office; the password stays where it is.

    `source` is environment, office or none.
    """

    source: str
    preset: str
    host: str
    port: int
    security: str
    username: str
    has_password: bool
    from_address: str
    waiting: int
    last_test_at: datetime | None
    last_test_error: str


class MailFormRefused(Invalid):
    """Fields that cannot be used; `fields` has a sentence for each by name."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("Please look at the fields marked below.")
        self.fields = fields


def route(session: Session) -> MailRoute | None:
    """Return how mail leaves now, None while nothing is set and mail has to wait."""
    settings = get_settings()
    server = settings.smtp_server
    if server is not None:
        return MailRoute(server, settings.mail_from)
    row = session.get(MailSettings, ONLY_ROW)
    if row is None or not row.host:
        return None
    password = sealed.unseal(row.password_sealed).get("password", "")
    server = SmtpServer(row.host, row.port, row.security, row.username, password)
    return MailRoute(server, settings.mail_from or row.from_address)


def is_set(session: Session) -> bool:
    """Return whether there is a way for mail to leave."""
    if get_settings().smtp_server is not None:
        return True
    row = session.get(MailSettings, ONLY_ROW)
    return row is not None and row.host != ""


def overview(session: Session, actor: Actor) -> MailOverview:
    """Return how mail is set and how the last test went."""
    _require(actor)
    settings, row = get_settings(), session.get(MailSettings, ONLY_ROW) or MailSettings()
    server = settings.smtp_server
    shown = server or SmtpServer(row.host, row.port, row.security, row.username)
    return MailOverview(
        source="environment" if server else "office" if row.host else "none",
        preset=row.preset,
        host=shown.host,
        port=shown.port,
        security=shown.security,
        username=shown.username,
        has_password=bool(server.password if server else row.password_sealed),
        from_address=settings.mail_from or row.from_address,
        waiting=outbox.waiting(session, outbox.MAIL),
        last_test_at=row.last_test_at,
        last_test_error=row.last_test_error,
    )


def save(session: Session, actor: Actor, form: MailForm) -> None:
    """Store how mail leaves; raises MailFormRefused with a sentence at each field that cannot be used."""
    _require(actor)
    if get_settings().smtp_server is not None:
        raise Invalid("Mail is set by PORTAL_SMTP_URL on the server, which wins over what is set here.")
    row = _row(session)
    server = _checked(form, row)
    if form.password or not server.username:
        row.password_sealed = sealed.seal({"password": form.password} if server.username else {})
    row.preset = form.preset if form.preset in {preset.key for preset in PRESETS} else ""
    row.host, row.port, row.security, row.username = server.host, server.port, server.security, server.username
    row.from_address = form.from_address.strip()
    _forget_last_test(row)
    activity.record(session, actor, "mail.set", subject=("mail_settings", row.id))
    wake(session)


def clear(session: Session, actor: Actor) -> None:
    """Forget what the office has set; mail waits again."""
    _require(actor)
    row = _row(session)
    row.host = row.username = row.password_sealed = row.from_address = row.preset = ""
    row.port, row.security = 587, "starttls"
    _forget_last_test(row)
    activity.record(session, actor, "mail.cleared", subject=("mail_settings", row.id))


def send_test(session: Session, actor: Actor) -> str:
    """Queue a test message to the address the person signs in with, and return that address."""
    _require(actor)
    assert isinstance(actor, Staff)
    if route(session) is None:
        raise Invalid("Mail is not set up yet: fill in the form and save it first.")
    to = session.get_one(Login, actor.login_id).email
    _forget_last_test(_row(session))
    mails.queue(session, Mail.TEST, to, {"by": actor.name})
    activity.record(session, actor, "mail.test_asked")
    return to


def note_test(session: Session, error: str) -> None:
    """Keep how a test message fared; `error` is empty when it was taken."""
    row = _row(session)
    row.last_test_at, row.last_test_error = clock.now(), error[:1000]
    activity.record(session, _ACTOR, "mail.tested", subject=("mail_settings", row.id))


def wake(session: Session) -> None:
    """Let mail that was waiting for a better moment leave now: the way out has changed."""
    waiting = update(Outbox).where(col(Outbox.kind) == outbox.MAIL, col(Outbox.state) == outbox.PENDING)
    session.connection().execute(waiting.values(next_at=clock.now()))


def _require(actor: Actor) -> None:
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.CHANGE_SETTINGS)


def _row(session: Session) -> MailSettings:
    """Return the one row, locked against a second writer; made when there is none."""
    row = session.exec(select(MailSettings).where(MailSettings.id == ONLY_ROW).with_for_update()).first()
    if row is None:
        row = MailSettings(id=ONLY_ROW)
        session.add(row)
        session.flush()
    return row


def _forget_last_test(row: MailSettings) -> None:
    row.last_test_at, row.last_test_error = None, ""


def _checked(form: MailForm, row: MailSettings) -> SmtpServer:
    wrong: dict[str, str] = {}
    host, username = form.host.strip().lower(), form.username.strip()
    if not HOST.fullmatch(host) or ".." in host:
        wrong["host"] = "Please type the server's name, such as smtp.example.com."
    port = int(form.port) if form.port.strip().isascii() and form.port.strip().isdigit() and len(form.port) < 7 else 0
    if not 1 <= port <= 65535:
        wrong["port"] = "A port is a number from 1 to 65535, most often 587 or 465."
    if form.security not in SECURITIES:
        wrong["security"] = "Please choose how the connection is protected."
    if not is_mail_address(form.from_address.strip()):
        wrong["from_address"] = "Please type one plain address, such as portal@example.com."
    if len(username) > 254 or len(form.password) > 500:
        wrong["username"] = "That is longer than any mail server takes."
    kept = row.password_sealed and (row.host, row.username) == (host, username)
    if username and not form.password and not kept:
        # A stored password never goes to another server, or with another name, than it was typed for.
        wrong["password"] = "Please type the password for this server and user name."  # noqa: S105 - a sentence
    password = form.password or (sealed.unseal(row.password_sealed).get("password", "") if kept else "")
    server = SmtpServer(host, port, form.security, username, password if username else "")
    if form.password and not username:
        wrong["username"] = "A password needs the user name it belongs to."
    problem = smtp_problem(server) if not wrong else None
    if problem:
        wrong["security"] = problem[0].upper() + problem[1:]
    if wrong:
        raise MailFormRefused(wrong)
    return server
