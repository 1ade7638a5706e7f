"""What a secure link leads to: found for the customer it must belong to, said in words, and turned into an address."""

from typing import Any

from sqlmodel import Session, col, select

from portal_app import routes
from portal_app.errors import Invalid, NotFound
from portal_app.models import Contact, Invoice, Job, Quote, SecureLink, Visit
from portal_app.services import sessions
from portal_app.services.actors import Customer
from portal_app.services.reach import NEVER_SHOWN, RIGHT_OF, may_at

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
    if record is None or not _belongs(session, record, customer_id) or not _shown(session, record):
        raise NotFound
    if _hidden(session, record):
        raise Invalid(f"This {kind} is hidden from the customer. Show it to them first.")
    return record.id


def _belongs(session: Session, record: Any, customer_id: int) -> bool:
    """Return whether a record is the customer's, and a visit's job too: the CRM may move one without the other."""
    return record.customer_id == customer_id and _decisive(session, record).customer_id == customer_id


def _shown(session: Session, record: Any) -> bool:
    """Return whether a record is there and no draft; a job's or visit's unknown word hides nothing."""
    paper = isinstance(record, Invoice | Quote)
    there = record.deleted_at is None and _decisive(session, record).deleted_at is None
    return there and not (paper and record.status in NEVER_SHOWN)


def _hidden(session: Session, record: Any) -> bool:
    """Return whether the office hides a record from its customer."""
    return _decisive(session, record).hidden_at is not None


def _decisive(session: Session, record: Any) -> Any:
    """Return what a record stands and goes with: of a visit its job."""
    return session.get_one(Job, record.job_id) if isinstance(record, Visit) else record


def require_reader(session: Session, contact: Contact, kind: str, target_id: int | None) -> None:
    """Raise Invalid when the person a link is for could not see what it leads to."""
    table = TABLES.get(kind)
    if table is None or target_id is None:
        return
    right = RIGHT_OF[table]
    reader = sessions.standing_contact(session, contact.id or 0)
    if reader is None:
        raise Invalid(f"{contact.name} is disabled. Enable them first.")
    if right in contact.rights and not reader.may(right):
        raise Invalid(f"No customer may see this {kind}: that is switched off for everybody under Settings, Access.")
    if not reader.may(right):
        raise Invalid(f"{contact.name} may not see this {kind}. Change their rights first, or choose somebody else.")
    if not may_at(reader, right, session.get_one(table, target_id).location_id):
        raise Invalid(f"{contact.name} may not see the property of this {kind}. Choose somebody else.")


def require_shown(session: Session, link: SecureLink) -> None:
    """Raise Invalid when what a link was made for is no longer there for its customer, or is hidden from them."""
    if link.target_kind == PORTAL:
        return
    record = _record(session, link)
    if record is None or not _belongs(session, record, link.customer_id) or not _shown(session, record):
        raise Invalid(f"The {link.target_kind} this link led to is no longer there. Please make a new link.")
    if _hidden(session, record):
        raise Invalid(f"This {link.target_kind} is hidden from the customer. Show it to them first.")


def words(session: Session, link: SecureLink, reader: Customer | None = None) -> str:
    """Return what a link leads to, such as `invoice 1042`; empty for the portal and for what is not shown by it.

    `reader` is who is told: nothing is named that they may not see themselves.
    """
    record = _seen(session, link, reader)
    return _name(session, link, record) if record is not None else ""


def words_for_office(session: Session, link: SecureLink) -> str:
    """Return what a link was made for, hidden or not; of what is another customer's by now, only that."""
    record = _record(session, link)
    if record is None:
        return ""
    if not _belongs(session, record, link.customer_id):
        return f"{_kind(link)} of another customer"
    return _name(session, link, record)


def path(session: Session, link: SecureLink, reader: Customer | None = None) -> str:
    """Return where somebody lands who came in by a link; their home when the record is not to be seen, as `words`."""
    record = _seen(session, link, reader)
    if isinstance(record, Job | Visit):
        return routes.job(_decisive(session, record).public_id)
    return routes.invoice(record.public_id) if isinstance(record, Invoice) else routes.HOME


def _seen(session: Session, link: SecureLink, reader: Customer | None) -> Any:
    """Return the record of a link where its customer is shown it, and the reader too if there is one; else None."""
    record = _record(session, link)
    if record is None or not _belongs(session, record, link.customer_id):
        return None
    if not _shown(session, record) or _hidden(session, record):
        return None
    if reader is not None and not may_at(reader, RIGHT_OF[type(record)], record.location_id):
        return None
    return record


def _name(session: Session, link: SecureLink, record: Any) -> str:
    if isinstance(record, Visit):
        return f"the visit for “{_decisive(session, record).title}”"
    kind = _kind(link)
    if record.number:
        return f"{kind} {record.number}"
    return f"{kind} “{record.title}”" if record.title else f"a {kind}"


def _kind(link: SecureLink) -> str:
    return "invoice" if link.target_kind == SHARED else link.target_kind


def _record(session: Session, link: SecureLink) -> Any:
    table = Invoice if link.target_kind == SHARED else TABLES.get(link.target_kind)
    return session.get(table, link.target_id) if table is not None and link.target_id is not None else None
