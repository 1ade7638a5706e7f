"""The terms of business, where the portal has the text of them."""

import reflex as rx

from portal_app import routes
from portal_app.components.lists import skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.rich_text import rich_text
from portal_app.components.shell import customer_shell
from portal_app.pages.terms.state import TermsState


def terms_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(rx.el.h1("Terms of business"), class_name="page-head"),
            loaded_page(
                TermsState.trouble,
                TermsState.loaded,
                content=rx.el.div(rich_text(TermsState.html), class_name="card card-pad"),
                skeleton=rx.el.div(skeleton_rows(6), loading_word(), class_name="stack"),
                again=TermsState.load,
            ),
            class_name="wrap page narrow",
        ),
        current=routes.TERMS,
    )
