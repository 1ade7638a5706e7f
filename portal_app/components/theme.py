"""The switch between light and dark; the browser remembers the choice."""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon


def theme_switch() -> rx.Component:
    """Return the switch as a round button."""
    return _switch(aria_label="Switch between light and dark", class_name="btn btn-icon")


def theme_switch_row() -> rx.Component:
    """Return the switch as a row of a menu, with its words."""
    return _switch("Light or dark", class_name="btn btn-quiet menu-row")


def _switch(*words: str, **props: Any) -> rx.Component:
    pictures = (rx.el.span(icon("moon"), class_name="only-light"), rx.el.span(icon("sun"), class_name="only-dark"))
    return rx.el.button(*pictures, *words, type="button", on_click=rx.toggle_color_mode, **props)
