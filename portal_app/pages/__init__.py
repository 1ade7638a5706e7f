"""One folder per page: page.py and state.py. PAGES is the list of them; a page not listed does not exist."""

from portal_app import routes
from portal_app.components.page import Page
from portal_app.components.shell_state import ShellState
from portal_app.gate import CUSTOMER, STAFF, VISITOR
from portal_app.pages.dashboard.page import dashboard_page
from portal_app.pages.dashboard.state import DashboardState
from portal_app.pages.documents.page import documents_page
from portal_app.pages.documents.state import OwnDocumentsState
from portal_app.pages.help.page import help_page
from portal_app.pages.help.state import HelpState
from portal_app.pages.history.page import history_page
from portal_app.pages.history.state import HistoryState
from portal_app.pages.invoice.page import invoice_page
from portal_app.pages.invoice.pay_state import PayState
from portal_app.pages.invoice.share_state import ShareState
from portal_app.pages.invoice.state import InvoiceState
from portal_app.pages.invoices.page import invoices_page
from portal_app.pages.invoices.pay_state import PayManyState
from portal_app.pages.invoices.state import InvoicesState
from portal_app.pages.job.page import job_page
from portal_app.pages.job.state import JobState
from portal_app.pages.jobs.page import jobs_page
from portal_app.pages.jobs.state import JobsState
from portal_app.pages.login.page import login_page
from portal_app.pages.login.state import LoginState
from portal_app.pages.message.page import not_found_page
from portal_app.pages.office.access.page import access_page
from portal_app.pages.office.access.portal_state import PortalState
from portal_app.pages.office.access.state import AccessState
from portal_app.pages.office.customer.files_state import CustomerFilesState
from portal_app.pages.office.customer.page import customer_page
from portal_app.pages.office.customer.state import CustomerState
from portal_app.pages.office.customer_form.page import customer_edit_page, customer_new_page
from portal_app.pages.office.customer_form.state import CustomerFormState
from portal_app.pages.office.customers.page import customers_page
from portal_app.pages.office.customers.state import CustomersState
from portal_app.pages.office.design.page import design_page
from portal_app.pages.office.design.state import DesignState
from portal_app.pages.office.invoice.page import office_invoice_page
from portal_app.pages.office.invoice.share_state import OfficeShareState
from portal_app.pages.office.invoice.state import OfficeInvoiceState
from portal_app.pages.office.outbox.page import outbox_page
from portal_app.pages.office.outbox.state import OutboxState
from portal_app.pages.office.payment.page import office_payment_page
from portal_app.pages.office.payment.state import OfficePaymentState
from portal_app.pages.office.payments.page import payments_page
from portal_app.pages.office.payments.state import PaymentsState
from portal_app.pages.office.payout.page import payout_page
from portal_app.pages.office.payout.state import PayoutState
from portal_app.pages.office.person.page import person_page
from portal_app.pages.office.person.state import PersonState
from portal_app.pages.office.record_payment.page import record_payment_page
from portal_app.pages.office.record_payment.state import RecordPaymentState
from portal_app.pages.office.review.page import review_page
from portal_app.pages.office.review.state import ReviewState
from portal_app.pages.office.settings_brand.page import settings_brand_page
from portal_app.pages.office.settings_brand.state import BrandSettingsState
from portal_app.pages.office.settings_content.page import settings_content_page
from portal_app.pages.office.settings_content.questions_state import QuestionsState
from portal_app.pages.office.settings_content.words_state import WordsState
from portal_app.pages.office.settings_documents.page import settings_documents_page
from portal_app.pages.office.settings_documents.state import DocumentsState
from portal_app.pages.office.settings_mail.bounce_state import BounceSettingsState
from portal_app.pages.office.settings_mail.page import settings_mail_page
from portal_app.pages.office.settings_mail.state import MailSettingsState
from portal_app.pages.office.settings_payments.page import settings_payments_page
from portal_app.pages.office.settings_payments.state import PaymentSettingsState
from portal_app.pages.office.settings_visibility.page import settings_visibility_page
from portal_app.pages.office.settings_visibility.state import VisibilityState
from portal_app.pages.office.sync.page import sync_page
from portal_app.pages.office.sync.state import SyncState
from portal_app.pages.payment.page import payment_page
from portal_app.pages.payment.state import PaymentState
from portal_app.pages.payment_methods.page import payment_methods_page
from portal_app.pages.payment_methods.state import PaymentMethodsState
from portal_app.pages.payments.page import own_payments_page
from portal_app.pages.payments.state import OwnPaymentsState
from portal_app.pages.plan.page import plan_page
from portal_app.pages.plan.state import PlanState
from portal_app.pages.settings.page import settings_page
from portal_app.pages.settings.state import SettingsState
from portal_app.pages.statement.page import statement_page
from portal_app.pages.statement.state import StatementState
from portal_app.pages.terms.page import terms_page
from portal_app.pages.terms.state import TermsState

