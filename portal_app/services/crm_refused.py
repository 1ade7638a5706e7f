"""Files of the CRM that could not be had are asked for again once they may come from elsewhere."""

from sqlalchemy import update
from sqlmodel import Session

from portal_app import clock
from portal_app.models import File, Invoice, Technician
from portal_app.models.base import table_of


def ask_again(session: Session, connection_id: int) -> None:
    """Forget why attachments, photos and papers could not be had: their hosts, or the CRM's address, are others now."""
    file, technician, invoice = table_of(File).c, table_of(Technician).c, table_of(Invoice).c
    run = session.connection().execute
    run(
        update(table_of(File))
        .where(file.connection_id == connection_id, file.digest == "", file.fetch_error != "")
        .values(fetch_at=clock.now())
    )
    run(
        update(table_of(Technician))
        .where(technician.connection_id == connection_id, technician.photo_error != "")
        .values(photo_fetched_url="", photo_try_at=None)
    )
    run(
        update(table_of(Invoice))
        .where(invoice.connection_id == connection_id, invoice.pdf_error != "")
        .values(pdf_fetched_of="", pdf_try_at=None)
    )
