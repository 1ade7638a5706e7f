"""The page for an address that does not exist, met while moving about inside the app."""

import reflex as rx

from portal_app import routes
from portal_app.components.links import plain_link
from portal_app.components.shell import doorway


def not_found_page() -> rx.Component:
    """Return the page that says so and offers the way back."""
    return doorway(
        rx.el.div(
            rx.el.h1("We could not find that page"),
            rx.el.p("The address may be old or mistyped.", class_name="text muted"),
            class_name="stack-s",
        ),
        rx.el.div(
            plain_link("Go to the start", address=routes.ROOT, class_name="btn btn-primary"),
            class_name="stack door-ways",
        ),
    )
