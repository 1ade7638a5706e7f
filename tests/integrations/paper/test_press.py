"""Printing: what the PDF promises of itself, what can be read in it, and what it does with hostile words."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from portal_app.integrations.paper import press
from portal_app.integrations.paper.records import Line, Paper
from portal_app.integrations.paper.words import kind_of
from tests.integrations.paper.samples import LINES, SELLER, STATIONERY, invoice, pounds, receipt, statement
from tests.soaking import runs

KINDS = [pytest.param(make(), id=kind_of(make())) for make in (invoice, receipt, statement)]


def read(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(press.render(paper)))


def root_of(found: PdfReader) -> Any:
    return found.trailer["/Root"]


def words_in(paper: Paper) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(paper).pages).split())


def test_it_works():
    printed = press.render_with_warnings(invoice())
    assert printed.data.startswith(b"%PDF-1.7")
    assert printed.warnings == ()


@pytest.mark.parametrize("paper", KINDS)
def test_it_says_that_it_is_archivable_and_accessible(paper):
    found = read(paper)
    catalog = root_of(found)
    notes = catalog["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in notes
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in notes
    assert "<pdfuaid:part>1</pdfuaid:part>" in notes
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"].lower() == "en-gb"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert found.metadata is not None
    assert found.metadata.author == SELLER.name
    assert found.metadata.title


@pytest.mark.parametrize("paper", KINDS)
def test_its_table_has_cells_and_heads(paper):
    tags = _tags(root_of(read(paper))["/StructTreeRoot"])
    assert {"/Table", "/TR", "/TH", "/TD", "/H1", "/Figure"} <= tags


def _tags(element) -> set[str]:
    found, waiting = set(), [element]
    while waiting:
        here = waiting.pop()
        here = here.get_object() if hasattr(here, "get_object") else here
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            found.add(str(here.get("/S")))
            waiting.append(here.get("/K", []))
    return found


def test_an_invoice_says_all_of_it():
    said = words_in(invoice())
    for words in (
        "Invoice 2291", "Partly paid", "Diverter valve", "Bell & Daughters Ltd", "1 Kiln Yard, Bath BA2 3XX",
        "VAT number GB 123 4567 89", "Company number 01234567", "Sarah Whitcombe", "Mill House", "14 November 2026",
        "28 November 2026", "Labour, hours", "Flushed twice.", "2.5", "£60.00", "Before VAT £225.00",
        "VAT at 20% £15.00", "VAT at 5% £7.50", "Total £247.50", "Paid £100.00", "Left to pay £147.50",
        "20% £75.00 £15.00 £90.00", "16 November 2026 By card, Visa ending 4242 £100.00", "00-00-00", "12345678",
        "Please give 2291 as the reference.", "Guaranteed for two years.", "Registered in England and Wales.",
        "page 1 of 1",
    ):  # fmt: skip
        assert words in said, words
    assert "copy" not in said.lower()


def test_what_was_credited_is_not_paid():
    gone = invoice(state="Credited", paid=pounds(0), credited=pounds(24750), left=pounds(0))
    said = words_in(gone)
    assert "Credited" in said
    assert "Total £247.50 Paid £0.00 Credited £247.50 Left to pay £0.00" in said
    assert "Credited £" not in words_in(invoice(credited=pounds(0)))


def test_a_copy_says_so():
    said = words_in(invoice(copy=True))
    assert "Copy of invoice 2291" in said
    assert "This is a copy" in said


def test_a_receipt_and_a_statement_say_all_of_it():
    said = words_in(receipt())
    assert "Receipt R-104" in said
    assert "Invoice 2291 £100.00 Received £100.00" in said
    said = words_in(statement())
    assert "1 January 2026 to 30 November 2026" in said
    assert "Brought forward £10.00" in said
    assert "14 November 2026 Invoice 2291, Diverter valve £247.50 £257.50" in said
    assert "Balance on 30 November 2026 £157.50" in said
    assert "Mill House" in said


def test_a_statement_that_ends_below_zero_says_credit():
    paper = statement()
    account = replace(paper.accounts[0], closing=pounds(-5000))
    assert "Credit on 30 November 2026 £50.00" in words_in(replace(paper, accounts=(account,)))


def test_what_is_too_long_for_its_column_is_cut_there_and_runs_into_none():
    number, name = "W" * 28, "M" * 60
    lines = (replace(LINES[0], name=name, unit_price=pounds(123456789), total=pounds(123456789)),)
    said = read(invoice(number=number, lines=lines)).pages[0].extract_text().split("\n")
    heading, facts, work = (
        said.index(word) for word in ("Invoice ", "Invoice", "Work and parts Quantity Price VAT Amount")
    )
    assert said[heading + 1] == "W" * 25
    assert said[facts + 1 : said.index("Issued")] == ["W" * 7] * 4
    assert said[work + 1 : work + 4] == ["M" * 27, "M" * 27, "M" * 6]
    assert "Invoice INV-2026-00123" in words_in(invoice(number="INV-2026-00123"))


def test_the_same_facts_make_the_same_file():
    assert press.render(invoice()) == press.render(invoice())


@pytest.mark.parametrize(("country", "width"), [("GB", 595), ("US", 612), ("CA", 612), ("DE", 595)])
def test_the_paper_is_the_country_s(country, width):
    page = read(invoice(country=country)).pages[0]
    assert round(float(page.mediabox.width)) == width


def test_money_and_days_are_as_the_place_writes_them():
    yen = {name: pounds(123456, "JPY") for name in ("subtotal", "total", "left")} | {"tax": pounds(0, "JPY")}
    line = Line("Valve", "", "1", pounds(123456, "JPY"), "", pounds(123456, "JPY"))
    said = words_in(invoice(locale="en_US", country="JP", lines=(line,), taxes=(), payments=(), **yen))
    assert "Total ¥123,456" in said
    assert "November 14, 2026" in said
    said = words_in(invoice(locale="de_DE", country="DE"))
    assert "147,50 £" in said.replace("\u00a0", " ")
    assert "14. November 2026" in said


def test_a_long_invoice_repeats_its_head_on_every_page():
    many = tuple(replace(LINES[0], name=f"Part {number}", description="As agreed") for number in range(300))
    pages = [" ".join(page.extract_text().split()) for page in read(invoice(lines=many)).pages]
    assert len(pages) > 5
    assert all(f"page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert all("Work and parts Quantity Price VAT Amount" in page for page in pages if "As agreed" in page)
    assert all(f"Part {number} " in " ".join(pages) for number in range(300))


@pytest.mark.parametrize(
    "words",
    [
        '#import "/etc/passwd": *', "#read(\"/etc/passwd\")", "$ x^2 $", "*bold* _it_ `raw`", "<label> @ref", "= Head",
        "\\u{41}", "// gone", "/* gone", "[x](y)", "<script>alert(1)</script>", '"}', "#sys.inputs", "~", "---",
    ],
)  # fmt: skip
def test_words_are_never_read_as_markup(words):
    paper = invoice(title=words, buyer=(words,), terms=words, lines=(replace(LINES[0], name=words, description=words),))
    assert words_in(paper).count(words) >= 3


@pytest.mark.parametrize(
    "words",
    [
        "محمد عبد الله",
        "דוד כהן",
        "王小明",
        "山田太郎 さくら",
        "Ωμέγα Жук Łódź",
        "😀 👩‍👩‍👧‍👦 🇬🇧 👍🏽",
        "e\u0301 x\u0300\u0301",
        "Zoë",
    ],
)
def test_the_letters_of_the_world_are_printed(words):
    printed = press.render_with_warnings(invoice(title=words, buyer=(words,), number=words))
    assert printed.warnings == ()
    assert "□" not in "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.data)).pages)


def test_letters_without_a_font_get_a_stand_in():
    assert "□□" in words_in(invoice(title="नम"))


def test_nothing_turns_the_line_round():
    assert "Paid £5" in words_in(invoice(title="\u202ePaid\u202c £5\u2066"))


def test_long_words_stay_on_the_paper():
    found = read(invoice(number="9" * 60, buyer=("W" * 200,), title="x" * 300, place="M" * 80))
    assert len(found.pages) < 3


LETTER = "Replaced the valve of the radiator in the back bedroom and flushed the system. "


@pytest.mark.parametrize("words", [LETTER * 1300, "x\n" * 50_000, "W" * 100_000], ids=["prose", "rows", "one word"])
def test_lines_that_are_whole_documents_are_cut(words):
    many = tuple(replace(LINES[0], name=words, description=words) for _ in range(500))
    paper = invoice(lines=many, title=words)
    assert len(read(paper).pages) < 200


def test_what_is_cut_says_so_and_what_is_not_is_whole():
    long, rows = LETTER * 20, "\n".join(f"Checked point {number}" for number in range(50))
    assert words_in(invoice(lines=(replace(LINES[0], description=long),))).count("back bedroom") == 20
    assert "Checked point 49" in words_in(invoice(lines=(replace(LINES[0], description=rows),)))
    cut = words_in(invoice(lines=(replace(LINES[0], description=LETTER * 1300), LINES[1])))
    assert 20 <= cut.count("back bedroom") <= 26
    assert "…" in cut
    assert "Flushed twice." in cut
    assert "Checked point 60" not in words_in(invoice(lines=(replace(LINES[0], description=rows + "\n" + rows * 3),)))


@pytest.mark.soak
@settings(max_examples=runs(25), deadline=None)
@given(words=st.text(max_size=60), number=st.text(max_size=20))
def test_whatever_the_words_there_is_a_paper(words, number):
    line = replace(LINES[0], name=words, description=words, quantity=words[:8], tax_rate=words[:3])
    paper = invoice(title=words, number=number, buyer=(words, number), lines=(line,), terms=words, place=words)
    assert press.render_with_warnings(paper).warnings == ()


def test_a_logo_that_cannot_be_drawn_is_left_out():
    for logo in (b"nonsense", b"<svg viewBox='0 0 10 10'", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, b"\xff" * 40):
        seller = replace(SELLER, logo=logo)
        assert "Invoice 2291" in words_in(invoice(stationery=replace(STATIONERY, seller=seller)))


def test_an_invoice_with_next_to_nothing():
    bare = replace(STATIONERY, seller=replace(SELLER, name="", lines=(), phone="", email="", logo=b""), footer="")
    nothing = {"title": "", "place": "", "state": "", "taxes": (), "payments": (), "bank": (), "terms": ""}
    paper = invoice(stationery=bare, number="", buyer=(), lines=(), issued_on=None, due_on=None, **nothing)
    assert "Invoice" in words_in(paper)


def test_a_day_long_ago_is_no_trouble():
    assert press.render(invoice(issued_on=date(1960, 1, 1)))
