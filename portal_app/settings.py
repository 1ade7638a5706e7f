"""Settings from the environment or `.env`; read once; refuses to start when unsafe."""

import ipaddress
import os
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from portal_app.errors import PortalError

ROOT = Path(__file__).resolve().parent.parent
SECRET_FILE = "secret.key"  # noqa: S105 - a file name


_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"\x00-\x1f\x7f-\U0010ffff]{1,64}@[A-Za-z0-9\u0080-\U0010ffff.-]{1,190}")
# A name with a dot and a last part that no number has: no address inside our own network.
_HOST = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
STRIPE_HOST = "api.stripe.com"
_STRIPE_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{8,300}")
_STRIPE_SECRET = re.compile(r"whsec_[A-Za-z0-9_+/=]{8,300}")


class UnsafeSettings(PortalError):
    """The settings would put people at risk or cannot work; the sentence says what to change."""


def _yes(value: object) -> object:
    """Read the words people write for true and false; an empty value is false."""
    words = {"yes": True, "on": True, "1": True, "true": True, "no": False, "off": False, "0": False, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) and value else (value or False)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server that takes the portal's mail; `security` is tls (from the first byte), starttls or none."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ImapServer:
    """A mailbox that is read by IMAP; `tls` from the first byte, off only on this machine."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: bool = True


YesNo = Annotated[bool, BeforeValidator(_yes)]


class Settings(BaseSettings):
    """What one installation is told from outside; names and defaults as in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_",
        # Tests, the demo and the build name another file, so that a real portal's `.env` cannot reach them.
        env_file=os.environ.get("PORTAL_ENV_FILE", ".env"),
        extra="ignore",
        env_ignore_empty=True,
    )

    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    data_dir: Path = Path("data")
    database_url: str = ""
    secret_key: SecretStr = SecretStr("")
    crm_url: str = ""
    crm_token: SecretStr = SecretStr("")
    crm_file_hosts: str = ""
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""
    bounce_imap_url: SecretStr = SecretStr("")
    crm_poll_seconds: float = Field(default=60, ge=1, le=3600)
    trusted_proxy_hops: int = Field(default=0, ge=0, le=5)
    allow_http: YesNo = False
    offline_page: YesNo = True
    demo: YesNo = False
    # Named as everybody who uses Stripe knows them.
    stripe_secret_key: SecretStr = Field(default=SecretStr(""), validation_alias="STRIPE_SECRET_KEY")
    stripe_webhook_secret: SecretStr = Field(default=SecretStr(""), validation_alias="STRIPE_WEBHOOK_SECRET")
    stripe_api_base: str = Field(default="", validation_alias="STRIPE_API_BASE")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.public_url = self.public_url.rstrip("/") or f"http://localhost:{self.port}"
        if not self.database_url:
            self.database_url = f"sqlite:///{(self.data_dir / 'portal.db').resolve()}"
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins a browser may come from: the public one and, on loopback, its other names."""
        address = urlsplit(self.public_url)
        # Browsers write the name in lower case and leave the usual port out, however it was configured.
        usual = {"https": 443, "http": 80}.get(address.scheme)
        port = f":{address.port}" if address.port not in {None, usual} else ""
        if not is_loopback(address.hostname or ""):
            name = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
            return (f"{address.scheme}://{name}{port}",)
        return tuple(f"{address.scheme}://{name}{port}" for name in ("localhost", "127.0.0.1", "[::1]"))

    @property
    def https(self) -> bool:
        """Whether the public address is https."""
        return self.public_url.startswith("https://")

    @property
    def crm_hosts(self) -> tuple[str, ...]:
        """The names of PORTAL_CRM_FILE_HOSTS, from which the CRM's files may come as well."""
        return tuple(name for part in self.crm_file_hosts.lower().split(",") if (name := part.strip()))

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server that PORTAL_SMTP_URL names, None when it is empty; raises UnsafeSettings."""
        address = self.smtp_url.get_secret_value().strip()
        return read_smtp_url(address) if address else None

    @property
    def bounce_mailbox(self) -> ImapServer | None:
        """The mailbox that PORTAL_BOUNCE_IMAP_URL names, None when it is empty; raises UnsafeSettings."""
        address = self.bounce_imap_url.get_secret_value().strip()
        return read_imap_url(address) if address else None

    @property
    def engine_is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.database_url.startswith("sqlite")


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host in {"localhost", ""}:
        return host == "localhost"
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _check_address(settings: Settings) -> None:
    address = urlsplit(settings.public_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise UnsafeSettings(
            f"PORTAL_PUBLIC_URL must be a whole address such as https://portal.example.com, "
            f"not “{settings.public_url}”."
        )
    if address.path or address.query or address.fragment:
        raise UnsafeSettings("PORTAL_PUBLIC_URL must have no path: the portal lives at the root of its own name.")
    local = is_loopback(address.hostname)
    if address.scheme == "http" and not local and not settings.allow_http:
        raise UnsafeSettings(
            "PORTAL_PUBLIC_URL is plain http, so passwords would travel unprotected. Use https, "
            "or set PORTAL_ALLOW_HTTP=yes if you accept that."
        )
    if local and not is_loopback(settings.host) and not settings.allow_http:
        raise UnsafeSettings(
            f"PORTAL_HOST={settings.host} opens the portal to the network while PORTAL_PUBLIC_URL is "
            f"{settings.public_url}. Set PORTAL_PUBLIC_URL to the https address people use, or PORTAL_HOST=127.0.0.1."
        )
    if settings.demo and not (local and is_loopback(settings.host)):
        raise UnsafeSettings(
            "The demo's passwords are public, so it only runs on this machine: use localhost as PORTAL_PUBLIC_URL "
            "and 127.0.0.1 as PORTAL_HOST, or start `portal run` for a real portal."
        )


def _check_crm(settings: Settings) -> None:
    if not settings.crm_url:
        return
    address = urlsplit(settings.crm_url)
    if address.scheme not in {"http", "https"} or not address.hostname or address.username or address.query:
        raise UnsafeSettings(
            "PORTAL_CRM_URL must be a whole address such as https://crm.example.com, without a password."
        )
    if address.scheme == "http" and not is_loopback(address.hostname) and not settings.allow_http:
        raise UnsafeSettings(
            "PORTAL_CRM_URL is plain http, so the CRM's token would travel unprotected. Use https, "
            "or set PORTAL_ALLOW_HTTP=yes if you accept that."
        )
    if not settings.crm_token.get_secret_value():
        raise UnsafeSettings("PORTAL_CRM_URL is set but PORTAL_CRM_TOKEN is empty: give the token the CRM issued.")
    wrong = next((name for name in settings.crm_hosts if not _HOST.fullmatch(name)), "")
    if wrong:
        raise UnsafeSettings(
            "PORTAL_CRM_FILE_HOSTS must list plain host names such as files.example.com, with commas between them; "
            f"“{wrong[:100]}” is none."
        )


def is_mail_address(text: str) -> bool:
    """Return whether a text is one plain e-mail address, such as can stand in a mail's head."""
    name, _, domain = text.rpartition("@")
    dots = (
        name.startswith(".")
        or name.endswith(".")
        or ".." in text
        or domain.startswith((".", "-"))
        or domain.endswith(".")
    )
    return len(text) <= 254 and not dots and not domain.startswith("-") and _ADDRESS.fullmatch(text) is not None


