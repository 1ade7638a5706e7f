"""What can go wrong with Stripe, each with what it means for the caller; sentences hold no secret."""

from portal_app.errors import PortalError


class StripeTrouble(PortalError):
    """Base of everything Stripe, or the way to it, answers but success."""


class OutcomeUnknown(StripeTrouble):
    """No answer, or none that says what happened: the work may be done. Repeat with the same id, never a new one."""


class KeyRefused(StripeTrouble):
    """Stripe does not accept the secret key, or the key may not do this; only the office can help."""


class NotFound(StripeTrouble):
    """Stripe knows no such thing under this key, for example a test customer under a live key."""


class Refused(StripeTrouble):
    """Stripe understood and will not do it, now or later; `code` is Stripe's own word, empty when it gave none."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class IdReused(Refused):
    """An id that was already used with other facts: the caller must make a new row for a new wish."""


class RefundTooMuch(Refused):
    """More would be given back than is left of the payment."""


class Declined(Refused):
    """The bank or card said no; `sentence` is for the payer, `payment_intent_id` names the failed try at Stripe."""

    def __init__(self, sentence: str, code: str, payment_intent_id: str | None) -> None:
        super().__init__(sentence, code)
        self.payment_intent_id = payment_intent_id


class NeedsAuthentication(Declined):
    """The bank wants to hear from the payer themselves: ask them to pay on the checkout page."""


class SignatureWrong(StripeTrouble):
    """What arrived as an event was not signed by Stripe with this secret within the last five minutes."""


class EventUnreadable(StripeTrouble):
    """A signed event that is not in the shape of one; nothing can be done with it."""
