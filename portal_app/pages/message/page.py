"""The page for an address that does not exist, met while moving about inside the app."""

import reflex as rx

from portal_app import routes
from portal_app.components.brand import logo
from portal_app.components.links import plain_link


def not_found_page() -> rx.Component:
    """Return the page that says so and offers the way back."""
    return rx.el.main(
        logo(routes.ROOT),
        rx.el.h1("We could not find that page"),
        rx.el.p("The address may be old or mistyped."),
        plain_link("Go to the start", address=routes.ROOT, class_name="btn btn-primary"),
        class_name="message-page",
        id="main",
    )
