"""Writing and tailing the activity log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.models import Activity, ActivityOrigin
from portal_app.services import customer_index
from portal_app.services.actors import Actor, Customer, Guest, Staff, System

# What moves a customer in the office's list, or by which they are found.
_MOVES_CUSTOMER = ("customer.", "contact.", "location.")


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log as the live feed reads it."""

    id: int
    kind: str
    customer_id: int | None
    login_id: int | None
    subject_kind: str
    subject_id: int | None
    facts: dict[str, Any]


def record(
    session: Session,
    actor: Actor,
    kind: str,
    *,
    customer_id: int | None = None,
    login_id: int | None = None,
    subject: tuple[str, int | None] = ("", None),
    facts: dict[str, Any] | None = None,
    at: datetime | None = None,
    once_key: str | None = None,
) -> Activity:
    """Append one fact to the log in the caller's transaction.

    `kind` is `noun.verb` in the past tense (`visit.changed`, `login.signed_in`); `subject` a table's
    name and row; `facts` ids and plain values, never somebody's words; `once_key` makes it unique.
    """
    row = Activity(
        at=at or clock.now(),
        kind=kind,
        actor_kind=type(actor).__name__.lower(),
        actor_id=_actor_id(actor),
        actor_name=actor.name if isinstance(actor, System) else "",
        customer_id=customer_id if customer_id is not None else getattr(actor, "customer_id", None),
        login_id=login_id if login_id is not None else getattr(actor, "login_id", None),
        subject_kind=subject[0],
        subject_id=subject[1],
        facts=facts or {},
        once_key=once_key,
    )
    session.add(row)
    _record_origin(session, actor, row)
    if kind == "login.signed_in" and row.login_id:
        customer_index.mark_login(session, row.login_id)
    elif kind.startswith(_MOVES_CUSTOMER):
        customer_index.mark(session, [row.customer_id])
    return row


def _actor_id(actor: Actor) -> int | None:
    if isinstance(actor, Customer):
        return actor.contact_id
    if isinstance(actor, Guest):
        return actor.guest_id
    return actor.member_id if isinstance(actor, Staff) else None


def _record_origin(session: Session, actor: Actor, row: Activity) -> None:
    if isinstance(actor, System) or not (actor.origin.network or actor.origin.user_agent):
        return
    session.flush()
    session.add(
        ActivityOrigin(
            activity_id=row.id or 0, network=actor.origin.network[:64], user_agent=actor.origin.user_agent[:300]
        )
    )


def newest_id(session: Session) -> int:
    """Return the id of the newest row, 0 for an empty log."""
    return session.exec(select(Activity.id).order_by(col(Activity.id).desc()).limit(1)).first() or 0


def since(session: Session, after_id: int, limit: int = 1000) -> list[Event]:
    """Return the rows after an id, oldest first, at most `limit`."""
    columns = (
        Activity.id,
        Activity.kind,
        Activity.customer_id,
        Activity.login_id,
        Activity.subject_kind,
        Activity.subject_id,
        Activity.facts,
    )
    statement = select(*columns).where(col(Activity.id) > after_id).order_by(col(Activity.id)).limit(limit)  # type: ignore[call-overload]
    return [Event(*row) for row in session.exec(statement)]
