"""The pages: checkout for the payer, and at `/` everything that was paid with the buttons of banks and dashboard."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from portal_app.demo.stripe import checkout, markup
from portal_app.demo.stripe.board import board_of
from portal_app.demo.stripe.methods import CHOICES
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import Thing

_NEWEST = 60
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
}
_Page = Callable[[Request], Awaitable[Response]]


def _clear(page: _Page) -> _Page:
    """Show a refusal as a page."""

    async def serve(request: Request) -> Response:
        try:
            return await page(request)
        except Problem as problem:
            return _html(markup.plain_page("That did not work", str(problem)), status=problem.status)

    return serve


async def overview(request: Request) -> Response:
    """Show what was paid and everything one can do about it."""
    return _html(markup.overview_page(board_of(request), _NEWEST))


async def show_checkout(request: Request) -> Response:
    """Show the page on which a session is paid."""
    state = board_of(request).state
    return _checkout_page(request, checkout.retrieve(state, request.path_params["id"]))


async def finish_checkout(request: Request) -> Response:
    """Take what the payer chose; back to the portal when it worked, to the page with a sentence when not."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Problem("This form was not sent from this page.", 403)
    state, form, session_id = board_of(request).state, await request.form(), request.path_params["id"]
    session = checkout.retrieve(state, session_id)
    if session["status"] != "open":
        return _checkout_page(request, session)
    choice, answer, save = str(form.get("choice") or ""), form.get("authenticated"), bool(form.get("save"))
    if not choice:
        session["_problem"] = "Please choose how you want to pay."
        return _checkout_page(request, session, 400)
    if answer is None and _asks(state.things.get(choice), choice):
        return _html(markup.authenticate_page(session, choice, save), (_origin(session["success_url"]),))
    session = checkout.pay(state, session_id, choice, save=save, authenticated=answer == "yes")
    state.save()
    if session["status"] != "complete":
        return _checkout_page(request, session, 402)
    return RedirectResponse(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id), 303, _HEADERS)


def _asks(method: Thing | None, choice: str) -> bool:
    outcome = method.get("_outcome") if method else CHOICES[choice].outcome if choice in CHOICES else ""
    return outcome == "authenticate"


async def receipt(request: Request) -> Response:
    """Show that a charge was paid."""
    charge = board_of(request).state.get("charge", request.path_params["id"])
    return _html(markup.receipt_page(charge))


async def verify(request: Request) -> Response:
    """Show the page on which a payer types the small amounts that came to their bank account."""
    intent = board_of(request).state.get("payment_intent", request.path_params["id"])
    return _html(markup.verify_page(intent))


def _checkout_page(request: Request, session: Thing, status: int = 200) -> Response:
    state = board_of(request).state
    html = markup.checkout_page(state, session)
    return _html(html, (_origin(session["success_url"]),), status)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _html(html: str, forms_may_lead_to: tuple[str, ...] = (), status: int = 200) -> HTMLResponse:
    # Browsers hold where a form's answer redirects to against form-action as well.
    targets = " ".join(("'self'", *forms_may_lead_to))
    policy = (
        f"default-src 'none'; style-src 'sha256-{markup.STYLE_HASH}'; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(html, status, {**_HEADERS, "content-security-policy": policy})


ROUTES = [
    Route("/", _clear(overview)),
    Route("/c/pay/{id}", _clear(show_checkout), methods=["GET"]),
    Route("/c/pay/{id}", _clear(finish_checkout), methods=["POST"]),
    Route("/receipts/{id}", _clear(receipt)),
    Route("/verify/{id}", _clear(verify)),
]
