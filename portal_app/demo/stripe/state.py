"""What the local Stripe knows: every object by its id, as they were made; fields that begin with `_` are secrets."""

import json
import secrets
import string
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from portal_app.demo.stripe.problems import Problem, missing

Thing = dict[str, Any]
API_VERSION = "2026-10-28.endive"
_LETTERS = string.ascii_letters + string.digits
_HIGHEST_PAGE = 100
_KEPT_EVENTS = 3000


class State:
    """All objects, and who wants to hear of events; `file` keeps them beyond a stop.

    `settle_seconds`: after how long a bank answers by itself, None for never. `public_url` is where browsers find it.
    """

    def __init__(self, public_url: str = "", settle_seconds: float | None = None, file: Path | None = None) -> None:
        self.public_url = public_url
        self.settle_seconds = settle_seconds
        self.file = file
        self.clock_offset = 0.0
        self.things: dict[str, Thing] = {}
        self.answers: dict[str, Thing] = {}
        self.listeners: list[Callable[[Thing], None]] = []
        if file is not None and file.exists():
            kept = json.loads(file.read_text())
            self.things, self.answers = kept["things"], kept["answers"]

    def save(self) -> None:
        """Write everything down, where a file was given."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            beside = self.file.with_name(f"{self.file.name}.new")
            beside.write_text(json.dumps({"things": self.things, "answers": self.answers}))
            beside.replace(self.file)

    def now(self) -> float:
        """Return the Unix time, as far ahead as it was put."""
        return time.time() + self.clock_offset

    def add(self, kind: str, prefix: str, **fields: Any) -> Thing:
        """Make an object with an id, a time and what it is given."""
        thing_id = f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(24))}"
        thing = {"id": thing_id, "object": kind, "created": int(self.now()), "livemode": False, **fields}
        self.things[thing_id] = thing
        return thing

    def get(self, kind: str, thing_id: object, param: str = "id") -> Thing:
        """Return an object by kind and id; raises Problem. One that was deleted is only found at its own address."""
        thing = self.things.get(thing_id) if isinstance(thing_id, str) else None
        if thing is None or thing["object"] != kind or (thing.get("_deleted") and param != "id"):
            raise missing(kind.replace("_", "").replace(".", " "), str(thing_id), param)
        return thing

    def find(self, kind: str, **wanted: Any) -> Iterator[Thing]:
        """Yield the objects of a kind with these values, newest first."""
        for thing in reversed(list(self.things.values())):
            if thing["object"] == kind and all(thing.get(name) == value for name, value in wanted.items()):
                yield thing

    def emit(self, kind: str, thing: Thing) -> None:
        """Record that something happened to an object and tell who listens."""
        event = self.add(
            "event",
            "evt",
            type=kind,
            api_version=API_VERSION,
            data={"object": self.shown(thing)},
            pending_webhooks=0,
            request={"id": None, "idempotency_key": None},
        )
        for listener in self.listeners:
            listener(event)

    def forget_events(self) -> None:
        """Let go of the oldest events beyond a few thousand; whoever asks for one has long had it."""
        for event in list(self.find("event"))[_KEPT_EVENTS:]:
            del self.things[event["id"]]

    def shown(self, thing: Thing, expand: list[str] | None = None) -> Thing:
        """Return an object as answered: without secrets, with the fields expanded that were asked for."""
        copy = deepcopy({name: value for name, value in thing.items() if not name.startswith("_")})
        for path in expand or []:
            self._expand(copy, path.split("."), path)
        return copy

    def _expand(self, thing: Thing, path: list[str], whole: str) -> None:
        name, *rest = path
        if name not in thing:
            raise Problem(f"This property cannot be expanded ({whole}).", param="expand")
        value = thing[name]
        if isinstance(value, str):
            if value not in self.things:
                raise Problem(f"This property cannot be expanded ({whole}).", param="expand")
            thing[name] = value = self.shown(self.things[value])
        for one in value if isinstance(value, list) else [value]:
            if rest and isinstance(one, dict):
                self._expand(one, rest, whole)

    def page(self, kind: str, url: str, asked: Thing, **wanted: Any) -> Thing:
        """Return a list of objects, newest first, as Stripe pages them."""
        limit = asked.get("limit", 10)
        if not 1 <= limit <= _HIGHEST_PAGE:
            raise Problem(f"This value must be between 1 and {_HIGHEST_PAGE}.", param="limit")
        found = [thing for thing in self.find(kind, **wanted) if _within(thing, asked.get("created"))]
        if "starting_after" in asked:
            found = found[_position(found, asked["starting_after"], "starting_after") + 1 :]
        if "ending_before" in asked:
            found = found[: _position(found, asked["ending_before"], "ending_before")][-limit:]
        page = {"object": "list", "url": url, "has_more": len(found) > limit}
        page["data"] = [self.shown(thing) for thing in found[:limit]]
        for path in asked.get("expand", []):
            self._expand(page, path.split("."), path)
        return page


def _position(found: list[Thing], thing_id: str, param: str) -> int:
    for number, thing in enumerate(found):
        if thing["id"] == thing_id:
            return number
    raise missing("object", thing_id, param)


def _within(thing: Thing, wanted: Any) -> bool:
    if wanted is None:
        return True
    bounds = wanted if isinstance(wanted, dict) else {"gte": wanted, "lte": wanted}
    made = thing["created"]
    return bounds.get("gt", made - 1) < made < bounds.get("lt", made + 1) and bounds.get(
        "gte", made
    ) <= made <= bounds.get("lte", made)
