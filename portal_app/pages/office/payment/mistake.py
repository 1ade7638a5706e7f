"""The part of a payment's page on which money that was recorded by mistake is taken back."""

import reflex as rx

from portal_app.components.forms import field, text_input
from portal_app.pages.office.payment.state import UNDO, OfficePaymentState


def mistake_section() -> rx.Component:
    """Return the form, or the question that is asked once."""
    return rx.el.section(
        rx.el.h2("Recorded by mistake?", id="mistake"),
        rx.cond(OfficePaymentState.undoing != "", _question(), _form()),
        class_name="card card-pad stack",
        aria_labelledby="mistake",
    )


def _form() -> rx.Component:
    wrong = OfficePaymentState.mistake_wrong
    return rx.el.form(
        rx.el.p(
            "For money that never came, or another amount of it: take this back, and record what is right.",
            class_name="text",
        ),
        field(
            "What was wrong",
            text_input("mistake_reason", described=True, error=wrong, max_length=500, auto_complete="off"),
            control_id="mistake_reason",
            hint="For the office only, such as “£90 and not £120”.",
            error=wrong,
        ),
        rx.el.div(rx.el.button("Take it back…", type="submit", class_name="btn"), class_name="row"),
        on_submit=OfficePaymentState.ask_mistake,
        no_validate=True,
        class_name="stack",
    )


def _question() -> rx.Component:
    return rx.el.div(
        rx.el.p(OfficePaymentState.undoing, class_name="strong"),
        rx.el.p(
            "Its invoices are open again and its receipt is void. The CRM is told, and who got the receipt by mail is "
            "written to. This cannot be undone.",
            class_name="text",
        ),
        rx.el.div(
            rx.el.button(
                "Take it back", type="button", id=UNDO, class_name="btn btn-danger", on_click=OfficePaymentState.undo
            ),
            rx.el.button("Cancel", type="button", class_name="btn", on_click=OfficePaymentState.keep_it),
            class_name="row wrapline",
        ),
        class_name="stack",
        role="group",
        aria_label="Are you sure?",
    )
