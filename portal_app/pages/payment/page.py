"""One payment: what happened to the money, what it is for, and what comes next."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link, plain_link
from portal_app.components.lists import skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.records import badge
from portal_app.components.shell import customer_shell
from portal_app.pages.payment.state import PaymentState
from portal_app.pages.payment.views import PaidFor


def payment_page() -> rx.Component:
    """Return the page."""
    view = PaymentState.view
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Payments", address=routes.PAYMENTS, class_name="back"),
            arriving(
                PaymentState.loaded,
                rx.el.div(
                    rx.el.h1(
                        rx.cond(view.heading != "", view.heading, "Payment"),
                        custom_attrs={"data-title": view.heading},
                    ),
                    class_name="page-head",
                ),
                loaded_page(
                    PaymentState.trouble,
                    PaymentState.loaded,
                    content=_content(),
                    skeleton=rx.el.div(skeleton_rows(3), loading_word(), class_name="stack"),
                    again=PaymentState.load,
                    back=("All your payments", routes.PAYMENTS),
                ),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.INVOICES,
    )


def _content() -> rx.Component:
    view = PaymentState.view
    go_on = plain_link("Go on paying", address=view.go_on, class_name="btn btn-primary")
    again = app_link("Pay in another way", address=view.again, class_name="btn btn-primary")
    receipt = plain_link(icon("download"), f"Receipt {view.receipt}", address=view.receipt_file, class_name="btn")
    return rx.el.div(
        rx.el.section(
            rx.el.h2("What happened", class_name="sr", id="happened"),
            rx.el.p(badge(view.badge, view.tone)),
            rx.el.div(
                rx.foreach(view.sentences, lambda sentence: rx.el.p(sentence, class_name="text")),
                rx.foreach(view.backs, lambda sentence: rx.el.p(sentence, class_name="text")),
                role="status",
                class_name="stack-s",
            ),
            rx.el.div(
                rx.cond(view.go_on != "", go_on),
                rx.cond(view.again != "", again),
                rx.cond(view.receipt_file != "", receipt),
                class_name="row wrapline",
            ),
            class_name="card card-pad stack",
            aria_labelledby="happened",
        ),
        rx.cond(view.parts.length() > 0, _parts()),
        class_name="stack",
    )


def _parts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("What it is for", id="parts"),
        rx.el.ul(rx.foreach(PaymentState.view.parts, _part), class_name="list card"),
        aria_labelledby="parts",
        class_name="stack-s",
    )


def _part(part: rx.vars.ObjectVar[PaidFor]) -> rx.Component:
    return rx.el.li(
        app_link(
            rx.el.span(part.number, class_name="item-title grow"),
            rx.el.span(part.amount, class_name="text strong money"),
            icon("chevron-right", small=True),
            address=part.href,
            class_name="item",
        ),
        key=part.href,
    )
