"""Settings, Documents: who the seller is in law, the small print, and where to transfer money."""

import reflex as rx

from portal_app import routes
from portal_app.components.forms import field, text_input
from portal_app.components.icons import icon
from portal_app.components.links import app_link, plain_link
from portal_app.components.lists import notice, skeleton_rows
from portal_app.components.loading import loaded_page, loading_word
from portal_app.components.office_shell import office_shell
from portal_app.components.writing import text_area
from portal_app.pages.office.settings_documents.state import DocumentsState
from portal_app.services.document_settings import LONGEST

FORM = "documents-form"


def settings_documents_page() -> rx.Component:
    """Return the page."""
    state = DocumentsState
    return office_shell(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Documents"),
                rx.el.p("What stands on invoices, receipts and statements.", class_name="text muted"),
            ),
            rx.el.div(
                plain_link(
                    icon("download"), "See a sample invoice", address=routes.OFFICE_SAMPLE_INVOICE, class_name="btn"
                ),
                rx.el.button("Save documents", type="submit", form=FORM, class_name="btn btn-primary"),
                class_name="row wrapline row-tight",
            ),
            class_name="office-head",
        ),
        _told(),
        loaded_page(
            state.trouble,
            state.loaded,
            content=_form(),
            skeleton=rx.fragment(loading_word(), skeleton_rows(8)),
            again=state.load,
        ),
        current=routes.OFFICE_DOCUMENTS,
    )


def _told() -> rx.Component:
    state = DocumentsState
    tone = rx.cond(state.failed, notice(state.message, "overdue"), notice(state.message, "complete", "circle-check"))
    return rx.el.div(rx.cond(state.message != "", tone), role="status", class_name="told")


def _form() -> rx.Component:
    return rx.el.form(
        _card(
            "Who sends them",
            "seller",
            _line("legal_name", "Name in law", "Such as Bell & Daughters Ltd. Empty for the portal’s name."),
            _lines("address", "Address", "As it is written on a letter, line by line.", 4),
            _line("tax_number", "Tax number", "Such as GB 123 4567 89. Many countries ask for it on every invoice."),
            _line("company_number", "Company number", "Stands at the foot of every page."),
            rx.el.p(
                "Logo, colours, telephone and e-mail are under ",
                app_link("Brand", address=routes.OFFICE_BRAND),
                ".",
                class_name="small muted",
            ),
        ),
        _card(
            "Where to transfer money",
            "bank",
            _line("bank_account_name", "Account name", "As the bank has it. Empty for the name in law."),
            _line("bank_code", "Sort code or routing number", "Left out where the IBAN says it all."),
            _line("bank_account", "Account number", "Shown only on what is still to be paid."),
            _line("bank_iban", "IBAN", "For transfers from abroad, and everywhere in Europe."),
            _line("bank_bic", "BIC", "Also called SWIFT; eight or eleven signs."),
        ),
        _card(
            "Small print",
            "small-print",
            _lines("payment_terms", "Terms of payment", "Below an invoice that has no terms of its own.", 4),
            _lines("paper_footer", "At the end of every paper", "Such as where the company is registered.", 4),
        ),
        id=FORM,
        on_submit=DocumentsState.save,
        no_validate=True,
        class_name="stack form-page",
    )


def _card(title: str, name: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h2(title, id=name), *content, class_name="card card-pad stack", aria_labelledby=name)


def _line(name: str, label: str, hint: str) -> rx.Component:
    error = getattr(DocumentsState.wrong, name)
    control = text_input(
        name,
        described=True,
        error=error,
        default_value=getattr(DocumentsState.draft, name),
        max_length=LONGEST[name],
        auto_complete="off",
        key=f"{name}-{DocumentsState.draft.number}",
    )
    return field(label, control, control_id=name, hint=hint, error=error)


def _lines(name: str, label: str, hint: str, rows: int) -> rx.Component:
    error = getattr(DocumentsState.wrong, name)
    control = text_area(
        name,
        rows=rows,
        error=error,
        default_value=getattr(DocumentsState.draft, name),
        max_length=LONGEST[name] + 500,
        key=f"{name}-{DocumentsState.draft.number}",
    )
    return field(label, control, control_id=name, hint=hint, error=error)
