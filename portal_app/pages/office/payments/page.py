"""All payments with what waits for the office, Stripe's payouts, and the file for the accountant."""

import reflex as rx

from portal_app import routes
from portal_app.components.controls import date_input
from portal_app.components.forms import NativeForm, field
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.components.searching import search_form
from portal_app.components.tables import chips
from portal_app.components.tabs import tabs
from portal_app.pages.office.payments.state import PaymentsState
from portal_app.pages.office.payments.views import PaymentRow, PayoutRow


def payments_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Payments"),
                rx.el.p(
                    rx.cond(PaymentsState.view.summary != "", PaymentsState.view.summary, "What customers have paid"),
                    class_name="text muted num",
                ),
            ),
            class_name="office-head",
        ),
        loaded_page(
            PaymentsState.trouble,
            PaymentsState.loaded,
            content=_content(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=PaymentsState.load,
            back=("All payments", routes.OFFICE_PAYMENTS),
        ),
        current=routes.OFFICE_PAYMENTS,
    )


def _content() -> rx.Component:
    view = PaymentsState.view
    return rx.el.div(
        rx.cond(view.tabs.length() > 1, tabs(view.tabs, "About payments")),
        rx.match(view.tab, ("payouts", _payouts()), ("accountant", _books()), _list()),
        class_name="stack",
    )


def _list() -> rx.Component:
    view = PaymentsState.view
    return rx.el.div(
        rx.el.div(
            search_form(
                "Search payments",
                "Payer, invoice, receipt or amount",
                view.typed,
                PaymentsState.search,
                extra_class="search",
            ),
            _period(),
            chips(view.chips, "Show"),
            class_name="tools",
        ),
        rx.cond(view.customer != "", _whose()),
        rx.match(
            view.nothing,
            ("", rx.fragment(_table(), _pager())),
            ("decide", empty("circle-check", "Nothing to decide", "Held money, disputes and refunds wait here.")),
            ("found", empty("search-x", "Nothing is found by that", "Try fewer words, other days or another filter.")),
            ("older", empty("list-end", "No older payments", "This is the end of the list.")),
            ("all", empty("banknote", "No payments yet", "What customers pay, and what you record, is listed here.")),
            empty("banknote", "None of these", "Choose another filter to see other payments."),
        ),
        class_name="card",
    )


def _period() -> rx.Component:
    view = PaymentsState.view
    return rx.el.form(
        _bound("From", "from", view.since),
        _bound("to", "to", view.until),
        rx.el.button("Show", rx.el.span(" these days", class_name="sr"), type="submit", class_name="btn"),
        on_submit=PaymentsState.search,
        class_name="row wrapline row-tight",
        aria_label="Period",
    )


def _bound(word: str, name: str, day: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.label(word, html_for=name, class_name="small"),
        date_input(name, default_value=day, key=f"{name}-{day}"),
        class_name="row row-tight",
    )


def _whose() -> rx.Component:
    view = PaymentsState.view
    return rx.el.p(
        "Of ",
        rx.el.span(view.customer, class_name="strong"),
        " alone. ",
        app_link("Show those of all customers", address=view.everybody_href),
        class_name="text tools",
    )


def _table() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Customer", scope="col"),
        rx.el.th("How", scope="col", class_name="lg"),
        rx.el.th("Day", scope="col", class_name="md"),
        rx.el.th("State", scope="col", class_name="md"),
        rx.el.th("Amount", scope="col", class_name="right"),
    )
    return rx.el.table(
        rx.el.caption("Payments, newest first", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(PaymentsState.view.rows, _row)),
        class_name="table people-table",
    )


