"""The palette's words: what may be gone to, in groups, with the letters that were typed set apart."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from portal_app import routes
from portal_app.components.navigation import OFFICE_NAV, NavItem
from portal_app.components.shell_state import OFFICE_PERMISSIONS, initials
from portal_app.components.words import Words
from portal_app.services.actors import Staff
from portal_app.services.customer_list import Line
from portal_app.services.customer_words import fold, terms
from portal_app.services.record_search import Hit
from portal_app.services.rights import Permission

_WORD = re.compile(r"[^\W_]+")
_MORE = (
    (NavItem("New customer", "users", routes.OFFICE_CUSTOMER_NEW), Permission.EDIT_CUSTOMERS),
    (NavItem("Every part", "palette", routes.OFFICE_DESIGN), Permission.CHANGE_SETTINGS),
)
_NEEDS = dict(OFFICE_PERMISSIONS)
PLACES = (*((item, _NEEDS[item.address]) for item in OFFICE_NAV), *_MORE)


@dataclass(frozen=True)
class Piece:
    """A part of a title; `hit` when it was typed."""

    text: str = ""
    hit: bool = False


@dataclass(frozen=True)
class Goal:
    """One thing to go to; `icon` is a page's, `initials` those of the customer whom it belongs to."""

    key: str = ""
    href: str = ""
    icon: str = ""
    initials: str = ""
    title: list[Piece] = field(default_factory=list)
    sub: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one kind under their word; `key` is a word for an id."""

    key: str = ""
    word: str = ""
    goals: list[Goal] = field(default_factory=list)


@dataclass(frozen=True)
class PaletteView:
    """What the palette shows for `typed`, which says what the answer is for; `told` is read out."""

    typed: str = ""
    ready: bool = False
    told: str = ""
    groups: list[Group] = field(default_factory=list)


def palette_view(
    typed: str,
    actor: Staff,
    customers: tuple[Line, ...] = (),
    invoices: tuple[Hit, ...] = (),
    jobs: tuple[Hit, ...] = (),
    words: Words | None = None,
) -> PaletteView:
    """Return what is shown for what was typed; without anything typed, the pages."""
    asked = terms(typed, "")
    groups = [
        Group("customers", "Customers", [_customer(line, asked) for line in customers]),
        Group("invoices", "Invoices", [_invoice(hit, asked, words) for hit in invoices if words]),
        Group("jobs", "Jobs", [_job(hit, asked, words) for hit in jobs if words]),
        Group("pages", "Pages", _pages(asked if typed.strip() else None, actor)),
    ]
    groups = [group for group in groups if group.goals]
    count = sum(len(group.goals) for group in groups)
    told = "Nothing is found by that." if not count else "1 result" if count == 1 else f"{count} results"
    return PaletteView(typed, True, told, groups)


def pieces(text: str, asked: list[str]) -> list[Piece]:
    """Return a text in parts, those set apart that were typed: the beginnings of its words."""
    found: list[Piece] = []
    end = 0
    for word in _WORD.finditer(text):
        length = max((_typed_length(word[0], term) for term in asked), default=0)
        if length:
            plain = text[end : word.start()]
            end = word.start() + length
            found += [Piece(plain)] if plain else []
            found.append(Piece(text[word.start() : end], hit=True))
    return [*found, Piece(text[end:])] if text[end:] or not found else found


def _typed_length(word: str, term: str) -> int:
    """Return how many letters of a word a term stands for, 0 when the word does not begin with it."""
    if not fold(word).startswith(term):
        return 0
    return next((length for length in range(1, len(word) + 1) if len(fold(word[:length])) >= len(term)), len(word))


def _customer(line: Line, asked: list[str]) -> Goal:
    sub = ", ".join(part for part in (line.email, line.town) if part)
    number = f"Customer {line.number}" if line.number else ""
    href = routes.office_customer(line.public_id)
    return Goal(f"customer-{line.public_id}", href, "", initials(line.name), pieces(line.name, asked), sub, number)


def _invoice(hit: Hit, asked: list[str], words: Words) -> Goal:
    sub = ", ".join(part for part in (hit.customer, hit.title) if part)
    href = routes.office_invoice(hit.public_id)
    title = pieces(f"Invoice {hit.number}", asked)
    return Goal(f"invoice-{hit.public_id}", href, "", initials(hit.customer), title, sub, _day(hit, words))


def _job(hit: Hit, asked: list[str], words: Words) -> Goal:
    sub = ", ".join(part for part in (hit.customer, f"Job {hit.number}" if hit.number else "") if part)
    href = routes.office_customer(hit.customer_public_id, "jobs")
    title = pieces(hit.title or "Job", asked)
    return Goal(f"job-{hit.public_id}", href, "", initials(hit.customer), title, sub, _day(hit, words))


def _pages(asked: list[str] | None, actor: Staff) -> list[Goal]:
    """Return the pages the person may open, whose words begin with all that was typed; all of them for None."""
    found = []
    for item, permission in PLACES:
        parts = [fold(word) for word in _WORD.findall(item.word)]
        fits = asked is None or (asked and all(any(part.startswith(term) for part in parts) for term in asked))
        if fits and permission in actor.permissions:
            title = pieces(item.word, asked or [])
            found.append(Goal(f"page-{item.address.replace('/', '-')}", item.address, item.icon, "", title))
    return found


def _day(hit: Hit, words: Words) -> str:
    """Return when it was opened or issued; a draft has been neither."""
    if hit.status == "draft":
        return "Draft"
    day = words.day(hit.day) if isinstance(hit.day, datetime) else hit.day
    return words.short_day(day) if day else ""
