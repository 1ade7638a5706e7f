"""Invoices that a CRM has given to another customer, or put in another currency: what was paid here counts anew."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from portal_app.models import Allocation, AttemptPart
from portal_app.services import ledger
from portal_app.services.crm_reading import Written
from portal_app.services.crm_store import chunks

_OWNERS = ("customer_id", "currency")


def is_moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether money that was paid for an invoice may count for it no more, or count again."""
    return any(name in new and old[name] != new[name] for name in _OWNERS)


def follow(session: Session, stream: str, written: Sequence[Written]) -> None:
    """Count anew what was paid here, and what is with the bank, of moved invoices that money was ever meant for."""
    if stream != "invoices":
        return
    moved = [one.row_id for one in written if one.old is not None and is_moved(one.old, one.new)]
    if moved:
        ledger.recount(session, _with_money(session, moved))


def _with_money(session: Session, invoice_ids: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for ids in chunks(invoice_ids):
        for table in (Allocation, AttemptPart):
            found.update(session.exec(select(table.invoice_id).where(col(table.invoice_id).in_(ids)).distinct()))
    return found
