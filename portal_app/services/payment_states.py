"""A payment's state as people are told it, from its columns."""

_STATES = {"pending": "with_bank", "succeeded": "paid", "refunded": "refunded"}


def payers_state(status: str, dispute: str, held: str, receipt_number: str | None, mistake: str) -> str:
    """Return a payment's state in the payer's eyes: a dispute that was lost is money their bank has taken for good.

    What the office has to decide about money that has its receipt, a refund that failed, is no doubt about the payment.
    """
    held = "" if receipt_number and status == "succeeded" else held
    state = state_of(status, dispute, held, receipt_number, mistake)
    return "returned" if state == "disputed" and dispute == "lost" else state


def state_of(status: str, dispute: str, held: str, receipt_number: str | None, mistake: str) -> str:
    """Return a payment's state as people are told it, from its columns; see payments.PaymentFacts."""
    if mistake:
        return "mistaken"
    if held:
        return "held"
    if dispute in ("open", "lost"):
        return "disputed"
    return _STATES.get(status) or ("returned" if receipt_number else "failed")
