"""Structured logs that never hold a cookie, token, code or password."""

import logging
import re
import secrets
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

_SECRET_NAME = re.compile(r"(?i)pass(word|wd)|secret|token|cookie|authorization|api[-_]?key|session_id|\bcode\b")
# A name, what stands between, and its value: quoted, bracketed, or up to the next separator.
_NAMED_VALUE = re.compile(
    r"""(?ix)
    (?P<name> (?:passw(?:or)?d|secret|token|authorization|api[-_]?key) [\w\-]{0,40}
            | \bcode\b | porchlight_session )
    (?P<between> \\*['"]? \s* [=:] \s* b? )
    (?: (?P<quote> \\*['"]) (?:\\.|[^\\])*? (?: (?P=quote) | \Z )
      | [\[({] [^\])}]* [\])}]?
      | (?:bearer|basic) \s+ [^\s'",;&})]+
      | [^\s'",;&})]+ )
    """,
    re.DOTALL,
)
_COOKIES = re.compile(r"(?i)(cookies?\\*['\"]?\s*[=:,]\s*b?\\*['\"]?)[^'\"\\\r\n]+")
_CREDENTIALS = re.compile(r"(?i)\b(bearer|basic|code)(\s+)(?=[^\s'\"]*\d)[^\s'\",;&})]{6,}")
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/:@'\"]{0,200}:[^\s/@'\"]{1,500}(?=@)")
_PASSWORD_HASH = re.compile(r"\$argon2[^\s'\"]*")
# What `secrets.token_urlsafe(32)` looks like, whatever stands around it.
_RANDOM = re.compile(r"(?<![\w\-])(?=[\w\-]*[a-z])(?=[\w\-]*[A-Z])(?=[\w\-]*\d)[A-Za-z0-9_\-]{40,}")
# Reflex names the tab it speaks of by its client token, a UUID.
_CLIENT_TOKEN = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LINK = re.compile(r"(/(?:l|setup|auth/reset|auth/invite)/)[A-Za-z0-9_\-]{8,}")
HIDDEN = "[hidden]"
LONGEST = 20_000


def scrub_text(text: str) -> str:
    """Return the text, at most LONGEST characters of it, with everything that looks secret replaced."""
    text = text if len(text) <= LONGEST else text[:LONGEST] + " [cut]"
    text = _LINK.sub(rf"\1{HIDDEN}", text)
    text = _PASSWORD_HASH.sub(HIDDEN, text)
    text = _IN_ADDRESS.sub(HIDDEN, text)
    text = _COOKIES.sub(rf"\1{HIDDEN}", text)
    text = _NAMED_VALUE.sub(rf"\g<name>\g<between>{HIDDEN}", text)
    text = _CREDENTIALS.sub(rf"\1\2{HIDDEN}", text)
    return _RANDOM.sub(HIDDEN, text)


def scrub(value: Any) -> Any:
    """Return a copy of the value with everything secret-looking replaced, however deep."""
    if isinstance(value, dict):
        return {k: HIDDEN if _SECRET_NAME.search(str(k)) else scrub(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [scrub(item) for item in value]
    if isinstance(value, str):
        return scrub_text(value)
    return value if isinstance(value, int | float | bool | None) else scrub_text(str(value))


def _scrub_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    if not str(event.get("logger", "")).startswith("portal_app"):
        event = {key: _CLIENT_TOKEN.sub(HIDDEN, v) if isinstance(v, str) else v for key, v in event.items()}
    return {key: HIDDEN if _SECRET_NAME.search(key) else scrub(value) for key, value in event.items()}


def set_up(level: int = logging.INFO) -> None:
    """Send every log line of this process, libraries included, to stderr as scrubbed JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _scrub_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _scrub_event,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Otherwise a line that cannot be written is printed as it was, secrets and all.
    logging.raiseExceptions = False
    for name in ("httpx", "httpcore", "alembic", "socketio", "engineio", "limits"):
        logging.getLogger(name).setLevel(logging.WARNING)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of one module."""
    return structlog.stdlib.get_logger(name)


def reference() -> str:
    """Return a short random reference that ties what a person was shown to a log line."""
    return secrets.token_hex(4)
