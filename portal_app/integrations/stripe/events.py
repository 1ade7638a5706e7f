"""Events as Stripe signs and sends them."""

import stripe

from portal_app.integrations.stripe.errors import EventUnreadable, SignatureWrong
from portal_app.integrations.stripe.reading import id_of, metadata_of, moment
from portal_app.integrations.stripe.values import Event

# What the portal acts on; a webhook endpoint asks for these and no others.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "setup_intent.succeeded",
    "payment_method.detached",
    "payment_method.automatically_updated",
    "mandate.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payout.paid",
    "payout.failed",
)


def verify_event(raw: bytes, signature: str, secret: str) -> Event:
    """Return the event in an untouched request body.

    `signature` is the `Stripe-Signature` header, empty when there was none. Raises SignatureWrong for anything that
    was not signed with this secret in the last five minutes, EventUnreadable for what is signed but no event.
    """
    try:
        # Comparing signatures, the library raises for letters no signature has.
        if not signature.isascii():
            raise SignatureWrong("The event's signature does not fit.")
        event = stripe.Webhook.construct_event(raw, signature, secret).to_dict()
        return _read(event)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise SignatureWrong("The event's signature does not fit.") from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise EventUnreadable("What Stripe sent cannot be read.") from None


def _read(event: dict) -> Event:
    thing = event["data"]["object"]
    kind = thing["object"]
    if not (isinstance(event["id"], str) and isinstance(event["type"], str)):
        raise TypeError("an event is named by words")
    intent = thing["id"] if kind == "payment_intent" else id_of(thing.get("payment_intent"))
    return Event(
        id=event["id"],
        type=event["type"],
        created=moment(event["created"]),
        live_mode=bool(event.get("livemode")),
        account=event.get("account"),
        object_id=thing.get("id") or "",
        object_kind=kind,
        attempt=metadata_of(thing, "attempt"),
        refund=metadata_of(thing, "refund"),
        payment_intent_id=intent,
        customer=thing["id"] if kind == "customer" else id_of(thing.get("customer")),
    )
