"""Fields for more than one line."""

from typing import Any

import reflex as rx


def text_area(control_id: str, *, rows: int, error: rx.Var[str], **props: Any) -> rx.Component:
    """Return a text area, named as its id and tied to the hint and the error of its `forms.field`.

    A `max_length` is to be longer than what is taken: browsers cut off unseen what is pasted beyond it, so that only
    a text that still is too long is ever told to be.
    """
    return rx.el.textarea(
        id=control_id,
        name=control_id,
        rows=str(rows),
        class_name="input",
        aria_describedby=f"{control_id}-hint {control_id}-error",
        aria_invalid=rx.cond(error != "", "true", "false"),
        auto_complete="off",
        **props,
    )
