"""What is left to pay of an invoice, and the ways to pay it."""

import reflex as rx

from portal_app.components.copying import copy_button
from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice
from portal_app.components.paying import PAYING, MethodRow, answers, asking_button
from portal_app.components.records import badge
from portal_app.pages.invoice.pay_state import HowRow, PaidRow, PayState


def ways_to_pay() -> rx.Component:
    """Return what became of earlier payments, and the buttons, each with its amount, where something can be paid here.

    It stands on the page whatever is left, so that what changes in it is read out.
    """
    pay = PayState.pay
    return rx.fragment(
        rx.el.div(
            rx.foreach(pay.taken, lambda row: _told(row.words, row.href, row.tone)),
            rx.cond(pay.failed != "", _told(pay.failed, pay.failed_href, "overdue")),
            role="status",
            class_name="told stack-s",
        ),
        rx.el.div(rx.cond(PayState.wrong != "", notice(PayState.wrong, "overdue")), role="alert", class_name="told"),
        answers(PayState.answers),
        rx.cond(pay.whole != "", _buttons()),
        rx.cond(pay.how.length() > 0, _how()),
    )


def news(settled: rx.Component) -> rx.Component:
    """Return what is on its way or being booked; `settled` stands before it once nothing is left to pay."""
    words = PayState.pay.news
    return rx.el.div(
        settled, rx.cond(words != "", rx.el.p(words, class_name="text")), role="status", class_name="told stack-s"
    )


def _told(words: rx.Var[str], address: rx.Var[str], tone: rx.Var[str] | str) -> rx.Component:
    more = app_link("What happened", address=address, class_name="row-title")
    return rx.el.div(
        icon("circle-alert"), rx.el.div(rx.el.p(words), more), class_name=f"notice notice-{tone}", key=address
    )


def _buttons() -> rx.Component:
    pay = PayState.pay
    return rx.el.div(
        rx.foreach(PayState.methods, _saved),
        # Room for what Stripe is just asked about.
        rx.cond(PayState.asking, rx.el.div(class_name="skeleton pay-room", aria_hidden="true")),
        asking_button(
            icon("credit-card"),
            rx.cond(PayState.methods.length() > 0, f"Pay {pay.whole} another way", f"Pay {pay.whole}"),
            type="button",
            class_name=rx.cond(
                pay.waits | (PayState.methods.length() > 0), "btn btn-block", "btn btn-primary btn-block"
            ),
            on_click=PayState.on_page.temporal,
        ),
        rx.cond(pay.parts, _part()),
        rx.el.p(PayState.hint, class_name="small muted"),
        class_name="stack-s",
    )


def _saved(method: rx.vars.ObjectVar[MethodRow]) -> rx.Component:
    return asking_button(
        f"Pay {PayState.pay.whole} with {method.words}",
        meanwhile=PAYING,
        type="button",
        class_name=rx.cond(PayState.pay.waits, "btn btn-block", "btn btn-primary btn-block"),
        on_click=PayState.with_saved.temporal(method.id, PayState.pay.seen),
        key=method.id,
    )


def _part() -> rx.Component:
    return rx.el.details(
        rx.el.summary("Pay a part", class_name="btn btn-quiet btn-block"),
        rx.el.form(
            field(
                "Amount",
                text_input(
                    "amount",
                    described=True,
                    error=PayState.part_wrong,
                    input_mode="decimal",
                    max_length=24,
                    auto_complete="off",
                ),
                control_id="amount",
                hint=PayState.part_hint,
                error=PayState.part_wrong,
            ),
            asking_button("Pay this part", type="submit", class_name="btn btn-block"),
            on_submit=PayState.part_on_page.temporal,
            no_validate=True,
            class_name="stack-s",
        ),
        class_name="stack-s",
    )


def _how() -> rx.Component:
    pay = PayState.pay
    return rx.el.div(
        rx.cond(pay.whole != "", rx.el.p("Or by bank transfer:", class_name="label")),
        rx.foreach(
            pay.how,
            lambda row: rx.cond(row.value != "", _to_copy(row), rx.el.p(row.words, class_name="small muted")),
        ),
    )


def _to_copy(row: rx.vars.ObjectVar[HowRow]) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            rx.el.span(row.words, rx.el.span(": ", class_name="sr"), class_name="item-sub"),
            rx.el.span(row.value, id=row.key, class_name="text strong num"),
            class_name="grow",
        ),
        copy_button(row.key, row.words),
        class_name="row row-tight",
        key=row.key,
    )


def paid_card() -> rx.Component:
    """Return what was paid of it and what is on its way, with the way to each payment."""
    return rx.cond(
        PayState.pay.paid.length() > 0,
        rx.el.section(
            rx.el.h2("Payments", id="paid", class_name="sr"),
            rx.el.ul(rx.foreach(PayState.pay.paid, _paid), class_name="list"),
            class_name="card",
            aria_labelledby="paid",
        ),
    )


def _paid(row: rx.vars.ObjectVar[PaidRow]) -> rx.Component:
    content = (
        rx.el.span(
            rx.el.span(row.amount, class_name="item-title"),
            rx.el.span(row.words, class_name="item-sub"),
            class_name="grow",
        ),
        badge(row.badge, row.tone),
    )
    link = app_link(*content, icon("chevron-right", small=True), address=row.href, class_name="item")
    return rx.el.li(rx.cond(row.href != "", link, rx.el.div(*content, class_name="item")), key=row.key)
