"""The words by which the office finds a customer."""

from sqlalchemy import Index
from sqlmodel import Field

from portal_app.models.base import Table


class CustomerWord(Table, table=True):
    """One word under which a customer is found: of names, numbers, e-mail and postal addresses, telephone digits."""

    __table_args__ = (Index(None, "customer_id"),)

    word: str = Field(primary_key=True, max_length=60)
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)


class CustomerWordDue(Table, table=True):
    """A customer whose words must be written anew, because something they are found by has changed."""

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
