"""Stripe, as the portal wants it: `StripeAccount(key, base)` and plain values; only this package knows the library."""

from portal_app.integrations.stripe.business import Business
from portal_app.integrations.stripe.client import close_clients
from portal_app.integrations.stripe.customers import Customers
from portal_app.integrations.stripe.events import EVENTS, verify_event
from portal_app.integrations.stripe.payments import Payments

__all__ = ["EVENTS", "StripeAccount", "close_clients", "verify_event"]


class StripeAccount(Payments, Customers, Business):
    """A business's account at Stripe, opened by its secret key; `base` is another address than Stripe's own.

    Every method may raise OutcomeUnknown, KeyRefused, NotFound or Refused of `integrations.stripe.errors`.
    """
