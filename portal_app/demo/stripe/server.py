"""The local Stripe as one ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from portal_app.demo.stripe import api, business, checkout, control, pages, payments
from portal_app.demo.stripe.backwards import settle_refund
from portal_app.demo.stripe.board import DEMO_KEY, Board
from portal_app.demo.stripe.problems import Problem
from portal_app.demo.stripe.state import State
from portal_app.demo.stripe.webhooks import Deliverer

_TICK_SECONDS = 0.25
# Only by names of this machine: a page elsewhere must not act here under a name it controls.
_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


class LocalStripe(Starlette):
    """Starlette that can lose an answer after the work is done."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not self.state.board.loses(scope["method"], scope["path"]):
            await super().__call__(scope, receive, send)
            return

        async def keep_nothing(_: Message) -> None:
            """Let the answer go."""

        await super().__call__(scope, receive, keep_nothing)
        await _cut(receive, send)


async def _cut(receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
    """Close the connection under the client; ASGI has no word for it, uvicorn's `send` belongs to what has one."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("Lost answers need uvicorn's own `send`.")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue


def create_app(state: State, keys: frozenset[str] = frozenset({DEMO_KEY})) -> LocalStripe:
    """Build the server over its state; it takes requests with any of these secret keys."""
    business.furnish(state)
    board = Board(state, Deliverer(state), keys)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await board.deliverer.start()
        clock = asyncio.create_task(_keep_time(state))
        yield
        clock.cancel()
        await asyncio.gather(clock, return_exceptions=True)
        await board.deliverer.close()
        state.save()

    app = LocalStripe(
        routes=[*api.routes(), *control.ROUTES, *pages.ROUTES],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
        exception_handlers={Problem: _refuse, 404: _unknown},
        lifespan=lifespan,
    )
    app.state.board = board
    return app


async def _keep_time(state: State) -> None:
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        pass_time(state)


def pass_time(state: State) -> None:
    """Do what is due: banks answer, refunds arrive, pages expire."""
    now = state.now()
    due = [thing for thing in list(state.things.values()) if thing.get("_settles_at", now + 1) <= now]
    for thing in due:
        del thing["_settles_at"]
        if thing["object"] == "payment_intent" and thing["status"] == "processing":
            payments.answer_of_bank(state, thing)
            checkout.follow_bank(state, thing)
        elif thing["object"] == "refund" and thing["status"] == "pending":
            settle_refund(state, thing)
    expired = [one for one in state.find("checkout.session", status="open") if one["expires_at"] <= now]
    for session in expired:
        checkout.retrieve(state, session["id"])
    if due or expired:
        state.forget_events()
        state.save()


async def _refuse(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return JSONResponse(problem.body, problem.status)


async def _unknown(request: Request, _: Exception) -> Response:
    words = f"Unrecognized request URL ({request.method}: {request.url.path})."
    return JSONResponse(Problem(words, 404).body, 404)
