"""What stands on an invoice, a receipt and a statement: plain facts, that are put into words where they are printed.

All text is printed letter by letter: nothing in it is ever read as markup.
"""

from dataclasses import dataclass
from datetime import date

from portal_app.money import Money


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sends the paper; `lines` the postal address line by line, `logo` an SVG or PNG, each empty when unknown."""

    name: str
    lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    company_number: str = ""
    logo: bytes = b""


@dataclass(frozen=True, slots=True)
class Stationery:
    """What all papers of a business share.

    `accent` (`#rrggbb`) must be readable on white; `locale` is Babel's, `country` ISO 3166 and decides the paper's
    size and what its tax is called; `footer` stands at the foot of the last page.
    """

    seller: Seller
    accent: str
    locale: str
    country: str
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `quantity` and `tax_rate` (percent) are decimal text as the source wrote them.

    `unit_price` and `total` are None where the business does not show what single lines cost.
    """

    name: str
    description: str
    quantity: str
    unit_price: Money | None
    tax_rate: str
    total: Money | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate of the tax summary, in percent, with what it was taken of and what it came to."""

    rate: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came, such as `By card` with its reference."""

    day: date
    words: str
    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class InvoicePaper:
    """An invoice; `copy` marks one that another system has issued, `state` a word such as `Paid` or `Credit`.

    `left` is what is still to be paid, `credited` what was settled without money and `paid` what by money, None where
    that cannot be said (of what is closed); the three come to `total`. `bank` is how to transfer it, label
    and value; `more_lines` says that not all lines are here. `terms` are this invoice's own.
    """

    stationery: Stationery
    number: str
    buyer: tuple[str, ...]
    lines: tuple[Line, ...]
    subtotal: Money
    tax: Money
    total: Money
    left: Money
    paid: Money | None = None
    credited: Money | None = None
    title: str = ""
    place: str = ""
    state: str = ""
    issued_on: date | None = None
    due_on: date | None = None
    taxes: tuple[Tax, ...] = ()
    payments: tuple[Payment, ...] = ()
    bank: tuple[tuple[str, str], ...] = ()
    terms: str = ""
    copy: bool = False
    more_lines: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptPaper:
    """A receipt for settled money: what was paid, how, and for which invoices (number, amount).

    `on_account` is what of it paid no invoice; what had gone back before the receipt was given is in neither.
    """

    stationery: Stationery
    number: str
    buyer: tuple[str, ...]
    payment: Payment
    invoices: tuple[tuple[str, Money], ...]
    issued_on: date | None = None
    on_account: Money | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement; a charge adds to what is owed, money that came is negative. `balance` is after it."""

    day: date
    words: str
    reference: str
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Account:
    """A statement in one currency; `ageing` are what is overdue and since when, in words, such as `1 to 30 days`."""

    opening: Money
    entries: tuple[Entry, ...]
    closing: Money
    ageing: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """A statement of account from the first day to the last, both of them in it; one account for each currency."""

    stationery: Stationery
    buyer: tuple[str, ...]
    first: date
    last: date
    made_on: date
    accounts: tuple[Account, ...]
    place: str = ""
    bank: tuple[tuple[str, str], ...] = ()
    note: str = ""


Paper = InvoicePaper | ReceiptPaper | StatementPaper
