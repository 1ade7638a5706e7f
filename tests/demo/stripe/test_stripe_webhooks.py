"""Events on their way to the portal: signed, repeated until taken, and twice in the wrong order when that is wished."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal_app.demo.stripe import webhooks
from portal_app.integrations.stripe import verify_event
from portal_app.integrations.stripe.errors import SignatureWrong
from portal_app.integrations.stripe.values import Event
from tests.demo.running_stripe import RunningStripe
from tests.running import wait_for


class Listener(ThreadingHTTPServer):
    """Takes events; `refusals` is how many it answers with 500 first."""

    def __init__(self) -> None:
        self.refusals = 0
        self.bodies: list[tuple[bytes, str]] = []
        super().__init__(("127.0.0.1", 0), Taker)

    def events(self) -> list[Event]:
        return [verify_event(body, signature, RunningStripe.webhook_secret) for body, signature in list(self.bodies)]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]


class Taker(BaseHTTPRequestHandler):
    server: Listener  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        refused = self.server.refusals > 0
        if refused:
            self.server.refusals -= 1
        else:
            self.server.bodies.append((body, self.headers["stripe-signature"]))
        self.send_response(500 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stripe(listener: Listener) -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        running.send_events_to(f"http://127.0.0.1:{listener.server_address[1]}/webhooks/stripe")
        yield running


def a_customer(stripe: RunningStripe) -> str:
    headers = {"authorization": f"Bearer {stripe.key}"}
    return stripe.client.post("/v1/customers", content="name=Helen", headers=headers).json()["id"]


def a_session(stripe: RunningStripe, attempt: str = "attempt-1") -> str:
    wanted = {
        "mode": "payment",
        "customer": a_customer(stripe),
        "success_url": "http://localhost/done",
        "cancel_url": "http://localhost/back",
        "metadata[attempt]": attempt,
        "payment_intent_data[metadata][attempt]": attempt,
        "saved_payment_method_options[payment_method_save]": "enabled",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "gbp",
        "line_items[0][price_data][unit_amount]": "24000",
        "line_items[0][price_data][product_data][name]": "Invoice INV-1042",
    }
    answer = stripe.client.post("/v1/checkout/sessions", data=wanted, headers={"authorization": f"Bearer {stripe.key}"})
    return answer.json()["id"]


def wait_for_types(listener: Listener, *wanted: str) -> None:
    wait_for(lambda: set(wanted) <= set(listener.types()), f"{wanted}", 20)


def test_a_payment_is_told_in_order_and_signed(stripe: RunningStripe, listener: Listener) -> None:
    session = a_session(stripe)
    stripe.pay(session)
    wait_for_types(listener, "checkout.session.completed")
    assert listener.types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    last = listener.events()[-1]
    assert (last.object_id, last.attempt, last.payment_intent_id is not None) == (session, "attempt-1", True)
    body, signature = listener.bodies[0]
    with pytest.raises(SignatureWrong):
        verify_event(body + b" ", signature, stripe.webhook_secret)


@pytest.mark.parametrize(
    ("act", "told"),
    [("settle", ("payment_intent.succeeded", "checkout.session.async_payment_succeeded")),
     ("fail", ("payment_intent.payment_failed", "checkout.session.async_payment_failed"))],
)  # fmt: skip
def test_a_bank_debit_is_told_twice(stripe: RunningStripe, listener: Listener, act: str, told: tuple[str, str]) -> None:
    session = a_session(stripe)
    intent = stripe.pay(session, "bacs_clears")["payment_intent"]
    wait_for_types(listener, "payment_intent.processing", "checkout.session.completed")
    assert not set(told) & set(listener.types())
    stripe.act(f"payments/{intent}/{act}")
    wait_for_types(listener, *told)


def test_money_that_goes_back_is_told(stripe: RunningStripe, listener: Listener) -> None:
    intent = stripe.pay(a_session(stripe))["payment_intent"]
    refund = stripe.act(f"payments/{intent}/refund", amount=4000)["id"]
    stripe.act(f"refunds/{refund}/fail")
    dispute = stripe.act(f"payments/{intent}/dispute")["id"]
    stripe.act(f"disputes/{dispute}/won")
    wait_for_types(
        listener,
        "refund.created",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    )
    about = {event.type: event.payment_intent_id for event in listener.events()}
    assert about["refund.failed"] == about["charge.dispute.closed"] == intent


def test_a_bank_wants_no_more_back_than_is_left(stripe: RunningStripe) -> None:
    session = a_session(stripe)
    intent, whole = stripe.pay(session)["payment_intent"], stripe.state.things[session]["amount_total"]
    stripe.act(f"payments/{intent}/refund", amount=1000)
    amounts = []
    for part in (2000, 500, 0):
        found = stripe.act(f"payments/{intent}/dispute", amount=part)
        amounts.append(found["amount"])
        stripe.act(f"disputes/{found['id']}/{'won' if part == 500 else 'lost'}")
    assert amounts == [2000, 500, whole - 3000]
    answer = stripe.client.post(f"/demo/payments/{intent}/dispute", json={})
    assert (answer.status_code, "Nothing is left" in answer.text) == (400, True)


def test_what_is_not_taken_is_sent_again(stripe: RunningStripe, listener: Listener) -> None:
    listener.refusals = 6
    stripe.pay(a_session(stripe))
    wait_for(lambda: len(listener.types()) == 4, "all four events", 20)
    assert len({event.id for event in listener.events()}) == 4
    assert sum(one["status"] == 500 for one in stripe.deliveries()) == 6


def test_each_twice_and_out_of_order(stripe: RunningStripe, listener: Listener) -> None:
    stripe.act("webhooks", mode="twice")
    stripe.pay(a_session(stripe))
    wait_for(lambda: len(listener.types()) >= 8, "each event twice", 20)
    ids = [event.id for event in listener.events()]
    assert sorted(ids) == sorted([*set(ids), *set(ids)])
    assert listener.types()[0] == "checkout.session.completed"


def test_held_events_leave_when_they_may_and_can_be_sent_again(stripe: RunningStripe, listener: Listener) -> None:
    stripe.act("webhooks", mode="held")
    stripe.pay(a_session(stripe))
    assert listener.types() == []
    stripe.act("webhooks", mode="normal")
    wait_for_types(listener, "checkout.session.completed")
    event = listener.events()[-1].id
    stripe.act(f"events/{event}/send")
    wait_for(lambda: [one.id for one in listener.events()].count(event) == 2, "the event again", 20)


def test_an_endpoint_gets_what_it_asked_for_only(stripe: RunningStripe, listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.server_address[1]}/other"
    wanted = {"url": url, "enabled_events[0]": "payment_intent.succeeded"}
    stripe.client.post("/v1/webhook_endpoints", data=wanted, headers={"authorization": f"Bearer {stripe.key}"})
    stripe.pay(a_session(stripe))
    wait_for(lambda: len(listener.bodies) == 5, "four events here and one there", 20)
    assert [one["type"] for one in stripe.deliveries() if one["url"] == url] == ["payment_intent.succeeded"]


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://10.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1"])
def test_events_go_to_this_machine_alone(stripe: RunningStripe, url: str) -> None:
    wanted = {"url": url, "enabled_events[0]": "*"}
    answer = stripe.client.post("/v1/webhook_endpoints", data=wanted, headers={"authorization": f"Bearer {stripe.key}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "url_invalid")


def test_modes_are_those_described() -> None:
    assert webhooks.MODES == ("normal", "twice", "held")
