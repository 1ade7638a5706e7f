"""The demo's accounts, under the names the demo uses; the sign-in page shows the same ones."""

from portal_app.services.demo_accounts import ACCOUNTS as _SHOWN
from portal_app.services.demo_accounts import CUSTOMER, NEIGHBOUR, OFFICE, PASSWORD

ACCOUNTS = tuple((account.email, account.who) for account in _SHOWN)

__all__ = ["ACCOUNTS", "CUSTOMER", "NEIGHBOUR", "OFFICE", "PASSWORD"]
