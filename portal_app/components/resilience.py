"""What a page shows when its line to the server is cut, or when drawing it failed."""

import reflex as rx
from reflex_components_core.base.error_boundary import ErrorBoundary
from reflex_components_core.core.banner import has_too_many_connection_errors

from portal_app.components.links import plain_link


def connection_notice() -> rx.Component:
    """Say that the page is not live at the moment; it goes by itself once the line is back."""
    told = rx.el.p(
        "No connection. What you see may be out of date; the page catches up by itself.", class_name="offline-notice"
    )
    # Reflex puts the page itself into what is returned here, and a whole page must not be a live region.
    return rx.fragment(rx.el.div(rx.cond(has_too_many_connection_errors, told), role="status", aria_live="polite"))


def drawing_failed() -> rx.Component:
    """Stand in for a page whose drawing failed; nothing on the server is lost by that."""
    return rx.el.main(
        rx.el.h1("Something went wrong"),
        rx.el.p("This page could not be shown. Nothing you sent is lost. Please load it again."),
        plain_link("Load again", address="", class_name="btn btn-primary"),
        class_name="message-page",
    )


def error_boundary() -> rx.Component:
    """Catch an error while a page is drawn, report it, and show `drawing_failed`."""
    return ErrorBoundary.create(fallback_render=drawing_failed())
