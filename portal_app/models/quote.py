"""Quotes with their options and lines."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from portal_app.models.base import FromCrm, Hideable, PublicRecord, Table, crm_unique


class LineFields(Table):
    """What a line of a quote or invoice says; money in minor units, `tax_rate` in percent and
    `quantity` are decimal strings, exact as the source wrote them.

    `unit_cost_minor` is sensitive: shown only to contacts with the margins right.
    """

    position: int = 0
    external_id: str = Field(default="", max_length=200)
    name: str = Field(max_length=300)
    description: str = ""
    quantity: str = Field(default="1", max_length=24)
    unit_price_minor: int = Field(default=0, sa_type=BigInteger)
    tax_rate: str = Field(default="0", max_length=12)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    total_minor: int = Field(default=0, sa_type=BigInteger)
    optional: bool = False
    unit_cost_minor: int | None = Field(default=None, sa_type=BigInteger)


class Quote(PublicRecord, FromCrm, Hideable, table=True):
    """An offer.

    `status` is draft (never shown), sent, changes_requested, approved, declined, expired, converted or withdrawn.
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id", "issued_on", "id"),
        Index(None, "customer_id", "status", "expires_on", "id"),
        Index(None, "job_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(default="", max_length=60)
    version: int = 1
    customer_id: int = Field(foreign_key="customer.id")
    location_id: int | None = Field(default=None, foreign_key="location.id")
    job_id: int | None = Field(default=None, foreign_key="job.id")
    title: str = Field(default="", max_length=300)
    status: str = Field(default="sent", max_length=20)
    status_raw: str = Field(default="", max_length=100)
    currency: str = Field(max_length=3)
    subtotal_minor: int = Field(default=0, sa_type=BigInteger)
    tax_minor: int = Field(default=0, sa_type=BigInteger)
    total_minor: int = Field(default=0, sa_type=BigInteger)
    deposit_due_minor: int = Field(default=0, sa_type=BigInteger)
    issued_on: date | None = None
    expires_on: date | None = None
    terms: str = ""
    pdf_url: str = Field(default="", max_length=2000)
    decided_at: datetime | None = None


class QuoteOption(Table, table=True):
    """One of several alternatives of a quote (good, better, best)."""

    __table_args__ = (Index(None, "quote_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    quote_id: int = Field(foreign_key="quote.id")
    position: int = 0
    external_id: str = Field(default="", max_length=200)
    title: str = Field(max_length=300)
    total_minor: int = Field(default=0, sa_type=BigInteger)


class QuoteLine(LineFields, table=True):
    """A line of a quote, or of one of its options where `option_position` is set."""

    __table_args__ = (Index(None, "quote_id", "option_position", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    quote_id: int = Field(foreign_key="quote.id")
    option_position: int | None = None
