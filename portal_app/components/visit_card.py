"""The visit card: the one solid brand area of the home page."""

from dataclasses import dataclass, field

import reflex as rx

from portal_app.components.links import app_link


@dataclass(frozen=True)
class Step:
    """One of the four steps; `state` is done, now or next."""

    label: str = ""
    state: str = "next"


@dataclass(frozen=True)
class VisitCard:
    """The card that leads the page. Empty strings are not shown; `at` is the mark on the rail, such as `55%`.

    `dated` says that the figure is a time with its day.
    """

    shown: bool = False
    live: bool = False
    headline: str = ""
    href: str = ""
    title: str = ""
    place: str = ""
    note: str = ""
    day: str = ""
    figure: str = ""
    dated: bool = False
    figure_note: str = ""
    told: str = ""
    window_start: str = ""
    window_end: str = ""
    at: str = ""
    technician: str = ""
    initials: str = ""
    photo: str = ""
    steps: list[Step] = field(default_factory=list)


def visit_card(card: rx.vars.ObjectVar[VisitCard], *, label: str = "Your visit") -> rx.Component:
    """Return the card of a visit view: who comes, when, how far it is."""
    return rx.el.section(
        rx.el.div(_who(card), _when(card), class_name="visit-top"),
        rx.cond(card.note != "", rx.el.p(card.note, class_name="text")),
        rx.cond(card.steps.length() > 0, _steps(card)),
        class_name="visit",
        aria_label=label,
        custom_attrs={"data-live": rx.cond(card.live, "true", "false")},
    )


def _who(card: rx.vars.ObjectVar[VisitCard]) -> rx.Component:
    face = rx.cond(
        card.photo != "",
        rx.el.img(src=card.photo, alt=""),
        rx.el.span(card.initials),
    )
    return rx.el.div(
        rx.cond(card.initials != "", rx.el.span(face, class_name="avatar avatar-m", aria_hidden="true")),
        rx.el.div(
            rx.el.div(
                rx.el.h2(rx.cond(card.href != "", app_link(card.headline, address=card.href), card.headline)),
                role="status",
                aria_live="polite",
            ),
            rx.el.p(card.title, rx.cond(card.place != "", rx.fragment(" · ", card.place)), class_name="text soft"),
            class_name="grow",
        ),
        class_name="row",
    )


def _when(card: rx.vars.ObjectVar[VisitCard]) -> rx.Component:
    figure = rx.el.div(
        rx.el.p(card.figure, class_name=rx.cond(card.dated, "eta eta-day", "eta")),
        rx.el.p(
            card.figure_note,
            rx.cond(card.told != "", rx.fragment(rx.el.br(), card.told)),
            class_name="small soft right",
        ),
        class_name="between wrapline",
    )
    return rx.el.div(
        rx.cond(card.day != "", rx.el.p(card.day, class_name="visit-day")),
        rx.cond(card.figure != "", figure),
        rx.cond((card.window_start != "") & (card.window_end != ""), _window(card)),
        class_name="when",
    )


def _window(card: rx.vars.ObjectVar[VisitCard]) -> rx.Component:
    return rx.el.div(
        rx.el.span(rx.el.span("Arrival window from ", class_name="sr"), card.window_start),
        rx.el.span(rx.cond(card.at != "", rx.el.i()), class_name="rail"),
        rx.el.span(rx.el.span("to ", class_name="sr"), card.window_end),
        class_name="window",
        style={"--at": card.at},
    )


def _steps(card: rx.vars.ObjectVar[VisitCard]) -> rx.Component:
    return rx.el.ol(
        rx.foreach(
            card.steps,
            lambda step: rx.el.li(
                step.label,
                custom_attrs={"data-state": step.state, "aria-current": rx.cond(step.state == "now", "step", "false")},
            ),
        ),
        class_name="steps",
        aria_label="Where this visit is",
    )
