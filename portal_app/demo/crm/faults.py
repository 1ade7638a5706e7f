"""Trouble on demand: lost answers, refusals, half answers, slowness, a wrong clock, being down."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal_app.demo.crm.context import Clock, crm_of
from portal_app.demo.crm.problems import check_token, problem, read_object, refuse
from portal_app.demo.crm.stamps import SECOND
from portal_app.demo.crm.store import Record, dumps

ONCE_KINDS = ("status", "drop", "drop_after", "half", "slow")
LASTING_KINDS = ("down", "random")
CLOCK_KINDS = ("clock", "seconds")
KINDS = (*ONCE_KINDS, *LASTING_KINDS, *CLOCK_KINDS)
STATUSES = (401, 429, 500, 503)

_Number = Callable[[Any], bool]


@dataclass
class Fault:
    """One kind of trouble and the requests it meets.

    `times` is how many requests it still meets (None: until cleared), `after` how many matching ones go free first,
    `stream` the first part of the path behind /v1, `method` the HTTP method; `delay` and `trickle` are seconds.
    """

    kind: str
    times: int | None
    stream: str | None = None
    method: str | None = None
    after: int = 0
    status: int = 500
    retry_after: int | None = None
    delay: float = 1.0
    trickle: float = 0.0
    offset: float = 0.0
    p: float = 0.3
    seed: int = 0
    kinds: tuple[str, ...] = ONCE_KINDS
    hits: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def meets(self, scope: Scope) -> bool:
        """Tell whether this request is met, counting it."""
        parts = scope["path"].split("/")
        if self.stream is not None and parts[2:3] != [self.stream]:
            return False
        if self.method is not None and scope["method"] != self.method:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0 or (self.kind == "random" and self.dice.random() >= self.p):
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True

    def chosen(self) -> "Fault":
        """Give the trouble for one request: itself, or for `random` one drawn from its kinds."""
        if self.kind != "random":
            return self
        status = self.dice.choice((429, 500, 503))
        kind = self.dice.choice(self.kinds)
        return Fault(kind, 1, status=status, retry_after=self.retry_after, delay=self.delay, trickle=self.trickle)

    def shown(self) -> Record:
        """Give what a person set, and how many requests it met."""
        names = ("kind", "times", "stream", "method", "after", "hits")
        more = {
            "status": ("status", "retry_after"),
            "slow": ("delay", "trickle"),
            "clock": ("offset",),
            "random": ("p", "seed", "kinds", "retry_after", "delay"),
        }
        return {name: getattr(self, name) for name in (*names, *more.get(self.kind, ()))}


class FaultBoard:
    """The faults in force; the first that meets a request is used."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.faults: list[Fault] = []

    def add(self, wanted: Mapping[str, Any]) -> Fault:
        """Put a fault in force; raise ValueError with a sentence when it makes no sense."""
        fault = _read_fault(wanted)
        self.faults.append(fault)
        self._set_clock()
        return fault

    def clear(self) -> None:
        """End all faults."""
        self.faults.clear()
        self._set_clock()

    def next_for(self, scope: Scope) -> Fault | None:
        """Give the trouble this request is in, if any."""
        for fault in self.faults:
            if fault.kind not in CLOCK_KINDS and fault.meets(scope):
                return fault.chosen()
        return None

    def _set_clock(self) -> None:
        self._clock.offset = round(SECOND * sum(fault.offset for fault in self.faults if fault.kind == "clock"))
        self._clock.whole_seconds = any(fault.kind == "seconds" for fault in self.faults)


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 600


