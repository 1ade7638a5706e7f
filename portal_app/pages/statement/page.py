"""A statement of account to take along: which days, which property, PDF or CSV."""

import reflex as rx

from portal_app import routes
from portal_app.components.controls import date_input
from portal_app.components.forms import NativeForm, field
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.property_filter import Choice, choices
from portal_app.components.shell import customer_shell
from portal_app.pages.statement.state import StatementState
from portal_app.services.statements import FIRST_DAY, LAST_DAY


def statement_page() -> rx.Component:
    """Return the page."""
    return customer_shell(
        rx.el.div(
            app_link(icon("chevron-left", small=True), "Invoices", address=routes.INVOICES, class_name="back"),
            rx.el.div(
                rx.el.h1("Statement of account"),
                rx.el.p("What was charged and what you paid, from one day to another.", class_name="text muted"),
                class_name="page-head",
            ),
            loaded_page(
                StatementState.trouble,
                StatementState.loaded,
                content=_content(),
                skeleton=rx.el.div(skeleton_rows(1), skeleton_rows(3), loading_word(), class_name="stack"),
                again=StatementState.load,
            ),
            class_name="wrap page narrow",
        ),
        current=routes.INVOICES,
    )


def _content() -> rx.Component:
    view = StatementState.view
    return rx.el.div(choices(view.periods.to(list[Choice]), "Period"), _form(), class_name="stack")


def _form() -> rx.Component:
    """Return a form of the browser's own: it only opens the address of a file, which leads back with wrong days."""
    view = StatementState.view
    return NativeForm.create(
        _day("from", "From", view.first, view.first_wrong),
        _day("to", "To and including", view.last, view.last_wrong),
        rx.cond(view.places.length() > 0, _places()),
        rx.el.div(
            rx.el.button(icon("download"), "Download PDF", type="submit", class_name="btn btn-primary"),
            rx.el.button(
                icon("download"), "Download CSV", type="submit", form_action=routes.STATEMENT_CSV, class_name="btn"
            ),
            class_name="row wrapline",
        ),
        rx.el.p("The CSV is for spreadsheets and bookkeeping programs.", class_name="small muted"),
        action=routes.STATEMENT_PDF,
        method="get",
        class_name="card card-pad stack",
    )


def _day(name: str, label: str, day: rx.Var[str], wrong: rx.Var[str]) -> rx.Component:
    control = date_input(
        name,
        error=wrong,
        first=FIRST_DAY.isoformat(),
        last=LAST_DAY.isoformat(),
        default_value=day,
        required=True,
        key=f"{name}-{day}",
    )
    return field(label, control, control_id=name, error=wrong)


def _places() -> rx.Component:
    view = StatementState.view
    control = rx.el.select(
        rx.foreach(view.places, lambda place: rx.el.option(place.word, value=place.key, key=place.key)),
        id="property",
        name="property",
        default_value=view.place,
        key=view.place,
        class_name="input",
    )
    return field("Property", control, control_id="property")
