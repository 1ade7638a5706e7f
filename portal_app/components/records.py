"""Lists of jobs and papers: rows that lead to the record, with its state, and more on a press."""

from dataclasses import dataclass

import reflex as rx

from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link


@dataclass(frozen=True)
class RecordRow:
    """One record of a list: what it is, where it leads, its state in a word (`tone` is the badge's colour).

    `figure` is what stands out at its end, such as an amount. Empty fields are left out.
    """

    key: str = ""
    icon: str = ""
    title: str = ""
    sub: str = ""
    figure: str = ""
    badge: str = ""
    tone: str = ""
    href: str = ""


def badge(word: rx.Var[str], tone: rx.Var[str]) -> rx.Component:
    """Return a state in a word; `tone` is one of the stylesheet's badges."""
    return rx.el.span(word, class_name=f"badge badge-{tone}")


def record_rows(records: rx.vars.ArrayVar[list[RecordRow]]) -> rx.Component:
    """Return a card with one row for each record."""
    return rx.el.div(rx.el.ul(rx.foreach(records, _row), class_name="list"), class_name="card")


def _row(record: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    content = (
        rx.el.span(row_icon(record.icon), class_name="disc disc-plain"),
        rx.el.span(
            rx.el.span(record.title, class_name="item-title"),
            rx.cond(record.sub != "", rx.el.span(record.sub, class_name="item-sub clip2")),
            class_name="grow",
        ),
        rx.el.span(
            rx.cond(record.figure != "", rx.el.span(record.figure, class_name="text strong money")),
            rx.cond(record.badge != "", badge(record.badge, record.tone)),
            class_name="item-end",
        ),
    )
    link = app_link(*content, icon("chevron-right", small=True), address=record.href, class_name="item record")
    return rx.el.li(rx.cond(record.href != "", link, rx.el.div(*content, class_name="item record")), key=record.key)


def show_more(word: str, cursor: rx.Var[str], on_click: rx.event.EventType[()]) -> rx.Component:
    """Return the button that adds the next rows, while there are any."""
    button = rx.el.button(word, type="button", class_name="btn btn-block", on_click=on_click)
    return rx.cond(cursor != "", button)
