"""Dialogs of the browser's own: page.js opens and closes them, the browser keeps the focus and gives it back."""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon


def opens(dialog_id: rx.Var[str] | str) -> dict[str, Any]:
    """Return the attributes of a button that opens a dialog."""
    return {"data-opens": dialog_id, "aria-haspopup": "dialog"}


def closes(dialog_id: rx.Var[str] | str) -> dict[str, Any]:
    """Return the attribute of a button that closes a dialog."""
    return {"data-closes": dialog_id}


def dialog(dialog_id: rx.Var[str] | str, title: rx.Var[str] | str, *content: Any) -> rx.Component:
    """Return a dialog with its title and a way out."""
    name = f"{dialog_id}-title"
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2(title, id=name),
            rx.el.button(
                icon("x"),
                rx.el.span("Close", class_name="sr"),
                type="button",
                class_name="btn btn-icon",
                custom_attrs=closes(dialog_id),
            ),
            class_name="dialog-head",
        ),
        rx.el.div(*content, class_name="dialog-body stack"),
        id=dialog_id,
        class_name="dialog",
        aria_labelledby=name,
    )


def ask_once(
    dialog_id: rx.Var[str] | str,
    title: rx.Var[str] | str,
    text: rx.Var[str] | str,
    word: rx.Var[str] | str,
    on_click: Any,
    *,
    danger: bool = True,
) -> rx.Component:
    """Return the dialog that asks once before an act: what will happen, the act by its name, and a way back."""
    return dialog(
        dialog_id,
        title,
        rx.el.p(text, class_name="text"),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="btn", custom_attrs=closes(dialog_id)),
            rx.el.button(
                word,
                type="button",
                class_name="btn btn-danger" if danger else "btn btn-primary",
                on_click=on_click,
                custom_attrs=closes(dialog_id),
            ),
            class_name="dialog-acts",
        ),
    )
