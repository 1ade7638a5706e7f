"""Hiding single jobs, quotes and invoices from a customer: the button, and what is said after it."""

from typing import Any

import reflex as rx

from portal_app.components.icons import icon
from portal_app.components.words import Words
from portal_app.services.record_visibility import INVOICE, JOB, Decided


def hide_button(
    name: rx.Var[str] | rx.Component, hidden: rx.Var[bool], *, quiet: bool = True, **props: Any
) -> rx.Component:
    """Return the button that hides a record, or shows it again; `name` says to screen readers which one.

    It is one button in both states, so that the keyboard stays on it.
    """
    return rx.el.button(
        rx.cond(hidden, icon("eye"), icon("eye-off")),
        rx.el.span(rx.cond(hidden, "Show", "Hide")),
        rx.el.span(" ", name, class_name="sr"),
        type="button",
        class_name="btn btn-quiet" if quiet else "btn",
        **props,
    )


def decided_words(decided: Decided, words: Words) -> str:
    """Return what the customer sees by now, as one says it after the act."""
    name = f"{decided.what.capitalize()} {decided.number}" if decided.number else f"The {decided.what}"
    if not decided.hidden:
        return f"{name} is shown: the customer sees it as before."
    if decided.what == JOB:
        return (
            f"{name} is hidden: the customer no longer sees it, nor its visits, photos and documents. "
            "Its quotes and invoices are hidden one by one."
        )
    if decided.what == INVOICE and decided.owed is not None:
        asked = words.money(decided.owed)
        return f"{name} is hidden: the customer no longer sees it, and the portal no longer asks for {asked}."
    return f"{name} is hidden: the customer no longer sees it."
