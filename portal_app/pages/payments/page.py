"""The customer's payments: what arrived, what is with the bank, what came back, each with its receipt."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link, plain_link
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.records import badge, show_more
from portal_app.components.shell import customer_shell
from portal_app.pages.payments.state import OwnPaymentsState
from portal_app.pages.payments.views import PaidRow


def own_payments_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Invoices", address=routes.INVOICES, class_name="back"),
            rx.el.div(rx.el.h1("Payments"), class_name="page-head"),
            loaded_page(
                OwnPaymentsState.trouble,
                OwnPaymentsState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(5), loading_word(), class_name="stack"),
                again=OwnPaymentsState.load,
            ),
            class_name="wrap page narrow",
        ),
        current=routes.INVOICES,
    )


def _content() -> rx.Component:
    view = OwnPaymentsState.view
    nothing = empty("banknote", "No payments yet", "What you pay is listed here, with its receipt.")
    rows = rx.el.ul(rx.foreach(view.rows, _row), class_name="list")
    methods = app_link(
        icon("credit-card"), "Saved payment methods", address=routes.PAYMENT_METHODS, class_name="btn btn-quiet"
    )
    return rx.el.div(
        rx.cond(view.credit != "", notice(view.credit, "brand", "info")),
        rx.el.section(
            rx.el.h2("Payments, newest first", class_name="sr", id="list"),
            rx.el.div(rx.cond(view.rows.length() > 0, rows, nothing), class_name="card"),
            show_more("Show earlier", view.next_cursor, OwnPaymentsState.show_more(view.next_cursor)),
            class_name="section",
            aria_labelledby="list",
        ),
        rx.cond(view.methods, rx.el.div(methods)),
        class_name="stack",
    )


def _row(row: rx.vars.ObjectVar[PaidRow]) -> rx.Component:
    receipt = plain_link(
        icon("download", small=True),
        f"Receipt {row.receipt}",
        address=row.receipt_file,
        class_name="btn btn-quiet",
    )
    return rx.el.li(
        app_link(
            rx.el.span(row_icon(row.icon), class_name="disc disc-plain"),
            rx.el.span(
                rx.el.span(row.title, class_name="item-title"),
                rx.el.span(row.sub, class_name="item-sub"),
                class_name="grow",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="text strong money"),
                badge(row.badge, row.tone),
                class_name="item-end",
            ),
            icon("chevron-right", small=True),
            address=row.href,
            class_name="item record",
        ),
        rx.cond(row.receipt_file != "", rx.el.div(receipt, class_name="item-foot")),
        key=row.key,
    )
