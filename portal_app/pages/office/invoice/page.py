"""An invoice as its customer sees it, with ways to hand it over."""

import reflex as rx

from portal_app import routes
from portal_app.components.copying import new_link_box
from portal_app.components.hiding import hide_button
from portal_app.components.icons import icon
from portal_app.components.invoice_paper import invoice_paper
from portal_app.components.links import app_link, plain_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.components.sharing import sharing
from portal_app.pages.office.invoice.share_state import OfficeShareState
from portal_app.pages.office.invoice.state import OfficeInvoiceState, PaidRow


def office_invoice_page() -> rx.Component:
    """Return the page."""
    state = OfficeInvoiceState
    record = app_link(icon("banknote"), "Record a payment", address=state.record_href, class_name="btn")
    acts = rx.fragment(
        rx.el.button(
            icon("link"), "Copy portal link", type="button", class_name="btn", on_click=OfficeInvoiceState.copy_link
        ),
        rx.el.button(
            icon("send"),
            "Send link",
            type="button",
            class_name="btn btn-primary",
            on_click=OfficeInvoiceState.send_link,
        ),
    )
    download = plain_link(icon("download"), "Download PDF", address=state.pdf, class_name="btn")
    hide = hide_button(
        state.paper.heading, state.hidden, quiet=False, on_click=OfficeInvoiceState.show_record(state.hidden)
    )
    return office_shell(
        app_link(
            icon("chevron-left", small=True),
            rx.cond(state.customer != "", state.customer, "Customers"),
            address=rx.cond(state.customer_href != "", state.customer_href, routes.OFFICE_CUSTOMERS),
            class_name="back",
        ),
        arriving(
            state.loaded,
            rx.el.div(
                rx.el.div(
                    rx.el.h1(rx.cond(state.paper.heading != "", state.paper.heading, "Invoice")),
                    rx.el.p(
                        rx.cond(state.hidden, "As the customer would see it.", "As the customer sees it."),
                        class_name="text muted",
                    ),
                    rx.cond(state.paper.badge != "", badge(state.paper.badge, state.paper.tone)),
                ),
                rx.cond(
                    state.loaded,
                    rx.el.div(
                        download,
                        rx.cond(state.record_href != "", record),
                        rx.cond(state.may_edit & ~state.draft, hide),
                        rx.cond(state.may_invite & ~state.draft & ~state.hidden, acts),
                        class_name="row wrapline row-tight",
                    ),
                ),
                class_name="office-head",
            ),
            rx.el.div(rx.cond(state.wrong != "", notice(state.wrong, "overdue")), role="alert", class_name="told"),
            rx.el.div(rx.cond(state.told != "", notice(state.told, "brand", "info")), role="status", class_name="told"),
            new_link_box(state.new_link, OfficeInvoiceState.forget_link),
            rx.cond(state.draft, rx.el.div(notice("A draft: no customer sees it."), class_name="told")),
            rx.cond(
                state.hidden & (state.told == ""),
                rx.el.div(notice("Hidden from the customer.", icon_name="eye-off"), class_name="told"),
            ),
            loaded_page(
                state.trouble,
                state.loaded,
                content=rx.el.div(
                    invoice_paper(state.paper),
                    rx.cond(state.paid.length() > 0, _payments()),
                    sharing(OfficeShareState),
                    class_name="stack-l",
                ),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=OfficeInvoiceState.load,
                back=("All customers", routes.OFFICE_CUSTOMERS),
            ),
        ),
        current=routes.OFFICE_CUSTOMERS,
    )


def _payments() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Payments of this invoice", id="payments"),
        rx.el.ul(rx.foreach(OfficeInvoiceState.paid, _paid), class_name="list list-edge"),
        class_name="card card-pad stack-s",
        aria_labelledby="payments",
    )


def _paid(row: rx.vars.ObjectVar[PaidRow]) -> rx.Component:
    return rx.el.li(
        app_link(
            rx.el.span(
                rx.el.span(row.amount, class_name="item-title num"),
                rx.el.span(row.note, class_name="item-sub num"),
                class_name="grow",
            ),
            badge(row.state, row.tone),
            icon("chevron-right", small=True),
            address=row.href,
            class_name="item bare",
        ),
        key=row.href,
    )