def _row(row: rx.vars.ObjectVar[PaymentRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            app_link(
                row.customer,
                rx.el.span(f", {row.amount}, {row.invoices}", class_name="sr"),
                address=row.href,
                class_name="name",
            ),
            rx.el.span(row.invoices, class_name="item-sub"),
            rx.el.span(
                badge(row.state, row.tone), rx.el.span(row.day, class_name="small faint"), class_name="sm outbox-sm"
            ),
            scope="row",
        ),
        rx.el.td(row.way, class_name="lg"),
        rx.el.td(row.day, class_name="md nowrap num"),
        rx.el.td(badge(row.state, row.tone), class_name="md"),
        rx.el.td(row.amount, class_name="right money strong"),
        key=row.public_id,
    )


def _pager() -> rx.Component:
    view = PaymentsState.view
    newest = app_link(icon("chevrons-left", small=True), "Newest", address=view.newest_href, class_name="btn")
    older = app_link("Older", icon("chevron-right", small=True), address=view.older_href, class_name="btn")
    links = rx.el.nav(
        rx.cond(view.newest_href != "", newest, rx.el.span()),
        rx.cond(view.older_href != "", older),
        class_name="pager",
        aria_label="Pages",
    )
    return rx.cond((view.newest_href != "") | (view.older_href != ""), links)


def _payouts() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("Arrives", scope="col"),
        rx.el.th("State", scope="col", class_name="md"),
        rx.el.th("Gathered", scope="col", class_name="right md"),
        rx.el.th("Fees", scope="col", class_name="right md"),
        rx.el.th("Paid out", scope="col", class_name="right"),
    )
    table = rx.el.table(
        rx.el.caption("Payouts by Stripe to your bank, newest first", class_name="sr"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(PaymentsState.view.payouts, _payout)),
        class_name="table people-table",
    )
    return rx.el.div(
        rx.match(
            PaymentsState.view.nothing,
            ("", rx.fragment(table, _pager())),
            ("unasked", empty("landmark", "Stripe was not asked", "Its payouts are shown once it answers.")),
            ("no_key", empty("landmark", "Stripe is not set up", "With it, what Stripe pays out is listed here.")),
            empty("landmark", "No payouts", "What Stripe pays out to your bank is listed here, with its fees."),
        ),
        class_name="card",
    )


def _payout(row: rx.vars.ObjectVar[PayoutRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            app_link(
                row.day, rx.el.span(f", {row.net} paid out", class_name="sr"), address=row.href, class_name="name num"
            ),
            rx.el.span(row.payments, class_name="item-sub"),
            rx.el.span(
                badge(row.state, row.tone),
                rx.el.span("Gathered ", row.gross, ", fees ", row.fees, class_name="small faint num"),
                class_name="sm outbox-sm",
            ),
            scope="row",
        ),
        rx.el.td(badge(row.state, row.tone), class_name="md"),
        rx.el.td(row.gross, class_name="right money md"),
        rx.el.td(row.fees, class_name="right money md"),
        rx.el.td(row.net, class_name="right money strong"),
        key=row.public_id,
    )


def _books() -> rx.Component:
    view = PaymentsState.view
    return rx.el.section(
        rx.el.h2("Everything posted", id="books"),
        rx.el.p(
            "Payments, refunds, what banks took back and Stripe’s fees, one row each, as a file that every "
            "spreadsheet opens. Both days are included.",
            class_name="text",
        ),
        NativeForm.create(
            rx.el.div(
                _day("from", "First day", view.first, view.first_wrong),
                _day("to", "Last day", view.last, view.last_wrong),
                class_name="two-fields",
            ),
            rx.el.div(
                rx.el.button(icon("download"), "Download CSV", type="submit", class_name="btn btn-primary"),
                class_name="row",
            ),
            action=routes.OFFICE_PAYMENTS_CSV,
            method="get",
            class_name="stack",
        ),
        class_name="card card-pad stack form-page",
        aria_labelledby="books",
    )


def _day(name: str, label: str, day: rx.Var[str], wrong: rx.Var[str]) -> rx.Component:
    control = date_input(name, error=wrong, default_value=day, required=True, key=f"{name}-{day}")
    return field(label, control, control_id=name, error=wrong)
