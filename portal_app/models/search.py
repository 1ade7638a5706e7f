"""How the office finds a customer: words, and where each stands in the list. Derived, and written anew when due."""

from sqlalchemy import Index, String
from sqlmodel import Field

from portal_app.models.base import Table


def _plain(length: int) -> String:
    """Return text that is compared by its characters' numbers everywhere: beginnings of words are ranges of them."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class CustomerWord(Table, table=True):
    """One word under which a customer is found: of names, numbers, e-mail and postal addresses, telephone digits."""

    __table_args__ = (Index(None, "customer_id", "word"),)

    word: str = Field(primary_key=True, sa_type=_plain(60))  # type: ignore[call-overload]
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)


class CustomerEntry(Table, table=True):
    """Where a customer stands in the office's list: by `sort_name` (no capitals, no accents), and in which `state`.

    `state` is off, idle (access is on and nobody was invited), invited, or active (somebody has signed in).
    """

    __table_args__ = (Index(None, "sort_name", "customer_id"), Index(None, "state", "sort_name", "customer_id"))

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    sort_name: str = Field(sa_type=_plain(200))  # type: ignore[call-overload]
    state: str = Field(max_length=8)


class CustomerWordDue(Table, table=True):
    """A customer whose words must be written anew, because something they are found by has changed."""

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
