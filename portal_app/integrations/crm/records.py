"""What a CRM may say, one model per stream (Portal Sync v1); anything else about a record is ignored."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from portal_app.integrations.crm.values import (
    Address,
    Currency,
    Day,
    Emails,
    ExternalId,
    Link,
    Moment,
    Money,
    Name,
    Part,
    Phones,
    Quantity,
    Rate,
    Remark,
    Short,
    Text,
    Title,
    Word,
)


class Record(Part):
    """What every record has; `updated_at` is the source's own stamp, `url` the record's page in the CRM."""

    external_id: ExternalId
    updated_at: Moment
    url: Link = ""


class Customer(Record):
    """A household or company."""

    kind: Literal["person", "company"] = "person"
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    number: Short = ""
    billing_address: Address = Address()
    locale: Annotated[str, StringConstraints(max_length=16)] = ""
    parent_id: ExternalId | None = None
    active: bool = True


class Contact(Record):
    """A person of a customer; the first of `emails` is the main one."""

    customer_id: ExternalId
    name: Name = ""
    emails: Emails = []
    phones: Phones = []
    role: Word = ""
    billing: bool = False
    active: bool = True


class Location(Record):
    """A property where work is done."""

    customer_id: ExternalId
    label: Name = ""
    address: Address = Address()
    access_notes: Text = ""


class Technician(Record):
    """Somebody who visits customers."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    photo_url: Link = ""
    phone_public: Annotated[str, StringConstraints(max_length=40)] = ""
    qualification: Name = ""
    active: bool = True


class Series(Record):
    """A recurring plan."""

    customer_id: ExternalId
    location_id: ExternalId | None = None
    title: Title = ""
    rhythm: Name = ""
    rrule: Remark = ""
    next_on: Day | None = None
    ends_on: Day | None = None


class Job(Record):
    """A piece of work."""

    number: Short = ""
    customer_id: ExternalId
    location_id: ExternalId | None = None
    title: Title = ""
    description: Text = ""
    status: Word = ""
    status_raw: Word = ""
    series_id: ExternalId | None = None
    created_at: Moment | None = None
    closed_at: Moment | None = None


class TravelUpdate(Part):
    """What was said about a visit on its way, and when."""

    at: Moment
    text: Annotated[str, StringConstraints(max_length=1000)] = ""


class Recommendation(Part):
    """What a technician advises after a visit."""

    id: ExternalId
    title: Title = ""
    detail: Text = ""
    price_from: Money | None = None
    price_to: Money | None = None
    state: Annotated[str, StringConstraints(max_length=16)] = "open"


class Visit(Record):
    """One arrival of technicians; the first of `technician_ids` leads."""

    job_id: ExternalId
    customer_id: ExternalId
    location_id: ExternalId | None = None
    status: Word = ""
    status_raw: Word = ""
    status_reason: Remark = ""
    technician_ids: Annotated[list[ExternalId], Field(max_length=50)] = []
    window_start: Moment | None = None
    window_end: Moment | None = None
    scheduled_start: Moment | None = None
    scheduled_end: Moment | None = None
    eta_at: Moment | None = None
    eta_told_at: Moment | None = None
    on_the_way_at: Moment | None = None
    started_at: Moment | None = None
    on_hold_at: Moment | None = None
    completed_at: Moment | None = None
    canceled_at: Moment | None = None
    travel_updates: Annotated[list[TravelUpdate], Field(max_length=500)] = []
    work_summary: Text = ""
    recommendations: Annotated[list[Recommendation], Field(max_length=200)] = []


class Line(Part):
    """A line of a quote or invoice; `unit_cost` is sensitive."""

    id: Annotated[str, StringConstraints(max_length=200)] = ""
    name: Title = ""
    description: Text = ""
    quantity: Quantity = "1"
    unit_price: Money | None = None
    tax_rate: Rate = "0"
    tax: Money | None = None
    total: Money
    optional: bool = False
    unit_cost: Money | None = None

    def amounts(self) -> list[Money | None]:
        """Return every amount of the line."""
        return [self.unit_price, self.tax, self.total, self.unit_cost]


