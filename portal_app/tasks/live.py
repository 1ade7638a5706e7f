"""The live feed: tails the activity log and refreshes the open pages it concerns, or shuts them.

The log is the only channel: a change made by the poller, by staff, by a webhook or by another worker is
a row, and every worker tails the rows for its own open tabs.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import reflex as rx
from reflex.event import Event as ClientEvent
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, StateUpdate

from portal_app import clock, logs, routes
from portal_app.database import reading
from portal_app.gate import Presence, presences, refreshed_states
from portal_app.gate.middleware import forget_cached_actors, holders
from portal_app.gate.presence import identity_of
from portal_app.gate.rounds import one_round
from portal_app.gate.sockets import addressed_to
from portal_app.services import activity, business, crm_connection, sessions
from portal_app.services.activity import Event
from portal_app.services.actors import Customer, Staff

log = logs.get(__name__)
TAIL_SECONDS = 0.25
PULSE_SECONDS = 5.0
# Ids can commit out of order on PostgreSQL: a short window is read again and what was seen is dropped.
WINDOW = 50
PARALLEL = 8
# A page whose own handler takes longer than this gets the news after it; the others do not wait for that.
LONGEST_WAIT = 2.0
SHUTTING = ("session.", "customer.access_", "contact.", "login.")
EVERYBODY = ("technician.", "business.", "payments.", "visibility.")
# What may change every page there is: what customers see at all, and which single records.
EVERY_PAGE = ("visibility.", "record.")
# What may shut the page of any customer.
SHUTTING_ALL = ("business.portal_",)
Change = Callable[[Any], Awaitable[None]]


class Tail:
    """Reads each new row of the log once."""

    def __init__(self) -> None:
        self._newest = 0
        self._seen: deque[int] = deque(maxlen=WINDOW * 10)
        self._known: set[int] = set()

    def start(self) -> None:
        """Begin after the newest row; what is older is on the pages already."""
        with reading() as session:
            self._newest = activity.newest_id(session)
            self._remember(row.id for row in activity.since(session, self._newest - WINDOW, WINDOW + 1))

    def read(self) -> list[Event]:
        """Return the rows that have appeared since the last call, oldest first."""
        with reading() as session:
            rows = activity.since(session, max(0, self._newest - WINDOW), 1000 + WINDOW)
        fresh = [row for row in rows if row.id not in self._known]
        self._remember(row.id for row in fresh)
        self._newest = max([self._newest, *(row.id for row in fresh)])
        return fresh

    def _remember(self, ids: Iterable[int]) -> None:
        for row_id in ids:
            if len(self._seen) == self._seen.maxlen:
                self._known.discard(self._seen[0])
            self._seen.append(row_id)
            self._known.add(row_id)


class LiveFeed:
    """Brings what happened to the open tabs of one app in this process."""

    def __init__(self, app: rx.App) -> None:
        self._app = app
        self._tail = Tail()
        self._as_of: datetime | None = None
        self._minute = _this_minute()
        self._pulse_at = 0.0
        self._gate = asyncio.Semaphore(PARALLEL)
        # What only ages waits at a gate of its own, and so keeps no news back.
        self._age_gate = asyncio.Semaphore(PARALLEL)
        self._aging: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._waiting: set[tuple[str, type[BaseState]]] = set()

    async def run(self) -> None:
        """Tail until cancelled; a failed pass is logged and the next one tries again."""
        await asyncio.to_thread(self._tail.start)
        try:
            while True:
                await asyncio.sleep(TAIL_SECONDS)
                try:
                    await self.one_pass()
                except Exception as error:
                    log.error("live_pass_failed", exc_info=error)
        finally:
            for task in self._under_way:
                task.cancel()

    async def one_pass(self) -> None:
        """Read what is new, shut tabs whose session is over, refresh the others; of those that take long, go on."""
        events = await asyncio.to_thread(self._tail.read)
        if any(event.kind.startswith((*SHUTTING, *SHUTTING_ALL)) for event in events):
            forget_cached_actors()
        if any(event.kind.startswith("business.") for event in events):
            business.forget_look()
            # Pages that say what went wrong show what is known, and ask for nothing.
            await asyncio.to_thread(business.look)
        if not len(presences):
            return
        tabs = [tab for tab in presences if events and _concerned(tab, events)]
        actors = await asyncio.to_thread(holders, {tab.cookie for tab in tabs}) if tabs else {}
        work = [self._bring(tab, actors.get(tab.cookie), events) for tab in tabs]
        work += await self._pulse()
        if work:
            with one_round():
                begun = {asyncio.create_task(self._logged(one)) for one in work}
                self._under_way |= begun
                await asyncio.wait(begun, timeout=LONGEST_WAIT)
        self._under_way = {task for task in self._under_way if not task.done()}

    async def _logged(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            log.error("live_page_failed", exc_info=error)

    async def _bring(self, tab: Presence, actor: Customer | Staff | None, events: list[Event]) -> None:
        async with self._gate:
            if actor is None or identity_of(actor) != identity_of(tab.actor):
                await self._shut(tab)
                return
            tab.actor = replace(actor, origin=tab.actor.origin)
            for state in _states_to_refresh(tab, events):
                await self._refresh(tab, state)

    async def _refresh(self, tab: Presence, state: type[BaseState]) -> None:
        """Read a page anew; when that waits for the page's own handler already, it brings this as well."""
        waits = (tab.token, state)
        if waits in self._waiting:
            return
        self._waiting.add(waits)

        def change(page: Any) -> Awaitable[None]:
            self._waiting.discard(waits)
            return page._refresh(tab.actor)

        try:
            await self._change(tab, state, change)
        finally:
            self._waiting.discard(waits)

    async def _change(self, tab: Presence, state: type[BaseState], change: Change) -> None:
        """Let a page's state change, and send what came of it, while its tab is still the one that was meant.

        A tab can go at any moment, and whoever takes up its client token must neither get its page nor hold it.
        """
        with addressed_to(tab.sid):
            async with self._app.modify_state(BaseStateToken(ident=tab.token, cls=state)) as root:
                if presences.get(tab.token) is tab:
                    await change(await root.get_state(state))

    async def _shut(self, tab: Presence) -> None:
        """Empty the tab's state, send it to the sign-in page and close its socket."""
        namespace = self._app.event_namespace
        presences.forget(tab.token, tab.sid)
        if namespace is None or namespace.token_to_sid.get(tab.token) != tab.sid:
            return
        async with self._app.state_manager.modify_state(BaseStateToken(ident=tab.token, cls=rx.State)) as root:
            root.reset()
            root._clean()
        address = await asyncio.to_thread(_away, tab)
        away = ClientEvent.from_event_type(rx.redirect(address, is_external=True))
        await namespace.emit_update(StateUpdate(events=away), tab.token)
        log.info("page_shut", session_id=tab.actor.session_id)

    async def _pulse(self) -> list:
        """Every few seconds: end tabs whose session ran out by the clock, and let "as of" and what passes move on."""
        if time.monotonic() < self._pulse_at:
            return []
        self._pulse_at = time.monotonic() + PULSE_SECONDS
        # Only the tabs that were asked about: one that opens meanwhile is not in the answer, and stands.
        tabs = list(presences)
        as_of, standing = await asyncio.to_thread(_facts, {tab.actor.session_id for tab in tabs})
        work = [self._shut(tab) for tab in tabs if tab.actor.session_id not in standing]
        # Pages age without news as well, most of all when the CRM is silent. They tell times to the minute.
        minute = _this_minute()
        if as_of != self._as_of or minute != self._minute:
            self._as_of, self._minute = as_of, minute
            work += [self._age(tab) for tab in tabs if tab.actor.session_id in standing]
        return work

    async def _age(self, tab: Presence) -> None:
        """Let a tab's pages age; when an earlier call waits for one of them still, that brings this as well."""
        if tab.sid in self._aging:
            return
        self._aging.add(tab.sid)
        try:
            async with self._age_gate:
                for state in [state for state in tab.states if hasattr(state, "_tick")]:
                    await self._change(tab, state, lambda page: page._tick(tab.actor, self._as_of))
        finally:
            self._aging.discard(tab.sid)


