"""Reading a page in which one record cannot be parsed at all, by cutting it into records first.

JSON parsers give up on the whole text for a single value nested too deeply or a number of ten thousand digits.
"""

import json
import re
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_PAIRS = {"[": "]", "{": "}"}


class UnreadableText(str):
    """The text of a record that no parser could read."""

    __slots__ = ()


def split_page(body: bytes) -> dict[str, Any] | None:
    """Return the page with each unreadable record as UnreadableText; None when the text is not whole."""
    text = body.decode("utf-8", "replace").strip()
    members = _parts(text, "{")
    if members is None:
        return None
    page: dict[str, Any] = {}
    for member in members:
        name, value = _named(member)
        if name == "data":
            rows = _parts(value.strip(), "[")
            page[name] = None if rows is None else [_value(row) for row in rows]
        elif name is not None:
            page[name] = _value(value)
    return page


def _parts(text: str, opening: str) -> list[str] | None:
    """Return the texts between the commas of an object or array; None when its brackets do not match up."""
    if not text.startswith(opening):
        return None
    open_brackets: list[str] = []
    parts, start = [], 1
    for found in _TOKEN.finditer(text):
        sign = found.group()
        if sign in _PAIRS:
            open_brackets.append(_PAIRS[sign])
        elif sign == "," and len(open_brackets) == 1:
            parts.append(text[start : found.start()])
            start = found.end()
        elif sign in ("]", "}"):
            if not open_brackets or open_brackets.pop() != sign:
                return None
            if not open_brackets:
                return _finished(parts, text[start : found.start()], text[found.end() :])
    return None


def _finished(parts: list[str], last: str, rest: str) -> list[str] | None:
    if rest.strip():
        return None
    return [*parts, last] if last.strip() or parts else []


def _named(member: str) -> tuple[str | None, str]:
    """Return name and value of `"name": value`."""
    found = _TOKEN.search(member)
    if found is None or not found.group().startswith('"'):
        return None, ""
    name = _value(found.group())
    return (name if isinstance(name, str) else None), member[found.end() :].lstrip().removeprefix(":")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return UnreadableText(text.strip())
