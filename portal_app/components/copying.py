"""What is to be copied: an address that can be seen only now, and single words such as an account's number."""

import reflex as rx

from portal_app.components.icons import icon


def new_link_box(
    address: rx.Var[str], done: rx.event.EventType[()], *, field_id: rx.Var[str] | str = "new-link"
) -> rx.Component:
    """Return the address of a link that was just made, while there is one; page.js copies it."""
    box = rx.el.div(
        rx.el.label("The new link", html_for=field_id, class_name="label"),
        rx.el.div(
            rx.el.input(id=field_id, value=address, read_only=True, class_name="input input-s"),
            rx.el.button(
                icon("copy"),
                rx.el.span("Copy", class_name="when-not"),
                rx.el.span("Copied", class_name="when-copied"),
                type="button",
                class_name="btn btn-primary copy",
                custom_attrs={"data-copies": field_id},
            ),
            rx.el.button("Done", type="button", class_name="btn", on_click=done),
            class_name="copy-row",
        ),
        rx.el.p(
            "Whoever opens it is asked for a code that is mailed to the address on file. It is shown this once.",
            class_name="hint",
        ),
        class_name="card card-pad stack-s told",
    )
    return rx.cond(address != "", box)


def copy_button(field_id: rx.Var[str], what: rx.Var[str]) -> rx.Component:
    """Return the button that copies the words of an element; `what` names them to those who do not see them beside."""
    return rx.el.button(
        rx.el.span(icon("copy"), rx.el.span("Copy ", class_name="sr"), class_name="when-not"),
        rx.el.span(icon("check"), rx.el.span("Copied: ", class_name="sr"), class_name="when-copied"),
        rx.el.span(what, class_name="sr"),
        type="button",
        class_name="btn btn-icon copy",
        custom_attrs={"data-copies": field_id},
    )
