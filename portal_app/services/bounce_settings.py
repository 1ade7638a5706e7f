"""Which mailbox mail comes back to: as the environment says, else as the office has set it; and how reading fares."""

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed
from portal_app.integrations.bounce_mailbox import Look, Position
from portal_app.models import BounceMailbox
from portal_app.services import activity, mails, sealed
from portal_app.services.actors import Actor, Staff, System
from portal_app.services.mail_settings import HOST
from portal_app.services.rights import Permission
from portal_app.settings import ImapServer, get_settings, imap_problem, is_loopback

ONLY_ROW = 1
EVERY_SECONDS = 300.0
MORE_SECONDS = 5.0
SLOWEST_SECONDS = 3600.0
_DICE = random.SystemRandom()
_ACTOR = System("bounces")


@dataclass(frozen=True, slots=True)
class ImapPreset:
    """A mail service people know by name: where its mailboxes are read, and what it wants to be told."""

    key: str
    name: str
    host: str
    hint: str


PRESETS = (
    ImapPreset(
        "google",
        "Gmail or Google Workspace",
        "imap.gmail.com",
        "User name: your whole address. Password: an app password, made at myaccount.google.com under Security.",
    ),
    ImapPreset(
        "microsoft",
        "Microsoft 365",
        "outlook.office365.com",
        "User name: your whole address. Microsoft has ended sign-in by password for most mailboxes; where it is "
        "refused, have mail that comes back redirected to a mailbox elsewhere.",
    ),
    ImapPreset(
        "fastmail",
        "Fastmail",
        "imap.fastmail.com",
        "User name: your whole address. Password: an app password, made under Privacy & Security.",
    ),
    ImapPreset(
        "own",
        "Another server",
        "",
        "Your provider tells the server. Amazon SES, Postmark and Mailgun have no mailbox to read.",
    ),
)


@dataclass(frozen=True, slots=True)
class BounceForm:
    """What the office types; an empty password keeps the one that is stored."""

    preset: str = ""
    host: str = ""
    port: str = ""
    username: str = ""
    password: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class BounceOverview:
    """How the mailbox is set and how reading it fares; the password stays where it is.

    `source` is environment, office or none; `failing` whether the last look failed, with `last_error` as its sentence.
    """

    source: str
    preset: str
    host: str
    port: int
    username: str
    has_password: bool
    folder: str
    came_back: int
    last_check_at: datetime | None
    last_success_at: datetime | None
    last_error: str