Lines = Annotated[list[Line], Field(max_length=2000)]


class Option(Part):
    """One of several alternatives of a quote."""

    id: Annotated[str, StringConstraints(max_length=200)] = ""
    title: Title = ""
    lines: Lines = []
    total: Money


class Paper(Record):
    """What quotes and invoices share: whose, what, and amounts in one currency."""

    number: Short = ""
    customer_id: ExternalId
    location_id: ExternalId | None = None
    job_id: ExternalId | None = None
    title: Title = ""
    status: Word = ""
    status_raw: Word = ""
    lines: Lines = []
    subtotal: Money | None = None
    tax: Money | None = None
    total: Money
    issued_on: Day | None = None
    terms: Text = ""
    pdf_url: Link = ""

    def amounts(self) -> list[Money | None]:
        """Return every amount of the paper, lines included."""
        return [self.subtotal, self.tax, self.total, *(money for line in self.lines for money in line.amounts())]

    @property
    def currency(self) -> Currency:
        """The one currency of the paper."""
        return self.total.currency

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        wanted = self.total.currency
        if any(money is not None and money.currency != wanted for money in self.amounts()):
            raise PydanticCustomError("currencies", "mixes currencies")
        return self


class Quote(Paper):
    """An offer."""

    version: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 1
    options: Annotated[list[Option], Field(max_length=50)] = []
    deposit_due: Money | None = None
    expires_on: Day | None = None
    decided_at: Moment | None = None

    def amounts(self) -> list[Money | None]:
        """Return every amount of the quote, options included."""
        found = [*super().amounts(), self.deposit_due]
        for option in self.options:
            found += [option.total, *(money for line in option.lines for money in line.amounts())]
        return found


class TaxRow(Part):
    """One rate of an invoice's tax summary."""

    rate: Rate = "0"
    net: Money
    tax: Money


class Invoice(Paper):
    """A demand for money."""

    balance: Money
    tax_summary: Annotated[list[TaxRow], Field(max_length=100)] = []
    due_on: Day | None = None

    def amounts(self) -> list[Money | None]:
        """Return every amount of the invoice, tax summary included."""
        rows = [money for row in self.tax_summary for money in (row.net, row.tax)]
        return [*super().amounts(), self.balance, *rows]


class Subject(Part):
    """What an attachment belongs to."""

    kind: Literal["customer", "location", "job", "visit"]
    id: ExternalId


class Attachment(Record):
    """A photo or document of something; `url` is where its bytes are, `mime` and `size` what they are said to be."""

    subject: Subject
    location_id: ExternalId | None = None
    kind: Literal["photo", "document"]
    name: Title = ""
    mime: Word = ""
    size: Annotated[int, Field(ge=0, lt=2**53)] = 0
    expires_on: Day | None = None
    visible_to_customer: bool = False

    def _subject_of(self, kind: str) -> str | None:
        return self.subject.id if self.subject.kind == kind else None

    @property
    def customer_id(self) -> str | None:
        """The customer it belongs to and nothing more."""
        return self._subject_of("customer")

    @property
    def home_id(self) -> str | None:
        """The location it belongs to."""
        return self._subject_of("location")

    @property
    def job_id(self) -> str | None:
        """The job it belongs to."""
        return self._subject_of("job")

    @property
    def visit_id(self) -> str | None:
        """The visit it belongs to."""
        return self._subject_of("visit")


# In the order in which they are read: parents before children.
MODELS: dict[str, type[Record]] = {
    "customers": Customer,
    "contacts": Contact,
    "locations": Location,
    "technicians": Technician,
    "series": Series,
    "jobs": Job,
    "visits": Visit,
    "quotes": Quote,
    "invoices": Invoice,
    "attachments": Attachment,
}
STREAMS = tuple(MODELS)
