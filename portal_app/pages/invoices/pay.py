"""The buttons that pay several invoices at once, and the bar of those that are ticked."""

import reflex as rx

from portal_app.components.lists import notice
from portal_app.components.pay_bar import Offer, PayActs, PickedView, offer_buttons, pay_bar
from portal_app.components.paying import answers
from portal_app.components.records import RecordRow, pick_box
from portal_app.pages.invoices.pay_state import PayManyState

_ACTS = PayActs(PayManyState.with_saved.temporal, PayManyState.on_page.temporal, PayManyState.clear)


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
        answers(pay.answers),
        rx.cond(pay.hint != "", rx.el.p(pay.hint, class_name="small muted")),
    )


def _offer(offer: rx.vars.ObjectVar[Offer]) -> rx.Component:
    return offer_buttons(offer, PayManyState.asking, _ACTS)


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
    bar = PayManyState.bar.to(PickedView)
    return rx.fragment(
        rx.el.p(
            rx.cond(bar.count != "", rx.fragment(f"{bar.count} ticked. {bar.amount}{bar.problem}")),
            role="status",
            class_name="sr",
        ),
        rx.cond(bar.count != "", pay_bar(bar, PayManyState.wrong, _ACTS, answered=answers(PayManyState.answers))),
    )
