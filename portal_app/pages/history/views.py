"""The words of the whole history: rows by year, photos of one occasion together, advice below its visit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from portal_app import routes
from portal_app.components.history_words import history_row
from portal_app.components.property_filter import Choice, PropertyFilter, address_of
from portal_app.components.words import Words, clip, plural
from portal_app.services.actors import Customer
from portal_app.services.files import SMALL
from portal_app.services.rights import Right
from portal_app.services.timeline import Entry, Wanted
from portal_app.services.timeline_parts import Filed
from portal_app.services.visibility import PHOTO
from portal_app.services.visits import VisitFacts

THUMBS = 4
_KINDS = (
    ("all", "Everything", None),
    ("work", "Work", Right.VIEW_JOBS),
    ("photos", "Photos", Right.VIEW_JOBS),
    ("advice", "Advice", Right.VIEW_JOBS),
    ("quotes", "Quotes", Right.VIEW_QUOTES),
    ("invoices", "Invoices", Right.VIEW_MONEY),
    ("documents", "Documents", Right.DOCUMENTS),
)
_ADVICE = {"quoted": "quoted", "accepted": "agreed", "approved": "agreed", "done": "done", "completed": "done"}


@dataclass(frozen=True)
class Thumb:
    """A small picture of a row."""

    src: str = ""
    alt: str = ""


@dataclass(frozen=True)
class HistoryRow:
    """One row; `advice` is what was recommended then, `thumbs` are its first photos, `more` says how many follow."""

    key: str = ""
    icon: str = ""
    title: str = ""
    sub: str = ""
    when: str = ""
    href: str = ""
    advice: list[str] = field(default_factory=list)
    thumbs: list[Thumb] = field(default_factory=list)
    more: str = ""


@dataclass(frozen=True)
class Year:
    """The rows of one calendar year of the business."""

    name: str = ""
    rows: list[HistoryRow] = field(default_factory=list)


@dataclass(frozen=True)
class HistoryView:
    """The whole page, ready to show; `earlier` is the address at which a very long list goes on."""

    years: list[Year] = field(default_factory=list)
    shown: int = 0
    next_cursor: str = ""
    earlier: str = ""
    show: str = "all"
    typed: str = ""
    year: str = ""
    kinds: list[Choice] = field(default_factory=list)
    places: PropertyFilter = field(default_factory=PropertyFilter)
    jumps: list[str] = field(default_factory=list)
    narrowed: bool = False


def kinds(actor: Customer, wanted: Wanted) -> list[Choice]:
    """Return the kinds to choose from, as far as the reader may see them; what else is chosen stays."""
    return [
        Choice(show, word, history_address(replace(wanted, show=show)), show == wanted.show)
        for show, word, right in _KINDS
        if right is None or actor.may(right)
    ]


def history_address(wanted: Wanted, after: str = "") -> str:
    """Return the address of a part of the history."""
    show = "" if wanted.show == "all" else wanted.show
    year = str(wanted.year) if wanted.year else ""
    return address_of(routes.HISTORY, show=show, property=wanted.location, year=year, q=wanted.typed, after=after)


def years_of(entries: Iterable[Entry], words: Words) -> list[Year]:
    """Return the rows by year, in the order they come in."""
    found: list[Year] = []
    for some in _occasions(entries, words):
        name = str(words.day(some[0].at).year)
        if not found or found[-1].name != name:
            found.append(Year(name))
        found[-1].rows.append(_row(some, words))
    return found


def _occasions(entries: Iterable[Entry], words: Words) -> list[list[Entry]]:
    """Put photos of one day and one job or visit together that follow each other."""
    found: list[list[Entry]] = []
    for entry in entries:
        occasion = _occasion(entry, words)
        if occasion is not None and found and _occasion(found[-1][0], words) == occasion:
            found[-1].append(entry)
        else:
            found.append([entry])
    return found


def _occasion(entry: Entry, words: Words) -> tuple[object, ...] | None:
    if not isinstance(entry.what, Filed) or entry.what.file.kind != PHOTO:
        return None
    file = entry.what.file
    return words.day(file.at), file.visit_id, file.job_id, file.location_id


def _row(some: Sequence[Entry], words: Words) -> HistoryRow:
    entry = some[0]
    base = history_row(entry, words)
    row = HistoryRow(f"{entry.rank}-{entry.id}", base.icon, base.title, base.sub, base.when, base.href)
    if isinstance(entry.what, VisitFacts):
        return replace(row, advice=[_advised(one.title, one.state) for one in entry.advice])
    if not isinstance(entry.what, Filed) or entry.what.file.kind != PHOTO:
        return row
    photos = [one.what.file for one in some if isinstance(one.what, Filed)]
    thumbs = [Thumb(routes.file(one.public_id, SMALL), clip(one.words)) for one in photos[:THUMBS]]
    more = len(photos) - len(thumbs)
    title = plural(len(photos), "photo", "photos")
    return replace(row, title=title, thumbs=thumbs, more=f"and {more} more" if more else "")


def _advised(title: str, state: str) -> str:
    word = _ADVICE.get(state, "")
    return clip(f"{title} ({word})" if word else title)
