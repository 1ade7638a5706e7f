"""What pays several invoices at once: one press for all that are due, and the bar of those that are ticked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.lists import notice
from portal_app.components.paying import PAYING, MethodRow, asking_button

PICKED = "picked"
Key = rx.Var[str] | str


@dataclass(frozen=True)
class Offer:
    """One press that pays several invoices: which (`key`), and what its buttons say.

    `first` is the one of its currency that a saved method is offered for, `method`, if there is any. `seen` is the
    amount as a press brings it along.
    """

    key: str = ""
    words: str = ""
    other: str = ""
    first: bool = False
    seen: str = ""
    method: MethodRow = field(default_factory=MethodRow)


@dataclass(frozen=True)
class PickedView:
    """What is ticked: how many in words, what that comes to, or why it cannot be paid together.

    `seen` and `method` as in an Offer.
    """

    count: str = ""
    amount: str = ""
    problem: str = ""
    seen: str = ""
    method: MethodRow = field(default_factory=MethodRow)


@dataclass(frozen=True)
class PayActs:
    """What the buttons do: pay what a key names with a saved method, or on Stripe's page; untick everything.

    With a saved method nothing more is asked, so the amount that was seen goes along.
    """

    with_saved: Callable[[Key, Key, Key], Any]
    on_page: Callable[[Key], Any]
    clear: Any


def offer_buttons(offer: rx.vars.ObjectVar[Offer], asking: rx.Var[bool], acts: PayActs) -> rx.Component:
    """Return the buttons of one offer; while Stripe is `asking`, room for what it may know."""
    saved = offer.method.id != ""
    look = rx.cond(offer.first & ~saved & ~asking, "btn btn-primary", "btn")
    return rx.fragment(
        rx.cond(saved, _with_saved(offer.key, offer.words, offer, acts)),
        rx.cond(offer.first & asking, rx.el.div(class_name="skeleton pay-room-2", aria_hidden="true")),
        asking_button(
            rx.cond(saved, offer.other, offer.words), type="button", class_name=look, on_click=acts.on_page(offer.key)
        ),
    )


def pay_bar(
    bar: rx.vars.ObjectVar[PickedView],
    wrong: rx.Var[str] | str,
    acts: PayActs,
    *,
    answered: rx.Component | None = None,
    label: Any = "What you have ticked",
) -> rx.Component:
    """Return what is ticked, what it comes to and how it is paid; `wrong` is the sentence of the last refusal.

    `answered` is paying's `answers`.
    """
    saved = bar.method.id != ""
    ways = rx.el.div(
        rx.cond(saved, _with_saved(PICKED, f"Pay {bar.amount}", bar, acts)),
        asking_button(
            rx.cond(saved, "Pay another way", f"Pay {bar.amount}"),
            type="button",
            class_name=rx.cond(saved, "btn", "btn btn-primary"),
            on_click=acts.on_page(PICKED),
        ),
        class_name="pay-all",
    )
    problem = rx.cond(bar.problem != "", notice(bar.problem, "processing"))
    return rx.el.section(
        rx.el.p(
            rx.el.span(bar.amount, class_name="amount money"),
            rx.el.span(bar.count, class_name="small muted block"),
        ),
        rx.el.button(icon("x", small=True), "Clear", type="button", class_name="btn btn-quiet", on_click=acts.clear),
        rx.cond(bar.amount != "", ways),
        answered,
        rx.el.div(rx.cond(wrong != "", notice(wrong, "overdue"), problem), role="alert"),
        class_name="card card-pad pay-bar",
        aria_label=label,
    )


def _with_saved(key: Key, words: Key, offer: Any, acts: PayActs) -> rx.Component:
    """Return the button of a saved method; `offer` is the var of an Offer or a PickedView."""
    return asking_button(
        rx.el.span(words),
        rx.el.span(f"with {offer.method.words}", class_name="small clip1"),
        meanwhile=PAYING,
        type="button",
        class_name="btn btn-primary two-lines",
        on_click=acts.with_saved(key, offer.method.id, offer.seen),
    )
