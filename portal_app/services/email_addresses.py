"""E-mail addresses: what looks like one, and how much of one may be shown to just anybody."""

import re

LONGEST = 254
_ADDRESS = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"().]{2,}")
_HIDDEN = "•••"


def normal(text: str) -> str:
    """Return an address as logins and contacts keep it: trimmed, lower case."""
    return text.strip().lower()[:LONGEST]


def looks_right(text: str) -> bool:
    """Return whether mail could be sent to this; only a mail that arrives tells more."""
    return len(text) <= LONGEST and text.isprintable() and bool(_ADDRESS.fullmatch(text))


def masked(address: str) -> str:
    """Return an address as its owner recognises it and nobody else can use it, such as `a•••@e•••.com`."""
    local, _, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{_first(local)}@{_first(name)}{dot}{ending}" if local and name else _HIDDEN


def _first(part: str) -> str:
    """Return the first letter and dots; of a short part the dots alone, or too much of it would be shown."""
    return (part[0] if len(part) > 2 else "") + _HIDDEN
