"""The parts of a page that is too long for one: tabs that are links, so that each part has an address."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app.components.links import app_link


@dataclass(frozen=True)
class Tab:
    """One tab: its word, a count where one helps, where it leads, whether it is shown."""

    word: str = ""
    count: str = ""
    href: str = ""
    shown: bool = False


def tabs(items: Any, label: str) -> rx.Component:
    """Return the row of tabs (a variable of Tabs)."""
    return rx.el.nav(rx.foreach(items, _tab), class_name="tabs", aria_label=label)


def _tab(tab: rx.vars.ObjectVar[Tab]) -> rx.Component:
    words = (tab.word, rx.cond(tab.count != "", rx.el.span(tab.count, class_name="count count-quiet")))
    return rx.cond(
        tab.shown, app_link(*words, address=tab.href, aria_current="page"), app_link(*words, address=tab.href)
    )
