"""The form in which the office records cash, a cheque, a transfer: what for, how much, when, and what was seen."""

import reflex as rx

from portal_app import routes
from portal_app.components.controls import choice, date_input
from portal_app.components.forms import field, field_error, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import arriving, loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.pages.office.record_payment.state import FIRST_METHOD, InvoiceRow, RecordPaymentState
from portal_app.services.recorded_payments import METHODS

_METHOD_WORDS = {"cash": "Cash", "check": "Cheque", "bank": "Bank transfer", "other": "Other"}


def record_payment_page() -> rx.Component:
    """Return the page."""
    view = RecordPaymentState.view
    return office_shell(
        app_link(
            icon("chevron-left", small=True),
            rx.cond(view.customer != "", view.customer, "Customers"),
            address=rx.cond(view.customer_href != "", view.customer_href, routes.OFFICE_CUSTOMERS),
            class_name="back",
        ),
        arriving(
            RecordPaymentState.loaded,
            rx.el.div(
                rx.el.div(
                    rx.el.h1("Record a payment"),
                    rx.el.p("Money you have taken yourself. It counts at once.", class_name="text muted"),
                ),
                class_name="office-head",
            ),
            loaded_page(
                RecordPaymentState.trouble,
                RecordPaymentState.loaded,
                content=_form(),
                skeleton=rx.fragment(loading_word(), skeleton_rows(6)),
                again=RecordPaymentState.load,
                back=("All customers", routes.OFFICE_CUSTOMERS),
            ),
        ),
        current=routes.OFFICE_CUSTOMERS,
    )


def _form() -> rx.Component:
    asked = RecordPaymentState.asked.question != ""
    # What was typed stays in the form while it is asked about.
    return rx.el.div(
        rx.el.div(_fields(), hidden=asked, id="record-form"),
        rx.cond(asked, _question()),
        class_name="form-page",
    )


def _question() -> rx.Component:
    asked = RecordPaymentState.asked
    return rx.el.section(
        rx.el.h2(asked.question, id="over", tab_index=-1),
        rx.el.p(asked.what, class_name="text"),
        rx.el.div(
            rx.el.button(
                f"Record {asked.amount}", type="button", class_name="btn btn-primary", on_click=RecordPaymentState.agree
            ),
            rx.el.button("Change it", type="button", class_name="btn", on_click=RecordPaymentState.think_again),
            class_name="row wrapline row-tight",
        ),
        class_name="card card-pad stack",
        aria_labelledby="over",
    )


def _fields() -> rx.Component:
    view = RecordPaymentState.view
    return rx.el.form(
        _invoices(),
        _methods(),
        rx.el.div(
            field(
                "Amount",
                text_input(
                    "amount",
                    described=True,
                    error=RecordPaymentState.amount_wrong,
                    default_value=view.amount,
                    key=f"amount-{view.number}",
                    on_change=RecordPaymentState.typed.debounce(300),
                    # Comes before a tick that is pressed right after.
                    on_blur=RecordPaymentState.typed,
                    input_mode="decimal",
                    auto_complete="off",
                    max_length=24,
                ),
                control_id="amount",
                hint="What is more than the invoices have left stays with the customer as credit.",
                error=RecordPaymentState.amount_wrong,
            ),
            field(
                "Day",
                date_input(
                    "day",
                    last=f"{view.day}",
                    described=True,
                    error=RecordPaymentState.day_wrong,
                    default_value=view.day,
                ),
                control_id="day",
                hint="The day on which you had it.",
                error=RecordPaymentState.day_wrong,
            ),
            class_name="two-fields",
        ),
        field(
            "Reference",
            text_input("reference", max_length=120, auto_complete="off", aria_describedby="reference-hint"),
            control_id="reference",
            hint="Such as a cheque’s number or the words of a transfer. The customer sees it.",
        ),
        field(
            "What you have seen",
            text_input("evidence", max_length=500, auto_complete="off", aria_describedby="evidence-hint"),
            control_id="evidence",
            hint="Such as “on the statement of 3 March”. For the office only.",
        ),
        rx.el.div(
            rx.cond(RecordPaymentState.wrong != "", notice(RecordPaymentState.wrong, "overdue")),
            role="alert",
            class_name="told",
        ),
        rx.el.div(
            rx.el.button("Record the payment", type="submit", class_name="btn btn-primary"),
            app_link("Cancel", address=view.customer_href, class_name="btn"),
            class_name="row wrapline row-tight",
        ),
        on_submit=RecordPaymentState.record,
        no_validate=True,
        class_name="card card-pad stack",
    )


def _invoices() -> rx.Component:
    view = RecordPaymentState.view
    rows = rx.el.fieldset(
        rx.el.legend("What it pays", class_name="label"),
        rx.el.div(rx.foreach(view.invoices, _invoice), class_name="choices"),
    )
    nothing = notice("Nothing is owed. What you record stays with the customer as credit.", "processing", "info")
    return rx.cond(view.invoices.length() > 0, rows, nothing)


def _invoice(row: rx.vars.ObjectVar[InvoiceRow]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=row.name,
            checked=row.chosen,
            on_change=RecordPaymentState.choose(row.public_id, ~row.chosen),
            class_name="tick",
        ),
        rx.el.span(row.title, rx.el.span(row.note, class_name="small num")),
        class_name="choice",
        key=row.public_id,
    )


def _methods() -> rx.Component:
    wrong = RecordPaymentState.method_wrong
    return rx.el.fieldset(
        rx.el.legend("How it was paid", class_name="label"),
        rx.el.div(
            *[
                choice("method", value, _METHOD_WORDS[value], **({} if number else {"id": FIRST_METHOD}))
                for number, value in enumerate(METHODS)
            ],
            class_name="choices",
        ),
        field_error(wrong, "method"),
        aria_describedby="method-error",
    )
