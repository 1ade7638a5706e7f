"""What stands around and in the office's tables: filter chips, ticks, their bar, and the way to the next page."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.links import app_link


@dataclass(frozen=True)
class Chip:
    """One filter: its word, how many it shows in words, where it leads, whether it is chosen."""

    word: str = ""
    count: str = ""
    href: str = ""
    chosen: bool = False


def chips(items: Any, label: str) -> rx.Component:
    """Return the filters of a list (a variable of Chips) as links, so that each has an address."""
    return rx.el.div(rx.foreach(items, _chip), class_name="chips", role="group", aria_label=label)


def _chip(chip: rx.vars.ObjectVar[Chip]) -> rx.Component:
    words = (chip.word, rx.cond(chip.count != "", rx.el.span(chip.count, class_name="num faint")))
    return rx.cond(
        chip.chosen,
        app_link(*words, address=chip.href, class_name="chip", aria_current="true"),
        app_link(*words, address=chip.href, class_name="chip"),
    )


def bulk_bar(words: str, *acts: rx.Component) -> rx.Component:
    """Return the bar above a table whose rows can be ticked: what ticks are for, and what is done with them."""
    return rx.el.div(rx.el.p(words, class_name="small muted"), *acts, class_name="bulk-bar")


def tick_head() -> rx.Component:
    """Return the head of the column of ticks."""
    return rx.el.th(rx.el.span("Choose", class_name="sr"), scope="col")


def tick_cell(name: rx.Var[str] | str, whom: rx.Var[str] | str, **props: Any) -> rx.Component:
    """Return the cell that ticks a row, with a whole finger's room; `whom` says which one."""
    label = rx.el.label(
        rx.el.input(type="checkbox", name=name, class_name="tick", **props),
        rx.el.span("Choose ", whom, class_name="sr"),
        class_name="tick-label",
    )
    return rx.el.td(label, class_name="tick-cell")


def pager(
    words: rx.Var[str], before: rx.Var[str], after: rx.Var[str], after_word: rx.Var[str], *, label: str = "Pages"
) -> rx.Component:
    """Return how many there are and the ways to the pages before and after; empty addresses lead nowhere."""
    return rx.el.nav(
        rx.el.span(words, class_name="num"),
        rx.el.span(
            rx.cond(
                before != "",
                app_link(icon("chevron-left", small=True), "Previous", address=before, class_name="btn"),
            ),
            rx.cond(
                after != "",
                app_link(after_word, icon("chevron-right", small=True), address=after, class_name="btn"),
            ),
            class_name="row row-tight",
        ),
        class_name="pager",
        aria_label=label,
    )
