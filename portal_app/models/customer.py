"""Customers, their people and their properties."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import FromCrm, PublicRecord, Table, crm_unique, json_list, json_object


class Customer(PublicRecord, FromCrm, table=True):
    """A household or company that the business works for. `portal_access` is off until the office ticks it.

    `photo_download` is view_only or downloadable where the office has decided so for this customer, else inherit.
    """

    __table_args__ = crm_unique(Index(None, "name", "id"))

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(default="person", max_length=16)
    name: str = Field(max_length=200)
    number: str = Field(default="", max_length=60)
    billing_address: dict[str, str] = json_object()
    locale: str = Field(default="", max_length=16)
    parent_id: int | None = Field(default=None, foreign_key="customer.id")
    active: bool = True
    portal_access: bool = False
    photo_download: str = Field(default="inherit", max_length=16)


class Contact(PublicRecord, FromCrm, table=True):
    """A person's membership in one customer, with a role and rights.

    `email` is the main address in lower case, `emails` all of them, `phones` a list of
    `{kind, number}`. `rights` holds names of `services.rights.Right`. With `all_locations` off the
    person sees only the properties in `contact_location`; `right_locations` narrows single rights further (right →
    rows of locations). `pending_email` waits for the office. `mail_problem` says why mail to them came back;
    `mail_bounced` when a server behind ours sent it back later, and `mail_taken_at` when the next mail went after that.
    A `tester` comes in before the portal is switched on.
    """

    __table_args__ = crm_unique(
        Index(None, "customer_id"), Index(None, "login_id"), Index(None, "email"), Index(None, "mail_taken_at")
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    login_id: int | None = Field(default=None, foreign_key="login.id")
    name: str = Field(max_length=200)
    email: str = Field(default="", max_length=254)
    emails: list[str] = json_list()
    phones: list[dict[str, str]] = json_list()
    pending_email: str = Field(default="", max_length=254)
    role: str = Field(default="viewer", max_length=16)
    rights: list[str] = json_list()
    all_locations: bool = True
    right_locations: dict[str, list[int]] = json_object()
    mail_problem: str = Field(default="", max_length=500)
    mail_problem_at: datetime | None = None
    mail_bounced: bool = False
    mail_taken_at: datetime | None = None
    billing: bool = False
    active: bool = True
    invited_at: datetime | None = None
    disabled_at: datetime | None = None
    tester: bool = False


class ContactLocation(Table, table=True):
    """One property that a limited contact may see."""

    contact_id: int = Field(foreign_key="contact.id", primary_key=True)
    location_id: int = Field(foreign_key="location.id", primary_key=True)


class ChosenProperty(Table, table=True):
    """The property whose records a contact looked at last; no row where they look at all of them."""

    contact_id: int = Field(foreign_key="contact.id", primary_key=True)
    location_id: int = Field(foreign_key="location.id")


class Location(PublicRecord, FromCrm, table=True):
    """A property where work is done; `address` has line1, line2, city, region, postal_code, country."""

    __table_args__ = crm_unique(Index(None, "customer_id"))

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    label: str = Field(default="", max_length=200)
    address: dict[str, str] = json_object()
    access_notes: str = ""
