"""A customer's money for the tests of the office's pages."""

from datetime import timedelta
from typing import Any

import pytest

from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Customer, Payment
from portal_app.services import guests
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.pages.office import row
from tests.services.guests_at_work import ANN, send, standing
from tests.workflows.money import Money, run


def customer_path(till: Money, tail: str = "") -> str:
    return f"/office/customers/{row(Customer, till.payer.customer_id).public_id}{tail}"


@pytest.fixture
def paid(till: Money) -> Payment:
    """The first invoice, paid by card."""
    attempt, page = till.begin()
    till.stripe.pay(page)
    run(sync_attempt(attempt))
    return till.payments()[0]


@pytest.fixture
def guests_money(till: Money) -> Payment:
    """The first invoice, paid by a guest to whom it was sent."""
    link = send(till.payer, till.invoices[0], guests.Invited(ANN.name, ANN.email, may_pay=True))
    begun = run(pay.pay_as_guest(standing(link)))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    run(sync_attempt(begun.attempt))
    return till.payments()[0]


def add(till: Money, status: str = "succeeded", **more: Any) -> None:
    with transaction() as session:
        session.add(
            Payment(
                **{
                    "customer_id": till.payer.customer_id,
                    "currency": "GBP",
                    "amount_minor": 100,
                    "method": "cash",
                    "method_words": "Cash",
                    "paid_at": clock.now() - timedelta(days=1),
                    "status": status,
                    **more,
                }
            )
        )
