"""One page of a listing: from bytes to records, one bad record never spoiling the others."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from portal_app.integrations.crm.errors import CrmBroken
from portal_app.integrations.crm.records import MODELS, Record
from portal_app.integrations.crm.splitting import UnreadableText, split_page
from portal_app.integrations.crm.values import moment

EXCERPT = 500
DEEPEST = 24
_CURSOR_LENGTH = 2000
# Half a surrogate pair and NUL cannot be stored by every database.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SUSPICIOUS = re.compile(rb"\\u(0000|[dD][89a-fA-F])|\x00|\xed[\xa0-\xbf]")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record that is gone in the CRM."""

    external_id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be used: why, in words, and how it begins; an id of ours (`?…`) where it has none."""

    external_id: str
    updated_at: datetime | None
    reason: str
    excerpt: str


Item = Record | Tombstone | Rejected


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its items, each id once; where the next one starts; the CRM's clock; the largest stamp in it."""

    items: tuple[Item, ...]
    next_cursor: str | None
    server_time: datetime | None
    max_stamp: datetime | None
    rows: int


def read_page(stream: str, body: bytes) -> Page:
    """Read one answer of `GET /v1/{stream}`; CrmBroken when it is no page at all."""
    whole = load_object(body)
    suspicious = _is_suspicious(body)
    rows = whole.get("data")
    if not isinstance(rows, list):
        raise CrmBroken("The CRM's answer is not a page: it has no list called “data”.")
    items = [read_item(stream, row, suspicious) for row in rows]
    stamps = [item.updated_at for item in items if item.updated_at is not None]
    return Page(
        tuple(_each_id_once(items)),
        next_cursor_of(whole),
        _moment_or_none(whole.get("server_time")),
        max(stamps, default=None),
        len(rows),
    )


def _is_suspicious(body: bytes) -> bool:
    """Whether texts may hold what cannot be stored; the plain searches before the pattern are far cheaper than it."""
    return any(sign in body for sign in (b"\\u", b"\x00", b"\xed")) and _SUSPICIOUS.search(body) is not None


def read_ids(body: bytes) -> tuple[list[str], str | None]:
    """Read one answer of `GET /v1/{stream}/ids` as ids and the next cursor; CrmBroken when it is no page."""
    whole = load_object(body)
    rows = whole.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, str | int) for row in rows):
        raise CrmBroken("The CRM's listing of ids is not a list of ids.")
    return [str(row) for row in rows], next_cursor_of(whole)


def load_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; where one record cannot be read at all, the others still are. CrmBroken otherwise."""
    try:
        whole = json.loads(body)
    except UnicodeDecodeError:
        return load_object(body.decode("utf-8", "replace").encode())
    except (ValueError, RecursionError):
        whole = split_page(body)
    if not isinstance(whole, dict):
        raise CrmBroken("The CRM's answer cannot be read: it is not whole, or not JSON.")
    return whole


def next_cursor_of(whole: dict[str, Any]) -> str | None:
    """Return where the next page starts, None at the end; CrmBroken for a cursor of a wrong kind."""
    if "next_cursor" not in whole:
        raise CrmBroken("The CRM's answer is not a page: it does not say whether another one follows.")
    cursor = whole["next_cursor"]
    if cursor is None:
        return None
    if not isinstance(cursor, str) or not 0 < len(cursor) <= _CURSOR_LENGTH:
        raise CrmBroken("The CRM's answer names the next page in a way the portal cannot use.")
    return cursor


def _moment_or_none(value: object) -> datetime | None:
    try:
        return moment(value)
    except PydanticCustomError:
        return None


def read_item(stream: str, raw: Any, suspicious: bool = True) -> Item:
    """Read one record; `suspicious` means its texts may hold characters that cannot be stored."""
    if isinstance(raw, UnreadableText):
        return _rejected(raw, "It is not JSON the portal can read (nested too deeply, or a number without end).")
    if not isinstance(raw, dict):
        return _rejected(raw, "It is not an object with fields.")
    model = MODELS[stream]
    try:
        if suspicious:
            raw = {name: storable(raw[name]) for name in (*model.model_fields, "deleted") if name in raw}
        if raw.get("deleted") is True:
            return _tombstone(raw)
        return model.model_validate(raw)
    except ValidationError as error:
        return _rejected(raw, sentence(error))
    except (RecursionError, ValueError):
        return _rejected(raw, "It is nested too deeply.")


def _tombstone(raw: dict[str, Any]) -> Tombstone:
    common = Record.model_validate(raw)
    return Tombstone(common.external_id, common.updated_at)


def storable(value: Any, depth: int = 0) -> Any:
    """Return the value with characters that no database keeps replaced; ValueError when nested too deeply."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, list):
        return [storable(inner, depth + 1) for inner in value]
    if isinstance(value, dict):
        return {storable(name): storable(inner, depth + 1) for name, inner in value.items()}
    return value


