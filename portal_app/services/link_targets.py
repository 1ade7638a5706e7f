"""What a secure link leads to: found for the customer it must belong to, said in words, and turned into an address."""

from typing import Any

from sqlmodel import Session, col, select

from portal_app import routes
from portal_app.errors import Invalid, NotFound
from portal_app.models import Contact, ContactLocation, Invoice, Job, Quote, SecureLink, Visit
from portal_app.services.reach import NEVER_SHOWN, RIGHT_OF

PORTAL = "portal"
# An invoice that was sent to a guest; no link of the office's own leads there.
SHARED = "shared"
TABLES: dict[str, type[Job] | type[Visit] | type[Invoice] | type[Quote]] = {
    "job": Job,
    "visit": Visit,
    "invoice": Invoice,
    "quote": Quote,
}


def find(session: Session, customer_id: int, kind: str, public_id: str | None) -> int | None:
    """Return the row a link of this customer may lead to, None for the portal.

    Raises NotFound for records of others, deleted ones and drafts, Invalid for what is hidden from the customer.
    """
    if kind == PORTAL:
        return None
    table = TABLES.get(kind)
    if table is None:
        raise Invalid("A link can lead to the portal, a job, a visit, an invoice or a quote.")
    record: Any = session.exec(select(table).where(col(table.public_id) == public_id)).first()
    if record is None or record.customer_id != customer_id or not _shown(record):
        raise NotFound
    if _hidden(session, record):
        raise Invalid(f"This {kind} is hidden from the customer. Show it to them first.")
    return record.id


def _shown(record: Any) -> bool:
    """Return whether a record is there and no draft; a job's or visit's unknown word hides nothing."""
    paper = isinstance(record, Invoice | Quote)
    return record.deleted_at is None and not (paper and record.status in NEVER_SHOWN)


def _hidden(session: Session, record: Any) -> bool:
    """Return whether the office hides a record from its customer; a visit goes with its job."""
    decided = session.get_one(Job, record.job_id) if isinstance(record, Visit) else record
    return decided.hidden_at is not None


def require_reader(session: Session, contact: Contact, kind: str, target_id: int | None) -> None:
    """Raise Invalid when the person a link is for could not see what it leads to."""
    table = TABLES.get(kind)
    if table is None or target_id is None:
        return
    right = RIGHT_OF[table]
    if right not in contact.rights:
        raise Invalid(f"{contact.name} may not see this {kind}. Change their rights first, or choose somebody else.")
    record = session.get_one(table, target_id)
    limits: list[set[int]] = []
    if not contact.all_locations:
        mine = select(ContactLocation.location_id).where(ContactLocation.contact_id == contact.id)
        limits.append(set(session.exec(mine)))
    if right in contact.right_locations:
        limits.append(set(contact.right_locations[right]))
    if any(record.location_id not in places for places in limits):
        raise Invalid(f"{contact.name} may not see the property of this {kind}. Choose somebody else.")


def words(session: Session, link: SecureLink, *, office: bool = False) -> str:
    """Return what a link leads to, such as `invoice 1042`; empty for the portal.

    What is hidden from the customer is named to the office alone.
    """
    record = _record(session, link)
    if record is None or (not office and _hidden(session, record)):
        return ""
    if isinstance(record, Visit):
        job = session.get(Job, record.job_id)
        return f"the visit for “{job.title}”" if job else "a visit"
    kind = "invoice" if link.target_kind == SHARED else link.target_kind
    if record.number:
        return f"{kind} {record.number}"
    return f"{kind} “{record.title}”" if record.title else f"a {kind}"


def path(session: Session, link: SecureLink) -> str:
    """Return where somebody lands who came in by a link; their home when the record is no longer to be seen."""
    record = _record(session, link)
    if record is None or record.customer_id != link.customer_id or not _shown(record):
        return routes.HOME
    if _hidden(session, record):
        return routes.HOME
    if isinstance(record, Visit):
        record = session.get(Job, record.job_id)
    if isinstance(record, Job):
        return routes.job(record.public_id)
    return routes.invoice(record.public_id) if isinstance(record, Invoice) else routes.HOME


def _record(session: Session, link: SecureLink) -> Any:
    table = Invoice if link.target_kind == SHARED else TABLES.get(link.target_kind)
    return session.get(table, link.target_id) if table is not None and link.target_id is not None else None
