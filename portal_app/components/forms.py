"""Fields and forms."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from portal_app import routes
from portal_app.components.icons import icon

_DESCRIBED = "aria-describedby"


class NativeForm(BaseHTML):
    """A form that the browser itself posts; `rx.el.form` would always stop it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    auto_complete: rx.Var[str]
    enc_type: rx.Var[str]


def field(
    label: rx.Var[str] | str,
    control: rx.Component,
    *,
    control_id: str,
    hint: rx.Var[str] | str = "",
    error: rx.Var[str] | None = None,
    aside: rx.Component | None = None,
) -> rx.Component:
    """Return a labelled control, with its hint and with what is wrong with it while `error` has words.

    A control that is `described` (`text_input(control_id, described=True)`) names those of the two that are there.
    `aside` is seen at the end of the label's line and reached by the keyboard behind the control.
    """
    hinted = isinstance(hint, rx.Var) or hint != ""
    _describe(control, [f"{control_id}-hint"] * hinted + [f"{control_id}-error"] * (error is not None))
    return rx.el.div(
        rx.el.label(label, html_for=control_id, class_name="label"),
        control,
        rx.el.p(hint, id=f"{control_id}-hint", class_name="hint") if hinted else None,
        field_error(error, control_id) if error is not None else None,
        aside,
        class_name="field" if aside is None else "field has-aside",
    )


def _describe(control: rx.Component, ids: list[str]) -> None:
    """Let a control, or the one in it, name these in place of all that its field may have."""
    for one in (control, *control.children):
        if isinstance(one, rx.Component) and one.custom_attrs.pop(_DESCRIBED, None) is not None and ids:
            one.custom_attrs[_DESCRIBED] = " ".join(ids)


def field_error(error: rx.Var[str], control_id: rx.Var[str] | str) -> rx.Component:
    """Return what is wrong with a control, empty while nothing is."""
    words = rx.fragment(icon("circle-alert", small=True), error)
    return rx.el.p(rx.cond(error != "", words), id=f"{control_id}-error", class_name="error", aria_live="polite")


def text_input(
    control_id: str, *, described: bool = False, error: rx.Var[str] | None = None, **props: Any
) -> rx.Component:
    """Return a text input, named as its id unless told otherwise.

    `described` ties it to the hint and the error of its `field`.
    """
    props.setdefault("name", control_id)
    if described:
        props["aria_describedby"] = f"{control_id}-hint {control_id}-error"
    if error is not None:
        props["aria_invalid"] = rx.cond(error != "", "true", "false")
    return rx.el.input(id=control_id, class_name="input", **props)


def password_input(control_id: str, **props: Any) -> rx.Component:
    """Return a password input with a button that shows what was typed; page.js does that, without the server."""
    return rx.el.div(
        text_input(control_id, type="password", **props),
        rx.el.button(
            rx.el.span("Show", class_name="when-hidden"),
            rx.el.span("Hide", class_name="when-shown"),
            rx.el.span(" password", class_name="sr"),
            type="button",
            class_name="btn",
            custom_attrs={"data-reveals": control_id},
        ),
        class_name="password",
    )


def sign_out() -> rx.Component:
    """Return the form that signs out; it works without any script.

    The page hangs up first: what open pages are told of a session that ended is for the other tabs.
    """
    button = rx.el.button(icon("log-out"), "Sign out", type="submit", class_name="btn btn-quiet menu-row")
    return NativeForm.create(button, action=routes.AUTH_LOGOUT, method="post", custom_attrs={"data-leaves": True})
