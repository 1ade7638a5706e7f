"""The parts that do something: buttons, and what they open."""

import reflex as rx

from portal_app.components.dialogs import ask_once, closes, dialog, opens
from portal_app.components.icons import icon
from portal_app.components.menu import menu, menu_link, menu_row
from portal_app.components.palette import PALETTE
from portal_app.pages.office.design.views import HERE

BUTTONS = (
    ("Approve quote", "btn-primary"),
    ("Undo changes", ""),
    ("Not now", "btn-quiet"),
    ("Remove card", "btn-danger"),
)


def buttons(_theme: rx.Var[str]) -> rx.Component:
    """Return every kind of button, as it is and when it cannot be pressed."""
    return rx.el.div(
        rx.el.div(
            rx.el.button("Pay £240.00", type="button", class_name="btn btn-primary btn-lg"),
            *[rx.el.button(word, type="button", class_name=f"btn {kind}") for word, kind in BUTTONS],
            class_name="row wrapline",
        ),
        rx.el.div(
            *[rx.el.button(word, type="button", disabled=True, class_name=f"btn {kind}") for word, kind in BUTTONS],
            class_name="row wrapline",
        ),
        rx.el.div(
            rx.el.button("Paying…", type="button", disabled=True, aria_busy="true", class_name="btn btn-primary"),
            rx.el.button(icon("download"), "PDF", type="button", class_name="btn"),
            rx.el.button(
                icon("pencil"), rx.el.span("Change", class_name="sr"), type="button", class_name="btn btn-icon"
            ),
            class_name="row wrapline",
        ),
        rx.el.button("As wide as there is room", type="button", class_name="btn btn-block"),
        class_name="stack",
    )


def opening(theme: rx.Var[str]) -> rx.Component:
    """Return a dialog, one that asks once, a drawer, a menu and the palette, each behind its button."""
    plain, once, drawer, acts = (rx.Var.create(f"{theme}-{name}") for name in ("dialog", "once", "drawer", "menu"))
    ways = (
        ("Dialog", opens(plain)),
        ("Ask once", opens(once)),
        ("Drawer", opens(drawer)),
        ("Palette", opens(PALETTE)),
    )
    return rx.el.div(
        *[rx.el.button(word, type="button", class_name="btn", custom_attrs=attrs) for word, attrs in ways],
        menu(acts, "Menu", rows=_rows()),
        dialog(
            plain,
            "Send a link",
            rx.el.p("Sarah gets a mail with a link to invoice 2291.", class_name="text"),
            rx.el.ul(rx.el.li("It works for 30 days."), class_name="plain-list text muted"),
        ),
        ask_once(once, "Remove Sarah?", "She can no longer sign in. Nothing else is lost.", "Remove Sarah", []),
        _drawer(drawer),
        class_name="row wrapline",
    )


def _drawer(drawer_id: rx.Var[str]) -> rx.Component:
    close = rx.el.button(
        icon("x"),
        rx.el.span("Close", class_name="sr"),
        type="button",
        class_name="btn btn-icon",
        custom_attrs=closes(drawer_id),
    )
    return rx.el.dialog(
        rx.el.div(close, class_name="drawer-head"),
        rx.el.p("What a phone shows of a sidebar.", class_name="text muted"),
        id=drawer_id,
        class_name="drawer",
        aria_label="A drawer",
    )


def _rows() -> tuple[rx.Component, ...]:
    """Return what a menu can hold: an act, one that is out of use, a place, and an act to think about."""
    return (
        menu_row("pencil", "Change"),
        menu_row("copy", "Copy", disabled=True),
        menu_link("eye", "Every part", HERE),
        menu_row("x", "Remove", danger=True),
    )
