"""Events: only what Stripe signed, lately, with our secret."""

import json
import time

import pytest
import stripe

from portal_app.integrations.stripe import verify_event
from portal_app.integrations.stripe.errors import EventUnreadable, SignatureWrong

SECRET = "whsec_of_the_test"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "payment_intent.succeeded",
    "created": 1795000000,
    "livemode": False,
    "data": {
        "object": {"id": "pi_1", "object": "payment_intent", "metadata": {"attempt": "attempt-1"}, "customer": "cus_1"}
    },
}


def signed(body: str, secret: str = SECRET, at: int | None = None) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, at)


def about(**thing: object) -> str:
    return json.dumps({**EVENT, "data": {"object": thing}})


def test_a_signed_event_is_read() -> None:
    body = json.dumps(EVENT)
    event = verify_event(body.encode(), signed(body), SECRET)
    assert (event.id, event.type, event.created.year, event.live_mode) == (
        "evt_1",
        "payment_intent.succeeded",
        2026,
        False,
    )
    assert (event.object_id, event.object_kind, event.attempt) == ("pi_1", "payment_intent", "attempt-1")
    assert (event.payment_intent_id, event.customer, event.account, event.refund) == ("pi_1", "cus_1", None, "")


def test_what_belongs_to_a_payment_names_it() -> None:
    body = about(id="re_1", object="refund", payment_intent="pi_1", metadata={"refund": "refund-1"})
    event = verify_event(body.encode(), signed(body), SECRET)
    assert (event.object_kind, event.payment_intent_id, event.refund, event.attempt) == (
        "refund",
        "pi_1",
        "refund-1",
        "",
    )
    body = about(id="du_1", object="dispute", payment_intent={"id": "pi_2", "object": "payment_intent"}, metadata=None)
    assert verify_event(body.encode(), signed(body), SECRET).payment_intent_id == "pi_2"


# Made when the test runs: their moment is part of them.
WRONG = {
    "none": lambda: "",
    "nonsense": lambda: "nonsense",
    "empty": lambda: "t=,v1=",
    "letters": lambda: "t=1,v1=é",
    "zeros": lambda: f"t={int(time.time())},v1={'0' * 64}",
    "somebody else's": lambda: signed(json.dumps(EVENT), "whsec_of_somebody_else"),
    "old": lambda: signed(json.dumps(EVENT), SECRET, int(time.time()) - 301),
    "of another body": lambda: signed("{}"),
    "of another scheme": lambda: signed(json.dumps(EVENT)).replace("v1=", "v0="),
}


@pytest.mark.parametrize("which", WRONG)
def test_anything_else_is_refused(which: str) -> None:
    with pytest.raises(SignatureWrong):
        verify_event(json.dumps(EVENT).encode(), WRONG[which](), SECRET)


def test_without_a_secret_nothing_is_accepted() -> None:
    body = json.dumps(EVENT)
    with pytest.raises(SignatureWrong):
        verify_event(body.encode(), signed(body, ""), "")


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(SignatureWrong):
        verify_event(b"\xff\xfe", signed(json.dumps(EVENT)), SECRET)


@pytest.mark.parametrize(
    "body",
    ["", "no json", "[]", "7", "{}", '{"id": "evt_1"}', about(), about(id="pi_1"),
     json.dumps({**EVENT, "created": "x"}), json.dumps({**EVENT, "created": 10**30}),
     json.dumps({**EVENT, "data": {"object": [1]}}),
     json.dumps({**EVENT, "object": "v2.core.event"}), json.dumps({**EVENT, "data": None})],
)  # fmt: skip
def test_signed_but_no_event(body: str) -> None:
    with pytest.raises(EventUnreadable):
        verify_event(body.encode(), signed(body), SECRET)
