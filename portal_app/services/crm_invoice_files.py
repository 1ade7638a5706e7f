"""The CRM's own file of an invoice: whether we have it, whether it is worth asking for, and where ours lies."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session

from portal_app.models import Invoice
from portal_app.models.base import table_of
from portal_app.services import crm_connection

_INVOICE = table_of(Invoice)


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """Where the CRM has the file, and what we know of it.

    `of` stands for its address and the invoice's content: a file of another content is not this invoice's. `kept` is
    the SHA-256 of our copy, empty without one; `due` says that the CRM may be asked now.
    """

    invoice_id: int
    url: str
    of: str
    kept: str
    due: bool
    base_url: str
    hosts: tuple[str, ...]


def of_invoice(session: Session, invoice_id: int, now: datetime) -> InvoiceFile | None:
    """Return the file of an invoice whose reader has been checked; None where the CRM has none."""
    row = session.get_one(Invoice, invoice_id)
    if row.connection_id is None or not row.pdf_url:
        return None
    connection = crm_connection.get_one(session, row.connection_id)
    of = hashlib.sha256(f"{row.pdf_url}\n{row.content_hash}".encode()).hexdigest()
    known = row.pdf_fetched_of == of
    waiting = row.pdf_try_at is not None and row.pdf_try_at > now
    kept = row.pdf_hash if known else ""
    due = not waiting and not known
    return InvoiceFile(invoice_id, row.pdf_url, of, kept, due, connection.base_url, tuple(connection.file_hosts))


def keep(session: Session, file: InvoiceFile, content_hash: str, error: str, now: datetime) -> None:
    """Note the outcome for good: our copy's hash, or (empty) why there is none."""
    values = {"pdf_hash": content_hash, "pdf_fetched_of": file.of, "pdf_fetched_at": now}
    _update(session, file, {**values, "pdf_error": error[:300], "pdf_try_at": None})


def try_later(session: Session, file: InvoiceFile, error: str, at: datetime) -> None:
    """Note that asking failed in a way that may pass; until then our own rendering stands in."""
    _update(session, file, {"pdf_error": error[:300], "pdf_try_at": at})


def _update(session: Session, file: InvoiceFile, values: dict[str, object]) -> None:
    c = _INVOICE.c
    session.connection().execute(update(_INVOICE).where(c.id == file.invoice_id, c.pdf_url == file.url).values(values))
