"""The frame around the office's pages: sidebar from 1024 px, below that a top bar with a drawer."""

import reflex as rx

from portal_app import routes
from portal_app.components.account import person
from portal_app.components.brand import logo
from portal_app.components.icons import icon
from portal_app.components.navigation import office_nav
from portal_app.components.palette import jump_button, jump_icon, palette
from portal_app.components.shell import main, skip_link
from portal_app.components.theme import theme_switch, theme_switch_row

_DRAWER = "office-drawer"


def office_shell(*content: rx.Component, current: str) -> rx.Component:
    """Return an office page."""
    return rx.fragment(
        skip_link(),
        rx.el.div(_top(), _sidebar(current), main(*content, class_name="office-main"), class_name="office"),
        _drawer(current),
        palette(),
    )


def _top() -> rx.Component:
    return rx.el.header(
        rx.el.button(
            icon("menu"),
            rx.el.span("Menu", class_name="sr"),
            type="button",
            class_name="btn btn-icon",
            custom_attrs={"data-opens": _DRAWER, "aria-haspopup": "dialog"},
        ),
        logo(routes.OFFICE_CUSTOMERS),
        rx.el.span(class_name="grow"),
        jump_icon(),
        theme_switch(),
        class_name="office-top",
    )


def _sidebar(current: str) -> rx.Component:
    return rx.el.aside(
        logo(routes.OFFICE_CUSTOMERS),
        jump_button(),
        office_nav(current),
        rx.el.div(theme_switch_row(), person(), class_name="side-foot"),
        class_name="side",
        aria_label="Office and account",
    )


def _drawer(current: str) -> rx.Component:
    """Return the navigation of small screens; page.js opens it, the browser keeps the focus in it and gives it back."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.button(
                icon("x"),
                rx.el.span("Close", class_name="sr"),
                type="button",
                class_name="btn btn-icon",
                custom_attrs={"data-closes": _DRAWER},
            ),
            class_name="drawer-head",
        ),
        office_nav(current),
        rx.el.div(person(), class_name="side-foot"),
        id=_DRAWER,
        class_name="drawer",
        aria_label="Menu",
    )