def read_smtp_url(text: str) -> SmtpServer:
    """Read `smtp://user:password@host:port` (STARTTLS) or `smtps://…` (TLS at once); name and password %-encoded.

    On this machine `smtp://` is plain; `?starttls=yes` or `=no` says otherwise. Raises UnsafeSettings, never with
    the address in its sentence: it holds a password.
    """
    try:
        address = urlsplit(text)
        port, options = address.port, dict(parse_qsl(address.query, strict_parsing=bool(address.query)))
    except ValueError:
        raise _smtp_unreadable() from None
    schemes, starttls = ("smtp", "smtps"), options.pop("starttls", "")
    extra = options or address.path.strip("/") or address.fragment or starttls not in ("", "yes", "no")
    if address.scheme not in schemes or not address.hostname or extra or (address.scheme == "smtps" and starttls):
        raise _smtp_unreadable()
    plain = starttls == "no" or (starttls == "" and is_loopback(address.hostname))
    security = "tls" if address.scheme == "smtps" else "none" if plain else "starttls"
    usual = 465 if security == "tls" else 587
    username, password = unquote(address.username or ""), unquote(address.password or "")
    server = SmtpServer(address.hostname, port or usual, security, username, password)
    if (problem := smtp_problem(server)) is not None:
        raise UnsafeSettings(f"PORTAL_SMTP_URL cannot be used: {problem}")
    return server


def _smtp_unreadable() -> UnsafeSettings:
    return UnsafeSettings(
        "PORTAL_SMTP_URL must look like smtp://name:password@mail.example.com:587 or smtps://…:465, with the name "
        "and password percent-encoded (@ is %40, : is %3A, / is %2F)."
    )


def smtp_problem(server: SmtpServer) -> str | None:
    """Return in one sentence why mail must not be sent through this server as described, None when it may."""
    if bool(server.username) != bool(server.password):
        return "a user name and a password belong together; give both or neither."
    if any(ord(character) < 32 for character in server.username + server.password):
        return "the user name or the password holds a character that no server takes."
    if server.security == "none" and server.password and not is_loopback(server.host):
        return "without TLS the password would travel unprotected; use STARTTLS or TLS."
    return None


def read_imap_url(text: str) -> ImapServer:
    """Read `imaps://user:password@host:port/folder` (993, INBOX); all but the host %-encoded.

    `imap://`, without TLS, is for this machine alone. Raises UnsafeSettings, never with the address in its sentence:
    it holds a password.
    """
    unreadable = UnsafeSettings(
        "PORTAL_BOUNCE_IMAP_URL must look like imaps://name:password@mail.example.com/INBOX, with the name, password "
        "and folder percent-encoded (@ is %40, : is %3A, / is %2F)."
    )
    try:
        address = urlsplit(text)
        port = address.port
    except ValueError:
        raise unreadable from None
    if address.scheme not in ("imap", "imaps") or not address.hostname or address.query or address.fragment:
        raise unreadable
    username, password = unquote(address.username or ""), unquote(address.password or "")
    folder, tls = unquote(address.path[1:]) or "INBOX", address.scheme == "imaps"
    server = ImapServer(address.hostname, port or (993 if tls else 143), username, password, folder, tls)
    if (problem := imap_problem(server)) is not None:
        raise UnsafeSettings(f"PORTAL_BOUNCE_IMAP_URL cannot be used: {problem}")
    return server


