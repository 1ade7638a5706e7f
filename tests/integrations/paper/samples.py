"""Papers to be printed, with everything on them."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal_app.integrations.paper.records import (
    Account,
    Entry,
    InvoicePaper,
    Line,
    Payment,
    ReceiptPaper,
    Seller,
    StatementPaper,
    Stationery,
    Tax,
)
from portal_app.money import Money

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><rect width="40" height="10" fill="#0f5c5c"/></svg>'
)
SELLER = Seller(
    "Bell & Daughters Ltd",
    ("1 Kiln Yard", "Bath BA2 3XX"),
    "01632 960140",
    "hello@bell.example",
    "GB 123 4567 89",
    "01234567",
    DRAWING,
)
STATIONERY = Stationery(SELLER, "#0f5c5c", "en_GB", "GB", "Registered in England and Wales.")


def pounds(minor: int, currency: str = "GBP") -> Money:
    return Money(minor, currency)


LINES = (
    Line("Call-out and diagnosis", "", "1", pounds(7500), "20", pounds(7500)),
    Line("Labour, hours", "Two visits.\nFlushed twice.", "2.50", pounds(6000), "5", pounds(15000)),
)


def invoice(*, locale: str = "en_GB", country: str = "GB", **fields: Any) -> InvoicePaper:
    """Return an invoice of 247.50, of which 100.00 is paid."""
    paper = InvoicePaper(
        stationery=replace(STATIONERY, locale=locale, country=country),
        number="2291",
        buyer=("Sarah Whitcombe", "14 Chestnut Road", "Bath BA1 6QT"),
        lines=LINES,
        subtotal=pounds(22500),
        tax=pounds(2250),
        total=pounds(24750),
        left=pounds(14750),
        paid=pounds(10000),
        title="Diverter valve",
        place="Mill House",
        state="Partly paid",
        issued_on=date(2026, 11, 14),
        due_on=date(2026, 11, 28),
        taxes=(Tax("20", pounds(7500), pounds(1500)), Tax("5", pounds(15000), pounds(750))),
        payments=(Payment(date(2026, 11, 16), "By card", "Visa ending 4242", pounds(10000)),),
        bank=(("Account name", "Bell & Daughters Ltd"), ("Sort code", "00-00-00"), ("Account number", "12345678")),
        terms="Thank you.\nGuaranteed for two years.",
    )
    return replace(paper, **fields)


def receipt() -> ReceiptPaper:
    """Return a receipt over 100.00."""
    payment = Payment(date(2026, 11, 16), "By card", "Visa ending 4242", pounds(10000))
    return ReceiptPaper(STATIONERY, "R-104", ("Sarah Whitcombe",), payment, (("2291", pounds(10000)),), payment.day)


def statement() -> StatementPaper:
    """Return a statement of one invoice and one payment."""
    entries = (
        Entry(date(2026, 11, 14), "Invoice 2291", "Diverter valve", pounds(24750), pounds(25750)),
        Entry(date(2026, 11, 16), "Paid by card", "Visa ending 4242", pounds(-10000), pounds(15750)),
    )
    account = Account(pounds(1000), entries, pounds(15750), (("Not yet due", pounds(14750)), ("Older", pounds(1000))))
    days = (date(2026, 1, 1), date(2026, 11, 30), date(2026, 11, 30))
    return StatementPaper(STATIONERY, ("Sarah Whitcombe",), *days, (account,), place="Mill House")
