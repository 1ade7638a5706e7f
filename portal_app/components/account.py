"""Who is signed in, and the way out."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import NativeForm, sign_out
from portal_app.components.icons import icon
from portal_app.components.shell_state import ShellState
from portal_app.services.memberships import Membership

_MENU = "account-menu"


def account_menu(*rows: rx.Component) -> rx.Component:
    """Return the button with the person's initials and its menu; the browser opens, closes and focuses it.

    `rows` are links to further places.
    """
    return rx.fragment(
        rx.el.button(
            rx.el.span(ShellState.initials, class_name="avatar avatar-s", aria_hidden="true"),
            rx.el.span("Your account, ", ShellState.person, class_name="sr"),
            type="button",
            class_name="account",
            custom_attrs={"popoverTarget": _MENU},
        ),
        rx.el.div(
            rx.el.p("Signed in as ", rx.el.strong(ShellState.person), class_name="text"),
            *rows,
            _others(),
            sign_out(),
            id=_MENU,
            class_name="menu-panel",
            custom_attrs={"popover": "auto"},
        ),
    )


def _others() -> rx.Component:
    """Return a form for each other customer the person could act for; none needs a script."""
    return rx.cond(
        ShellState.others.length() > 0,
        rx.el.div(
            rx.el.span("Change over to", class_name="small muted menu-label"),
            rx.foreach(ShellState.others, _other),
            role="group",
        ),
    )


def _other(other: rx.vars.ObjectVar[Membership]) -> rx.Component:
    return NativeForm.create(
        rx.el.input(type="hidden", name="to", value=other.public_id),
        rx.el.button(icon("users"), other.name, type="submit", class_name="btn btn-quiet menu-row"),
        action=routes.AUTH_SWITCH,
        method="post",
    )


def person() -> rx.Component:
    """Return the person's name with the way out below it, for the office's sidebar."""
    return rx.fragment(
        rx.el.div(
            rx.el.span(ShellState.initials, class_name="avatar avatar-s", aria_hidden="true"),
            rx.el.span(ShellState.person, class_name="strong text"),
            class_name="person",
        ),
        sign_out(),
    )
