"""Checkout sessions: opened by the portal, finished on the page by the payer, or expired."""

from urllib.parse import urlsplit

from portal_app.demo.stripe import payments
from portal_app.demo.stripe.business import check_address
from portal_app.demo.stripe.methods import active_kinds, attach, choices_for, make_method, saved
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State, Thing

_SHORTEST, _LONGEST = 30 * 60, 24 * 3600
# Clocks differ a little, and requests take their time.
_SLACK = 60


def create(state: State, asked: Thing) -> Thing:
    """Serve POST /v1/checkout/sessions."""
    mode = asked.get("mode")
    if mode not in ("payment", "setup"):
        raise Problem("The local Stripe knows the modes payment and setup.", param="mode")
    for name in ("success_url",) if mode == "payment" else ("success_url", "customer"):
        if name not in asked:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for name in ("success_url", "cancel_url"):
        if name in asked and urlsplit(asked[name]).scheme not in ("http", "https"):
            raise Problem("Not a valid URL", code="url_invalid", param=name)
    check_address(asked.get("customer_email"), "customer_email")
    if "customer" in asked:
        if "customer_email" in asked:
            raise Problem("You may only specify one of these parameters: customer, customer_email.")
        state.get("customer", asked["customer"], "customer")
    elif "saved_payment_method_options" in asked:
        # Stripe offers and keeps methods for its customers alone.
        raise Problem("`saved_payment_method_options` needs a `customer`.", param="saved_payment_method_options")
    expires_at = asked.get("expires_at", int(state.now()) + _LONGEST)
    if not state.now() + _SHORTEST - _SLACK <= expires_at <= state.now() + _LONGEST + _SLACK:
        raise Problem(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    amount, currency, name = _line(asked) if mode == "payment" else (None, _setup_currency(asked), "")
    session = state.add(
        "checkout.session",
        "cs_test",
        mode=mode,
        status="open",
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        amount_total=amount,
        amount_subtotal=amount,
        currency=currency,
        customer=asked.get("customer"),
        customer_email=asked.get("customer_email"),
        client_reference_id=asked.get("client_reference_id"),
        metadata=asked.get("metadata", {}),
        expires_at=expires_at,
        success_url=asked["success_url"],
        cancel_url=asked.get("cancel_url"),
        locale=asked.get("locale"),
        payment_intent=None,
        setup_intent=None,
        payment_method_types=active_kinds(state),
        saved_payment_method_options=asked.get("saved_payment_method_options"),
        ui_mode="hosted_page",
        _name=name,
        _intent=asked.get("payment_intent_data", {}),
        _setup=asked.get("setup_intent_data", {}),
        _problem="",
    )
    session["url"] = f"{state.public_url}/c/pay/{session['id']}"
    return session


def _line(asked: Thing) -> tuple[int, str, str]:
    lines = asked.get("line_items") or []
    if not lines:
        raise Problem("You must provide `line_items` in payment mode.", code="parameter_missing", param="line_items")
    prices = [line.get("price_data") or {} for line in lines]
    if any("unit_amount" not in price or "product_data" not in price for price in prices):
        raise Problem("The local Stripe takes lines with price_data, unit_amount and product_data.", param="line_items")
    amount = sum(price["unit_amount"] * line.get("quantity", 1) for price, line in zip(prices, lines, strict=True))
    currency = prices[0]["currency"].lower()
    payments.check_amount(amount, currency)
    return amount, currency, prices[0]["product_data"]["name"]


def _setup_currency(asked: Thing) -> str:
    if "currency" not in asked:
        raise Problem("`currency` is required in setup mode.", code="parameter_missing", param="currency")
    for name in ("line_items", "payment_intent_data", "saved_payment_method_options"):
        if name in asked:
            raise Problem(f"You can not pass `{name}` in `setup` mode.", param=name)
    return asked["currency"].lower()


def retrieve(state: State, session_id: str) -> Thing:
    """Return a session as it is now: one whose time is over has expired."""
    session = state.get("checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= state.now():
        _expire(state, session)
    return session


def expire(state: State, session_id: str) -> Thing:
    """Serve POST /v1/checkout/sessions/…/expire."""
    session = retrieve(state, session_id)
    if session["status"] != "open":
        raise Problem(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        )
    _expire(state, session)
    return session


def _expire(state: State, session: Thing) -> None:
    session.update(status="expired", url=None)
    state.emit("checkout.session.expired", session)


def shown_methods(state: State, session: Thing) -> list[Thing]:
    """Return the customer's saved methods that the page offers."""
    options = session["saved_payment_method_options"] or {}
    if session["mode"] == "setup" or session["customer"] is None:
        return []
    wanted = saved(state, session["customer"], options.get("allow_redisplay_filters", ["always"]))
    kinds = {choice.kind for choice in choices_for(state, session["currency"]).values()}
    return [method for method in wanted if method["type"] in kinds]


def must_save(session: Thing) -> bool:
    """Return whether the method will be kept without asking."""
    return session["mode"] == "setup" or bool(session["_intent"].get("setup_future_usage"))


def may_save(session: Thing) -> bool:
    """Return whether the payer is asked to keep the method."""
    return (session["saved_payment_method_options"] or {}).get("payment_method_save") == "enabled"


def pay(state: State, session_id: str, choice: str, *, save: bool = False, authenticated: bool = False) -> Thing:
    """Finish a session as its payer, with a test method or the id of a saved one.

    A method that asks for confirmation is declined unless `authenticated`. Raises Problem where the page would not
    offer this; a declined payment raises nothing and leaves the session open.
    """
    session = retrieve(state, session_id)
    if session["status"] != "open":
        raise Problem(f"This page is {session['status']}.")
    method, fresh = _chosen(state, session, choice)
    if session["mode"] == "setup":
        _finish_setup(state, session, method)
        return session
    intent = _intent_of(state, session)
    payments.confirm(state, intent, method, present=True, authenticated=authenticated)
    problem = intent["last_payment_error"]
    session["_problem"] = problem["message"] if problem else ""
    if problem:
        return session
    if fresh and (must_save(session) or (save and may_save(session))):
        attach(state, method, session["customer"], "limited" if must_save(session) else "always")
    paid = intent["status"] == "succeeded"
    session.update(status="complete", payment_status="paid" if paid else "unpaid", url=None)
    state.emit("checkout.session.completed", session)
    return session


def _chosen(state: State, session: Thing, choice: str) -> tuple[Thing, bool]:
    for method in shown_methods(state, session):
        if method["id"] == choice:
            return method, False
    if choice not in choices_for(state, session["currency"]):
        raise Problem("This method is not offered here.")
    return make_method(state, choice), True


def _intent_of(state: State, session: Thing) -> Thing:
    """Return the session's payment intent, which Stripe makes at the first try and keeps for the next."""
    if session["payment_intent"] is None:
        intent = payments.new_intent(
            state, session["amount_total"], session["currency"], customer=session["customer"], **session["_intent"]
        )
        session["payment_intent"] = intent["id"]
    return state.things[session["payment_intent"]]


def _finish_setup(state: State, session: Thing, method: Thing) -> None:
    if method["_outcome"] == "declined":
        session["_problem"] = "Your card was declined."
        return
    waits = method["_outcome"] == "confirm"
    if not waits:
        attach(state, method, session["customer"], "limited")
    setup = state.add(
        "setup_intent",
        "seti",
        customer=session["customer"],
        payment_method=method["id"],
        status="requires_action" if waits else "succeeded",
        usage="off_session",
        metadata=session["_setup"].get("metadata", {}),
        last_setup_error=None,
    )
    session.update(status="complete", url=None, setup_intent=setup["id"])
    if not waits:
        state.emit("setup_intent.succeeded", setup)
    state.emit("checkout.session.completed", session)


def follow_bank(state: State, intent: Thing) -> None:
    """Tell the session, if there is one, how the bank has answered."""
    for session in state.find("checkout.session", payment_intent=intent["id"]):
        if intent["status"] == "succeeded":
            session["payment_status"] = "paid"
            state.emit("checkout.session.async_payment_succeeded", session)
        else:
            state.emit("checkout.session.async_payment_failed", session)
