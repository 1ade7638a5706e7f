"""What the lines of Stripe's payouts are of: the payments that the portal knows by Stripe's ids."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from portal_app.models import Customer, Payment
from portal_app.services import accounting
from portal_app.services.actors import Actor

# As many as every database takes in one statement.
BATCH = 400


@dataclass(frozen=True, slots=True)
class Known:
    """A payment of ours: who paid, which invoices it was ever put towards, and its receipt's number, empty without."""

    public_id: str
    customer: str
    invoices: tuple[str, ...]
    receipt: str


def known(session: Session, actor: Actor | None, intents: Collection[str]) -> dict[str, Known]:
    """Return the payments of Stripe's payment intents, by these; for who may read the accountant's file."""
    accounting.require(actor)
    wanted, found = sorted(intents), {}
    for begin in range(0, len(wanted), BATCH):
        found |= _known(session, wanted[begin : begin + BATCH])
    return found


def _known(session: Session, intents: list[str]) -> dict[str, Known]:
    statement = (
        select(
            col(Payment.id).label("payment_id"),
            col(Payment.intent_id),
            col(Payment.public_id),
            col(Payment.receipt_number),
            col(Customer.name),
        )
        .join(Customer, col(Customer.id) == col(Payment.customer_id))
        .where(col(Payment.intent_id).in_(intents))
    )
    rows = session.connection().execute(statement).all()
    numbers = accounting.invoice_numbers(session, {row.payment_id for row in rows})
    return {
        row.intent_id: Known(row.public_id, row.name, numbers.get(row.payment_id, ()), row.receipt_number or "")
        for row in rows
    }
