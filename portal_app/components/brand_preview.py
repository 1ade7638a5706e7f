"""The customer's home in the size of a phone, in colours that are only being tried."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from portal_app import routes
from portal_app.components.icons import icon
from portal_app.components.navigation import CUSTOMER_NAV


@dataclass(frozen=True)
class Colours:
    """The brand in one theme, as `services.brand_colours` computes it."""

    main: str = ""
    strong: str = ""
    soft: str = ""
    contrast: str = ""
    panel: str = ""
    glow: str = ""


def phone(colours: rx.vars.ObjectVar[Colours], welcome: rx.Var[str], *, dark: bool) -> rx.Component:
    """Return a picture of the home page with these colours; to a screen reader it is one picture."""
    theme = "dark" if dark else "light"
    query = "?theme=dark" if dark else ""
    return rx.el.figure(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.span(
                        rx.el.img(
                            src=routes.BRAND_LOGO + query, alt="", class_name="only-dark" if dark else "only-light"
                        ),
                        class_name="logo",
                    ),
                    rx.el.span("SW", class_name="avatar"),
                    class_name="phone-top between",
                ),
                rx.el.div(rx.el.img(src=f"{routes.BRAND_COVER}{query or '?'}&shape=strip", alt=""), class_name="cover"),
                rx.el.div(
                    rx.el.p("Good morning, Sarah", class_name="strong"),
                    _visit(),
                    _owed(),
                    _quote(),
                    class_name="phone-page stack-s",
                ),
                rx.el.div(rx.el.p(welcome, class_name="clip2"), _tabs(), class_name="phone-foot small"),
                class_name="phone-screen",
            ),
            class_name="phone theme-dark" if dark else "phone theme-light",
            style={
                "--brand": colours.main,
                "--brand-strong": colours.strong,
                "--brand-soft": colours.soft,
                "--brand-contrast": colours.contrast,
                "--brand-panel": colours.panel,
                "--brand-glow": colours.glow,
            },
            role="img",
            aria_label=f"The customer's home in {theme}",
        ),
        rx.el.figcaption(theme.capitalize(), class_name="text muted"),
        class_name="stack-s phone-figure",
    )


def swatch(word: str, colour: str, picked: rx.Var[str], on_click: Any) -> rx.Component:
    """Return a button in a colour, pressed while that colour is the one picked."""
    return rx.el.button(
        type="button",
        class_name="swatch",
        aria_label=word,
        aria_pressed=rx.cond(picked == colour, "true", "false"),
        on_click=on_click,
        style={"--c": colour},
    )


def _visit() -> rx.Component:
    rail = rx.el.div(
        rx.el.span("10:00"),
        rx.el.span(rx.el.i(), class_name="rail"),
        rx.el.span("12:00"),
        class_name="window",
        style={"--at": "55%"},
    )
    return rx.el.div(
        rx.el.div(
            rx.el.span("DO", class_name="avatar avatar-s"),
            rx.el.div(
                rx.el.p("Dave is on the way", class_name="strong text"),
                rx.el.p("Annual boiler service", class_name="small soft"),
            ),
            class_name="row row-tight",
        ),
        rx.el.div(
            rx.el.p("11:10", class_name="amount"),
            rx.el.p("likely arrival", class_name="small soft"),
            class_name="between",
        ),
        rail,
        class_name="visit",
    )


def _owed() -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.p("You owe", class_name="small muted"), rx.el.p("£240.00", class_name="strong num")),
        rx.el.span("Pay £240.00", class_name="btn btn-primary"),
        class_name="card card-pad between",
    )


def _quote() -> rx.Component:
    return rx.el.div(
        rx.el.span(icon("file-check", small=True), class_name="disc"),
        rx.el.div(
            rx.el.p("A quote for you", class_name="strong text"),
            rx.el.p("Look at it", class_name="small phone-link"),
            class_name="grow",
        ),
        class_name="card card-pad row row-tight",
    )


def _tabs() -> rx.Component:
    """Return what stands at the bottom of the customer's phone, the first place chosen."""
    places = [(item.icon, item.word) for item in CUSTOMER_NAV if item.at_bottom]
    return rx.el.div(
        *[rx.el.span(icon(name), word) for name, word in (*places, ("phone", "Ring us"))], class_name="phone-tabs"
    )


def focal_point(x: rx.Var[int], y: rx.Var[int]) -> rx.Component:
    """Return the mark of the point of a picture that stays in sight, in percent from the left and the top."""
    return rx.el.span(class_name="point", style={"left": f"{x}%", "top": f"{y}%"})
