"""The part of a payment's page on which money that pays no invoice is used for one."""

import reflex as rx

from portal_app.components.forms import field, text_input
from portal_app.pages.office.payment.state import OfficePaymentState
from portal_app.pages.office.payment.views import ForRow


def use_section() -> rx.Component:
    """Return the form, or that there is nothing it could be used for."""
    use = OfficePaymentState.use
    nothing = rx.el.p(
        "The customer has no open invoice in this currency. It stays with them as credit, or can be given back.",
        class_name="small muted",
    )
    return rx.el.section(
        rx.el.h2("Use it for an invoice", id="use"),
        rx.el.p(rx.el.span(use.left, class_name="strong num"), " of this payment pays no invoice.", class_name="text"),
        rx.cond(use.invoices.length() > 0, _form(), nothing),
        class_name="card card-pad stack",
        aria_labelledby="use",
    )


def _form() -> rx.Component:
    use, wrong = OfficePaymentState.use, OfficePaymentState.use_wrong
    return rx.el.form(
        rx.el.fieldset(
            rx.el.legend("Which invoice?", class_name="label"),
            rx.el.div(rx.foreach(use.invoices, _invoice), class_name="choices"),
        ),
        field(
            "How much",
            text_input(
                "use_amount",
                described=True,
                error=wrong,
                default_value=use.amount,
                key=f"{use.puts}-{use.amount}",
                input_mode="decimal",
                auto_complete="off",
                max_length=24,
            ),
            control_id="use_amount",
            hint="At most what is left of both. The customer is told by mail, and the receipt stays as it is.",
            error=wrong,
        ),
        rx.el.input(type="hidden", name="puts", value=use.puts),
        rx.el.div(rx.el.button("Use it", type="submit", class_name="btn btn-primary"), class_name="row"),
        on_submit=OfficePaymentState.use_it,
        no_validate=True,
        class_name="stack",
    )


def _invoice(row: rx.vars.ObjectVar[ForRow]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="invoice",
            value=row.public_id,
            checked=row.chosen,
            on_change=OfficePaymentState.choose_invoice(row.public_id),
            class_name="tick",
        ),
        rx.el.span(row.title, rx.el.span(row.note, class_name="small num")),
        class_name="choice",
        key=row.public_id,
    )
