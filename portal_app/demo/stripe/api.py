"""The operations under /v1, with the key, idempotency and trouble on demand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from stripe import params
from stripe.params import checkout as checkout_params

from portal_app.demo.stripe import backwards, business, checkout, methods, payments
from portal_app.demo.stripe.board import Board, board_of
from portal_app.demo.stripe.parameters import read
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import API_VERSION, State, Thing

_LARGEST = 1_000_000
# (state, parameters, ids of the address) -> the object, or a finished list
_Work = Callable[..., Thing]


@dataclass(frozen=True, slots=True)
class Operation:
    """One of Stripe's operations: what the SDK says it may be sent, and what it does."""

    method: str
    path: str
    shape: Any
    work: _Work


def _get(kind: str) -> _Work:
    return lambda state, asked, thing_id: state.get(kind, thing_id)


def _list(kind: str, *filters: str, url: str) -> _Work:
    """Return a listing that may be limited by these parameters."""

    def work(state: State, asked: Thing) -> Thing:
        wanted = {name: asked[name] for name in filters if name in asked}
        return state.page(kind, url, asked, **wanted)

    return work


def _methods_of(state: State, asked: Thing, customer_id: str) -> Thing:
    state.get("customer", customer_id)
    wanted = {name: asked[name] for name in ("type", "allow_redisplay") if name in asked}
    url = f"/v1/customers/{customer_id}/payment_methods"
    return state.page("payment_method", url, asked, customer=customer_id, **wanted)


OPERATIONS = (
    Operation(
        "POST",
        "/checkout/sessions",
        checkout_params.SessionCreateParams,
        lambda state, asked: checkout.create(state, asked),
    ),
    Operation(
        "GET",
        "/checkout/sessions",
        checkout_params.SessionListParams,
        _list("checkout.session", "payment_intent", "customer", "status", url="/v1/checkout/sessions"),
    ),
    Operation(
        "GET",
        "/checkout/sessions/{id}",
        checkout_params.SessionRetrieveParams,
        lambda state, asked, one: checkout.retrieve(state, one),
    ),
    Operation(
        "POST",
        "/checkout/sessions/{id}/expire",
        checkout_params.SessionExpireParams,
        lambda state, asked, one: checkout.expire(state, one),
    ),
    Operation("POST", "/payment_intents", params.PaymentIntentCreateParams, payments.create),
    Operation(
        "GET",
        "/payment_intents",
        params.PaymentIntentListParams,
        _list("payment_intent", "customer", url="/v1/payment_intents"),
    ),
    Operation("GET", "/payment_intents/{id}", params.PaymentIntentRetrieveParams, _get("payment_intent")),
    Operation(
        "POST",
        "/payment_intents/{id}/cancel",
        params.PaymentIntentCancelParams,
        lambda state, asked, one: payments.cancel(state, one),
    ),
    Operation("GET", "/setup_intents/{id}", params.SetupIntentRetrieveParams, _get("setup_intent")),
    Operation("GET", "/charges/{id}", params.ChargeRetrieveParams, _get("charge")),
    Operation("POST", "/customers", params.CustomerCreateParams, business.create_customer),
    Operation(
        "GET",
        "/customers/{id}",
        params.CustomerRetrieveParams,
        lambda state, asked, one: business.customer_of(state, one),
    ),
    Operation("POST", "/customers/{id}", params.CustomerUpdateParams, business.update_customer),
    Operation(
        "DELETE",
        "/customers/{id}",
        params.CustomerDeleteParams,
        lambda state, asked, one: business.delete_customer(state, one),
    ),
    Operation("GET", "/customers/{id}/payment_methods", params.CustomerPaymentMethodListParams, _methods_of),
    Operation("GET", "/payment_methods/{id}", params.PaymentMethodRetrieveParams, _get("payment_method")),
    Operation(
        "POST",
        "/payment_methods/{id}/detach",
        params.PaymentMethodDetachParams,
        lambda state, asked, one: methods.detach(state, one),
    ),
    Operation("POST", "/refunds", params.RefundCreateParams, backwards.create_refund),
    Operation(
        "GET", "/refunds", params.RefundListParams, _list("refund", "payment_intent", "charge", url="/v1/refunds")
    ),
    Operation("GET", "/refunds/{id}", params.RefundRetrieveParams, _get("refund")),
    Operation(
        "GET", "/disputes", params.DisputeListParams, _list("dispute", "payment_intent", "charge", url="/v1/disputes")
    ),
    Operation("GET", "/disputes/{id}", params.DisputeRetrieveParams, _get("dispute")),
    Operation("GET", "/account", params.AccountRetrieveCurrentParams, lambda state, asked: next(state.find("account"))),
    Operation(
        "GET",
        "/payment_method_configurations",
        params.PaymentMethodConfigurationListParams,
        _list("payment_method_configuration", "application", "active", url="/v1/payment_method_configurations"),
    ),
    Operation("POST", "/webhook_endpoints", params.WebhookEndpointCreateParams, business.create_webhook),
    Operation(
        "GET",
        "/webhook_endpoints",
        params.WebhookEndpointListParams,
        _list("webhook_endpoint", url="/v1/webhook_endpoints"),
    ),
    Operation("GET", "/webhook_endpoints/{id}", params.WebhookEndpointRetrieveParams, _get("webhook_endpoint")),
    Operation(
        "DELETE",
        "/webhook_endpoints/{id}",
        params.WebhookEndpointDeleteParams,
        lambda state, asked, one: business.delete_webhook(state, one),
    ),
    Operation("GET", "/payouts", params.PayoutListParams, _list("payout", "status", url="/v1/payouts")),
    Operation("GET", "/payouts/{id}", params.PayoutRetrieveParams, _get("payout")),
    Operation(
        "GET",
        "/balance_transactions",
        params.BalanceTransactionListParams,
        _list("balance_transaction", "payout", "source", "type", "currency", url="/v1/balance_transactions"),
    ),
    Operation(
        "GET", "/balance_transactions/{id}", params.BalanceTransactionRetrieveParams, _get("balance_transaction")
    ),
    Operation("GET", "/events", params.EventListParams, _list("event", "type", url="/v1/events")),
    Operation("GET", "/events/{id}", params.EventRetrieveParams, _get("event")),
)


