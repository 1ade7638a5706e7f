"""Saved payment methods: which there are, which is offered first, add one without paying, take one away."""

import reflex as rx

from portal_app import routes
from portal_app.components.dialogs import ask_once, opens
from portal_app.components.icons import icon, row_icon
from portal_app.components.links import app_link
from portal_app.components.lists import empty, notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.shell import customer_shell
from portal_app.pages.payment_methods.state import TOLD, MethodRow, PaymentMethodsState


def payment_methods_page() -> rx.Component:
    """Return the page."""
    state = PaymentMethodsState
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Settings", address=routes.SETTINGS, class_name="back"),
            rx.el.div(rx.el.h1("Payment methods"), class_name="page-head"),
            rx.el.div(
                rx.el.div(
                    rx.cond(state.done != "", notice(state.done, "complete", "circle-check")),
                    role="status",
                    class_name="told",
                ),
                rx.el.div(rx.cond(state.wrong != "", notice(state.wrong, "overdue")), role="alert", class_name="told"),
                id=TOLD,
                tab_index=-1,
            ),
            loaded_page(
                state.trouble,
                state.loaded,
                content=rx.cond(state.view.open, _content(), _closed()),
                skeleton=rx.el.div(skeleton_rows(2), loading_word(), class_name="stack"),
                again=state.load,
                back=("Settings", routes.SETTINGS),
            ),
            class_name="wrap page narrow",
        ),
        current=routes.SETTINGS,
    )


def _closed() -> rx.Component:
    words = "Please pay by the details on your invoice."
    return rx.el.div(empty("credit-card", "Nothing can be saved here", words), id="methods", class_name="card")


def _content() -> rx.Component:
    nothing = empty(
        "credit-card",
        "No saved payment methods",
        "With a card or bank account saved, you pay an invoice with one tap.",
    )
    methods = PaymentMethodsState.view.methods
    add = rx.el.button(
        icon("plus"),
        "Add a payment method",
        type="button",
        class_name="btn btn-primary",
        on_click=PaymentMethodsState.add,
    )
    return rx.el.section(
        rx.el.h2("Saved", class_name="sr", id="methods"),
        rx.el.div(
            rx.cond(methods.length() > 0, rx.el.ul(rx.foreach(methods, _row), class_name="list"), nothing),
            class_name="card",
        ),
        rx.el.div(
            rx.el.div(add),
            rx.el.p(
                "You add it on the page of Stripe, our payment service. Nothing is charged.", class_name="small muted"
            ),
            class_name="stack-s",
        ),
        class_name="section",
        aria_labelledby="methods",
    )


def _row(method: rx.vars.ObjectVar[MethodRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row_icon(method.icon), class_name="disc disc-plain"),
            rx.el.span(
                rx.el.span(method.words, class_name="item-title"),
                rx.cond(method.sub != "", rx.el.span(method.sub, class_name="item-sub num")),
                class_name="grow",
            ),
            rx.cond(method.expired, rx.el.span("Expired", class_name="badge badge-overdue")),
            rx.cond(method.default, rx.el.span("Default", class_name="badge badge-complete")),
            class_name="item",
        ),
        _acts(method),
        key=method.id,
        class_name="footed",
    )


def _acts(method: rx.vars.ObjectVar[MethodRow]) -> rx.Component:
    remove = f"remove-{method.id}"
    about = rx.el.span(" ", method.words, class_name="sr")
    first = rx.el.button(
        "Make default",
        about,
        type="button",
        class_name="btn btn-quiet",
        on_click=PaymentMethodsState.make_default(method.id),
    )
    return rx.el.div(
        rx.cond(method.default | (PaymentMethodsState.view.methods.length() < 2), rx.fragment(), first),
        rx.el.button("Remove", about, type="button", class_name="btn btn-quiet btn-danger", custom_attrs=opens(remove)),
        ask_once(
            remove,
            f"Remove {method.words}?",
            "It cannot be used here any more. You can add it again; what is already with your bank goes on.",
            "Remove it",
            PaymentMethodsState.remove(method.id),
        ),
        class_name="item-foot",
    )
