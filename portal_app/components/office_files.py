"""Files as the office's lists show them: a picture, its name, how it stands, and what may be done."""

from dataclasses import dataclass

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link, plain_link
from portal_app.components.records import badge
from portal_app.components.words import Words, clip
from portal_app.services.office_file_lists import Listed
from portal_app.services.office_files import OfficeEntry

_STATES = {"visible": ("Visible", "complete"), "held": ("To review", "processing"), "hidden": ("Hidden", "off")}


@dataclass(frozen=True)
class FileRow:
    """One file in words; `thumb` is empty without a picture, `open` where there is no copy of it yet.

    `sub` is what it is and where it belongs, `customer` whose it is with `customer_href`. `caption`, `download` and
    `expires` are what can be changed.
    """

    key: str = ""
    thumb: str = ""
    open: str = ""
    words: str = ""
    name: str = ""
    sub: str = ""
    state: str = ""
    badge: str = ""
    tone: str = ""
    picture: bool = False
    document: bool = False
    from_crm: bool = False
    offered: bool = True
    trouble: str = ""
    caption: str = ""
    download: str = "inherit"
    expires: str = ""
    expired: bool = False
    customer: str = ""
    customer_href: str = ""


def file_view(listed: Listed, words: Words) -> FileRow:
    """Return the row of one file."""
    entry = listed.entry
    word, tone = _STATES.get(entry.state, _STATES["hidden"]) if entry.offered else ("Withheld by the CRM", "off")
    customer, customer_name = listed.customer
    copied = entry.size > 0
    return FileRow(
        key=entry.public_id,
        thumb=routes.file(entry.public_id, "small") if entry.picture else "",
        open=routes.file(entry.public_id, "large") if copied else "",
        words=entry.caption or entry.name,
        name=entry.name if entry.caption else "",
        sub=_sub(listed, words),
        state=entry.state,
        badge=word,
        tone=tone,
        picture=entry.picture,
        document=entry.kind == "document",
        from_crm=entry.from_crm,
        offered=entry.offered,
        trouble=entry.trouble,
        caption=entry.caption,
        download=entry.download,
        expires=entry.expires_on.isoformat() if entry.expires_on else "",
        expired=entry.expires_on is not None and entry.expires_on < words.today,
        customer=customer_name,
        customer_href=routes.office_customer(customer, "files"),
    )


def _sub(listed: Listed, words: Words) -> str:
    entry = listed.entry
    number, title = listed.job
    parts = (
        "Photo" if entry.kind == "photo" else "Document",
        size_words(entry),
        words.short_day(words.day(entry.at)),
        clip(" ".join(part for part in (f"Job {number}" if number else "", title) if part), 60),
        listed.place,
        "From the CRM" if entry.from_crm else "",
        f"Valid until {words.full_date(entry.expires_on)}" if entry.expires_on else "",
    )
    return " · ".join(part for part in parts if part)


def size_words(entry: OfficeEntry) -> str:
    """Return how large a file is, in kB or MB; empty while there is no copy of it."""
    if entry.size <= 0:
        return ""
    return f"{entry.size / 1_000_000:.1f} MB" if entry.size >= 1_000_000 else f"{max(1, entry.size // 1000)} kB"


def file_row(
    file: rx.vars.ObjectVar[FileRow],
    acts: rx.Component,
    *below: rx.Component,
    before: rx.Component | None = None,
    whose: bool = False,
) -> rx.Component:
    """Return a row of a list; `acts` stand beside it, `below` under it, `before` in front; `whose` names the customer.

    The picture's room is there before the picture is.
    """
    picture = rx.cond(
        file.thumb != "",
        rx.el.img(src=file.thumb, alt="", width="64", height="48", loading="lazy"),
        rx.el.span(icon("file-text"), class_name="disc disc-plain"),
    )
    title = rx.cond(
        file.open != "",
        plain_link(
            file.words,
            rx.el.span(" (download)", class_name="sr"),
            address=file.open,
            class_name="row-title",
        ),
        file.words,
    )
    about = rx.el.div(
        rx.el.h3(title, class_name="item-title"),
        app_link(file.customer, address=file.customer_href, class_name="small") if whose else None,
        rx.cond(file.name != "", rx.el.p(file.name, class_name="small faint clip2")),
        rx.el.p(file.sub, class_name="small muted"),
        rx.el.div(
            badge(file.badge, file.tone),
            rx.cond(file.expired, rx.el.span("Out of date", class_name="badge badge-overdue")),
            class_name="row wrapline row-tight",
        ),
        rx.cond(file.trouble != "", rx.el.p(file.trouble, class_name="small problem")),
        class_name="grow stack-s",
    )
    return rx.el.li(
        rx.el.div(before, rx.el.div(picture, class_name="thumbs"), about, class_name="row grow file-about"),
        rx.el.div(acts, class_name="row wrapline row-tight"),
        *below,
        class_name="card card-pad office-file",
        key=file.key,
    )
