"""The buttons that pay several invoices at once, and the bar of those that are ticked."""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.components.records import RecordRow, pick_box
from portal_app.pages.invoices.pay_state import PICKED, Offer, PayManyState


def pay_all() -> rx.Component:
    """Return the buttons for what is overdue and for all that is due, each with its amount."""
    pay = PayManyState
    return rx.fragment(
        rx.el.div(
            rx.cond((pay.wrong != "") & (pay.bar.count == ""), notice(pay.wrong, "overdue")),
            role="alert",
            class_name="told",
        ),
        rx.cond(
            pay.offers.length() > 0,
            rx.el.div(rx.foreach(pay.offers, _offer), class_name="pay-all"),
        ),
        rx.cond(pay.hint != "", rx.el.p(pay.hint, class_name="small muted")),
    )


def _offer(offer: rx.vars.ObjectVar[Offer]) -> rx.Component:
    saved = offer.method.id != ""
    look = rx.cond(offer.first & ~saved & ~PayManyState.asking, "btn btn-primary", "btn")
    return rx.fragment(
        rx.cond(saved, _with_saved(offer.key, offer.words, offer)),
        # Room for what Stripe is just asked about.
        rx.cond(offer.first & PayManyState.asking, rx.el.div(class_name="skeleton pay-room-2", aria_hidden="true")),
        rx.el.button(
            rx.cond(saved, offer.other, offer.words),
            type="button",
            class_name=look,
            on_click=PayManyState.on_page(offer.key),
        ),
    )


def _with_saved(what: rx.Var[str] | str, words: rx.Var[str] | str, offer: Any) -> rx.Component:
    """Return the button of a saved method; `offer` is the var of an Offer or a PickedView."""
    return rx.el.button(
        rx.el.span(words),
        rx.el.span(f"with {offer.method.words}", class_name="small clip1"),
        type="button",
        class_name="btn btn-primary two-lines",
        on_click=PayManyState.with_saved(what, offer.method.id, offer.seen),
    )


def box(record: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    """Return the box that ticks an invoice."""
    pay = PayManyState
    return pick_box(
        record,
        default_checked=pay.picked.contains(record.key),
        on_change=lambda on: pay.pick(record.key, on),
        # The browser keeps its own ticks; another round begins without any.
        key=pay.round.to_string(),
    )


def picked_bar() -> rx.Component:
    """Return what is ticked, what it comes to and how it is paid; it stays in sight."""
    bar = PayManyState.bar
    return rx.fragment(
        rx.el.p(
            rx.cond(bar.count != "", rx.fragment(f"{bar.count} ticked. {bar.amount}{bar.problem}")),
            role="status",
            class_name="sr",
        ),
        rx.cond(bar.count != "", _bar()),
    )


def _bar() -> rx.Component:
    pay = PayManyState
    saved = pay.bar.method.id != ""
    return rx.el.section(
        rx.el.p(
            rx.el.span(pay.bar.amount, class_name="amount money"),
            rx.el.span(pay.bar.count, class_name="small muted block"),
        ),
        rx.el.button(icon("x", small=True), "Clear", type="button", class_name="btn btn-quiet", on_click=pay.clear),
        rx.cond(
            pay.bar.amount != "",
            rx.el.div(
                rx.cond(saved, _with_saved(PICKED, f"Pay {pay.bar.amount}", pay.bar)),
                rx.el.button(
                    rx.cond(saved, "Pay another way", f"Pay {pay.bar.amount}"),
                    type="button",
                    class_name=rx.cond(saved, "btn", "btn btn-primary"),
                    on_click=pay.on_page(PICKED),
                ),
                class_name="pay-all",
            ),
        ),
        rx.el.div(
            rx.cond(pay.wrong != "", notice(pay.wrong, "overdue"), rx.cond(pay.bar.problem != "", _problem())),
            role="alert",
        ),
        class_name="card card-pad pay-bar",
        aria_label="What you have ticked",
    )


def _problem() -> rx.Component:
    return notice(PayManyState.bar.problem, "processing")
