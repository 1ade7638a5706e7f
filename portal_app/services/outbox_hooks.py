"""What others want to hear of rows that left, were refused or were decided: by kind, in the same transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from portal_app.models import Outbox


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    `state` is done, office (refused; a person must decide), dead (given up), withdrawn, or pending (tried again by a
    person). `status` is the CRM's own word where it answered: applied, accepted or rejected. `by_hand` is True when
    staff marked it done. `reason` is a sentence.
    """

    state: str
    status: str = ""
    reason: str = ""
    external_id: str = ""
    by_hand: bool = False


Hook = Callable[[Session, Outbox, Outcome], None]
_hooks: dict[str, list[Hook]] = {}


def on_outcome(kind: str, hook: Hook) -> None:
    """Call `hook(session, row, outcome)` whenever something becomes of a row of that kind; once however often asked."""
    known = _hooks.setdefault(kind, [])
    if hook not in known:
        known.append(hook)


def tell(session: Session, row: Outbox, outcome: Outcome) -> None:
    """Call the hooks of the row's kind."""
    for hook in _hooks.get(row.kind, ()):
        hook(session, row, outcome)
