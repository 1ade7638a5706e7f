"""One invoice: the document, and what is left to pay."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.invoice_paper import InvoicePaper, invoice_paper
from portal_app.components.links import app_link, plain_link
from portal_app.components.lists import skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.records import badge
from portal_app.components.sharing import FIRST_FIELD, sharing
from portal_app.components.shell import customer_shell
from portal_app.pages.invoice.pay import news, paid_card, ways_to_pay
from portal_app.pages.invoice.share_state import ShareState
from portal_app.pages.invoice.state import InvoiceState


def invoice_page() -> rx.Component:
    """Return the page."""
    view = InvoiceState.view
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Invoices", address=routes.INVOICES, class_name="back"),
            arriving(
                InvoiceState.loaded,
                rx.el.div(
                    rx.el.div(
                        rx.el.h1(
                            rx.cond(view.paper.heading != "", view.paper.heading, "Invoice"),
                            custom_attrs={"data-title": view.paper.heading},
                        ),
                        rx.cond(InvoiceState.loaded, _acts()),
                        class_name="between",
                    ),
                    rx.cond(view.sub != "", rx.el.p(view.sub, class_name="text muted")),
                    class_name="page-head no-print",
                ),
                loaded_page(
                    InvoiceState.trouble,
                    InvoiceState.loaded,
                    content=_content(),
                    skeleton=rx.el.div(skeleton_rows(1), skeleton_rows(6), loading_word(), class_name="stack"),
                    again=InvoiceState.load,
                    back=("All your invoices", routes.INVOICES),
                ),
            ),
            class_name="wrap page",
        ),
        current=routes.INVOICES,
    )


def _content() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            invoice_paper(InvoiceState.view.paper.to(InvoicePaper)),
            rx.el.div(_balance(), class_name="aside aside-first"),
            class_name="cols",
        ),
        sharing(ShareState),
        class_name="stack-l",
    )


def _balance() -> rx.Component:
    view = InvoiceState.view
    paper = view.paper
    left = rx.fragment(
        rx.el.h2("Left to pay", id="balance", class_name="owed-title"),
        rx.el.p(paper.left, class_name="amount amount-l"),
        rx.cond(
            paper.due_words != "",
            rx.el.p(paper.due_words, class_name=rx.cond(paper.late, "text strong problem", "text muted")),
        ),
    )
    settled = rx.el.p(badge(paper.badge, paper.tone), class_name="text")
    job = app_link(
        icon("wrench"),
        rx.el.span(view.job, class_name="grow text strong"),
        icon("chevron-right", small=True),
        address=view.job_href,
        class_name="item",
    )
    return rx.fragment(
        rx.el.section(
            rx.cond(paper.left != "", left, rx.el.h2(paper.nothing, id="balance")),
            news(rx.cond(paper.left == "", settled)),
            ways_to_pay(),
            class_name="card card-pad stack-s",
            aria_labelledby="balance",
        ),
        paid_card(),
        rx.cond(view.job_href != "", rx.el.div(job, class_name="card")),
        rx.el.div(
            plain_link(
                icon("download"),
                rx.el.span("Download ", class_name="sr"),
                "PDF",
                address=view.pdf,
                class_name="btn",
            ),
            _send(),
            class_name="row row-tight wrapline only-phone",
        ),
    )


def _acts() -> rx.Component:
    """Return what can be done with the document, beside the heading where there is room."""
    return rx.el.div(
        plain_link(icon("download"), "Download PDF", address=InvoiceState.view.pdf, class_name="btn"),
        rx.el.button(icon("printer"), "Print", type="button", class_name="btn", custom_attrs={"data-prints": "page"}),
        _send(),
        class_name="row row-tight only-wide",
    )


def _send() -> rx.Component:
    """Return the way to the form further down; the browser unfolds it and puts the focus into its first field."""
    link = plain_link(icon("send"), "Send to somebody", address=f"#{FIRST_FIELD}", class_name="btn grow")
    return rx.cond(ShareState.share.may_send, link)
