"""Delivery reports (RFC 3464, and its internationalised form RFC 6533): which mail came back, from whom and why.

Reports come from anybody. So only what is needed is taken apart, one level deep and once through, which takes no
longer for a mail that was made to be hard.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from portal_app.integrations.mail import one_line

MOST_PARTS = 12
MOST_RECIPIENTS = 50
LONGEST_REASON = 200
_LONGEST_HEADER = 2000
_LONGEST_HEAD = 64_000
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,300})>")
_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
_REPLY = re.compile(r"(?<![\d.])5\d\d(?![\d.])")
_ENCODED = re.compile(r"\+([0-9A-F]{2})")
# What RFC 3463 says of the commonest, for reports that give no words of their own.
_MEANINGS = {
    "5.1.1": "there is no such mailbox",
    "5.1.2": "there is no such domain",
    "5.1.10": "there is no such mailbox",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "5.4.4": "there is no server for this address",
    "4.4.1": "its server did not answer for days",
    "4.4.7": "it could not be delivered for days",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient whom a mail did not reach: the addresses the report has for them, in lower case, and why."""

    addresses: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report that a mail failed; `message_ids` are those it names as the mail's, without angle brackets."""

    message_ids: tuple[str, ...]
    failures: tuple[Failure, ...]


def is_report(content_type: str) -> bool:
    """Return whether a Content-Type header is that of a delivery report."""
    kind = _content_type(content_type)
    wanted = str(kind.get_param("report-type") or "delivery-status").strip().lower()
    return kind.get_content_type() == "multipart/report" and wanted in ("delivery-status", "global-delivery-status")


def read_report(raw: bytes) -> Report | None:
    """Return what a mail, perhaps cut off, reports as failed for good; None when it is no such report."""
    head, body = _split(raw.replace(b"\r\n", b"\n"))
    outer = _headers(head)
    boundary = _content_type(str(outer.get("Content-Type", ""))).get_boundary()
    if not is_report(str(outer.get("Content-Type", ""))) or not boundary:
        return None
    failures: list[Failure] = []
    named: list[str] = []
    # Exchange may leave the mail itself out; it then still answers it.
    fallback = [str(outer.get("In-Reply-To", ""))]
    for part in _parts(body, boundary):
        part_head, content = _split(part)
        headers = _headers(part_head)
        kind = _content_type(str(headers.get("Content-Type", ""))).get_content_type()
        if kind in _STATUS_PARTS:
            blocks = list(_blocks(_decoded(headers, content)))
            fallback += [str(block.get("X-Original-Message-ID", "")) for block in blocks[:1]]
            failures += filter(None, map(_failure, blocks))
        elif kind in _RETURNED_PARTS:
            returned = _split(_decoded(headers, content))[0]
            named.append(str(_headers(returned).get("Message-ID", "")))
    ids = _message_ids(named) or _message_ids(fallback)
    return Report(ids, tuple(failures[:MOST_RECIPIENTS])) if failures and ids else None


def _failure(block: Message) -> Failure | None:
    """Return the recipient of one block when the report says that it failed for good.

    "Failed" alone is enough: a server that gave up after days says so with the status (4.x.x) of its last try.
    """
    if _field(block, "Action").lower() != "failed":
        return None
    diagnostic = _field(block, "Diagnostic-Code").partition(";")[2].strip() or _field(block, "Diagnostic-Code")
    status = _STATUS.search(_field(block, "Status"))
    if (status is None and not _REPLY.search(diagnostic)) or (status is not None and status[1] == "2"):
        return None
    found = (_addresses(_field(block, name)) for name in ("Final-Recipient", "Original-Recipient"))
    addresses = frozenset(address for some in found for address in some)
    return Failure(addresses, _reason(status[0] if status else "", diagnostic)) if addresses else None


def _addresses(value: str) -> Iterator[str]:
    """Yield the address of `rfc822; kim@example.com`, and what it is when it was written as RFC 3461 has it."""
    kind, separator, rest = value.partition(";")
    if separator and kind.strip().lower() in ("rfc822", "utf-8", "x400", "smtp"):
        value = rest
    address = value.strip().strip("<>").lower()
    if "@" in address:
        yield address
        yield _ENCODED.sub(lambda found: chr(int(found[1], 16)), value.strip().strip("<>")).lower()


def _reason(status: str, diagnostic: str) -> str:
    """Return one line: what the other server said, or what its status means."""
    words = one_line(diagnostic, _LONGEST_HEADER)
    if reply := re.match(r"([45]\d\d)[ -](\d\.\d{1,3}\.\d{1,3} )?", words):
        # Answers of several lines repeat their number on each of them.
        again = re.compile(rf"(?<!\S){reply[1]}[ -](?:{re.escape(reply[2] or '')})?")
        words = f"{reply[1]} {reply[2] or ''}{' '.join(again.sub('', words).split())}"
    words = words or f"{status} ({_MEANINGS.get(status, 'no reason was given')})"
    return one_line(words, LONGEST_REASON).rstrip(".")


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, ""))[:_LONGEST_HEADER].split())


def _message_ids(values: list[str]) -> tuple[str, ...]:
    found = (_MESSAGE_ID.search(value[:_LONGEST_HEADER]) for value in values)
    return tuple(dict.fromkeys(match[1] for match in found if match))


def _content_type(value: str) -> Message:
    """Return an empty message of this type, shortened: the standard library takes long ones apart very slowly."""
    message = Message()
    message["Content-Type"] = one_line(value, _LONGEST_HEADER) or "text/plain"
    return message


def _headers(head: bytes) -> Message:
    return HeaderParser().parsestr(head[:_LONGEST_HEAD].decode("utf-8", errors="replace"))


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Return headers and body of a mail or part whose lines end in a line feed."""
    head, _, body = raw.lstrip(b"\n").partition(b"\n\n")
    return head + b"\n", body


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """Yield the parts of the outermost multipart, at most MOST_PARTS; the last may be cut off."""
    mark = re.escape(boundary.encode("utf-8", errors="replace"))
    pieces = re.split(rb"(?m)^--" + mark + rb"(?:--)?[ \t]*$\n?", body, maxsplit=MOST_PARTS + 1)
    yield from pieces[1 : MOST_PARTS + 1]


def _blocks(status: bytes) -> Iterator[Message]:
    """Yield the groups of fields of a delivery-status part: the report's own first, then one for each recipient."""
    groups = re.split(rb"\n[ \t]*\n", status.strip(b"\n"), maxsplit=MOST_RECIPIENTS + 1)
    for group in groups[: MOST_RECIPIENTS + 1]:
        yield _headers(group.strip(b"\n") + b"\n")


def _decoded(headers: Message, content: bytes) -> bytes:
    """Return a part's content as it was before it was encoded, as it stands when that cannot be undone."""
    encoding = str(headers.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "quoted-printable":
        content = quopri.decodestring(content)
    elif encoding == "base64":
        try:
            content = base64.b64decode(content + b"==")
        except binascii.Error:
            return content
    return content.replace(b"\r\n", b"\n")
