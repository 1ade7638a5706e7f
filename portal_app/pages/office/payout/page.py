"""One payout: what was gathered, what Stripe kept, what arrives, and each line with the payment it is of."""

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.links import app_link, elsewhere_link, plain_link
from portal_app.components.lists import empty, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.records import badge
from portal_app.pages.office.payout.state import PayoutState
from portal_app.pages.office.payout.views import LineRow

_ALL = routes.office_payment_list("payouts")


def payout_page() -> rx.Component:
    """Return the page."""
    state = PayoutState
    return office_shell(
        app_link(icon("chevron-left", small=True), "Payouts", address=_ALL, class_name="back"),
        arriving(
            state.loaded,
            _head(),
            loaded_page(
                state.trouble,
                state.loaded,
                content=_content(),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=PayoutState.load,
                back=("All payouts", _ALL),
            ),
        ),
        current=routes.OFFICE_PAYMENTS,
    )


def _head() -> rx.Component:
    view = PayoutState.view
    stripe = elsewhere_link("Open in Stripe", view.stripe_url)
    acts = rx.el.div(
        rx.cond(
            view.file != "",
            plain_link(icon("download"), "Download CSV", address=view.file, class_name="btn", download=True),
        ),
        rx.cond(view.stripe_url != "", stripe),
        class_name="row wrapline row-tight",
    )
    return rx.el.div(
        rx.el.div(
            rx.el.h1(rx.cond(view.heading != "", view.heading, "Payout"), class_name="num"),
            rx.cond(view.arrival != "", rx.el.p(view.arrival, class_name="text num")),
            rx.cond(view.state != "", badge(view.state, view.tone)),
        ),
        rx.cond(PayoutState.loaded, acts),
        class_name="office-head",
    )


def _content() -> rx.Component:
    return rx.el.div(_sums(), rx.cond(PayoutState.view.telling, _lines(), _untold()), class_name="stack")


def _sums() -> rx.Component:
    view = PayoutState.view
    facts = (("Gathered", view.gross), ("Fees", view.fees), ("Paid out", view.net), ("Stripe’s number", view.stripe_id))
    return rx.el.section(
        rx.el.h2("About this payout", id="about"),
        rx.el.dl(*(_fact(name, value) for name, value in facts), class_name="plain-facts text"),
        class_name="card card-pad stack-s form-page",
        aria_labelledby="about",
    )


def _fact(name: str, value: rx.Var[str]) -> rx.Component:
    told = rx.fragment(rx.el.dt(name, class_name="small faint"), rx.el.dd(value, class_name="as-written num"))
    return rx.cond(value != "", told)


def _lines() -> rx.Component:
    head = rx.el.tr(
        rx.el.th("What", scope="col"),
        rx.el.th("Day", scope="col", class_name="md"),
        rx.el.th("Gathered", scope="col", class_name="right md"),
        rx.el.th("Fee", scope="col", class_name="right md"),
        rx.el.th("Paid out", scope="col", class_name="right"),
    )
    view = PayoutState.view
    return rx.el.div(
        rx.el.table(
            rx.el.caption("What is in it, newest first", class_name="sr"),
            rx.el.thead(head),
            rx.el.tbody(rx.foreach(view.lines, _line)),
            class_name="table people-table",
        ),
        rx.cond(view.more != "", rx.el.p(view.more, class_name="text tools")),
        class_name="card",
    )


def _line(row: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    named = app_link(
        row.name, rx.el.span(f", {row.kind}, {row.net}", class_name="sr"), address=row.href, class_name="name"
    )
    return rx.el.tr(
        rx.el.th(
            rx.cond(row.href != "", named, rx.el.span(row.name, class_name="strong")),
            rx.el.span(row.sub, class_name="item-sub"),
            rx.el.span(
                rx.el.span(row.day, ", gathered ", row.gross, ", fee ", row.fee, class_name="small faint num"),
                class_name="sm outbox-sm",
            ),
            scope="row",
        ),
        rx.el.td(row.day, class_name="md nowrap num"),
        rx.el.td(row.gross, class_name="right money md"),
        rx.el.td(row.fee, class_name="right money md"),
        rx.el.td(row.net, class_name="right money strong"),
        key=row.key,
    )


def _untold() -> rx.Component:
    text = "Stripe tells what is in a payout only where it made the payout by itself."
    return rx.el.div(empty("landmark", "What is in it is not told", text), class_name="card")