def _rejected(raw: Any, reason: str) -> Rejected:
    text = excerpt(raw)
    fields = raw if isinstance(raw, dict) else {}
    given = fields.get("external_id")
    sound = (isinstance(given, str) and 0 < len(given) <= 200) or type(given) is int
    if sound and len(str(given)) <= 200:
        external_id = _UNSTORABLE.sub("\ufffd", str(given))
    else:
        external_id = "?" + hashlib.sha256(text.encode()).hexdigest()[:24]
    return Rejected(external_id, _moment_or_none(fields.get("updated_at")), reason[:1000], text)


def excerpt(raw: Any) -> str:
    """Return how a record begins, for the office to recognise it."""
    if isinstance(raw, UnreadableText):
        text = str(raw)
    else:
        try:
            text = json.dumps(raw, ensure_ascii=False)
        except (RecursionError, ValueError):
            text = "".join(f"{name}: {value}; " for name, value in _plain_fields(raw))
    return _UNSTORABLE.sub("\ufffd", text[:EXCERPT])


def _plain_fields(raw: Any) -> Iterator[tuple[str, Any]]:
    fields = raw if isinstance(raw, dict) else {}
    yield from ((str(name), value) for name, value in fields.items() if isinstance(value, str | int | float))


def sentence(error: ValidationError) -> str:
    """Return what is wrong with a record, in words; at most three things."""
    found = error.errors(include_url=False, include_context=True)
    words = [_one_error(detail) for detail in found[:3]]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return "; ".join(words) + more + "."


def _one_error(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or "the record"
    where = re.sub(r"\.(\d+)", r"[\1]", where)[:120]
    return f"“{_UNSTORABLE.sub(chr(0xFFFD), where)}” {_what(detail)}"


def _what(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    fixed = {
        "missing": "is missing",
        "string_type": "is not a text",
        "bool_parsing": "is not true or false",
        "bool_type": "is not true or false",
        "list_type": "is not a list",
        "model_type": "is not an object",
        "model_attributes_type": "is not an object",
        "string_too_short": "is empty",
        "string_unicode": "has characters that cannot be stored",
        "int_type": "is not a whole number",
        "int_from_float": "is not a whole number",
        "greater_than": "is too large an amount",
        "less_than": "is too large an amount",
        "literal_error": f"is none of {context.get('expected')}",
        "string_pattern_mismatch": "is not a currency such as GBP",
        "too_long": f"has more than {context.get('max_length')} entries",
    }
    if kind == "string_too_long":
        return f"is longer than {context['max_length']:,} characters"
    return fixed.get(kind, detail["msg"])


def _each_id_once(items: Iterable[Item]) -> Iterable[Item]:
    """Keep the newest of each id, the later one of equals; one that can be used before one that has no stamp."""
    best: dict[str, Item] = {}
    for item in items:
        other = best.get(item.external_id)
        if other is None or _not_older(item.updated_at, other.updated_at):
            best[item.external_id] = item
    return best.values()


def _not_older(stamp: datetime | None, other: datetime | None) -> bool:
    if other is None:
        return True
    return stamp is not None and stamp >= other
