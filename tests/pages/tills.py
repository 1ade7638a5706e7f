"""A customer's money for the tests of the office's pages."""

from portal_app.models import Customer
from tests.pages.office import row
from tests.workflows.money import Money


def customer_path(till: Money, tail: str = "") -> str:
    return f"/office/customers/{row(Customer, till.payer.customer_id).public_id}{tail}"
