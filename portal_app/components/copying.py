"""An address that can be seen only now, to be copied."""

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
