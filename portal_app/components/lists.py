"""Sections, list rows, timeline, empty states and skeletons."""

from dataclasses import dataclass

import reflex as rx

from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link, plain_link


@dataclass(frozen=True)
class Row:
    """One row of a list; `icon` is one that `icons.row_icon` knows, `href` the page it leads to, if any."""

    icon: str = ""
    title: str = ""
    sub: str = ""
    when: str = ""
    href: str = ""


def section(title: str, *content: rx.Component, section_id: str, extra_class: str = "") -> rx.Component:
    """Return a titled part of a page; its heading names it for screen readers."""
    return rx.el.section(
        rx.el.h2(title, id=section_id),
        *content,
        class_name=f"section {extra_class}".strip(),
        aria_labelledby=section_id,
    )


def row(item: rx.vars.ObjectVar[Row], *, plain: bool = False) -> rx.Component:
    """Return one row of a card's list, for a view with icon, title, sub and perhaps href."""
    content = (
        rx.el.span(row_icon(item.icon), class_name="disc disc-plain" if plain else "disc"),
        rx.el.span(
            rx.el.span(item.title, class_name="item-title clip2"),
            rx.cond(item.sub != "", rx.el.span(item.sub, class_name="item-sub")),
            class_name="grow",
        ),
    )
    link = app_link(*content, icon("chevron-right", small=True), address=item.href, class_name="item")
    return rx.el.li(rx.cond(item.href != "", link, rx.el.div(*content, class_name="item")))


def rows(items: rx.vars.ArrayVar[list[Row]], *, plain: bool = False) -> rx.Component:
    """Return a card with one row for each item."""
    return rx.el.div(
        rx.el.ul(rx.foreach(items, lambda item: row(item, plain=plain)), class_name="list"), class_name="card"
    )


def link_row(word: str, icon_name: str, address: rx.Var[str] | str, note: rx.Var[str] | str = "") -> rx.Component:
    """Return a row that is a link as a whole, with a quiet note at its end."""
    return rx.el.li(
        plain_link(
            rx.el.span(icon(icon_name), class_name="disc disc-plain"),
            rx.el.span(word, class_name="grow item-title"),
            rx.el.span(note, class_name="small faint num"),
            address=address,
            class_name="item",
        )
    )


def timeline_row(item: rx.vars.ObjectVar[Row]) -> rx.Component:
    """Return one row of the timeline, for a view with icon, title, sub, when and perhaps href."""
    title = rx.cond(item.href != "", app_link(item.title, address=item.href, class_name="row-title"), item.title)
    return rx.el.li(
        rx.el.span(row_icon(item.icon), class_name="disc disc-plain"),
        rx.el.div(
            rx.el.h3(title, class_name="item-title"),
            rx.el.p(item.sub, class_name="text muted"),
            class_name="body",
        ),
        rx.el.span(item.when, class_name="when"),
    )


def empty(icon_name: str, title: str, text: str, *step: rx.Component) -> rx.Component:
    """Return what a list shows while it has nothing: what will appear here, and perhaps the next step."""
    words = (rx.el.p(title, class_name="empty-title"), rx.el.p(text))
    return rx.el.div(icon(icon_name), *words, *step, class_name="empty")


def notice(text: rx.Var[str] | str, tone: str = "processing", icon_name: str = "circle-alert") -> rx.Component:
    """Return a notice in one of the tones processing, complete, overdue or brand.

    What should be read out stands in an element with `role` status or alert that is on the page before the notice.
    """
    return rx.el.div(icon(icon_name), rx.el.p(text), class_name=f"notice notice-{tone}")


def skeleton_rows(count: int) -> rx.Component:
    """Return rows in the shape of a list that is still loading."""
    one = rx.el.div(
        rx.el.span(class_name="skeleton skeleton-disc"),
        rx.el.div(
            rx.el.span(class_name="skeleton skeleton-short"),
            rx.el.span(class_name="skeleton"),
            class_name="grow stack-s",
        ),
        class_name="item",
    )
    return rx.el.div(*[one for _ in range(count)], class_name="card", aria_hidden="true")