def _this_minute() -> datetime:
    return clock.minute_of(clock.now())


def _facts(session_ids: set[int]) -> tuple[datetime | None, set[int]]:
    with reading() as session:
        connection = crm_connection.get(session)
        last = connection.last_success_at if connection else None
        return last and clock.minute_of(last), sessions.standing(session, session_ids)


def _away(tab: Presence) -> str:
    """Return where a tab goes that is shut: before the portal opens, to the page that says so."""
    if isinstance(tab.actor, Customer) and business.look().coming_soon:
        return routes.ROOT
    return routes.login(error="ended")


def _concerned(tab: Presence, events: list[Event]) -> bool:
    shut = any(
        event.kind.startswith(SHUTTING_ALL) or (event.kind.startswith(SHUTTING) and _about(tab, event))
        for event in events
    )
    return shut or bool(_states_to_refresh(tab, events))


def _about(tab: Presence, event: Event) -> bool:
    """Return whether a fact is about the tab's person or customer."""
    actor = tab.actor
    if event.login_id is not None and event.login_id == actor.login_id:
        return True
    customer_id = getattr(actor, "customer_id", None)
    return event.customer_id is not None and event.customer_id == customer_id


def _states_to_refresh(tab: Presence, events: list[Event]) -> list[type[BaseState]]:
    registered = refreshed_states()
    staff = not hasattr(tab.actor, "customer_id")
    kinds = [e.kind for e in events if staff or _about(tab, e) or e.kind.startswith(EVERYBODY)]
    return [
        state for state in list(tab.states) if any(kind.startswith((*EVERY_PAGE, *registered[state])) for kind in kinds)
    ]


async def live_feed(app: rx.App) -> None:
    """Run the live feed of one app until the server stops."""
    await LiveFeed(app).run()
