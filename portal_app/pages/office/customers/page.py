"""All customers: search, filters, pages; and inviting many of them."""

import reflex as rx

from portal_app import routes
from portal_app.components.dialogs import closes, dialog, opens
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.components.searching import search_form
from portal_app.components.tables import bulk_bar, chips, pager, tick_cell, tick_head
from portal_app.pages.office.customers.state import CustomersState
from portal_app.pages.office.customers.views import CustomerRow

_BULK = "bulk"
_TICKS = "ticks"


def customers_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Customers"),
                rx.el.p(CustomersState.view.summary, class_name="text muted num summary"),
            ),
            # Its place is kept while the page loads, so that nothing jumps.
            rx.cond(~CustomersState.loaded | CustomersState.may_edit, _new()),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(CustomersState.told != "", notice(CustomersState.told, "brand", "info")),
            role="status",
            class_name="told",
        ),
        loaded_page(
            CustomersState.trouble,
            CustomersState.loaded,
            content=_list(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=CustomersState.load,
        ),
        rx.cond(CustomersState.may_invite, _bulk_dialog()),
        current=routes.OFFICE_CUSTOMERS,
    )


def _new() -> rx.Component:
    return app_link(icon("plus"), "New customer", address=routes.OFFICE_CUSTOMER_NEW, class_name="btn btn-primary")


def _list() -> rx.Component:
    view = CustomersState.view
    return rx.el.div(
        rx.el.div(_search(), chips(view.chips, "Show"), class_name="tools"),
        rx.match(
            view.none,
            ("search", empty("search-x", "Nobody is found by that", "Try fewer letters, or another filter.")),
            ("start", empty("users", "No customers yet", "They appear here from the CRM, or as you add them.")),
            rx.fragment(_table(), pager(view.count, view.before, view.after, view.after_word)),
        ),
        class_name="card",
    )


def _search() -> rx.Component:
    return search_form(
        "Search customers",
        "Name, e-mail, phone, address or number",
        CustomersState.view.typed,
        CustomersState.search,
        most=200,
        extra_class="search",
    )


def _table() -> rx.Component:
    head = rx.el.tr(
        rx.cond(CustomersState.may_invite, tick_head()),
        rx.el.th("Customer", scope="col"),
        rx.el.th("Town", scope="col", class_name="lg"),
        rx.el.th("Portal", scope="col", class_name="md"),
        rx.el.th("Balance", scope="col", class_name="right"),
        rx.el.th("Last seen", scope="col", class_name="md"),
    )
    table = rx.el.table(
        rx.el.caption("Customers", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(CustomersState.view.rows, _row)),
        class_name="table people-table",
    )
    return rx.el.form(
        rx.cond(CustomersState.may_invite, _bulk_bar()),
        table,
        id=_TICKS,
        on_submit=CustomersState.ask,
    )


def _row(customer: rx.vars.ObjectVar[CustomerRow]) -> rx.Component:
    tick = tick_cell(f"tick-{customer.public_id}", customer.name, default_checked=False)
    state = rx.el.span(badge(customer.state, customer.tone), class_name="bare-badge")
    return rx.el.tr(
        rx.cond(CustomersState.may_invite, tick),
        rx.el.td(
            rx.el.div(
                rx.el.span(customer.initials, class_name="avatar avatar-s md-flex", aria_hidden="true"),
                rx.el.span(
                    app_link(customer.name, address=customer.href, class_name="name"),
                    rx.el.span(
                        customer.sub, class_name=rx.cond(customer.trouble, "small problem block", "small faint block")
                    ),
                    rx.el.span(state, class_name="sm block"),
                    class_name="grow",
                ),
                class_name="row",
            )
        ),
        rx.el.td(customer.town, class_name="lg muted"),
        rx.el.td(state, class_name="md"),
        rx.el.td(
            rx.cond(
                customer.owed != "", rx.el.span(customer.owed, class_name="strong"), rx.el.span("–", class_name="faint")
            ),
            rx.cond(customer.overdue != "", rx.el.span(customer.overdue, class_name="small problem block")),
            class_name="right num",
        ),
        rx.el.td(customer.seen, class_name="md muted num nowrap"),
        key=customer.public_id,
    )


def _bulk_bar() -> rx.Component:
    return bulk_bar(
        "Tick some, or take all that this search shows.",
        rx.el.button(
            icon("mail"), "Switch portal on and invite", type="submit", class_name="btn", custom_attrs=opens(_BULK)
        ),
    )


def _bulk_dialog() -> rx.Component:
    asked = CustomersState.asked
    counting = rx.el.p("Counting…", class_name="text muted")
    counted = rx.fragment(
        rx.el.p(asked.sentence, class_name="text"),
        rx.el.ul(rx.foreach(asked.lines, lambda line: rx.el.li(line)), class_name="plain-list text muted"),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="btn", custom_attrs=closes(_BULK)),
            rx.cond(
                asked.go != "",
                rx.el.button(
                    asked.go,
                    type="button",
                    class_name="btn btn-primary",
                    on_click=CustomersState.invite,
                    custom_attrs=closes(_BULK),
                ),
            ),
            class_name="dialog-acts",
        ),
    )
    return dialog(
        _BULK,
        "Switch the portal on and invite",
        rx.el.div(rx.cond(asked.ready, counted, counting), class_name="stack", aria_live="polite"),
    )
