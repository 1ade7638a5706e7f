"""A statement as a table for other programs: CSV, whose words no spreadsheet takes for formulas."""

import csv
import io
from typing import Any

from portal_app.money import Money
from portal_app.services.statements import Ledger, Statement

# What a spreadsheet would calculate: https://owasp.org/www-community/attacks/CSV_Injection
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_HEAD = ("Date", "What", "Reference", "Charged", "Paid", "Balance", "Currency")


def as_csv(statement: Statement) -> bytes:
    """Return a statement as UTF-8 CSV with a byte order mark; amounts are plain decimals with a point.

    What is to be said of it stands in a row of its own at the end, where there is anything.
    """
    written = io.StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow(_HEAD)
    for ledger in statement.ledgers:
        _write(sheet, statement, ledger)
    if statement.paper.note:
        sheet.writerow((statement.last, harmless(statement.paper.note), "", "", "", "", ""))
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def _write(sheet: Any, statement: Statement, ledger: Ledger) -> None:
    currency = ledger.closing.currency
    sheet.writerow((statement.first, "Brought forward", "", "", "", decimal(ledger.opening), currency))
    for entry in ledger.entries:
        came = Money(-entry.amount.minor, currency)
        charged, paid = (decimal(entry.amount), "") if entry.amount.minor >= 0 else ("", decimal(came))
        words, reference = harmless(entry.words), harmless(entry.reference)
        sheet.writerow((entry.day, words, reference, charged, paid, decimal(entry.balance), currency))
    sheet.writerow((statement.last, "Balance", "", "", "", decimal(ledger.closing), currency))


def decimal(amount: Money) -> str:
    """Return an amount in major units, such as `240.00`."""
    return f"{amount.decimal:f}"


def harmless(text: str) -> str:
    """Return a cell that is words to a spreadsheet, whatever it begins with."""
    clean = text.replace("\0", "")
    return f"'{clean}" if clean.startswith(_STARTS) or clean.lstrip().startswith(_STARTS) else clean
