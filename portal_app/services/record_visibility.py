"""Hiding one job, quote or invoice from its customer, and showing it again.

It is about what is shown: money that is on its way for a hidden invoice still counts, and the CRM learns nothing of it.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotFound
from portal_app.models import Customer, Invoice, Job, Quote
from portal_app.money import Money
from portal_app.services import activity, ledger
from portal_app.services.access import require_office
from portal_app.services.actors import Actor
from portal_app.services.rights import Permission

JOB, QUOTE, INVOICE = "job", "quote", "invoice"
TABLES: dict[str, type[Job] | type[Quote] | type[Invoice]] = {JOB: Job, QUOTE: Quote, INVOICE: Invoice}


@dataclass(frozen=True, slots=True)
class Decided:
    """What is hidden or shown by now; `what` is a key of TABLES, `owed` what is left of an invoice, if anything is."""

    what: str
    number: str
    title: str
    hidden: bool
    owed: Money | None = None


def hide(session: Session, actor: Actor, customer_public_id: str, what: str, public_id: str) -> Decided:
    """Hide a customer's job (with its visits and files), quote or invoice from them; what is hidden already stays so.

    Staff who may edit customers; NotFound for what is not there or another customer's.
    """
    return _decide(session, actor, customer_public_id, what, public_id, hidden=True)


def show(session: Session, actor: Actor, customer_public_id: str, what: str, public_id: str) -> Decided:
    """Show a customer's hidden job, quote or invoice to them again; as `hide`."""
    return _decide(session, actor, customer_public_id, what, public_id, hidden=False)


def _decide(session: Session, actor: Actor, customer: str, what: str, public_id: str, *, hidden: bool) -> Decided:
    require_office(actor, Permission.EDIT_CUSTOMERS)
    table = TABLES.get(what)
    if table is None:
        raise Invalid("A job, a quote or an invoice can be hidden.")
    record = _find(session, table, customer, public_id)
    if (record.hidden_at is not None) != hidden:
        record.hidden_at = clock.now() if hidden else None
        session.add(record)
        activity.record(
            session,
            actor,
            "record.hidden" if hidden else "record.shown",
            customer_id=record.customer_id,
            subject=(what, record.id),
            facts={"what": what},
        )
        session.flush()
    left = ledger.left_minor(record) if isinstance(record, Invoice) else 0
    return Decided(what, record.number, record.title, hidden, Money(left, record.currency) if left > 0 else None)


def _find(session: Session, table: Any, customer: str, public_id: str) -> Any:
    """Return the record, and hold it until the transaction ends."""
    statement = (
        select(table)
        .join(Customer, col(Customer.id) == col(table.customer_id))
        .where(
            table.public_id == public_id,
            Customer.public_id == customer,
            col(table.deleted_at).is_(None),
            col(Customer.deleted_at).is_(None),
        )
        .with_for_update(of=table)
    )
    record = session.exec(statement).first()
    if record is None:
        raise NotFound
    return record