class BounceFormRefused(Invalid):
    """Fields that cannot be used; `fields` has a sentence for each by name."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("Please look at the fields marked below.")
        self.fields = fields


def mailbox(session: Session) -> ImapServer | None:
    """Return the mailbox that is read now, None while none is set; Invalid when its password cannot be unsealed."""
    server = get_settings().bounce_mailbox
    if server is not None:
        return server
    row = session.get(BounceMailbox, ONLY_ROW)
    if row is None or not row.host:
        return None
    password = sealed.unseal(row.password_sealed).get("password", "")
    return _server(row.host, row.port, row.username, password, row.folder)


def is_due(session: Session) -> bool:
    """Return whether it is time to look into the mailbox."""
    row, server = session.get(BounceMailbox, ONLY_ROW), get_settings().bounce_mailbox
    if server is None and (row is None or not row.host):
        return False
    if row is None or row.next_check_at is None or (server is not None and row.read_key != _key(server)):
        return True
    return row.next_check_at <= clock.now()


def position(session: Session, server: ImapServer) -> Position:
    """Return up to where this mailbox has been read; from the beginning when another one was read before."""
    row = session.get(BounceMailbox, ONLY_ROW)
    if row is None or row.read_key != _key(server):
        return Position()
    return Position(row.uid_validity, row.last_uid)


def note_look(session: Session, server: ImapServer, look: Look, came_back: int) -> None:
    """Keep how far a look came and that it worked; people whose next mail did not come back are believed again."""
    row, now = _row(session), clock.now()
    if not _stands(row, server):
        return
    known, found = position(session, server), look.position
    # Of two looks at once the one that came further counts.
    if row.read_key != _key(server) or known.validity != found.validity or known.last_uid < found.last_uid:
        row.read_key, row.uid_validity, row.last_uid = _key(server), found.validity, found.last_uid
    row.last_check_at = row.last_success_at = now
    row.next_check_at = now + timedelta(seconds=MORE_SECONDS if look.more else EVERY_SECONDS)
    row.failures, row.came_back = 0, row.came_back + came_back
    if row.last_error:
        row.last_error = ""
        activity.record(session, _ACTOR, "mail.bounces_read_again", subject=("bounce_mailbox", row.id))
    if not look.more:
        mails.forget_silent(session, now)


def note_failure(session: Session, server: ImapServer | None, sentence: str) -> None:
    """Keep why a look failed; the next one comes later with every failure in a row, up to an hour."""
    row, now = _row(session), clock.now()
    if server is not None and not _stands(row, server):
        return
    row.failures = min(row.failures + 1, 100)
    wait = min(SLOWEST_SECONDS, EVERY_SECONDS * 2 ** min(row.failures - 1, 8)) * _DICE.uniform(0.85, 1.0)
    row.last_check_at, row.next_check_at = now, now + timedelta(seconds=wait)
    if server is not None and row.read_key != _key(server):
        row.read_key, row.uid_validity, row.last_uid = _key(server), 0, 0
    if row.last_error != sentence[:1000]:
        row.last_error = sentence[:1000]
        activity.record(session, _ACTOR, "mail.bounces_unread", subject=("bounce_mailbox", row.id))


def overview(session: Session, actor: Actor) -> BounceOverview:
    """Return how the mailbox is set and how reading it fares."""
    require(actor)
    row, server = session.get(BounceMailbox, ONLY_ROW) or BounceMailbox(), get_settings().bounce_mailbox
    return BounceOverview(
        source="environment" if server else "office" if row.host else "none",
        preset=row.preset,
        host=server.host if server else row.host,
        port=server.port if server else row.port,
        username=server.username if server else row.username,
        has_password=bool(server or row.password_sealed),
        folder=server.folder if server else row.folder,
        came_back=row.came_back,
        last_check_at=row.last_check_at,
        last_success_at=row.last_success_at,
        last_error=row.last_error,
    )


def save(session: Session, actor: Actor, form: BounceForm) -> None:
    """Store which mailbox is read; raises BounceFormRefused with a sentence at each field that cannot be used."""
    require(actor)
    if get_settings().bounce_mailbox is not None:
        raise Invalid("The mailbox is set by PORTAL_BOUNCE_IMAP_URL on the server, which wins over what is set here.")
    row = _row(session)
    server = _checked(form, row)
    if form.password:
        row.password_sealed = sealed.seal({"password": form.password})
    row.preset = form.preset if form.preset in {preset.key for preset in PRESETS} else ""
    row.host, row.port, row.username, row.folder = server.host, server.port, server.username, server.folder
    _start_over(row)
    activity.record(session, actor, "mail.bounces_set", subject=("bounce_mailbox", row.id))


def clear(session: Session, actor: Actor) -> None:
    """Forget the mailbox that the office has set; nothing that comes back is read any more."""
    require(actor)
    row = _row(session)
    row.preset = row.host = row.username = row.password_sealed = ""
    row.port, row.folder = 993, "INBOX"
    _start_over(row)
    activity.record(session, actor, "mail.bounces_cleared", subject=("bounce_mailbox", row.id))


def require(actor: Actor) -> None:
    """Raise NotAllowed for anybody but staff who may change settings."""
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(Permission.CHANGE_SETTINGS)


def _stands(row: BounceMailbox, server: ImapServer) -> bool:
    """Return whether this is still the mailbox that is to be read: it may be set anew while a look lasts."""
    if get_settings().bounce_mailbox is not None:
        return True
    return (row.host, row.port, row.username, row.folder) == (server.host, server.port, server.username, server.folder)


def _start_over(row: BounceMailbox) -> None:
    row.failures, row.last_error = 0, ""
    row.next_check_at = row.last_check_at = row.last_success_at = None


def _row(session: Session) -> BounceMailbox:
    """Return the one row, locked against a second writer; made when there is none."""
    row = session.exec(select(BounceMailbox).where(BounceMailbox.id == ONLY_ROW).with_for_update()).first()
    if row is None:
        row = BounceMailbox(id=ONLY_ROW)
        session.add(row)
        session.flush()
    return row


def _server(host: str, port: int, username: str, password: str, folder: str) -> ImapServer:
    """Return the server: with TLS, but on this machine, where only port 993 means it."""
    return ImapServer(host, port, username, password, folder, tls=port == 993 or not is_loopback(host))


def _key(server: ImapServer) -> str:
    """Return what tells one mailbox from another, without the password."""
    parts = (server.username, server.host, str(server.port), server.folder)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _checked(form: BounceForm, row: BounceMailbox) -> ImapServer:
    wrong: dict[str, str] = {}
    host, username, folder = form.host.strip().lower(), form.username.strip(), form.folder.strip() or "INBOX"
    if not HOST.fullmatch(host) or ".." in host:
        wrong["host"] = "Please type the server's name, such as imap.example.com."
    digits = form.port.strip() or "993"
    port = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    if not 1 <= port <= 65535:
        wrong["port"] = "A port is a number from 1 to 65535, nearly always 993."
    if not username:
        wrong["username"] = "Please type the name you sign in to the mailbox with, most often its address."
    elif len(username) > 254 or len(form.password) > 500 or not username.isprintable():
        wrong["username"] = "No mail server takes such a name or password."
    if len(folder) > 200 or not folder.isprintable():
        wrong["folder"] = "Please type the folder's name as your mail program shows it, or leave INBOX."
    kept = row.password_sealed and (row.host, row.username) == (host, username)
    if not form.password and not kept:
        # A stored password never goes to another server, or with another name, than it was typed for.
        wrong["password"] = "Please type the password for this server and user name."  # noqa: S105 - a sentence
    elif not form.password.isprintable():
        wrong["password"] = "It holds a character that no server takes."  # noqa: S105 - a sentence
    if wrong:
        raise BounceFormRefused(wrong)
    server = _server(host, port, username, form.password or "kept", folder)
    if (problem := imap_problem(server)) is not None:
        raise BounceFormRefused({"host": problem[0].upper() + problem[1:]})
    return server
