"""The lines and options of quotes and invoices; rewritten whole, and only when their record changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from portal_app.integrations.crm.records import Line, Paper, Quote
from portal_app.models import InvoiceLine, QuoteLine, QuoteOption
from portal_app.models.base import table_of
from portal_app.services.crm_reading import Written
from portal_app.services.crm_store import chunks, delete_where_in, insert_many
from portal_app.services.crm_streams import Values

_INVOICE_LINE = table_of(InvoiceLine)
_QUOTE_LINE = table_of(QuoteLine)
_QUOTE_OPTION = table_of(QuoteOption)


def write_lines(session: Session, stream: str, written: Sequence[Written]) -> Mapping[int, tuple[str, ...]]:
    """Write lines (and options) of the records; returns, per existing row, which of the two are different now."""
    if stream == "invoices":
        kinds = [("lines", _INVOICE_LINE, "invoice_id", _invoice_lines)]
    else:
        kinds = [("options", _QUOTE_OPTION, "quote_id", _options), ("lines", _QUOTE_LINE, "quote_id", _quote_lines)]
    changed: dict[int, tuple[str, ...]] = {}
    for name, table, owner, rows_of in kinds:
        for row_id in _rewrite(session, table, owner, written, rows_of):
            changed[row_id] = (*changed.get(row_id, ()), name)
    return changed


def _rewrite(session: Session, table: Table, owner: str, written: Sequence[Written], rows_of: Any) -> list[int]:
    wanted = {one.row_id: rows_of(one) for one in written}
    there = _existing(session, table, owner, [one.row_id for one in written if not one.created])
    different = [row_id for row_id, rows in there.items() if rows != wanted[row_id]]
    delete_where_in(session, table, owner, [row_id for row_id in different if there[row_id]])
    new = [one.row_id for one in written if one.created]
    insert_many(session, table, [row for row_id in (*new, *different) for row in wanted[row_id]])
    return different


def _existing(session: Session, table: Table, owner: str, owners: Sequence[int]) -> dict[int, list[Values]]:
    """Return the rows each owner has, in order, without their own number."""
    found: dict[int, list[Values]] = {row_id: [] for row_id in owners}
    columns = [column for column in table.c if column.name != "id"]
    for part in chunks(owners):
        statement = select(*columns).where(table.c[owner].in_(part)).order_by(table.c.id)
        for row in session.connection().execute(statement).mappings():
            found[row[owner]].append(dict(row))
    return found


def _line(line: Line, position: int) -> Values:
    return {
        "position": position,
        "external_id": line.id,
        "name": line.name,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price.amount_minor if line.unit_price else 0,
        "tax_rate": line.tax_rate,
        "tax_minor": line.tax.amount_minor if line.tax else 0,
        "total_minor": line.total.amount_minor,
        "optional": line.optional,
        "unit_cost_minor": line.unit_cost.amount_minor if line.unit_cost else None,
    }


def _paper(one: Written) -> Paper:
    assert isinstance(one.record, Paper)
    return one.record


def _invoice_lines(one: Written) -> list[Values]:
    return [{**_line(line, place), "invoice_id": one.row_id} for place, line in enumerate(_paper(one).lines)]


def _quote(one: Written) -> Quote:
    assert isinstance(one.record, Quote)
    return one.record


def _options(one: Written) -> list[Values]:
    return [
        {
            "quote_id": one.row_id,
            "position": place,
            "external_id": option.id,
            "title": option.title,
            "total_minor": option.total.amount_minor,
        }
        for place, option in enumerate(_quote(one).options)
    ]


def _quote_lines(one: Written) -> list[Values]:
    groups = [(None, _quote(one).lines), *((place, option.lines) for place, option in enumerate(_quote(one).options))]
    return [
        {**_line(line, place), "quote_id": one.row_id, "option_position": group}
        for group, lines in groups
        for place, line in enumerate(lines)
    ]