def routes() -> list[Route]:
    """Return the addresses of all operations."""
    found: list[Route] = []
    for path in dict.fromkeys(operation.path for operation in OPERATIONS):
        here = {operation.method: operation for operation in OPERATIONS if operation.path == path}
        found.append(Route(f"/v1{path}", _endpoint(here), methods=list(here)))
    return found


def _endpoint(here: dict[str, Operation]) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        board, operation = board_of(request), here["GET" if request.method == "HEAD" else request.method]
        body = (await request.body()).decode("utf-8", "replace")
        if len(body) > _LARGEST:
            return _answer(413, Problem("The request is too large.", 413).body)
        encoded = request.url.query if request.method in ("GET", "HEAD") else body
        return _serve(board, operation, request, encoded)

    return serve


def _serve(board: Board, operation: Operation, request: Request, encoded: str) -> Response:
    key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
    try:
        _check_key(board, request)
        kept = _kept(board.state, key, request.url.path, encoded)
        board.note(request.method, request.url.path, key, repeated=kept is not None)
        if kept is not None:
            return _answer(kept["status"], kept["body"], {"idempotent-replayed": "true"})
        board.stop_if_in_trouble()
        asked = read(encoded, operation.shape)
    except Problem as problem:
        # What was never begun is not kept either: it may be asked again, rightly, under the same key.
        return _answer(problem.status, problem.body)
    status, body = _work(board.state, operation, asked, list(request.path_params.values()))
    if key:
        board.state.answers[key] = {"path": request.url.path, "sent": encoded, "status": status, "body": body}
    if request.method != "GET":
        board.state.save()
    return _answer(status, body)


def _work(state: State, operation: Operation, asked: Thing, ids: list[str]) -> tuple[int, Thing]:
    try:
        done = operation.work(state, asked, *ids)
        return 200, done if done.get("object") == "list" else state.shown(done, asked.get("expand"))
    except Problem as problem:
        return problem.status, problem.body


def _check_key(board: Board, request: Request) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if given not in board.keys:
        shown = f"{given[:8]}{'*' * 8}{given[-4:]}" if len(given) > 12 else ""
        raise Problem(f"Invalid API Key provided: {shown}", 401)


def _kept(state: State, key: str, path: str, encoded: str) -> Thing | None:
    """Return what was answered to this key before; raises Problem when it was for something else."""
    kept = state.answers.get(key) if key else None
    if kept is not None and (kept["path"], kept["sent"]) != (path, encoded):
        raise Problem(
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return kept


def _answer(status: int, body: Thing, headers: dict[str, str] | None = None) -> Response:
    shown = {"content-type": "application/json", "stripe-version": API_VERSION, "cache-control": "no-store"}
    return Response(json.dumps(body, indent=2), status, {**shown, **(headers or {})})
