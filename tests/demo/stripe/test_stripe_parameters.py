"""What the local Stripe takes is what the SDK says that Stripe takes."""

from collections.abc import Iterator

import httpx
import pytest
from stripe import params
from stripe.params import checkout

from portal_app.demo.stripe.api import OPERATIONS
from portal_app.demo.stripe.parameters import read
from portal_app.demo.stripe.problems import Problem
from tests.demo.running_stripe import RunningStripe


@pytest.fixture(scope="module")
def stripe() -> Iterator[RunningStripe]:
    with RunningStripe() as running:
        yield running


def post(stripe: RunningStripe, path: str, body: str, key: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {stripe.key}", **({"idempotency-key": key} if key else {})}
    return stripe.client.post(f"/v1{path}", content=body, headers=headers)


def test_nested_parameters_are_read_as_their_kinds() -> None:
    encoded = (
        "mode=payment&line_items[0][quantity]=1&line_items[0][price_data][unit_amount]=24000"
        "&line_items[0][price_data][currency]=gbp&line_items[0][price_data][product_data][name]=A+%26+B"
        "&metadata[attempt]=1&adaptive_pricing[enabled]=false&expand[0]=a&expand[1]=b"
    )
    assert read(encoded, checkout.SessionCreateParams) == {
        "mode": "payment",
        "line_items": [
            {"quantity": 1, "price_data": {"unit_amount": 24000, "currency": "gbp", "product_data": {"name": "A & B"}}}
        ],
        "metadata": {"attempt": "1"},
        "adaptive_pricing": {"enabled": False},
        "expand": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("encoded", "param"),
    [
        ("payment_method_types[0]=card", "payment_method_types"),
        ("colour=red", "colour"),
        ("payment_intent_data[colour]=red", "payment_intent_data[colour]"),
        (
            "line_items[0][price_data][currency]=gbp&line_items[0][price_data][price]=1",
            "line_items[0][price_data][price]",
        ),
        (
            "saved_payment_method_options[payment_method_saved]=enabled",
            "saved_payment_method_options[payment_method_saved]",
        ),
        ("idempotency_key=x", "idempotency_key"),
        ("api_key=x", "api_key"),
    ],
)
def test_an_unknown_parameter_is_refused_however_deep(encoded: str, param: str) -> None:
    with pytest.raises(Problem, match="unknown parameter") as refused:
        read(encoded, checkout.SessionCreateParams)
    assert refused.value.body["error"]["code"] == "parameter_unknown"
    assert refused.value.body["error"]["param"] == param


@pytest.mark.parametrize(
    ("encoded", "shape"),
    [
        ("mode=subscribe", checkout.SessionCreateParams),
        ("expires_at=tomorrow", checkout.SessionCreateParams),
        ("expires_at=1.5", checkout.SessionCreateParams),
        ("expires_at[0]=1", checkout.SessionCreateParams),
        ("mode[a]=payment", checkout.SessionCreateParams),
        ("line_items=1", checkout.SessionCreateParams),
        ("line_items[a][quantity]=1", checkout.SessionCreateParams),
        ("line_items[1][quantity]=1", checkout.SessionCreateParams),
        ("line_items[0]=1&line_items[0][quantity]=1", checkout.SessionCreateParams),
        ("payment_intent_data[setup_future_usage]=always", checkout.SessionCreateParams),
        ("saved_payment_method_options[allow_redisplay_filters][0]=never", checkout.SessionCreateParams),
        ("adaptive_pricing[enabled]=yes", checkout.SessionCreateParams),
        ("success_url=", checkout.SessionCreateParams),
        (f"metadata[a]={'x' * 501}", checkout.SessionCreateParams),
        ("metadata[a][b]=c", checkout.SessionCreateParams),
        (f"client_reference_id={'x' * 5001}", checkout.SessionCreateParams),
        ("currency=gbp", params.PaymentIntentCreateParams),
        ("amount=1", params.PaymentIntentCreateParams),
        ("url=http://127.0.0.1&enabled_events[0]=invented", params.WebhookEndpointCreateParams),
    ],
)
def test_a_wrong_value_is_refused(encoded: str, shape: type) -> None:
    with pytest.raises(Problem) as refused:
        read(encoded, shape)
    assert refused.value.status == 400


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_operation_knows_its_parameters(operation: object) -> None:
    with pytest.raises(Problem, match="unknown parameter: colour"):
        read("colour=red", operation.shape)  # pyright: ignore[reportAttributeAccessIssue]


def test_over_http_it_reads_as_stripes_own_refusal(stripe: RunningStripe) -> None:
    answer = post(stripe, "/customers", "email=a%40b.example&tax[colour]=red")
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": "Received unknown parameter: tax[colour]",
        "type": "invalid_request_error",
        "code": "parameter_unknown",
        "param": "tax[colour]",
    }
    assert stripe.client.get("/v1/unknown").status_code == 404
    assert stripe.client.get("/v1/account").status_code == 401


def test_the_same_key_gives_the_same_answer_and_refuses_another_wish(stripe: RunningStripe) -> None:
    first = post(stripe, "/customers", "name=A", "key-1")
    again = post(stripe, "/customers", "name=A", "key-1")
    assert first.json() == again.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    for path, body in (("/customers", "name=B"), ("/refunds", "name=A")):
        refused = post(stripe, path, body, "key-1")
        assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")


def test_what_was_never_begun_may_be_asked_rightly_under_the_same_key(stripe: RunningStripe) -> None:
    assert post(stripe, "/customers", "colour=red", "key-2").status_code == 400
    assert post(stripe, "/customers", "name=A", "key-2").status_code == 200


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"expires_at": "1795000000"}, "expires_at"),
        ({"customer": "cus_nobody"}, "customer"),
        ({"mode": "subscription"}, "mode"),
        ({"line_items[0][price_data][unit_amount]": "29"}, "amount"),
        ({"line_items[0][price_data][currency]": "isk"}, "amount"),
        ({"line_items[0][price_data][currency]": "zzz"}, "currency"),
        ({"line_items[0][price_data][unit_amount]": "２４０００"}, "line_items[0][price_data][unit_amount]"),
        ({"success_url": None}, "success_url"),
        ({"success_url": "/done"}, "success_url"),
        ({"customer": None, "customer_email": "nobody"}, "customer_email"),
    ],
)
def test_a_session_stripe_would_not_open(stripe: RunningStripe, changed: dict[str, str | None], param: str) -> None:
    customer = post(stripe, "/customers", "name=A").json()["id"]
    wanted: dict[str, str | None] = {
        "mode": "payment",
        "customer": customer,
        "success_url": "http://localhost/done",
        "line_items[0][price_data][currency]": "gbp",
        "line_items[0][price_data][unit_amount]": "24001",
        "line_items[0][price_data][product_data][name]": "Invoice",
        **changed,
    }
    encoded = str(httpx.QueryParams({name: value for name, value in wanted.items() if value is not None}))
    answer = post(stripe, "/checkout/sessions", encoded)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_only_names_of_this_machine_are_served(stripe: RunningStripe) -> None:
    assert stripe.client.get("/", headers={"host": "stripe.evil.example"}).status_code == 400
    forged = stripe.client.post("/demo/payouts", data={}, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
