"""The webhook: nothing without a signature, nothing twice, and Stripe is asked before anything is believed."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
import stripe as sdk
from sqlmodel import select
from starlette.applications import Starlette

from portal_app.endpoints import stripe_webhook
from portal_app.models import StripeEvent
from portal_app.routes import STRIPE_WEBHOOK
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.workflows.conftest import rows
from tests.workflows.money import Money, money, run

HEADER = "stripe-signature"


@pytest.fixture(scope="module")
def stripe() -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        yield running


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    stripe.use(monkeypatch)
    with money(stripe, 24000) as ready:
        yield ready


class Door:
    """The webhook's address."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body and return the answer's status."""
        raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}

        async def send() -> int:
            app = httpx.ASGITransport(Starlette(routes=stripe_webhook.ROUTES))
            async with httpx.AsyncClient(transport=app, base_url="http://portal") as client:
                return (await client.post(STRIPE_WEBHOOK, content=body, headers=raw)).status_code

        return run(send())


@pytest.fixture
def door(till: Money) -> Door:
    return Door()


def signed(body: bytes, secret: str = RunningStripe.webhook_secret, at: float | None = None) -> dict[str, str]:
    return {
        HEADER: sdk.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=int(at or time.time()))
    }


def events(stripe: RunningStripe, kind: str) -> list[bytes]:
    """Return the events of a kind, newest first, as they are sent."""
    return [json.dumps(stripe.state.shown(one)).encode() for one in stripe.state.find("event", type=kind)]


def test_a_signed_event_settles_the_payment_once(till: Money, door: Door):
    _, page = till.begin()
    till.stripe.pay(page)
    body = events(till.stripe, "payment_intent.succeeded")[0]
    answers = [door.post(body, signed(body)) for _ in range(3)]
    assert answers == [200, 200, 200]
    assert (till.left(), len(till.payments()), till.mails()) == (0, 1, ["receipt"])
    assert len(rows(select(StripeEvent))) == 1


def test_what_went_back_is_booked_whatever_the_order_of_the_news(till: Money, door: Door):
    _, page = till.begin()
    till.stripe.pay(page)
    intent = next(till.stripe.state.find("payment_intent"))["id"]
    till.stripe.act(f"payments/{intent}/refund", amount=4000)
    till.stripe.act(f"payments/{intent}/dispute")
    for kind in ("charge.dispute.created", "payment_intent.succeeded", "refund.created"):
        body = events(till.stripe, kind)[0]
        assert door.post(body, signed(body)) == 200
    assert [(one.amount_minor, one.status) for one in till.refunds()] == [(4000, "succeeded")]
    assert (till.payments()[0].dispute, till.left()) == ("open", 20000)


def test_late_news_of_what_arrived_still_finds_what_went_back(till: Money, door: Door):
    _, page = till.begin()
    till.stripe.pay(page)
    intent = next(till.stripe.state.find("payment_intent"))["id"]
    till.stripe.act(f"payments/{intent}/refund", amount=4000)
    body = events(till.stripe, "payment_intent.succeeded")[0]
    assert door.post(body, signed(body)) == 200
    assert [one.amount_minor for one in till.refunds()] == [4000]


@pytest.mark.parametrize("headers", ["none", "wrong", "old", "cut", "letters"])
def test_what_stripe_did_not_sign_just_now_changes_nothing(till: Money, door: Door, headers: str):
    _, page = till.begin()
    till.stripe.pay(page)
    body = events(till.stripe, "payment_intent.succeeded")[0]
    given = {
        "none": {},
        "wrong": signed(body, "whsec_somebody_elses"),
        "old": signed(body, at=time.time() - 3600),
        "cut": signed(body[:-10]),
        "letters": {HEADER: "t=1,v1=\u00e9"},
    }[headers]
    assert door.post(body, given) == 400
    assert (till.left(), till.payments(), rows(select(StripeEvent))) == (24000, [], [])


def test_a_body_without_end_is_refused(till: Money, door: Door):
    body = b"{" + b" " * 2_000_000 + b"}"
    assert door.post(body, signed(body)) == 413


def test_what_is_signed_but_no_event_is_refused(till: Money, door: Door):
    number = b'{"id": 1, "type": "x", "created": 1, "data": {"object": {"id": "pi_1", "object": "payment_intent"}}}'
    for body in (b"[]", b"{}", b"null", b'{"id": 1, "object": "event"}', number, b"[" * 100_000, b"\xff"):
        header = signed(body) if body != b"\xff" else {HEADER: "t=1,v1=0"}
        assert door.post(body, header) == 400


@pytest.mark.parametrize(("change", "status"), [({"livemode": True}, 200), ({"account": "acct_other"}, 200)])
def test_events_of_another_account_are_none_of_ours(till: Money, door: Door, change: dict, status: int):
    _, page = till.begin()
    till.stripe.pay(page)
    event = json.loads(events(till.stripe, "payment_intent.succeeded")[0])
    body = json.dumps({**event, **change}).encode()
    assert door.post(body, signed(body)) == status
    assert (till.left(), rows(select(StripeEvent))) == (24000, [])


def test_a_try_that_is_ours_and_not_here_is_asked_for_again(till: Money, door: Door):
    _, page = till.begin()
    till.stripe.pay(page)
    event = json.loads(events(till.stripe, "payment_intent.succeeded")[0])
    event["id"], event["data"]["object"]["metadata"]["attempt"] = "evt_lost", "nobody-knows-it"
    body = json.dumps(event).encode()
    assert door.post(body, signed(body)) == 500
    event["data"]["object"]["metadata"], event["data"]["object"]["id"] = {}, "pi_of_somebody_else"
    body = json.dumps(event).encode()
    assert door.post(body, signed(body)) == 200


def test_stripe_away_means_send_it_again(till: Money, door: Door):
    _, page = till.begin()
    till.stripe.pay(page)
    body = events(till.stripe, "payment_intent.succeeded")[0]
    till.stripe.act("trouble", fail=20)
    try:
        assert door.post(body, signed(body)) == 500
        assert (till.left(), rows(select(StripeEvent))) == (24000, [])
    finally:
        till.stripe.act("trouble", fail=0)
    assert door.post(body, signed(body)) == 200
    assert till.left() == 0


def test_without_a_secret_nothing_is_accepted(till: Money, door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "")
    forget_settings()
    body = b"{}"
    assert door.post(body, signed(body)) == 503
