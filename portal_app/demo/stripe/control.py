"""What Stripe itself has no operation for: to be the bank, the payer's bank, the dashboard, or bad luck.

Under /demo, without a key: JSON for tests, forms for the page. A form is answered by going back to the page.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from portal_app.demo.stripe import backwards, business, checkout, methods, payments
from portal_app.demo.stripe.board import Board, board_of
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import Thing
from portal_app.demo.stripe.webhooks import MODES

_FURTHEST = 400 * 86400
_Act = Callable[..., Thing | None]


def _control(act: _Act) -> Callable[[Request], Any]:
    """Serve an act that takes (board, what was sent, ids of the address) and gives what it changed."""

    async def serve(request: Request) -> Response:
        # Pages elsewhere may make a browser post here; a browser says so, and tests are none.
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Problem("This was not sent from this page.", 403)
        board, form = board_of(request), not request.headers.get("content-type", "").startswith("application/json")
        sent = dict(await request.form()) if form else await _object(request)
        done = act(board, sent, *request.path_params.values())
        board.state.save()
        if form and request.headers.get("sec-fetch-mode") == "navigate":
            return RedirectResponse("/", 303)
        return JSONResponse(board.state.shown(done) if done else {})

    return serve


async def _object(request: Request) -> Thing:
    try:
        sent = await request.json()
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise Problem("This takes an object.")
    return sent


def _number(sent: Thing, name: str, default: int, highest: int = 10**9) -> int:
    try:
        number = int(sent.get(name) or default)
    except (TypeError, ValueError):
        raise Problem(f"{name} must be a whole number.", param=name) from None
    if not 0 <= number <= highest:
        raise Problem(f"{name} must be between 0 and {highest}.", param=name)
    return number


def _pay(board: Board, sent: Thing, session_id: str) -> Thing:
    save, sure = bool(sent.get("save")), bool(sent.get("authenticated"))
    return checkout.pay(board.state, session_id, str(sent.get("choice")), save=save, authenticated=sure)


def _expire(board: Board, _: Thing, session_id: str) -> Thing:
    return checkout.expire(board.state, session_id)


def _act_on_payment(board: Board, sent: Thing, intent_id: str, act: str) -> Thing:
    state = board.state
    intent = state.get("payment_intent", intent_id)
    if act == "settle":
        payments.settle(state, intent)
    elif act == "fail":
        payments.fail_at_bank(state, intent, str(sent.get("code") or "insufficient_funds"))
    elif act == "verify":
        payments.verify(state, intent)
        return intent
    elif act == "refund":
        asked: Thing = {"payment_intent": intent_id, "reason": "requested_by_customer"}
        if sent.get("amount"):
            asked["amount"] = _number(sent, "amount", 0)
        return backwards.create_refund(state, asked)
    elif act in ("dispute", "inquiry"):
        reason = str(sent.get("reason") or "fraudulent")
        part = _number(sent, "amount", 0) or None
        return backwards.open_dispute(state, intent, reason, only_asks=act == "inquiry", part=part)
    else:
        raise Problem(f"A payment cannot be told to {act}.", 404)
    checkout.follow_bank(state, intent)
    return intent


def _act_on_refund(board: Board, _: Thing, refund_id: str, act: str) -> Thing:
    refund = board.state.get("refund", refund_id)
    if act not in ("settle", "fail"):
        raise Problem(f"A refund cannot be told to {act}.", 404)
    (backwards.settle_refund if act == "settle" else backwards.fail_refund)(board.state, refund)
    return refund


def _close_dispute(board: Board, _: Thing, dispute_id: str, outcome: str) -> Thing:
    dispute = board.state.get("dispute", dispute_id)
    backwards.close_dispute(board.state, dispute, outcome)
    return dispute


def _give_method(board: Board, sent: Thing, customer_id: str) -> Thing:
    board.state.get("customer", customer_id)
    choice = str(sent.get("choice") or "card_ok")
    if choice not in methods.CHOICES:
        raise Problem(f"choice must be one of {', '.join(methods.CHOICES)}.", param="choice")
    return methods.make_method(board.state, choice, customer_id, "always")


def _switch_method(board: Board, sent: Thing, kind: str) -> None:
    business.switch_method(board.state, kind, sent.get("on") in (True, "yes"))


def _pay_out(board: Board, sent: Thing) -> Thing:
    return business.pay_out(board.state, str(sent.get("currency") or "gbp").lower())


def _fail_payout(board: Board, _: Thing, payout_id: str) -> Thing:
    payout = board.state.get("payout", payout_id)
    business.fail_payout(board.state, payout)
    return payout


def _set_webhooks(board: Board, sent: Thing) -> None:
    if sent.get("mode") not in MODES:
        raise Problem(f"mode must be one of {', '.join(MODES)}.", param="mode")
    board.deliverer.set_mode(sent["mode"])


def _send_again(board: Board, _: Thing, event_id: str) -> Thing:
    event = board.state.get("event", event_id)
    board.deliverer.send_again(event)
    return event


def _make_trouble(board: Board, sent: Thing) -> None:
    board.lose = _number(sent, "lose", 0, 1000)
    board.lose_path = str(sent.get("lose_path") or "")
    board.fail = _number(sent, "fail", 0, 1000)
    board.fail_status = _number(sent, "fail_status", 500, 599)
    if board.fail_status != 429 and board.fail_status < 500:
        raise Problem("fail_status must be 429 or 500 to 599.", param="fail_status")


def _put_ahead(board: Board, sent: Thing) -> None:
    board.state.clock_offset = _number(sent, "ahead", 0, _FURTHEST)


async def _requests(request: Request) -> Response:
    """Answer what was asked here and which events were sent, oldest first."""
    board = board_of(request)
    return JSONResponse({"requests": board.requests, "deliveries": board.deliverer.sent})


ROUTES = [
    Route("/demo/sessions/{id}/pay", _control(_pay), methods=["POST"]),
    Route("/demo/sessions/{id}/expire", _control(_expire), methods=["POST"]),
    Route("/demo/payments/{id}/{act}", _control(_act_on_payment), methods=["POST"]),
    Route("/demo/refunds/{id}/{act}", _control(_act_on_refund), methods=["POST"]),
    Route("/demo/disputes/{id}/{outcome}", _control(_close_dispute), methods=["POST"]),
    Route("/demo/customers/{id}/methods", _control(_give_method), methods=["POST"]),
    Route("/demo/methods/{kind}", _control(_switch_method), methods=["POST"]),
    Route("/demo/payouts", _control(_pay_out), methods=["POST"]),
    Route("/demo/payouts/{id}/fail", _control(_fail_payout), methods=["POST"]),
    Route("/demo/webhooks", _control(_set_webhooks), methods=["POST"]),
    Route("/demo/events/{id}/send", _control(_send_again), methods=["POST"]),
    Route("/demo/trouble", _control(_make_trouble), methods=["POST"]),
    Route("/demo/clock", _control(_put_ahead), methods=["POST"]),
    Route("/demo/requests", _requests),
]