_CHECKS: dict[str, tuple[_Number, str]] = {
    "times": (lambda value: value is None or _is_whole(value), "a whole number, or null for until cleared"),
    "after": (_is_whole, "a whole number"),
    "stream": (lambda value: value is None or isinstance(value, str), "a text or null"),
    "method": (lambda value: value is None or isinstance(value, str), "a text or null"),
    "status": (lambda value: value in STATUSES, f"one of {', '.join(map(str, STATUSES))}"),
    "retry_after": (lambda value: value is None or _is_whole(value), "whole seconds or null"),
    "delay": (_is_seconds, "seconds"),
    "trickle": (_is_seconds, "seconds"),
    "offset": (lambda value: type(value) in (int, float) and abs(value) < 10**9, "seconds, also below zero"),
    "p": (lambda value: type(value) in (int, float) and 0 <= value <= 1, "a probability from 0 to 1"),
    "seed": (lambda value: type(value) is int, "a whole number"),
    "kinds": (
        lambda value: isinstance(value, list | tuple) and bool(value) and all(kind in ONCE_KINDS for kind in value),
        f"a list of {', '.join(ONCE_KINDS)}",
    ),
}


def _read_fault(wanted: Mapping[str, Any]) -> Fault:
    kind = wanted.get("kind")
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {', '.join(KINDS)}.")
    given = {name: value for name, value in wanted.items() if name != "kind"}
    for name, value in given.items():
        if name not in _CHECKS:
            raise ValueError(f"A fault has no `{name}`.")
        check, words = _CHECKS[name]
        if not check(value):
            raise ValueError(f"`{name}` must be {words}.")
    given.setdefault("times", 1 if kind in ONCE_KINDS else None)
    fault = Fault(kind, **given)
    fault.kinds = tuple(fault.kinds)
    fault.method = fault.method.upper() if fault.method else None
    fault.dice = random.Random(fault.seed)
    return fault


class FaultyServer:
    """Stands before the app and spoils the requests that a fault meets; only /v1 is ever spoilt."""

    def __init__(self, app: ASGIApp, board: FaultBoard) -> None:
        self._app = app
        self._board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, well or badly."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        fault = self._board.next_for(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        await getattr(self, f"_{fault.kind}")(fault, scope, receive, send)

    async def _status(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        await problem(fault.status, "This answer was asked for by a fault on demand.", headers)(scope, receive, send)

    async def _drop(self, _: Fault, __: Scope, receive: Receive, send: Send) -> None:
        await _cut(receive, send)

    _down = _drop

    async def _drop_after(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        await self._collected(scope, receive)
        await _cut(receive, send)

    async def _half(self, _: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._collected(scope, receive)
        await send(start)
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _cut(receive, send)

    async def _slow(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PUT":
            scope["crm.hold"] = fault.delay
        else:
            await asyncio.sleep(fault.delay)
        start, body = await self._collected(scope, receive)
        await send(start)
        piece = max(1, -(-len(body) // 20))
        for begin in range(0, len(body), piece):
            await asyncio.sleep(fault.trickle / 20)
            await send({"type": "http.response.body", "body": body[begin : begin + piece], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _collected(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """Let the app do its work and keep its answer."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _cut(receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
    """Close the connection under the client; ASGI has no word for it, uvicorn's `send` belongs to what has one."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise RuntimeError("Lost connections need uvicorn's own `send`.")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue


async def show(request: Request) -> Response:
    """Show the faults in force."""
    check_token(request, crm_of(request).token)
    return _shown(request)


async def add(request: Request) -> Response:
    """Put a fault in force."""
    check_token(request, crm_of(request).token)
    try:
        board_of(request).add(await read_object(request))
    except ValueError as error:
        refuse(400, str(error))
    return _shown(request, 201)


async def clear(request: Request) -> Response:
    """End all faults."""
    check_token(request, crm_of(request).token)
    board_of(request).clear()
    return Response(status_code=204)


def board_of(request: Request) -> FaultBoard:
    """Give the faults of the server that serves this request."""
    return request.app.state.faults


def _shown(request: Request, status: int = 200) -> Response:
    text = dumps({"faults": [fault.shown() for fault in board_of(request).faults]})
    return Response(text, status, media_type="application/json")
