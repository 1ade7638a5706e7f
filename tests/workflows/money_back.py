"""Money that has arrived and what may go back of it: two invoices, the owner, a bank that wants money back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Invoice, Outbox, Payment
from portal_app.services import (
    ledger,
    outbox,
)
from portal_app.services.actors import Staff
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import StaffRole
from portal_app.workflows.sync_attempt import sync_attempt
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Two invoices over 60.00 and 40.00 GBP."""
    stripe.use(monkeypatch)
    with money(stripe, 6000, 4000) as ready:
        yield ready


@pytest.fixture
def boss(till: Money) -> Staff:
    actor = people.actor_of(people.start_session(people.make_staff("boss@example.com", StaffRole.OWNER)))
    assert isinstance(actor, Staff)
    return actor


def paid(till: Money, *numbers: int) -> tuple[str, Payment]:
    """Pay some invoices by card; returns the try and the payment."""
    attempt, page = till.begin(*numbers)
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return attempt, till.payments()[-1]


def told(till: Money, kind: str) -> list[list[tuple[str, int]]]:
    """Return the allocations of all commands of a kind: the invoice's id at the CRM, and minor units."""
    bodies = [body for name, body in till.commands() if name == kind]
    return [[(part["invoice_id"], part["amount"]["amount_minor"]) for part in body["allocations"]] for body in bodies]


def crm_says(balance: int) -> None:
    """Let the CRM take every command, and read back what it says of the first invoice."""
    with transaction() as session:
        waiting = select(Outbox).where(Outbox.kind != "mail", Outbox.state == "pending")
        for row in session.exec(waiting).all():
            row.state = "done"
            outbox.tell(session, row, "outbox.left", Outcome("done", "applied"))
    with transaction() as session:
        invoice = session.exec(select(Invoice).where(Invoice.external_id == "inv_0")).one()
        invoice.balance_minor, invoice.status = balance, "open" if balance else "paid"
        session.flush()
        ledger.booked(session, "inv_0", clock.now())


def dispute(till: Money, payment: Payment, outcome: str, part: int | None = None) -> str:
    """Have the bank want a payment back, or a part of it alone, and decide it so; returns the dispute."""
    found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
    till.stripe.state.things[found]["amount"] = part or payment.amount_minor
    till.stripe.act(f"disputes/{found}/{outcome}")
    return found


def status() -> str:
    return rows(select(Invoice.status).where(Invoice.id == 1))[0]
