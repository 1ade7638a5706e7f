"""The invoices' list: what is to be paid, and what was."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import DENIED, loaded_page, loading_word
from portal_app.components.property_filter import Choice, PropertyFilter, choices, property_filter
from portal_app.components.records import RecordRow, record_rows, show_more
from portal_app.components.searching import search_form
from portal_app.components.shell import customer_shell
from portal_app.pages.invoices.pay import box, pay_all, picked_bar
from portal_app.pages.invoices.pay_state import HEADING
from portal_app.pages.invoices.state import InvoicesState


def invoices_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.h1("Invoices", id=HEADING, tab_index=-1),
                    rx.cond(
                        InvoicesState.trouble.kind != DENIED,
                        app_link(icon("file-text"), "Statement", address=routes.STATEMENT, class_name="btn"),
                    ),
                    class_name="between",
                ),
                class_name="page-head",
            ),
            loaded_page(
                InvoicesState.trouble,
                InvoicesState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(1), skeleton_rows(4), loading_word(), class_name="stack"),
                again=InvoicesState.load,
                back=("All your invoices", routes.INVOICES),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.INVOICES,
    )


def _content() -> rx.Component:
    view = InvoicesState.view
    return rx.el.div(
        rx.cond((view.amounts.length() > 0) & (view.which != "paid"), _owed()),
        rx.el.div(
            _search(),
            choices(view.kinds.to(list[Choice]), "Which invoices", tabs=True),
            property_filter(view.places.to(PropertyFilter), routes.INVOICES, show=view.show, q=view.typed),
            class_name="stack",
        ),
        rx.el.section(
            rx.el.h2("Invoices", class_name="sr", id="list"),
            rx.cond(view.rows.length() > 0, record_rows(view.rows.to(list[RecordRow]), box), _nothing()),
            show_more("Show earlier", view.next_cursor, InvoicesState.show_more(view.next_cursor)),
            picked_bar(),
            class_name="section",
            aria_labelledby="list",
        ),
        rx.el.div(app_link(icon("banknote"), "Your payments", address=routes.PAYMENTS, class_name="btn btn-quiet")),
        class_name="stack",
    )


def _search() -> rx.Component:
    return search_form(
        "Search invoices", "Number, work, amount or property", InvoicesState.view.typed, InvoicesState.search
    )


def _owed() -> rx.Component:
    view = InvoicesState.view
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2("You owe", id="owed", class_name="owed-title"),
                rx.foreach(view.amounts, lambda amount: rx.el.p(amount, class_name="amount amount-l")),
            ),
            class_name="between wrapline",
        ),
        rx.el.div(
            rx.cond(view.overdue != "", rx.el.p(view.overdue, class_name="badge badge-overdue")),
            rx.el.p(view.count, class_name="small muted"),
            class_name="row wrapline row-tight",
        ),
        rx.cond(view.with_bank != "", rx.el.p(view.with_bank, class_name="small")),
        rx.cond(view.undecided != "", rx.el.p(view.undecided, class_name="small")),
        pay_all(),
        class_name="card card-pad owed",
        aria_labelledby="owed",
    )


def _nothing() -> rx.Component:
    said = rx.match(
        InvoicesState.view.which,
        ("outstanding", empty("circle-check", "Nothing to pay", "A new invoice appears here as soon as it is sent.")),
        ("paid", empty("receipt-text", "Nothing paid yet", "Invoices stay here once they are paid.")),
        empty("receipt-text", "No invoices yet", "They appear here as soon as they are sent."),
    )
    other = app_link("All your invoices", address=routes.INVOICES, class_name="btn")
    not_found = empty("search-x", "No invoice is found by that", "Try a part of it, or look at all of them.", other)
    return rx.el.div(rx.cond(InvoicesState.view.typed != "", not_found, said), class_name="card")
