"""What Stripe has told: events dealt with, and those that wait for their turn after they were answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from portal_app.models import PaymentAttempt, StripeEvent

# Events that are about money on its way here: what went back is told by others.
_COMING = ("payment_intent.", "checkout.session.")


@dataclass(frozen=True, slots=True)
class Told:
    """A try of which events wait; `thorough` when they may be about money that went back."""

    attempt: str
    thorough: bool


def is_thorough(kind: str) -> bool:
    """Return whether an event of this type may be about money that went back."""
    return not kind.startswith(_COMING)


def is_known(session: Session, event_id: str) -> bool:
    """Return whether an event came before, dealt with or not."""
    return session.get(StripeEvent, event_id) is not None


def keep(session: Session, row: StripeEvent) -> None:
    """Keep an event, once; one with `due_at` is worked on from then on."""
    if not is_known(session, row.id):
        session.add(row)


def any_waits(session: Session, mark: str) -> bool:
    """Return whether an event about a try of one account (`mark`) waits for its turn, or to be tried again."""
    statement = (
        select(StripeEvent.id)
        .join(PaymentAttempt, col(PaymentAttempt.public_id) == col(StripeEvent.attempt))
        .where(col(StripeEvent.due_at).is_not(None), col(PaymentAttempt.key_mark) == mark)
        .limit(1)
    )
    return session.exec(statement).first() is not None


def to_work_on(session: Session, mark: str, now: datetime, limit: int) -> list[Told]:
    """Return the tries of one account (`mark`: its key's) of which events are due, those first that wait longest."""
    statement = (
        columns(col(StripeEvent.attempt), col(StripeEvent.type))
        .join(PaymentAttempt, col(PaymentAttempt.public_id) == col(StripeEvent.attempt))
        .where(col(StripeEvent.due_at) <= now, col(PaymentAttempt.key_mark) == mark)
        .order_by(col(StripeEvent.due_at), col(StripeEvent.id))
        .limit(limit)
    )
    found: dict[str, bool] = {}
    for attempt, kind in session.connection().execute(statement):
        found[attempt] = found.get(attempt, False) or is_thorough(kind)
    return [Told(*one) for one in found.items()]


def dealt_with(session: Session, attempt: str, asked_at: datetime, *, thorough: bool) -> None:
    """Note that Stripe was asked about a try: what it had told of it by then is known, whatever the order.

    What may be about money that went back is known only where Stripe was asked for that as well (`thorough`).
    """
    waiting = (col(StripeEvent.due_at).is_not(None), col(StripeEvent.attempt) == attempt)
    known = [] if thorough else [or_(*(col(StripeEvent.type).startswith(kind) for kind in _COMING))]
    statement = update(StripeEvent).where(*waiting, *known, col(StripeEvent.received_at) <= asked_at)
    session.connection().execute(statement.values(due_at=None))


def put_off(session: Session, attempt: str, until: datetime) -> None:
    """Try the events of a try that wait again at another time."""
    waiting = (col(StripeEvent.due_at).is_not(None), col(StripeEvent.attempt) == attempt)
    session.connection().execute(update(StripeEvent).where(*waiting).values(due_at=until))
