"""The customer's documents: certificates, manuals and warranties, with the day until which they hold."""

import reflex as rx

from portal_app import routes
from portal_app.components.documents import DocumentRow, document_rows
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.property_filter import PropertyFilter, property_filter
from portal_app.components.records import show_more
from portal_app.components.shell import customer_shell
from portal_app.pages.documents.state import OwnDocumentsState


def documents_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(rx.el.h1("Documents"), class_name="page-head"),
            loaded_page(
                OwnDocumentsState.trouble,
                OwnDocumentsState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(5), loading_word(), class_name="stack"),
                again=OwnDocumentsState.load,
                back=("All your documents", routes.DOCUMENTS),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.DOCUMENTS,
    )


def _content() -> rx.Component:
    view = OwnDocumentsState.view
    nothing = empty("file-text", "No documents yet", "Certificates, manuals and warranties appear here.")
    return rx.el.div(
        property_filter(view.places.to(PropertyFilter), routes.DOCUMENTS),
        rx.el.section(
            rx.el.h2("Documents, newest first", class_name="sr", id="list"),
            rx.cond(
                view.rows.length() > 0,
                document_rows(view.rows.to(list[DocumentRow])),
                rx.el.div(nothing, class_name="card"),
            ),
            show_more("Show earlier", view.next_cursor, OwnDocumentsState.show_more(view.next_cursor)),
            class_name="section",
            aria_labelledby="list",
        ),
        class_name="stack",
    )
