"""The browser's own controls in the portal's look: lists to choose from, days, switches, ticks, progress, files."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from portal_app.components.forms import field_error, text_input
from portal_app.components.icons import icon

Id = rx.Var[str] | str


def select_input(
    control_id: Id,
    options: Sequence[tuple[str, str]],
    *,
    hinted: bool = False,
    error: rx.Var[str] | None = None,
    **props: Any,
) -> rx.Component:
    """Return a list of values and their words to choose one from; `hinted` ties it to the hint of its `field`."""
    told = [f"{control_id}-hint"] if hinted else []
    if error is not None:
        told.append(f"{control_id}-error")
        props["aria_invalid"] = rx.cond(error != "", "true", "false")
    if told:
        props["aria_describedby"] = " ".join(told)
    props.setdefault("name", control_id)
    choices = [rx.el.option(word, value=value) for value, word in options]
    return rx.el.select(*choices, id=control_id, class_name="input", **props)


def date_input(control_id: Id, *, first: str = "", last: str = "", **props: Any) -> rx.Component:
    """Return a field for a day, with the browser's own calendar; days are ISO words such as 2026-11-28."""
    props |= {name: value for name, value in (("min", first), ("max", last)) if value}
    return text_input(f"{control_id}", type="date", **props)


def switch(name: Id, *words: Any, **props: Any) -> rx.Component:
    """Return something that is on or off at once, with its words as its label."""
    control = rx.el.input(type="checkbox", role="switch", name=name, class_name="switch", **props)
    return rx.el.label(control, *words, class_name="remember")


def act_switch(word: str, *, on: bool, **props: Any) -> rx.Component:
    """Return a switch that is a button: it acts at once, or asks first."""
    checked = "true" if on else "false"
    knob = rx.el.span(class_name="knob")
    return rx.el.button(knob, word, type="button", role="switch", aria_checked=checked, class_name="access", **props)


def tick(name: Id, *words: Any, **props: Any) -> rx.Component:
    """Return a box to tick, with its words as its label."""
    control = rx.el.input(type="checkbox", name=name, class_name="tick", **props)
    return rx.el.label(control, *words, class_name="remember")


def choice(name: Id, value: str, word: str, note: str = "", **props: Any) -> rx.Component:
    """Return one of several things of which one is chosen, as a row; rows stand in an element of class `choices`."""
    control = rx.el.input(type="radio", name=name, value=value, class_name="tick", **props)
    words = rx.el.span(word, rx.el.span(note, class_name="small") if note else None)
    return rx.el.label(control, words, class_name="choice")


def progress(label: str, *, done: int | None, of: int = 100, words: str = "") -> rx.Component:
    """Return how far something is: `done` of `of`, None while nobody knows; `words` say it as people would."""
    known: dict[str, Any] = {} if done is None else {"value": done, "max": of}
    return rx.el.div(
        rx.el.div(
            rx.el.span(label, class_name="strong"), rx.el.span(words, class_name="muted num"), class_name="between"
        ),
        rx.el.progress(aria_label=label, class_name="progress", **known),
        class_name="stack-s text",
    )


def file_drop(
    control_id: Id, label: str, hint: str, *, kinds: str = "", error: rx.Var[str] | None = None, **props: Any
) -> rx.Component:
    """Return a field that takes files, chosen or dropped on it; `kinds` are what it asks for, such as `image/*`.

    `error` says what was wrong with the files that were given, while it has words.
    """
    props["aria_describedby"] = f"{control_id}-hint" if error is None else f"{control_id}-hint {control_id}-error"
    if error is not None:
        props["aria_invalid"] = rx.cond(error != "", "true", "false")
    props.setdefault("name", control_id)
    drop = _drop(control_id, label, hint, kinds, props)
    return drop if error is None else rx.el.div(drop, field_error(error, control_id), class_name="field")


def _drop(control_id: Id, label: str, hint: str, kinds: str, props: dict[str, Any]) -> rx.Component:
    return rx.el.label(
        icon("upload"),
        rx.el.span(label, class_name="strong"),
        rx.el.span(hint, id=f"{control_id}-hint", class_name="small muted"),
        # It lies over all of it without being seen, so that the browser itself takes what is dropped.
        rx.el.input(type="file", id=control_id, accept=kinds, **props),
        class_name="drop text",
    )
