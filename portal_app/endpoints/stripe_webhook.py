"""Where Stripe tells of events; nothing is believed without its signature, and nothing it says is booked unasked."""

import asyncio
from weakref import WeakKeyDictionary

from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from portal_app import logs, routes
from portal_app.database import reading
from portal_app.endpoints.forms import FormRefused, bounded_body
from portal_app.errors import PortalError
from portal_app.integrations.stripe import verify_event
from portal_app.integrations.stripe.errors import EventUnreadable, SignatureWrong
from portal_app.integrations.stripe.values import Event
from portal_app.services import payment_settings
from portal_app.services.payment_settings import StripeKeys
from portal_app.workflows.stripe_events import take_event

# Stripe's own are a few KB; a dispute with all its evidence stays below this.
MOST_BYTES = 256 * 1024
# So many events are acted on before they are answered: a flood of news must leave threads and the database to the
# pages, and must not keep Stripe waiting.
AT_ONCE = 2
# By event loop: a semaphore belongs to one. The portal has a single loop, tests have many.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
log = logs.get(__name__)


async def webhook(request: Request) -> Response:
    """Answer 200 once an event is dealt with or, in a flood, kept to be dealt with; 400 for what Stripe did not sign.

    500 for what it has to send again, 413 for a body too large, 503 while no signing secret is set.
    """
    keys = await asyncio.to_thread(_keys)
    if keys is None or not keys.webhook_secret:
        return _say("Payments are not set up here.", 503)
    try:
        raw = await bounded_body(request, MOST_BYTES)
        event = verify_event(raw, request.headers.get("stripe-signature", ""), keys.webhook_secret)
    except FormRefused as refusal:
        return _say("Too large.", refusal.status)
    except (SignatureWrong, EventUnreadable) as trouble:
        return _say(trouble.sentence, 400)
    if event.live_mode != keys.live or event.account:
        return _say("Not for this account.", 200)
    return await _take(event)


async def _take(event: Event) -> Response:
    turn = _turn()
    try:
        if turn.locked():
            await take_event(event, busy=True)
        else:
            async with turn:
                await take_event(event)
    except PortalError as trouble:
        log.warning("stripe_event_later", stripe_event=event.id, type=event.type, reason=trouble.sentence)
        return _say("Please send this again.", 500)
    except (IntegrityError, OperationalError) as trouble:
        # The same event came twice at once, and whoever was first has dealt with it; or the database is too busy.
        log.warning("stripe_event_later", stripe_event=event.id, type=event.type, reason=type(trouble).__name__)
        return _say("Please send this again.", 500)
    return _say("Thank you.", 200)


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


def _keys() -> StripeKeys | None:
    with reading() as session:
        return payment_settings.keys(session)


def _say(words: str, status: int) -> Response:
    return PlainTextResponse(words, status_code=status, headers={"cache-control": "no-store"})


ROUTES = [Route(routes.STRIPE_WEBHOOK, webhook, methods=["POST"])]