PAGES = (
    Page(routes.LOGIN, VISITOR, "Sign in", login_page, [ShellState.load, LoginState.load]),
    Page(routes.HOME, CUSTOMER, "Home", dashboard_page, [ShellState.load, DashboardState.load]),
    Page(routes.JOBS, CUSTOMER, "Jobs", jobs_page, [ShellState.load, JobsState.load]),
    Page(routes.job("[id]"), CUSTOMER, "Job", job_page, [ShellState.load, JobState.load]),
    Page(routes.plan("[id]"), CUSTOMER, "Plan", plan_page, [ShellState.load, PlanState.load]),
    Page(
        routes.INVOICES,
        CUSTOMER,
        "Invoices",
        invoices_page,
        [ShellState.load, PayManyState.load, InvoicesState.load, PayManyState.load_methods],
    ),
    Page(
        routes.invoice("[id]"),
        CUSTOMER,
        "Invoice",
        invoice_page,
        [ShellState.load, PayState.load, ShareState.load, InvoiceState.load, PayState.load_methods],
    ),
    Page(routes.PAYMENTS, CUSTOMER, "Payments", own_payments_page, [ShellState.load, OwnPaymentsState.load]),
    Page(routes.payment("[id]"), CUSTOMER, "Payment", payment_page, [ShellState.load, PaymentState.load]),
    Page(routes.STATEMENT, CUSTOMER, "Statement of account", statement_page, [ShellState.load, StatementState.load]),
    Page(routes.DOCUMENTS, CUSTOMER, "Documents", documents_page, [ShellState.load, OwnDocumentsState.load]),
    Page(routes.HISTORY, CUSTOMER, "History", history_page, [ShellState.load, HistoryState.load]),
    Page(routes.SETTINGS, CUSTOMER, "Settings", settings_page, [ShellState.load, SettingsState.load]),
    Page(
        routes.PAYMENT_METHODS,
        CUSTOMER,
        "Payment methods",
        payment_methods_page,
        [ShellState.load, PaymentMethodsState.load],
    ),
    Page(routes.HELP, CUSTOMER, "Questions and answers", help_page, [ShellState.load, HelpState.load]),
    Page(routes.TERMS, CUSTOMER, "Terms of business", terms_page, [ShellState.load, TermsState.load]),
    Page(routes.OFFICE_CUSTOMERS, STAFF, "Customers", customers_page, [ShellState.load, CustomersState.load]),
    Page(
        routes.OFFICE_CUSTOMER_NEW,
        STAFF,
        "New customer",
        customer_new_page,
        [ShellState.load, CustomerFormState.load_new],
    ),
    Page(
        routes.office_customer("[id]"),
        STAFF,
        "Customer",
        customer_page,
        [ShellState.load, CustomerState.load, CustomerFilesState.load],
    ),
    Page(
        routes.office_customer_edit("[id]"),
        STAFF,
        "Edit customer",
        customer_edit_page,
        [ShellState.load, CustomerFormState.load],
    ),
    Page(routes.office_person("[id]", "[person]"), STAFF, "Person", person_page, [ShellState.load, PersonState.load]),
    Page(
        routes.office_invoice("[id]"),
        STAFF,
        "Invoice",
        office_invoice_page,
        [ShellState.load, OfficeShareState.load, OfficeInvoiceState.load],
    ),
    Page(
        routes.office_record_payment("[id]"),
        STAFF,
        "Record a payment",
        record_payment_page,
        [ShellState.load, RecordPaymentState.load],
    ),
    Page(routes.OFFICE_PAYMENTS, STAFF, "Payments", payments_page, [ShellState.load, PaymentsState.load]),
    Page(
        routes.office_payment("[id]"),
        STAFF,
        "Payment",
        office_payment_page,
        [ShellState.load, OfficePaymentState.load],
    ),
    Page(routes.office_payout("[id]"), STAFF, "Payout", payout_page, [ShellState.load, PayoutState.load]),
    Page(
        routes.OFFICE_PAYMENT_SETTINGS,
        STAFF,
        "Payment settings",
        settings_payments_page,
        [ShellState.load, PaymentSettingsState.load],
    ),
    Page(routes.OFFICE_REVIEW, STAFF, "Files to review", review_page, [ShellState.load, ReviewState.load]),
    Page(
        routes.OFFICE_VISIBILITY,
        STAFF,
        "What customers see",
        settings_visibility_page,
        [ShellState.load, VisibilityState.load],
    ),
    Page(routes.OFFICE_OUTBOX, STAFF, "Outbox", outbox_page, [ShellState.load, OutboxState.load]),
    Page(routes.OFFICE_SYNC, STAFF, "CRM", sync_page, [ShellState.load, SyncState.load]),
    Page(routes.OFFICE_BRAND, STAFF, "Brand", settings_brand_page, [ShellState.load, BrandSettingsState.load]),
    Page(routes.OFFICE_DESIGN, STAFF, "Every part", design_page, [ShellState.load, DesignState.load]),
    Page(
        routes.OFFICE_CONTENT,
        STAFF,
        "Content",
        settings_content_page,
        [ShellState.load, QuestionsState.load, WordsState.load],
    ),
    Page(routes.OFFICE_DOCUMENTS, STAFF, "Documents", settings_documents_page, [ShellState.load, DocumentsState.load]),
    Page(routes.OFFICE_ACCESS, STAFF, "Access", access_page, [ShellState.load, AccessState.load, PortalState.load]),
    Page(
        routes.OFFICE_MAIL,
        STAFF,
        "Mail",
        settings_mail_page,
        # The section's words are there before the page is shown.
        [ShellState.load, BounceSettingsState.load, MailSettingsState.load],
    ),
)
NOT_FOUND = not_found_page
