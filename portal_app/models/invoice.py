"""Invoices with their lines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portal_app.models.base import FromCrm, Hideable, PublicRecord, crm_unique, json_list
from portal_app.models.quote import LineFields


class Invoice(PublicRecord, FromCrm, Hideable, table=True):
    """A demand for money; `status` draft (never shown), open, partially_paid, paid, void, uncollectible.

    Money in minor units of `currency`. `tax_summary` is a list of `{rate, net_minor, tax_minor}`.
    Overdue and viewed are derived, never stored. `balance_minor` is the CRM's word; `paid_here_minor` of it is paid
    through the portal and not in that word yet, `with_bank_minor` is on its way. Both are counts of the ledger
    (`services.ledger.recount`), kept for lists.
    `pdf_url` is where the CRM has a file of its own: `pdf_hash` names our copy of it, made at `pdf_fetched_at` of the
    address and content that `pdf_fetched_of` stands for; `pdf_error` says why there is none, and `pdf_try_at` when it
    is worth asking again.
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id", "issued_on", "id"),
        Index(None, "customer_id", "status", "due_on"),
        Index(None, "job_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(default="", max_length=60)
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    job_id: int | None = Field(default=None, foreign_key="job.id")
    title: str = Field(default="", max_length=300)
    status: str = Field(default="open", max_length=16)
    status_raw: str = Field(default="", max_length=100)
    currency: str = Field(max_length=3)
    subtotal_minor: int = Field(default=0, sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    total_minor: int = Field(default=0, sa_type=BigInteger)
    balance_minor: int = Field(default=0, sa_type=BigInteger)
    paid_here_minor: int = Field(default=0, sa_type=BigInteger)
    with_bank_minor: int = Field(default=0, sa_type=BigInteger)
    tax_summary: list[dict[str, Any]] = json_list()
    issued_on: date | None = None
    due_on: date | None = None
    terms: str = ""
    pdf_url: str = Field(default="", max_length=2000)
    pdf_hash: str = Field(default="", max_length=64)
    pdf_fetched_of: str = Field(default="", max_length=64)
    pdf_fetched_at: datetime | None = None
    pdf_error: str = Field(default="", max_length=300)
    pdf_try_at: datetime | None = None


class InvoiceLine(LineFields, table=True):
    """A line of an invoice."""

    __table_args__ = (Index(None, "invoice_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    invoice_id: int = Field(foreign_key="invoice.id")
