"""Lists of jobs and papers: rows that lead to the record, with its state, and more on a press."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link


@dataclass(frozen=True)
class RecordRow:
    """One record of a list: what it is, where it leads, its state in a word (`tone` is the badge's colour).

    `about` is a title that may be cut short; `sub` are facts, of which nothing is.
    `figure` is what stands out at its end, such as an amount. `pick` names the box that picks it, where it can be
    picked. Empty fields are left out. For the office, `what` is job, quote or invoice where it can be hidden
    from the customer, and `hidden` says that it is.
    """

    key: str = ""
    icon: str = ""
    title: str = ""
    sub: str = ""
    figure: str = ""
    badge: str = ""
    tone: str = ""
    href: str = ""
    pick: str = ""
    what: str = ""
    hidden: bool = False
    about: str = ""


RowPart = Callable[[rx.vars.ObjectVar[RecordRow]], rx.Component]


def badge(word: rx.Var[str] | str, tone: rx.Var[str] | str) -> rx.Component:
    """Return a state in a word; `tone` is one of the stylesheet's badges."""
    return rx.el.span(word, class_name=f"badge badge-{tone}")


def record_rows(
    records: rx.vars.ArrayVar[list[RecordRow]],
    box: RowPart | None = None,
    acts: RowPart | None = None,
) -> rx.Component:
    """Return a card with one row for each record.

    `box` gives what picks one, for those that can be picked; `acts` what stands at a row's end, beside the link.
    """
    return rx.el.div(
        rx.el.ul(rx.foreach(records, lambda record: _row(record, box, acts)), class_name="list"), class_name="card"
    )


def pick_box(record: rx.vars.ObjectVar[RecordRow], **props: Any) -> rx.Component:
    """Return the box that picks a record, with a whole finger's room."""
    return rx.el.label(
        rx.el.input(type="checkbox", class_name="tick", **props),
        rx.el.span(record.pick, class_name="sr"),
        class_name="pick",
    )


def _row(record: rx.vars.ObjectVar[RecordRow], box: RowPart | None, acts: RowPart | None) -> rx.Component:
    content = (
        rx.el.span(row_icon(record.icon), class_name="disc disc-plain"),
        rx.el.span(
            rx.el.span(record.title, class_name="item-title clip2"),
            rx.cond(record.about != "", rx.el.span(record.about, class_name="item-sub clip1")),
            rx.cond(record.sub != "", rx.el.span(record.sub, class_name="item-sub")),
            class_name="grow",
        ),
        rx.el.span(
            rx.cond(record.figure != "", rx.el.span(record.figure, class_name="text strong money")),
            rx.cond(record.badge != "", badge(record.badge, record.tone)),
            *((rx.cond(record.hidden, badge("Hidden", "off")),) if acts is not None else ()),
            class_name="item-end",
        ),
    )
    link = app_link(*content, icon("chevron-right", small=True), address=record.href, class_name="item record")
    row = rx.cond(record.href != "", link, rx.el.div(*content, class_name="item record"))
    if box is not None:
        row = rx.fragment(rx.cond(record.pick != "", box(record)), row)
    if acts is not None:
        return rx.el.li(row, rx.el.div(acts(record), class_name="item-foot"), class_name="footed", key=record.key)
    return rx.el.li(row, key=record.key)


def show_more(word: str, cursor: rx.Var[str], on_click: rx.event.EventType[()]) -> rx.Component:
    """Return the button that adds the next rows, while there are any."""
    button = rx.el.button(word, type="button", class_name="btn btn-block", on_click=on_click)
    return rx.cond(cursor != "", button)
