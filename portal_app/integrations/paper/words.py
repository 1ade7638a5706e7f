"""A paper in words: every fact as the business's locale writes it, ready to be set."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import format_decimal

from portal_app import clock
from portal_app.integrations.paper.letters import printable, printable_lines
from portal_app.integrations.paper.logo import as_drawing
from portal_app.integrations.paper.records import (
    Account,
    Entry,
    InvoicePaper,
    Line,
    Paper,
    ReceiptPaper,
    StatementPaper,
    Stationery,
)
from portal_app.money import Money, tax_word

Words = dict[str, Any]
US_LETTER = {"BZ", "CA", "CL", "CO", "CR", "DO", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"}
"""Where letters are written on US Letter; everywhere else on A4 (paperSize of CLDR's supplemental data)."""
NARROW = 18
"""Longer words of the head may be broken after so many letters; where there is less room, the template cuts them."""
SHORT_NUMBER = 8
"""An invoice's number with fewer letters needs no more room than its column has beside all others."""
LONGEST_TEXT = 2000
"""As many letters are printed of one text of a line: a CRM may give whole documents, by the hundred."""
LETTERS_A_ROW = 40
"""A row of a text counts as so many letters at least, so that short ones do not fill pages without end."""
ROOM, LEAST_TEXT = 150_000, 100
"""As many letters are printed of all lines together; beyond them so many of each text."""


def kind_of(paper: Paper) -> str:
    """Return the name of the paper's template."""
    return {InvoicePaper: "invoice", ReceiptPaper: "receipt", StatementPaper: "statement"}[type(paper)]


def day_of(paper: Paper) -> date | None:
    """Return the day a paper is of: with it as the file's date, the same facts always make the same file."""
    return paper.made_on if isinstance(paper, StatementPaper) else paper.issued_on


def words_of(paper: Paper) -> Words:
    """Return what the paper's template prints."""
    if isinstance(paper, InvoicePaper):
        own = _invoice(paper)
    elif isinstance(paper, ReceiptPaper):
        own = _receipt(paper)
    else:
        own = _statement(paper)
    return {"letter": _letter(paper.stationery), "title": own["heading"], "called": own["heading"], **own}


def _letter(stationery: Stationery) -> Words:
    seller = stationery.seller
    tax = tax_word(stationery.country)
    number = f"{tax} number {seller.tax_number}" if seller.tax_number else ""
    company = f"Company number {seller.company_number}" if seller.company_number else ""
    reached = " · ".join(part for part in (seller.phone, seller.email) if part)
    name = printable(seller.name) or "Invoice"
    drawing, width, height = as_drawing(seller.logo) if seller.logo else ("", 0.0, 0.0)
    return {
        "seller": name,
        "lines": _lines([", ".join(seller.lines), reached, number, company]),
        "imprint": " · ".join(part for part in (name, printable(company)) if part),
        "accent": stationery.accent,
        "country": stationery.country.lower(),
        "size": "us-letter" if stationery.country in US_LETTER else "a4",
        "logo": drawing,
        "logo_width": width,
        "logo_height": height,
    }


def _invoice(paper: InvoicePaper) -> Words:
    locale, country = paper.stationery.locale, paper.stationery.country
    tax = tax_word(country)
    return {
        "heading": printable(f"{'Copy of invoice' if paper.copy else 'Invoice'} {paper.number}"),
        "state": printable(paper.state),
        "note": _shortened(paper.title, LONGEST_TEXT),
        "facts": _facts(
            ("For", _narrow(paper.buyer), 1.6),
            ("Invoice", _narrow([paper.number]), 0.8 if len(paper.number) < SHORT_NUMBER else 1.05),
            ("Issued", [clock.show_date(paper.issued_on, locale)] if paper.issued_on else [], 1.35),
            ("Due", [clock.show_date(paper.due_on, locale)] if paper.due_on else [], 1.35),
            ("Work at", _narrow([paper.place]), 1.2),
        ),
        "tax_word": tax,
        "taxed": any(line.tax_rate for line in paper.lines) and bool(paper.taxes or paper.tax.minor),
        "priced": any(line.total is not None for line in paper.lines),
        "lines": list(_line_words(paper.lines, locale)),
        "more": "There are more lines than can be printed here." if paper.more_lines else "",
        "totals": _totals(paper, tax),
        "tax_heading": f"{tax} by rate",
        "tax_rows": [
            [percent(one.rate, locale), *(amount.show(locale) for amount in (one.net, one.tax, one.net + one.tax))]
            for one in paper.taxes
        ]
        if len(paper.taxes) > 1
        else [],
        "payments": [
            [
                clock.show_date(one.day, locale),
                printable(", ".join(part for part in (one.words, one.reference) if part)),
                one.amount.show(locale),
            ]
            for one in paper.payments
        ],
        "bank": _pairs(paper.bank),
        "bank_words": printable(f"Please give {paper.number} as the reference." if paper.number else ""),
        "small_print": _small_print(paper.terms, paper.stationery.footer, _copy_words(paper)),
    }


def _copy_words(paper: InvoicePaper) -> str:
    return "This is a copy, made from our records of the invoice that was issued to you." if paper.copy else ""


def _line_words(lines: Sequence[Line], locale: str) -> Iterator[Words]:
    """Give the words of each line, of the later ones fewer where there are a great many."""
    room = ROOM
    for line in lines:
        words = _line(line, locale, longest=max(LEAST_TEXT, min(LONGEST_TEXT, room)))
        room -= sum(max(LETTERS_A_ROW, len(row)) for row in (words["name"], *words["detail"]))
        yield words


def _shortened(text: str, longest: int) -> str:
    return printable(text if len(text) <= longest else f"{text[:longest]}…")


def _shortened_rows(text: str, longest: int) -> list[str]:
    most = max(1, longest // LETTERS_A_ROW)
    rows = printable_lines(text if len(text) <= longest else f"{text[:longest]}…")
    return rows if len(rows) <= most else [*rows[: most - 1], f"{rows[most - 1]} …"]


def _line(line: Line, locale: str, *, longest: int) -> Words:
    detail = _shortened_rows(line.description, longest)
    return {
        "name": _shortened(line.name, longest),
        "detail": ["Optional.", *detail] if line.optional else detail,
        "quantity": number(line.quantity, locale),
        "price": line.unit_price.show(locale) if line.unit_price else "",
        "rate": percent(line.tax_rate, locale) if line.tax_rate else "",
        "amount": line.total.show(locale) if line.total else "",
    }


def _totals(paper: InvoicePaper, tax: str) -> list[Words]:
    locale = paper.stationery.locale
    rows: list[tuple[str, Money, bool]] = []
    if paper.taxes or paper.tax.minor:
        lower = tax if tax.isupper() else tax.lower()
        rows.append((f"Before {lower}", paper.subtotal, False))
        rows += [(f"{tax} at {percent(one.rate, locale)}", one.tax, False) for one in paper.taxes]
        if not paper.taxes:
            rows.append((tax, paper.tax, False))
    rows.append(("Total", paper.total, True))
    credited = [paper.credited] if paper.credited and paper.credited.minor else []
    if paper.paid is not None and (paper.paid.minor or credited or paper.payments):
        rows += [("Paid", paper.paid, False), *(("Credited", amount, False) for amount in credited)]
        rows.append(("Left to pay", paper.left, True))
    return [{"label": label, "amount": amount.show(locale), "sum": last} for label, amount, last in rows]


def _receipt(paper: ReceiptPaper) -> Words:
    locale, payment = paper.stationery.locale, paper.payment
    total = {"label": "Received", "amount": payment.amount.show(locale), "sum": True}
    paid_for = [[f"Invoice {printable(number)}".rstrip(), amount.show(locale)] for number, amount in paper.invoices]
    if paid_for and paper.on_account:
        paid_for.append(["Payment on account", paper.on_account.show(locale)])
    return {
        "heading": printable(f"Receipt {paper.number}"),
        "note": "Thank you. We have received your payment.",
        "facts": _facts(
            ("From", _narrow(paper.buyer), 1.6),
            ("Receipt", _narrow([paper.number]), 0.8),
            ("Paid on", [clock.show_date(payment.day, locale)], 1.15),
            ("How", _narrow([payment.words, payment.reference]), 1.2),
        ),
        "lines": paid_for or [["Payment on account", payment.amount.show(locale)]],
        "totals": [total],
        "small_print": _small_print("", paper.stationery.footer, ""),
    }


def _statement(paper: StatementPaper) -> Words:
    locale = paper.stationery.locale
    several = len(paper.accounts) > 1
    return {
        "heading": "Statement of account",
        "note": f"{clock.show_date(paper.first, locale)} to {clock.show_date(paper.last, locale)}",
        "facts": _facts(
            ("For", _narrow(paper.buyer), 1.6),
            ("Property", _narrow([paper.place]), 1.6),
            ("Made on", [clock.show_date(paper.made_on, locale)], 1.2),
        ),
        "accounts": [_account(account, paper, several=several) for account in paper.accounts],
        "bank": _pairs(paper.bank),
        "bank_words": "Please give the number of the invoice as the reference.",
        "small_print": _small_print(paper.note, paper.stationery.footer, ""),
    }


def _account(account: Account, paper: StatementPaper, *, several: bool) -> Words:
    locale = paper.stationery.locale
    first, last = clock.show_date(paper.first, locale), clock.show_date(paper.last, locale)
    opening = [first, ["Brought forward"], "", "", account.opening.show(locale)]
    closing, in_credit = account.closing, account.closing.minor < 0
    total = Money(-closing.minor, closing.currency) if in_credit else closing
    ageing = [[printable(label), amount.show(locale)] for label, amount in account.ageing]
    return {
        "heading": f"In {account.closing.currency}" if several else "",
        "rows": [opening, *(_entry(entry, locale) for entry in account.entries)],
        "totals": [
            {"label": f"{'Credit' if in_credit else 'Balance'} on {last}", "amount": total.show(locale), "sum": True}
        ],
        "ageing": ageing if any(amount.minor for _, amount in account.ageing) else [],
    }


def _entry(entry: Entry, locale: str) -> list[Any]:
    came = Money(-entry.amount.minor, entry.amount.currency)
    charged, paid = (entry.amount.show(locale), "") if entry.amount.minor >= 0 else ("", came.show(locale))
    what = [", ".join(_lines([entry.words, entry.reference]))]
    return [clock.show_date(entry.day, locale), what, charged, paid, entry.balance.show(locale)]


def _facts(*entries: tuple[str, list[str], float]) -> list[Words]:
    """Return what stands side by side: label, lines, and its share of the width; what is not known is left out."""
    return [{"label": label, "lines": lines, "weight": share} for label, lines, share in entries if lines]


def _narrow(parts: Sequence[str]) -> list[str]:
    return [line for line in (printable(part, longest=NARROW) for part in parts) if line]


def _lines(parts: Sequence[str]) -> list[str]:
    return [line for line in (printable(part) for part in parts) if line]


def _pairs(entries: Sequence[tuple[str, str]]) -> list[Words]:
    return [{"label": printable(label), "value": printable(value)} for label, value in entries if value]


def _small_print(*texts: str) -> list[list[str]]:
    return [lines for lines in (printable_lines(text) for text in texts) if lines]


def number(text: str, locale: str) -> str:
    """Return a decimal text such as `2.50` as the locale writes it; what is no number as it stands."""
    try:
        return format_decimal(Decimal(text).normalize(), locale=locale, decimal_quantization=False)
    except (InvalidOperation, ValueError):
        return printable(text)


def percent(rate: str, locale: str) -> str:
    """Return a rate such as `20` as `20%`."""
    return f"{number(rate, locale)}%"
