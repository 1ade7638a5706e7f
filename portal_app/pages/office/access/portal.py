"""The section about the portal's door: a switch, and the testers who come in before it is open."""

import reflex as rx

from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice
from portal_app.pages.office.access.portal_state import PersonRow, PortalState


def portal() -> rx.Component:
    """Return the section."""
    state = PortalState
    return rx.el.section(
        rx.el.h2("Portal", id="portal"),
        rx.cond(state.known, rx.fragment(_switch(), _testers())),
        rx.el.div(rx.cond(state.told != "", rx.el.p(state.told, class_name="text")), role="status", class_name="told"),
        rx.el.div(
            rx.cond(
                (state.wrong != "") | (state.trouble.sentence != ""),
                notice(rx.cond(state.wrong != "", state.wrong, state.trouble.sentence), "overdue"),
            ),
            role="alert",
            class_name="told",
        ),
        class_name="card card-pad stack",
        aria_labelledby="portal",
    )


def _switch() -> rx.Component:
    is_open = PortalState.view.open
    return rx.el.form(
        rx.el.div(
            rx.el.label(
                rx.el.input(
                    type="checkbox", role="switch", class_name="switch", name="portal-open", default_checked=is_open
                ),
                rx.el.span(
                    "The portal is open to customers",
                    rx.el.span(
                        "While it is not, customers see that it opens soon, with your telephone and e-mail; "
                        "open pages of theirs shut at once.",
                        class_name="small",
                    ),
                ),
                class_name="choice",
            ),
            class_name="choices",
        ),
        rx.el.div(rx.el.button("Save portal", type="submit", class_name="btn btn-primary")),
        on_submit=PortalState.save,
        class_name="stack",
        key=rx.cond(is_open, "open", "shut"),
    )


def _testers() -> rx.Component:
    state = PortalState
    return rx.fragment(
        rx.el.h3("Testers", id="testers", class_name="label"),
        rx.el.p("They come in before the portal is open.", class_name="hint"),
        rx.cond(
            state.view.testers.length() > 0,
            rx.el.ul(
                rx.foreach(state.view.testers, lambda one: _person(one, adds=False)),
                class_name="list choices",
                aria_labelledby="testers",
            ),
            rx.el.p("Nobody yet.", class_name="text muted"),
        ),
        field(
            "Add a tester",
            text_input(
                "tester",
                described=True,
                type="search",
                on_change=state.look_for.debounce(250),
                placeholder="Name or e-mail",
                max_length=120,
                auto_complete="off",
                spell_check=False,
            ),
            control_id="tester",
            hint="By a part of their name, or how their address begins.",
        ),
        rx.cond(
            state.found.length() > 0,
            rx.el.ul(
                rx.foreach(state.found, lambda one: _person(one, adds=True)),
                class_name="list choices",
                aria_label="Found",
            ),
        ),
    )


def _person(person: rx.vars.ObjectVar[PersonRow], *, adds: bool) -> rx.Component:
    word, act = ("Add", PortalState.add) if adds else ("Remove", PortalState.remove)
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                app_link(person.name, address=person.href, class_name="item-title"),
                rx.el.span(person.note, class_name="item-sub"),
                class_name="grow",
            ),
            rx.el.button(
                icon("plus" if adds else "x", small=True),
                word,
                rx.el.span(" ", person.name, class_name="sr"),
                type="button",
                class_name="btn",
                on_click=act(person.id),
            ),
            class_name="item",
        ),
        key=person.id,
    )
