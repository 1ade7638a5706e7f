"""Fields and forms."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from portal_app import routes
from portal_app.components.icons import icon


class NativeForm(BaseHTML):
    """A form that the browser itself posts; `rx.el.form` would always stop it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    auto_complete: rx.Var[str]


class NativeLink(BaseHTML):
    """A link that the browser itself follows, moving the focus along; `rx.el.a` is followed by the app."""

    tag = "a"

    href: rx.Var[str]


def field(label: str, control: rx.Component, *, control_id: str, hint: str = "") -> rx.Component:
    """Return a labelled control; its hint is tied to it by `aria-describedby` = `{control_id}-hint`."""
    return rx.el.div(
        rx.el.label(label, html_for=control_id, class_name="label"),
        control,
        rx.el.p(hint, id=f"{control_id}-hint", class_name="hint") if hint else None,
        class_name="field",
    )


def text_input(control_id: str, **props: Any) -> rx.Component:
    """Return a text input whose name is its id."""
    return rx.el.input(id=control_id, name=control_id, class_name="input", **props)


def sign_out() -> rx.Component:
    """Return the form that signs out; it works without any script."""
    button = rx.el.button(icon("log-out"), "Sign out", type="submit", class_name="btn btn-quiet")
    return NativeForm.create(button, action=routes.AUTH_LOGOUT, method="post")
