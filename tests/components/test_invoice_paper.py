"""The words of an invoice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal_app.components.invoice_paper import due_words, paper_of, status_words
from portal_app.components.words import Words
from portal_app.money import Money
from portal_app.services.business import Look
from portal_app.services.invoices import Document, Entry, Line, Tax

NOW = datetime(2026, 11, 22, 10, 51, tzinfo=UTC)
TODAY = date(2026, 11, 22)
UK = Words(Look(name="Hartley", zone="Europe/London", locale="en_GB", currency="GBP", country="GB", set_up=True), NOW)
DE = Words(Look(name="Hartley", zone="Europe/Berlin", locale="de_DE", currency="EUR", country="US", set_up=True), NOW)


def pounds(minor: int, currency: str = "GBP") -> Money:
    return Money(minor, currency)


def entry(status: str = "open", *, left: int = 24000, due: date | None = None, number: str = "2291", **fields) -> Entry:
    return Entry(1, "i", number, "Valve", status, pounds(60000), pounds(left), TODAY, due, "Mill", **fields)


def document(head: Entry, **given) -> Document:
    line = Line("Labour", "Two men", "2.50", pounds(6000), "20", pounds(3000), pounds(15000), False, None)
    values = {"subtotal": pounds(50000), "tax": pounds(10000), "taxes": (), "lines": (line,), "terms": " Thanks. "}
    return Document(head=head, customer_lines=("Sarah",), job=None, more_lines=False, **{**values, **given})


@pytest.mark.parametrize(
    ("head", "words", "due"),
    [
        (entry(left=60000), ("To pay", "scheduled"), ""),
        (entry(left=60000, due=TODAY), ("To pay", "scheduled"), "Due today"),
        (entry(due=TODAY + timedelta(days=6)), ("Partly paid", "processing"), "Due on Saturday 28 November"),
        (
            entry(due=TODAY - timedelta(days=1)),
            ("Overdue", "overdue"),
            "1 day overdue, was due on Saturday 21 November",
        ),
        (entry(left=0), ("Paid", "complete"), ""),
        (entry("paid", left=0), ("Paid", "complete"), ""),
        (entry("paid", left=0, credited=60000), ("Credited", "off"), ""),
        (entry("paid", left=0, credited=100), ("Paid, partly credited", "complete"), ""),
        (entry(left=50000, credited=10000), ("Partly credited", "processing"), ""),
        (entry(left=50000, credited=9000), ("Partly paid", "processing"), ""),
        (entry("void", due=TODAY - timedelta(days=9)), ("Cancelled", "off"), ""),
        (entry("uncollectible"), ("Closed", "off"), ""),
        (entry("draft"), ("Draft", "off"), ""),
        (replace(entry(left=0), total=pounds(-5000)), ("Credit", "complete"), ""),
    ],
)
def test_status_and_due(head, words, due):
    assert status_words(head, UK) == words
    assert due_words(head, UK) == due


def test_the_document_in_words():
    paper = paper_of(document(entry(due=TODAY), taxes=(Tax("20.0", pounds(50000), pounds(10000)),)), UK)
    assert (paper.heading, paper.total, paper.left) == ("Invoice 2291", "£600.00", "£240.00")
    assert [(row.label, row.amount) for row in paper.after] == [("Paid", "£360.00")]
    assert [(row.label, row.amount) for row in paper.sums] == [("Before VAT", "£500.00"), ("VAT at 20%", "£100.00")]
    (line,) = paper.lines
    assert (line.each, line.quantity, line.amount, line.cost) == ("2.5 × £60.00", "2.5", "£150.00", "")
    assert (paper.terms, paper.issued) == ("Thanks.", "22 November 2026")


@pytest.mark.parametrize(
    ("head", "after", "rest"),
    [
        (entry("paid", left=0, credited=60000), [("Paid", "£0.00"), ("Credited", "£600.00")], "£0.00"),
        (entry(left=24000, credited=10000), [("Paid", "£260.00"), ("Credited", "£100.00")], "£240.00"),
        (entry("paid", left=0), [], "£0.00"),
        (entry("void", left=60000), [], "£0.00"),
    ],
)
def test_what_is_taken_off_the_total_and_what_is_left_come_to_it(head, after, rest):
    paper = paper_of(document(head), UK)
    assert ([(row.label, row.amount) for row in paper.after], paper.rest) == (after, rest)


def test_who_wrote_it_stands_at_its_head():
    look = replace(UK.look, legal_name="Hartley Ltd", address="3 Kiln Yard\n\nBath ", tax_number="GB 1", phone="01225")
    paper = paper_of(document(entry()), Words(look, NOW))
    assert paper.seller == "Hartley Ltd"
    assert paper.seller_lines == ["3 Kiln Yard", "Bath", "VAT number GB 1", "01225"]
    plain = paper_of(document(entry()), UK)
    assert (plain.seller, plain.seller_lines) == ("Hartley", [])


def test_without_tax_the_total_stands_alone():
    paper = paper_of(document(entry(left=60000), tax=pounds(0)), UK)
    assert (paper.sums, paper.after, paper.left) == ([], [], "£600.00")


def test_a_tax_without_a_rate_is_named():
    assert [row.label for row in paper_of(document(entry()), UK).sums] == ["Before VAT", "VAT"]
    assert [row.label for row in paper_of(document(entry()), DE).sums] == ["Before sales tax", "Sales tax"]


def test_numbers_are_written_as_the_country_does():
    assert paper_of(document(entry(number="")), DE).heading == "Invoice"
    assert paper_of(document(entry()), DE).lines[0].quantity == "2,5"
    assert [UK.number(text) for text in ("1", "10", "1000.50", "0.333333")] == ["1", "10", "1,000.5", "0.333333"]


def test_costs_are_named_where_they_are_given():
    line = Line("Part", "", "1", pounds(100), "0", pounds(0), pounds(100), True, pounds(60))
    (shown,) = paper_of(document(entry(), lines=(line,)), UK).lines
    assert (shown.cost, shown.detail) == ("Costs us £0.60 each", "Optional.")
