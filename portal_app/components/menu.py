"""Menus: a button, and what it offers in a panel that the browser opens and shuts; menu.js moves the focus in it.

As the ARIA Authoring Practices have it: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
"""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.links import app_link

_ROW = "btn btn-quiet menu-row"


def menu(menu_id: rx.Var[str] | str, *button: Any, rows: tuple[rx.Component, ...], **props: Any) -> rx.Component:
    """Return a button with the given content and the menu of `rows` it opens, right below it."""
    name = f"{menu_id}-button"
    props.setdefault("class_name", "btn")
    return rx.fragment(
        rx.el.script(src="/menu.js", custom_attrs={"async": True}),
        rx.el.button(
            *button,
            id=name,
            type="button",
            aria_haspopup="menu",
            custom_attrs={"popoverTarget": menu_id},
            **props,
        ),
        rx.el.div(
            *rows,
            id=menu_id,
            role="menu",
            aria_labelledby=name,
            class_name="menu-panel",
            custom_attrs={"popover": "auto", "data-menu": "here"},
        ),
    )


def menu_row(icon_name: str, word: rx.Var[str] | str, *, danger: bool = False, **props: Any) -> rx.Component:
    """Return one thing a menu does; the menu shuts when it is chosen."""
    look = f"{_ROW} btn-danger" if danger else _ROW
    return rx.el.button(icon(icon_name), word, type="button", role="menuitem", tab_index=-1, class_name=look, **props)


def menu_link(icon_name: str, word: rx.Var[str] | str, address: rx.Var[str] | str) -> rx.Component:
    """Return one place a menu leads to."""
    return app_link(icon(icon_name), word, address=address, role="menuitem", tab_index=-1, class_name=_ROW)
