"""Papers as files: gathered, printed, or taken from the CRM; each download is noted.

They are made one at a time for each person, so that whoever asks for sixty long ones keeps nobody else waiting.
"""

import asyncio
import hashlib
import os
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from portal_app import clock, logs
from portal_app.database import reading, transaction
from portal_app.integrations.brand_pictures import plates
from portal_app.integrations.crm.fetch import FetchFailed, FetchRefused, Source, fetch_file
from portal_app.integrations.paper import press
from portal_app.integrations.paper.records import InvoicePaper, ReceiptPaper, StatementPaper, Stationery
from portal_app.services import (
    business,
    crm_invoice_files,
    document_settings,
    papers,
    receipts,
    statement_sheet,
    statements,
)
from portal_app.services.actors import Customer, Guest, Staff
from portal_app.services.crm_invoice_files import InvoiceFile
from portal_app.services.papers import FoundReceipt
from portal_app.services.payments import Receipted
from portal_app.settings import get_settings
from portal_app.workflows import brand_pictures

LARGEST_FILE = 10 * 1024 * 1024
TRY_AGAIN = timedelta(minutes=15)
_TYPE = b"application/pdf"
log = logs.get(__name__)
_lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Made:
    """A file to be given out: its name, its bytes, and whether the CRM made it."""

    name: str
    data: bytes
    from_crm: bool = False


async def invoice(actor: Customer | Guest | Staff, public_id: str) -> Made:
    """Return an invoice as PDF: the CRM's own file where there is one, else ours; raises NotFound, NotAllowed."""
    async with _line(actor):
        made, invoice_id = await _make_invoice(actor, public_id)
        await asyncio.to_thread(_note, actor, "invoice", invoice_id, {"from_crm": made.from_crm})
        return made


def _line(actor: Customer | Guest | Staff) -> asyncio.Lock:
    whose = f"guest {actor.guest_id}" if isinstance(actor, Guest) else str(actor.login_id)
    return _lines.setdefault(whose, asyncio.Lock())


async def enclosed_invoice(actor: Guest) -> Made:
    """Return the invoice that a guest is sent as PDF, to go with the mail: nobody has seen it by that."""
    made, _ = await _make_invoice(actor, actor.invoice)
    return made


async def _make_invoice(actor: Customer | Guest | Staff, public_id: str) -> tuple[Made, int]:
    found, file = await asyncio.to_thread(_find, actor, public_id)
    data = await _crm_file(file) if file else None
    made = data or await _print_today(found.paper)
    name = f"{'Invoice ' + found.paper.number} {found.paper.stationery.seller.name}"
    return Made(f"{name}.pdf", made, data is not None), found.invoice_id


def _find(actor: Customer | Guest | Staff, public_id: str) -> tuple[papers.FoundInvoice, InvoiceFile | None]:
    with reading() as session:
        found = papers.invoice(session, actor, public_id)
        file = crm_invoice_files.of_invoice(session, found.invoice_id, clock.now()) if found.by_crm else None
        return found, file


async def receipt(actor: Customer | Staff, public_id: str) -> Made:
    """Return a receipt as PDF, the same file for ever; raises NotFound and NotAllowed."""
    async with _line(actor):
        found = await asyncio.to_thread(_issued, actor, public_id)
        paper, issued = found.paper, found.issued
        data = await asyncio.to_thread(_kept, issued.kept) if issued.kept and issued.names_all else None
        if data is None:
            data = await _print(paper, found.logo)
            if issued.names_all:
                await asyncio.to_thread(_keep_receipt, issued, data)
        await asyncio.to_thread(_note, actor, "receipt", None, {"receipt": paper.number})
        return Made(f"Receipt {paper.number} {paper.stationery.seller.name}.pdf", data)


def _issued(actor: Customer | Staff, public_id: str) -> FoundReceipt:
    with reading() as session:
        found = papers.receipt(session, actor, public_id)
    if found.issued.fixed:
        return found
    with transaction() as session:
        receipts.fix(session, found.issued.payment_id)
    with reading() as session:
        return papers.receipt(session, actor, public_id)


def _keep_receipt(issued: Receipted, data: bytes) -> None:
    try:
        content_hash = _store(data)
    except OSError as error:
        # Printed anew from what is written down of it, it is the same.
        log.warning("receipt_not_kept", error=type(error).__name__)
        return
    with transaction() as session:
        receipts.keep(session, issued.payment_id, content_hash, issued.kept)


