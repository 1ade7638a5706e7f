"""The parts that pay several invoices at once: the presses, the bar of what is ticked, and ticked rows."""

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.pay_bar import Offer, PayActs, PickedView, offer_buttons, pay_bar
from portal_app.components.paying import asking_button
from portal_app.components.records import RecordRow, pick_box, record_rows
from portal_app.pages.office.design.state import DesignState

SAMPLES = DesignState.samples
NOTHING = PayActs(lambda *_: [], lambda *_: [], [])
PICKED_KEY = "1"
REFUSED = PickedView("1 invoice", "£85.00")
GONE = "What you were about to pay has changed. Nothing was charged."


def owed(theme: rx.Var[str]) -> rx.Component:
    """Return what is owed with its buttons: saved method, while Stripe is asked, without; and one pressed."""
    return rx.el.div(
        rx.foreach(SAMPLES.offers.to(list[Offer]), lambda offer: _owed(offer, theme)),
        asking_button(
            "Pay £240.00", type="button", class_name="btn btn-primary btn-block", aria_busy="true", aria_disabled="true"
        ),
        rx.el.p(icon("circle-check"), "Nothing to pay", class_name="card card-pad nothing-owed"),
        class_name="stack",
    )


def _owed(offer: rx.vars.ObjectVar[Offer], theme: rx.Var[str]) -> rx.Component:
    name = f"{theme}-owed-{offer.key}"
    # On its page it is the only region of this name.
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.h3("You owe", id=name, class_name="owed-title"),
                rx.el.p("£240.00", class_name="amount amount-l"),
            ),
            rx.el.p("£85.00 overdue", class_name="badge badge-overdue"),
            class_name="between wrapline",
        ),
        rx.el.p("3 invoices", class_name="small muted"),
        rx.el.div(offer_buttons(offer, offer.key == "asking", NOTHING), class_name="pay-all"),
        class_name="card card-pad owed",
        role="group",
        aria_labelledby=name,
        key=offer.key,
    )


def picked(theme: rx.Var[str]) -> rx.Component:
    """Return rows of which one is ticked and one cannot be, and the bar in each of its states."""
    return rx.el.div(
        record_rows(SAMPLES.picks.to(list[RecordRow]), _box),
        rx.foreach(SAMPLES.bars.to(list[PickedView]), lambda bar: _bar(bar, "", theme)),
        _bar(rx.Var.create(REFUSED).to(PickedView), GONE, theme),
        class_name="stack",
    )


def _box(record: rx.vars.ObjectVar[RecordRow]) -> rx.Component:
    return pick_box(record, default_checked=record.key == PICKED_KEY)


def _bar(bar: rx.vars.ObjectVar[PickedView], wrong: str, theme: rx.Var[str]) -> rx.Component:
    # In a room of its own it stays where it is; on its page it stays in sight.
    return rx.el.div(pay_bar(bar, rx.Var.create(wrong), NOTHING, label=f"Ticked, {bar.count}, {theme}{wrong[:4]}"))
