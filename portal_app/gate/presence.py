"""Which pages are open in this process, for whom, and which kinds of activity refresh them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from reflex.state import BaseState

from portal_app.services.actors import Actor, Customer, Staff


def identity_of(actor: Actor | None) -> str:
    """Return whose a tab's state is: the session and the membership it acts for, or `nobody`."""
    if isinstance(actor, Customer):
        return f"{actor.session_id}:{actor.contact_id}"
    return f"{actor.session_id}:office" if isinstance(actor, Staff) else "nobody"


@dataclass(slots=True)
class Presence:
    """One open tab: its socket, its session and the states whose pages it shows.

    `cookie` is the session's token; it is held here because the browser's handshake is over.
    """

    token: str
    sid: str
    cookie: str
    actor: Customer | Staff
    states: set[type[BaseState]] = field(default_factory=set)


class Presences:
    """The open tabs of this process by client token."""

    def __init__(self) -> None:
        self._by_token: dict[str, Presence] = {}

    def __iter__(self) -> Iterator[Presence]:
        """Walk over a copy, so that tabs may come and go meanwhile."""
        return iter(list(self._by_token.values()))

    def __len__(self) -> int:
        """Return the number of signed-in tabs."""
        return len(self._by_token)

    def get(self, token: str) -> Presence | None:
        """Return the tab of a client token."""
        return self._by_token.get(token)

    def note(self, token: str, sid: str, cookie: str, actor: Actor | None) -> Presence | None:
        """Remember who sits at a tab; forgets it when nobody is signed in there."""
        if not isinstance(actor, Customer | Staff):
            self._by_token.pop(token, None)
            return None
        known = self._by_token.get(token)
        if known is None or known.sid != sid or identity_of(known.actor) != identity_of(actor):
            known = self._by_token[token] = Presence(token, sid, cookie, actor)
        known.actor = actor
        return known

    def forget(self, token: str, sid: str | None = None) -> None:
        """Drop a tab; with a socket id only when it is still that socket's."""
        known = self._by_token.get(token)
        if known and sid in {None, known.sid}:
            del self._by_token[token]


presences = Presences()
_refreshed: dict[type[BaseState], tuple[str, ...]] = {}


def refresh_on(state: type[BaseState], *kinds: str) -> None:
    """Say that activity whose kind starts with one of `kinds` refreshes pages of this state.

    The state has `async def _refresh(self, actor)`, and for what only ages
    `async def _tick(self, actor, as_of)`.
    """
    if not callable(getattr(state, "_refresh", None)):
        raise TypeError(f"{state.__name__} has no _refresh")
    _refreshed[state] = kinds


def refreshed_states() -> dict[type[BaseState], tuple[str, ...]]:
    """Return the registered states with the kinds of activity that refresh them."""
    return _refreshed
