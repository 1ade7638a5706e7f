"""How the office finds a customer: words, and where each stands in the list. Derived, and written anew when due."""

from sqlalchemy import Column, Index, String
from sqlmodel import Field

from portal_app.models.base import Table


def _plain(length: int, *, primary_key: bool = False) -> Column[str]:
    """Return text that is compared by its characters' numbers everywhere: beginnings of words are ranges of them."""
    by_number = String(length).with_variant(String(length, collation="C"), "postgresql")
    return Column(by_number, primary_key=primary_key, nullable=False)


class CustomerWord(Table, table=True):
    """One word under which a customer is found: of names, numbers, e-mail and postal addresses, telephone digits.

    Whoever is found by a term stands at the first of their words that begin with it: first those that `lead`, which
    begin the customer's `sort_name`, then the others, each by the alphabet. Such a first word is one that has fewer
    letters in common with every word before it than the term has; `shared` is the most it has in common with any.
    `state` is the entry's.
    """

    # SQLite keeps the rows themselves in the order of the key, so that what is found is read in one go.
    __table_args__ = (Index(None, "customer_id", "word"), {"sqlite_with_rowid": False})

    leads: bool = Field(primary_key=True)
    word: str = Field(sa_column=_plain(60, primary_key=True))
    sort_name: str = Field(sa_column=_plain(200, primary_key=True))
    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    shared: int
    state: str = Field(max_length=8)


class CustomerEntry(Table, table=True):
    """Where a customer stands in the office's list: by `sort_name` (no capitals, no accents), and in which `state`.

    `state` is off, idle (access is on and nobody was invited), invited, or active (somebody has signed in).
    """

    __table_args__ = (Index(None, "sort_name", "customer_id"), Index(None, "state", "sort_name", "customer_id"))

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)
    sort_name: str = Field(sa_column=_plain(200))
    state: str = Field(max_length=8)


class CustomerWordDue(Table, table=True):
    """A customer whose words must be written anew, because something they are found by has changed."""

    customer_id: int = Field(foreign_key="customer.id", primary_key=True)


class RecordWord(Table, table=True):
    """One word under which the office finds a job (by its number and title) or an invoice (by its number).

    `kind` is job or invoice, `age` the day it was opened or issued as a number that is smaller for later days, so
    that the newest of a word come first; `record_id` is the row in that kind's table.
    """

    __table_args__ = (Index(None, "kind", "record_id", "word"), {"sqlite_with_rowid": False})

    kind: str = Field(primary_key=True, max_length=8)
    word: str = Field(sa_column=_plain(60, primary_key=True))
    age: int = Field(primary_key=True)
    record_id: int = Field(primary_key=True)
