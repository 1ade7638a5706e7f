"""Documents as rows that are downloaded: what it is, how large, and until when it holds."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import reflex as rx

from portal_app import clock, routes
from portal_app.components.icons import icon
from portal_app.components.links import plain_link
from portal_app.components.records import badge
from portal_app.components.words import Words, clip
from portal_app.services.files import LARGE, MEDIUM, Entry

SOON = timedelta(days=30)
"""So long before its last day a document is marked."""


@dataclass(frozen=True)
class DocumentRow:
    """One document; `href` gives the file itself, or a picture to look at where it may not be kept (`keep`)."""

    key: str = ""
    title: str = ""
    sub: str = ""
    badge: str = ""
    tone: str = ""
    href: str = ""
    keep: bool = False


def document_row(entry: Entry, words: Words, place: str = "") -> DocumentRow:
    """Return the row of a document; `place` names its property where that is not plain."""
    mark, tone = _mark(entry, words)
    parts = [f"{'Picture' if entry.picture else 'PDF'}, {size_words(entry.size, words)}", _until(entry, words), place]
    return DocumentRow(
        key=entry.public_id,
        title=clip(entry.words),
        sub=" · ".join(part for part in parts if part),
        badge=mark,
        tone=tone,
        href=routes.file(entry.public_id, LARGE if entry.downloadable else MEDIUM),
        keep=entry.downloadable,
    )


def size_words(count: int, words: Words) -> str:
    """Return bytes as people read them, such as `184 KB` or `2.1 MB`."""
    if count >= 1_000_000:
        return f"{words.number(str(round(Decimal(count) / 1_000_000, 1)))} MB"
    return f"{max(1, round(count / 1000))} KB"


def _until(entry: Entry, words: Words) -> str:
    if entry.expires_on is None:
        return ""
    over = entry.expires_on < words.today
    return f"{'ran out on' if over else 'valid until'} {words.full_date(entry.expires_on)}"


def _mark(entry: Entry, words: Words) -> tuple[str, str]:
    last = entry.expires_on
    if last is None or last - words.today > SOON:
        return "", ""
    left = clock.whole_days(words.today, last)
    if left < 0:
        return "Expired", "overdue"
    return {0: "Expires today", 1: "Expires tomorrow"}.get(left, f"Expires in {left} days"), "processing"


def document_rows(rows: rx.vars.ArrayVar[list[DocumentRow]]) -> rx.Component:
    """Return a card with one row for each document."""
    return rx.el.div(rx.el.ul(rx.foreach(rows, _row), class_name="list"), class_name="card")


def _row(row: rx.vars.ObjectVar[DocumentRow]) -> rx.Component:
    content = (
        rx.el.span(icon("file-text"), class_name="disc disc-plain"),
        rx.el.span(
            rx.el.span(rx.cond(row.keep, "Download ", "Look at "), class_name="sr"),
            rx.el.span(row.title, class_name="item-title"),
            rx.el.span(row.sub, class_name="item-sub clip2"),
            class_name="grow",
        ),
        rx.cond(row.badge != "", rx.el.span(badge(row.badge, row.tone), class_name="item-end")),
    )
    # A download is no way to another page, so this one stays alive.
    kept = plain_link(*content, icon("download", small=True), address=row.href, class_name="item record", download="")
    looked = plain_link(
        *content, icon("eye", small=True), address=row.href, class_name="item record", target="_blank", rel="noopener"
    )
    return rx.el.li(rx.cond(row.keep, kept, looked), key=row.key)