async def statement(actor: Customer, first: str, last: str, place: str, *, sheet: bool) -> Made:
    """Return a statement as PDF, or (`sheet`) as CSV; raises Invalid, NotFound and NotAllowed."""
    async with _line(actor):
        found = await asyncio.to_thread(_statement, actor, first, last, place)
        data = await asyncio.to_thread(statement_sheet.as_csv, found) if sheet else await _print_today(found.paper)
        facts: dict[str, object] = {"first": found.first.isoformat(), "last": found.last.isoformat()}
        await asyncio.to_thread(_note, actor, "statement", None, facts)
        return Made(f"Statement {found.first} to {found.last}.{'csv' if sheet else 'pdf'}", data)


def _statement(actor: Customer, first: str, last: str, place: str) -> statements.Statement:
    today = clock.today(business.look().zone)
    begins, ends = statements.period(first, last, today)
    with reading() as session:
        return statements.get(session, actor, begins, ends, today, place)


async def sample(actor: Staff) -> Made:
    """Return an invoice to nobody, as the office's settings make it look; needs the right to change them."""
    async with _line(actor):
        return Made("Sample invoice.pdf", await _print_today(await asyncio.to_thread(_sample, actor)))


def _sample(actor: Staff) -> InvoicePaper:
    with reading() as session:
        about = document_settings.of_office(session, actor)
        return papers.sample(about)


def _note(actor: Customer | Guest | Staff, kind: str, subject_id: int | None, facts: dict[str, object]) -> None:
    with transaction() as session:
        papers.note_download(session, actor, kind, subject_id, facts)


async def _print(paper: InvoicePaper | ReceiptPaper | StatementPaper, logo: str | None) -> bytes:
    """Return a paper as PDF, with a logo as in PaperLook."""
    stationery = await asyncio.to_thread(with_logo, paper.stationery, logo)
    return await press.printed(replace(paper, stationery=stationery))


async def _print_today(paper: InvoicePaper | StatementPaper) -> bytes:
    """Return a paper as PDF, with the logo of today."""
    logo = (await asyncio.to_thread(business.look)).logo
    return await _print(paper, logo.digest if logo else None)


def with_logo(stationery: Stationery, digest: str | None) -> Stationery:
    """Return stationery with the file of a logo (as in PaperLook), as it is for light pages."""
    file = _logo_file(digest)
    logo = file.read_bytes() if file else b""
    return replace(stationery, seller=replace(stationery.seller, logo=logo))


def _logo_file(digest: str | None) -> Path | None:
    if digest == "":
        return None
    place = brand_pictures.folder() / (digest or "")
    found = [place / name for name in ("logo.svg", "mark.png", "logo.png") if (place / name).is_file()]
    # A white logo is only seen on the ground that its copy for mails brings along.
    marks = [file.read_bytes() for file in found if file.name == "mark.png"]
    return next(iter(found[::-1] if marks and plates(marks[0])[0] else found), None)


async def _crm_file(file: InvoiceFile) -> bytes | None:
    """Return the CRM's own file, fetched once and kept; None where it cannot be had, and then ours stands in."""
    if file.kept:
        return await asyncio.to_thread(_kept, file.kept)
    if not file.due:
        return None
    token = get_settings().crm_token.get_secret_value()
    try:
        source = Source(file.base_url, token, file.hosts)
        data = await fetch_file(file.url, source, LARGEST_FILE, accept=_TYPE)
        _require_pdf(data)
    except FetchFailed as error:
        await asyncio.to_thread(_try_later, file, str(error))
        return None
    except FetchRefused as error:
        await asyncio.to_thread(_keep, file, "", str(error))
        return None
    try:
        content_hash = await asyncio.to_thread(_store, data)
    except OSError:
        await asyncio.to_thread(_try_later, file, "It could not be kept here just now.")
        return data
    await asyncio.to_thread(_keep, file, content_hash, "")
    return data


def _require_pdf(data: bytes) -> None:
    """Raise FetchRefused unless the bytes begin and end as a PDF does."""
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise FetchRefused("It is not a PDF.")


def _try_later(file: InvoiceFile, error: str) -> None:
    with transaction() as session:
        crm_invoice_files.try_later(session, file, error, clock.now() + TRY_AGAIN)


def _keep(file: InvoiceFile, content_hash: str, error: str) -> None:
    with transaction() as session:
        crm_invoice_files.keep(session, file, content_hash, error, clock.now())


def _place(content_hash: str) -> Path:
    return get_settings().data_dir / "files" / f"{content_hash}.pdf"


def _kept(content_hash: str) -> bytes | None:
    place = _place(content_hash)
    return place.read_bytes() if place.is_file() else None


def _store(data: bytes) -> str:
    """Write our own copy under the hash of its content and return that; a half-written file is never seen."""
    content_hash = hashlib.sha256(data).hexdigest()
    place = _place(content_hash)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not place.exists():
        descriptor, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(place)
    return content_hash
