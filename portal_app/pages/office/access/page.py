"""Settings, Access: rights that nobody has while they are off here, and how long secure links last."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import field, text_input
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.access.portal import portal
from portal_app.pages.office.access.portal_state import PortalState
from portal_app.pages.office.access.state import AccessState, RightSwitch


def access_page() -> rx.Component:
    """Return the page."""
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Access"),
                rx.el.p("What customers may do at all, whatever their own rights say.", class_name="text muted"),
            ),
            class_name="office-head",
        ),
        rx.el.div(
            rx.cond(AccessState.message != "", notice(AccessState.message, "complete", "circle-check")),
            role="status",
            class_name="told",
        ),
        loaded_page(
            AccessState.trouble,
            AccessState.loaded & (PortalState.known | (PortalState.trouble.kind != "")),
            content=rx.el.div(portal(), _form(), class_name="form-page stack"),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=AccessState.load,
        ),
        current=routes.OFFICE_ACCESS,
    )


def _form() -> rx.Component:
    view = AccessState.view
    days = text_input(
        "link_days",
        described=True,
        error=AccessState.wrong_days,
        default_value=view.link_days,
        input_mode="numeric",
        max_length=3,
        auto_complete="off",
    )
    return rx.el.form(
        rx.el.section(
            rx.el.h2("Customers may", id="may"),
            rx.el.div(rx.foreach(view.switches, _switch), class_name="choices"),
            class_name="card card-pad stack",
            aria_labelledby="may",
        ),
        rx.el.section(
            rx.el.h2("Secure links", id="days"),
            field(
                "A link lasts, in days",
                days,
                control_id="link_days",
                hint="1 to 90. It counts for links made or sent again from now on.",
                error=AccessState.wrong_days,
            ),
            class_name="card card-pad stack",
            aria_labelledby="days",
        ),
        rx.el.div(rx.el.button("Save", type="submit", class_name="btn btn-primary")),
        on_submit=AccessState.save,
        class_name="stack",
        no_validate=True,
        key=view.version,
    )


def _switch(right: rx.vars.ObjectVar[RightSwitch]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", role="switch", class_name="switch", name=f"right-{right.name}", default_checked=right.on
        ),
        rx.el.span(right.word, rx.el.span(right.note, class_name="small")),
        class_name="choice",
    )
