"""All tables; importing this package registers them with the one metadata."""

from portal_app.models.activity import Activity, ActivityOrigin
from portal_app.models.booking_note import BookingNote
from portal_app.models.brand import BrandPicture, Faq, PaperLook
from portal_app.models.business import Business, SetupToken
from portal_app.models.code import OneTimeCode, PasswordLink
from portal_app.models.contact_change import ContactChange
from portal_app.models.crm import CrmConnection, CrmCursor, CrmSetAside
from portal_app.models.customer import ChosenProperty, Contact, ContactLocation, Customer, Location
from portal_app.models.file import File, Visibility
from portal_app.models.invoice import Invoice, InvoiceLine
from portal_app.models.job import (
    Job,
    Recommendation,
    Series,
    Visit,
    VisitStatusChange,
    VisitTechnician,
)
from portal_app.models.link import GuestSession, LinkGuest, LinkOpen, LinkToken, SecureLink
from portal_app.models.login import Login, LoginSession
from portal_app.models.mail import BounceMailbox, MailSettings
from portal_app.models.outbox import Lease, Outbox
from portal_app.models.payment import (
    Allocation,
    AttemptPart,
    Payment,
    PaymentAttempt,
    PaymentReversal,
    PaymentSettings,
    Refund,
    StripeCustomer,
    StripeEvent,
)
from portal_app.models.quote import Quote, QuoteLine, QuoteOption
from portal_app.models.search import CustomerEntry, CustomerWord, CustomerWordDue, RecordWord
from portal_app.models.service_request import ServiceRequest
from portal_app.models.staff import StaffMember, StaffPermission
from portal_app.models.technician import Technician

__all__ = [
    "Activity",
    "ActivityOrigin",
    "Allocation",
    "AttemptPart",
    "BookingNote",
    "BounceMailbox",
    "BrandPicture",
    "Business",
    "ChosenProperty",
    "Contact",
    "ContactChange",
    "ContactLocation",
    "CrmConnection",
    "CrmCursor",
    "CrmSetAside",
    "Customer",
    "CustomerEntry",
    "CustomerWord",
    "CustomerWordDue",
    "Faq",
    "File",
    "GuestSession",
    "Invoice",
    "InvoiceLine",
    "Job",
    "Lease",
    "LinkGuest",
    "LinkOpen",
    "LinkToken",
    "Location",
    "Login",
    "LoginSession",
    "MailSettings",
    "OneTimeCode",
    "Outbox",
    "PaperLook",
    "PasswordLink",
    "Payment",
    "PaymentAttempt",
    "PaymentReversal",
    "PaymentSettings",
    "Quote",
    "QuoteLine",
    "QuoteOption",
    "Recommendation",
    "RecordWord",
    "Refund",
    "SecureLink",
    "Series",
    "ServiceRequest",
    "SetupToken",
    "StaffMember",
    "StaffPermission",
    "StripeCustomer",
    "StripeEvent",
    "Technician",
    "Visibility",
    "Visit",
    "VisitStatusChange",
    "VisitTechnician",
]
