"""Icons: Lucide, one weight, always beside a word except for the universal few."""

from typing import Any

import reflex as rx

_ROW_ICONS = {
    "wrench": "wrench",
    "quote": "file-check",
    "receipt": "receipt-text",
    "bulb": "lightbulb",
    "calendar": "calendar",
    "user": "user",
    "mail": "mail",
    "link": "link",
    "pencil": "pencil",
    "house": "house",
    "card": "credit-card",
    "bank": "landmark",
    "cash": "banknote",
    "photo": "image",
    "file": "file-text",
    "repeat": "repeat",
}


def icon(name: str, *, small: bool = False) -> rx.Component:
    """Return a Lucide icon, 20 px or 16 px, hidden from screen readers: the word beside it says it."""
    return rx.icon(name, class_name="icon icon-s" if small else "icon", aria_hidden="true")


def row_icon(name: rx.Var[str]) -> rx.Component | rx.Var[Any]:
    """Return the icon of a list row by the name its view gave: a key of _ROW_ICONS."""
    cases = [(key, icon(lucide)) for key, lucide in _ROW_ICONS.items()]
    return rx.match(name, *cases, icon("circle"))
