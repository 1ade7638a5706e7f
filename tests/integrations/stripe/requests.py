"""A payment as the portal asks for it."""

from datetime import UTC, datetime, timedelta

from portal_app.integrations.stripe.values import CheckoutRequest


def request_for(
    customer: str, attempt: str = "attempt-1", amount: int = 24000, currency: str = "GBP"
) -> CheckoutRequest:
    return CheckoutRequest(
        attempt_id=attempt,
        amount=amount,
        currency=currency,
        description="Invoice INV-1042",
        customer=customer,
        success_url="http://localhost:8000/pay/done?session={CHECKOUT_SESSION_ID}",
        cancel_url="http://localhost:8000/invoices",
        expires_at=datetime.now(UTC) + timedelta(minutes=35),
    )
