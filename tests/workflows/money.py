"""A customer with invoices, Stripe and the CRM: what the tests about money start from."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from portal_app import clock
from portal_app.database import reading, transaction
from portal_app.integrations.stripe import close_clients
from portal_app.models import Allocation, Invoice, Outbox, Payment, PaymentAttempt, Refund
from portal_app.models import Customer as CustomerRow
from portal_app.services import ledger
from portal_app.services.actors import Customer
from portal_app.services.attempts import Wanted
from portal_app.workflows import pay
from tests.demo.running_stripe import RunningStripe
from tests.services import people
from tests.workflows.conftest import rows

_LEAVING = select(Outbox).order_by(col(Outbox.id))


@dataclass
class Money:
    """One customer's money, at the portal and at Stripe."""

    stripe: RunningStripe
    payer: Customer
    invoices: list[str]

    def wants(self, *numbers: int, amount: int | None = None) -> Wanted:
        """Return the wish to pay some of the invoices, counted from 0."""
        return Wanted(tuple(self.invoices[number] for number in numbers or (0,)), amount)

    def begin(self, *numbers: int, amount: int | None = None) -> tuple[str, str]:
        """Begin on Stripe's page and return the try's id and the page's."""
        begun = run(pay.pay_on_page(self.payer, self.wants(*numbers, amount=amount)))
        return begun.attempt, self.attempt(begun.attempt).checkout_id or ""

    def attempt(self, public_id: str) -> PaymentAttempt:
        """Return a try as it stands."""
        [found] = rows(select(PaymentAttempt).where(PaymentAttempt.public_id == public_id))
        return found

    def payments(self) -> list[Payment]:
        """Return all payments."""
        return rows(select(Payment).order_by(col(Payment.id)))

    def refunds(self) -> list[Refund]:
        """Return all refunds."""
        return rows(select(Refund).order_by(col(Refund.id)))

    def left(self, number: int = 0, *, counted: int | None = None) -> int:
        """Return what is left to pay of an invoice, and check that the counts are those of the ledger.

        `counted` is what they have to be of one that was the payer's.
        """
        with reading() as session:
            invoice = session.exec(select(Invoice).where(Invoice.public_id == self.invoices[number])).one()
            rows = session.exec(
                select(Allocation).where(Allocation.invoice_id == invoice.id, col(Allocation.booked_at).is_(None))
            ).all()
            assert invoice.paid_here_minor == (sum(row.amount_minor for row in rows) if counted is None else counted)
            return ledger.left_minor(invoice)

    def mails(self) -> list[str]:
        """Return the names of all mails that were written, in order."""
        return [row.payload["mail"] for row in rows(_LEAVING.where(Outbox.kind == "mail"))]

    def commands(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what the CRM is to be told, in order."""
        return [(row.kind, row.payload) for row in rows(_LEAVING.where(Outbox.kind != "mail"))]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run asynchronous work to its end in a loop of its own, and close what it opened at Stripe."""

    async def whole() -> Any:
        try:
            return await work
        finally:
            await close_clients()

    return asyncio.run(whole())


@contextmanager
def money(stripe: RunningStripe, *totals: int, crm: bool = True, due_in: int = 14) -> Iterator[Money]:
    """Give a household with an owner and invoices over these totals, in pence."""
    people.make_business()
    person = people.make_customer("ann@example.com")
    with transaction() as session:
        customer = session.get_one(CustomerRow, person.customer_id)
        if crm:
            customer.external_id = "cust_1"
        ids = []
        for number, total in enumerate(totals or (24000,)):
            invoice = Invoice(
                customer_id=customer.id or 0,
                number=str(2290 + number),
                currency="GBP",
                total_minor=total,
                balance_minor=total,
                issued_on=clock.now().date(),
                due_on=clock.now().date() + timedelta(days=due_in),
                external_id=f"inv_{number}" if crm else None,
            )
            session.add(invoice)
            session.flush()
            ids.append(invoice.public_id)
    actor = people.actor_of(people.start_session(person))
    assert isinstance(actor, Customer)
    yield Money(stripe, actor, ids)
