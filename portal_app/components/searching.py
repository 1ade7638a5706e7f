"""The field that searches a list; the list's address holds what was typed."""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon


def search_form(
    label: str,
    placeholder: str,
    typed: rx.Var[str] | str,
    on_submit: Any,
    *,
    field_id: rx.Var[str] | str = "q",
    most: int = 100,
    extra_class: str = "",
    **props: Any,
) -> rx.Component:
    """Return the form; `typed` is what the address holds, `on_submit` gets a field `q`, `most` is in letters."""
    return rx.el.form(
        rx.el.label(label, html_for=field_id, class_name="sr"),
        icon("search"),
        rx.el.input(
            id=field_id,
            name="q",
            type="search",
            class_name="input input-s",
            placeholder=placeholder,
            default_value=typed,
            max_length=most,
            auto_complete="off",
            enter_key_hint="search",
            # Another address fills the field anew.
            key=typed,
            **props,
        ),
        rx.el.button("Search", type="submit", class_name="sr"),
        on_submit=on_submit,
        role="search",
        class_name=f"input-icon {extra_class}".strip(),
    )
