"""The one middleware before every handler: cookie → session → actor, state bound to the session, policy."""

import asyncio
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import reflex as rx
from pydantic import ValidationError
from reflex.event import Event
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event.context import EventContext

from portal_app import logs, routes
from portal_app.database import reading, transaction
from portal_app.errors import PortalError, SignInRequired
from portal_app.gate.policy import HYDRATE_AND_LOAD, ON_LOAD, Policy, policy_of
from portal_app.gate.presence import identity_of, presences, refreshed_states
from portal_app.services import business, sessions
from portal_app.services.actors import Actor, Customer, Origin, Staff, Visitor
from portal_app.settings import get_settings

log = logs.get(__name__)
CACHE_SECONDS = 1.0
NOT_BOUND = ""
_caller: ContextVar[Actor] = ContextVar("portal_caller")
_cache: dict[str, tuple[float, Customer | Staff | None]] = {}


class GateState(rx.State):
    """Remembers whose a browser tab's state is (see `identity_of`); nothing of it is ever sent."""

    _identity: str = NOT_BOUND


def caller(_state: rx.State | None = None) -> Any:
    """Return the actor of the handler that is running; its policy has already said which kind it is."""
    return _caller.get()


def forget_cached_actors() -> None:
    """Make the next event of every session read who it belongs to again."""
    _cache.clear()


def session_cookie(header: str) -> str:
    """Return the session token of a Cookie header, or an empty string."""
    return sessions.token_in(header, get_settings().https)


def resolve(cookie: str, origin: Origin) -> Customer | Staff | None:
    """Return who a session token belongs to right now, from the database, and note that it is in use."""
    if not cookie:
        return None
    with reading() as session:
        found = sessions.resolve(session, cookie, origin)
    if found and found.touch_due:
        with transaction() as session:
            sessions.touch(session, found.actor.session_id)
    return found.actor if found else None


def holders(cookies: Iterable[str]) -> dict[str, Customer | Staff]:
    """Return who session tokens belong to right now; what comes to an open page by itself is no use of a session."""
    with reading() as session:
        return sessions.holders(session, cookies)


async def _actor(cookie: str, origin: Origin, *, fresh: bool) -> Customer | Staff | None:
    """Return the actor, from a cache of one second unless `fresh`; staff are always read anew."""
    found = _cache.get(cookie)
    if found and found[0] > time.monotonic() and not fresh:
        return found[1]
    actor = await asyncio.to_thread(resolve, cookie, origin)
    if isinstance(actor, Customer):
        if len(_cache) > 10_000:
            _cache.clear()
        _cache[cookie] = (time.monotonic() + CACHE_SECONDS, actor)
    else:
        _cache.pop(cookie, None)
    return actor


def _redirect(path: str) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(rx.redirect(path, is_external=True)))


class Gate(Middleware):
    """Stops every event whose caller, arguments or state do not fit the handler's policy."""

    async def preprocess(self, app: Any, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the handler run, or the update that is sent instead of running it."""
        context = EventContext.get()
        router_data = context.router_data
        policy = policy_of(event.name)
        if policy is None or not router_data or (policy.only_chained and context.parent_txid is None):
            return _refused(event, "not callable")
        try:
            policy.check_arguments(event.payload)
        except ValidationError as error:
            return _refused(event, f"arguments: {error.error_count()} do not fit")
        headers = router_data.get("headers", {})
        cookie = session_cookie(headers.get("cookie", ""))
        origin = Origin(str(router_data.get("ip", "")), str(headers.get("user-agent", ""))[:300])
        hydrating = event.name == HYDRATE_AND_LOAD
        actor = await _actor(cookie, origin, fresh=hydrating or bool(policy.right))
        if not await _bind(state, actor, hydrating=hydrating):
            _refused(event, "the state belongs to somebody else")
            return _redirect(routes.ROOT)
        _note_presence(context, router_data, event, cookie, actor)
        try:
            return _admit(policy, actor, origin, event)
        except SignInRequired:
            _refused(event, "not signed in")
            return _redirect(await asyncio.to_thread(_way_in, str(router_data.get("asPath", ""))))


def _way_in(path: str) -> str:
    """Return where somebody goes who is not signed in: before the portal opens, to the page that says so."""
    return routes.ROOT if business.look().coming_soon else routes.login(routes.safe_next(path))


def _admit(policy: Policy, actor: Customer | Staff | None, origin: Origin, event: Event) -> StateUpdate | None:
    """Return None when the handler may run, else what is sent instead; raises SignInRequired."""
    try:
        policy.admit(actor)
    except SignInRequired:
        raise
    except PortalError as error:
        _refused(event, type(error).__name__)
        return _redirect(routes.ROOT)
    _caller.set(actor or Visitor(origin))
    return None


async def _bind(state: BaseState, actor: Customer | Staff | None, *, hydrating: bool) -> bool:
    """Tie a tab's state to whom it was first used by; False when that is somebody else.

    A tab that signs out and in keeps its client token, so the first event of a new connection empties
    the state and ties it anew. A client token alone therefore never shows what another session loaded.
    """
    root = state._get_root_state()
    bound = await root.get_state(GateState)
    identity = identity_of(actor)
    if bound._identity == identity:
        return True
    if bound._identity != NOT_BOUND:
        if not hydrating:
            return False
        root.reset()
    bound._identity = identity
    return True


def _note_presence(
    context: EventContext, router_data: dict[str, Any], event: Event, cookie: str, actor: Customer | Staff | None
) -> None:
    presence = presences.note(context.token, str(router_data.get("sid", "")), cookie, actor)
    if presence is None:
        return
    if event.name in {HYDRATE_AND_LOAD, ON_LOAD}:
        presence.states.clear()
    elif event.state_cls in refreshed_states():
        presence.states.add(event.state_cls)


def _refused(event: Event, why: str) -> StateUpdate:
    log.info("event_refused", event_name=event.name[:120], why=why)
    return StateUpdate()
