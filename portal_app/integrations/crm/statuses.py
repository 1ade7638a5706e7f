"""From the words of a CRM, and a visit's timestamps, to the words of the contract."""

import re
from collections.abc import Mapping
from functools import lru_cache

from portal_app.integrations.crm.records import Visit

UNKNOWN = "unknown"
_VISIT = ("unscheduled", "scheduled", "on_the_way", "in_progress", "on_hold", "completed", "canceled")
WORDS: dict[str, tuple[str, ...]] = {
    "visits": _VISIT,
    "jobs": ("open", "on_hold", "completed", "canceled"),
    "quotes": ("draft", "sent", "changes_requested", "approved", "declined", "expired", "converted", "withdrawn"),
    "invoices": ("draft", "open", "partially_paid", "paid", "void", "uncollectible"),
}
# Words seen in the wild; a connection's own map comes before these.
USUAL: dict[str, dict[str, str]] = {
    "visits": {
        "dispatched": "scheduled",
        "upcoming": "scheduled",
        "today": "scheduled",
        "late": "scheduled",
        "en_route": "on_the_way",
        "on_site": "in_progress",
        "arrived": "in_progress",
        "started": "in_progress",
        "done": "completed",
        "complete": "completed",
        "complete_rated": "completed",
        "hold": "on_hold",
        "cancelled": "canceled",
        "unsuccessful": "canceled",
    },
    "jobs": {"hold": "on_hold", "done": "completed", "complete": "completed", "cancelled": "canceled"},
    "quotes": {},
    "invoices": {},
}
# How far along a visit is; a timestamp proves that it came at least this far.
_STAGES = {"unknown": 0, "unscheduled": 1, "scheduled": 2, "on_the_way": 3, "in_progress": 4}


@lru_cache(maxsize=1024)
def plain(word: str) -> str:
    """Return a word as the maps write it: lower case, words joined by underscores."""
    return re.sub(r"[\s\-_]+", "_", word.strip().lower())


def status_of(stream: str, status: str, status_raw: str, own_words: Mapping[str, str]) -> str:
    """Return the contract's word for what a CRM calls a status; `own_words` is the connection's map."""
    mine = {plain(word): meant for word, meant in own_words.items()} if own_words else {}
    for word in (plain(status_raw), plain(status)):
        if mine.get(word) in WORDS[stream]:
            return mine[word]
    word = plain(status)
    if word in WORDS[stream]:
        return word
    if word in USUAL[stream]:
        return USUAL[stream][word]
    raw = plain(status_raw)
    return USUAL[stream].get(raw, UNKNOWN) if word in ("", UNKNOWN) else UNKNOWN


def visit_status(visit: Visit, own_words: Mapping[str, str]) -> str:
    """Return a visit's status: its timestamps win over a word that lags behind them.

    Completed is final unless it was canceled later; canceled and on hold are told by the word or by their own
    stamps, the latter only until work went on; below that the furthest stage that word or stamps prove.
    """
    word = status_of("visits", visit.status, visit.status_raw, own_words)
    if visit.canceled_at and (not visit.completed_at or visit.canceled_at > visit.completed_at):
        return "canceled"
    if visit.completed_at:
        return "completed"
    if word in ("canceled", "completed", "on_hold"):
        return word
    if visit.on_hold_at and word == UNKNOWN and visit.on_hold_at >= (visit.started_at or visit.on_hold_at):
        return "on_hold"
    proven = "in_progress" if visit.started_at else "on_the_way" if visit.on_the_way_at else UNKNOWN
    return max(word, proven, key=lambda name: _STAGES[name])