def imap_problem(server: ImapServer) -> str | None:
    """Return in one sentence why a mailbox must not be read as described, None when it may."""
    if not server.username or not server.password:
        return "a mailbox is opened with a user name and a password; give both."
    if not (server.username + server.password + server.folder).isprintable():
        return "the user name, the password or the folder holds a character that no server takes."
    if not server.tls and not is_loopback(server.host):
        return "without TLS the password would travel unprotected; use imaps://."
    return None


def _check_mail(settings: Settings) -> None:
    if settings.mail_from and not is_mail_address(settings.mail_from):
        raise UnsafeSettings("PORTAL_MAIL_FROM must be one plain address such as portal@example.com.")
    if settings.smtp_server is not None and not settings.mail_from:
        raise UnsafeSettings(
            "PORTAL_SMTP_URL is set but PORTAL_MAIL_FROM is empty: give the address your mail comes from, "
            "such as portal@example.com."
        )
    # Read once here, so that a portal with an address that cannot be used does not start.
    _ = settings.bounce_mailbox


def stripe_key_problem(key: str) -> str | None:
    """Return in a sentence why something cannot be Stripe's secret key, None when it can."""
    if _STRIPE_KEY.fullmatch(key):
        return None
    return (
        "It must be a secret or restricted key: it begins with sk_test_, sk_live_, rk_test_ or rk_live_. "
        "A key that begins with pk_ is the publishable one and cannot take payments."
    )


def _check_stripe(settings: Settings) -> None:
    key, secret = settings.stripe_secret_key.get_secret_value(), settings.stripe_webhook_secret.get_secret_value()
    problem = stripe_key_problem(key) if key else None
    if problem:
        raise UnsafeSettings(f"STRIPE_SECRET_KEY{problem.removeprefix('It')}")
    if secret and not _STRIPE_SECRET.fullmatch(secret):
        raise UnsafeSettings(
            "STRIPE_WEBHOOK_SECRET must be the signing secret of the webhook endpoint: it begins with whsec_."
        )
    if settings.stripe_api_base:
        settings.stripe_api_base = _stripe_base(settings.stripe_api_base, live="_live_" in key)


def _stripe_base(text: str, *, live: bool) -> str:
    """Return the address without its closing slash; payments go to Stripe itself or to a stand-in on this machine."""
    problem = UnsafeSettings(
        "STRIPE_API_BASE decides who is given the secret key, so it must be https://api.stripe.com or an address of "
        "this machine such as http://127.0.0.1:12111. Leave it empty for Stripe."
    )
    try:
        address = urlsplit(text)
        host, port = address.hostname or "", address.port
    except ValueError:
        raise problem from None
    extra = address.username is not None or address.path.strip("/") or address.query or address.fragment
    if extra or address.scheme not in {"http", "https"} or any(letter.isspace() for letter in text):
        raise problem
    if address.scheme == "https" and host == STRIPE_HOST and port in {None, 443}:
        return f"https://{STRIPE_HOST}"
    if not is_loopback(host):
        raise problem
    if live:
        raise UnsafeSettings(
            "STRIPE_SECRET_KEY is a live key while STRIPE_API_BASE names a stand-in on this machine, which must not "
            "be given one. Leave STRIPE_API_BASE empty, or use a test key."
        )
    return text.rstrip("/")


def _check_database(settings: Settings) -> None:
    if not settings.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise UnsafeSettings(
            "PORTAL_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://; "
            "leave it empty for SQLite in the data directory."
        )


def _secret_key(settings: Settings) -> SecretStr:
    """Return the configured key, or the one kept in the data directory, made on first start (mode 0600)."""
    given = settings.secret_key.get_secret_value()
    if given:
        if len(given) < 32:
            raise UnsafeSettings(
                "PORTAL_SECRET_KEY is too short: use at least 32 random characters, or leave it empty."
            )
        return settings.secret_key
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data_dir / SECRET_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            raise UnsafeSettings(f"{path} can be read by others on this machine: run chmod 600 on it.") from None
        return SecretStr(path.read_text().strip())
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return SecretStr(path.read_text().strip())


def load_settings() -> Settings:
    """Read, check and complete the settings; raises UnsafeSettings with a sentence that says what to change."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        name = name if name.startswith("STRIPE_") else f"PORTAL_{name}"
        raise UnsafeSettings(f"{name} cannot be used: {first['msg']}.") from None
    _check_address(settings)
    _check_crm(settings)
    _check_mail(settings)
    _check_stripe(settings)
    _check_database(settings)
    settings.secret_key = _secret_key(settings)
    return settings


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read on first use."""
    return load_settings()
