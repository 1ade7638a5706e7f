"""What waits to leave the portal: rows are written in the transaction of the act, and sent by `workflows.deliver`."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlmodel import Session, col, func
from sqlmodel import select as select_rows

from portal_app import clock
from portal_app.models import Outbox
from portal_app.models.base import table_of
from portal_app.services import activity, outbox_hooks, sealed
from portal_app.services.actors import System
from portal_app.services.outbox_hooks import Outcome

MAIL = "mail"
INDEPENDENT = ""
PENDING, SENDING, DONE, OFFICE, DEAD, WITHDRAWN = "pending", "sending", "done", "office", "dead", "withdrawn"
# A row in one of these is not over: rows of the same subject behind it have to wait.
OPEN = (PENDING, SENDING, OFFICE, DEAD)
FINISHED = (DONE, WITHDRAWN)
ACTOR = System("outbox")
_OUTBOX = table_of(Outbox)


@dataclass(frozen=True, slots=True)
class Job:
    """One row on its way; `attempts` counts, once it is claimed, this attempt too, and names the claim."""

    id: int
    public_id: str
    kind: str
    subject: str
    payload: dict[str, Any]
    sealed: str
    attempts: int
    written_at: datetime


def put(
    session: Session,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    *,
    secrets: dict[str, Any] | None = None,
    customer_id: int | None = None,
    contact_id: int | None = None,
    public_id: str | None = None,
    at: datetime | None = None,
) -> Outbox:
    """Add a row that leaves after `at` (now); rows of one `subject` leave in order, INDEPENDENT ones whenever they can.

    `kind` is MAIL or a command of the CRM's contract, whose id is the row's `public_id`. `secrets` (codes, tokens)
    are stored sealed and emptied once the row has left.
    """
    row = Outbox(
        kind=kind,
        subject=subject,
        payload=payload,
        sealed=sealed.seal(secrets or {}),
        customer_id=customer_id,
        contact_id=contact_id,
        next_at=at or clock.now(),
    )
    if public_id:
        row.public_id = public_id
    session.add(row)
    session.flush()
    return row


def due(session: Session, *, mails: int, commands: int, now: datetime | None = None) -> list[Job]:
    """Return at most so many mails and commands that may leave now, oldest first; nobody holds them yet.

    A row that is being sent but whose lease has run out belonged to a process that died: it may leave again. Of rows
    with a subject only the first that is not over may.
    """
    now = now or clock.now()
    found = _due(session, _OUTBOX.c.kind == MAIL, mails, now) if mails > 0 else []
    return [*found, *(_due(session, _OUTBOX.c.kind != MAIL, commands, now) if commands > 0 else [])]


def anything_due(session: Session) -> bool:
    """Return whether it is worth looking closer; one look at the index, which an idle portal makes all day long."""
    return session.connection().execute(select(_OUTBOX.c.id).where(_is_due(clock.now())).limit(1)).first() is not None


def _is_due(now: datetime) -> Any:
    c = _OUTBOX.c
    return or_(and_(c.state == PENDING, c.next_at <= now), and_(c.state == SENDING, c.lease_until <= now))


def _due(session: Session, kinds: Any, most: int, now: datetime) -> list[Job]:
    c, ahead = _OUTBOX.c, _OUTBOX.alias("ahead").c
    blocked = exists().where(ahead.subject == c.subject, ahead.id < c.id, ahead.state.in_(OPEN))
    statement = select(c.id, c.public_id, c.kind, c.subject, c.payload, c.sealed, c.attempts, c.created_at)
    statement = statement.where(_is_due(now), kinds, or_(c.subject == INDEPENDENT, ~blocked))
    return [Job(*row) for row in session.connection().execute(statement.order_by(c.next_at, c.id).limit(most))]


def claim(session: Session, job: Job, lease_seconds: float) -> Job | None:
    """Take a due row for this process alone until its lease runs out; None when somebody else was faster."""
    c, now = _OUTBOX.c, clock.now()
    free = or_(c.state == PENDING, and_(c.state == SENDING, c.lease_until <= now))
    mine = update(_OUTBOX).where(c.id == job.id, c.attempts == job.attempts, free)
    values = {"state": SENDING, "lease_until": now + timedelta(seconds=lease_seconds), "attempts": job.attempts + 1}
    taken = session.connection().execute(mine.values(**values)).rowcount == 1
    return replace(job, attempts=job.attempts + 1) if taken else None


def keep(session: Session, job: Job, lease_seconds: float) -> bool:
    """Renew the lease of a row that is still being sent; False when the claim no longer stands."""
    until = clock.now() + timedelta(seconds=lease_seconds)
    return session.connection().execute(_claimed(job).values(lease_until=until)).rowcount == 1


def _claimed(job: Job) -> Any:
    c = _OUTBOX.c
    return update(_OUTBOX).where(c.id == job.id, c.state == SENDING, c.attempts == job.attempts)


def left(session: Session, job: Job, outcome: Outcome) -> None:
    """Note that a row has left; true whoever holds it now."""
    row = _current(session, job)
    if row is None or row.state not in (SENDING, PENDING):
        return
    row.state, row.done_at, row.lease_until = DONE, clock.now(), None
    row.sealed, row.last_error, row.external_id = "", "", outcome.external_id[:200]
    tell(session, row, "outbox.left", outcome)


def try_later(session: Session, job: Job, at: datetime, reason: str, *, count: bool = True) -> None:
    """Note that a row could not leave and is tried again; `count` is False when it was not its own fault."""
    row = _held(session, job)
    if row is None:
        return
    changed = row.last_error != reason[:1000]
    row.state, row.lease_until, row.next_at, row.last_error = PENDING, None, at, reason[:1000]
    row.attempts = job.attempts if count else job.attempts - 1
    if changed:
        _log(session, row, "outbox.waits")


def refused(session: Session, job: Job, outcome: Outcome) -> None:
    """Note that a row was refused: a person of the office must decide."""
    _fail(session, job, OFFICE, outcome, "outbox.refused")


def reopen(session: Session, public_id: str, reason: str) -> None:
    """Let a person decide about a row that has left, since nothing came of it; nothing where it has not left."""
    row = session.exec(select_rows(Outbox).where(Outbox.public_id == public_id).with_for_update()).first()
    if row is None or row.state != DONE:
        return
    row.state, row.done_at, row.last_error = OFFICE, None, reason[:1000]
    tell(session, row, "outbox.refused", Outcome(OFFICE, reason=reason))


def revive(session: Session, since: datetime) -> None:
    """Let the commands leave that were last tried since the CRM could not be reached; it is there again.

    What was given up before that is the office's: somebody may have entered it by hand.
    """
    given_up = select_rows(Outbox).where(Outbox.state == DEAD, Outbox.kind != MAIL, col(Outbox.next_at) > since)
    for row in session.exec(given_up.order_by(col(Outbox.id)).with_for_update()).all():
        row.state, row.next_at, row.attempts = PENDING, clock.now(), 0
        tell(session, row, "outbox.retried", Outcome(PENDING))


def give_up(session: Session, job: Job, outcome: Outcome) -> None:
    """Note that a row is not tried any more; what it held sealed is gone."""
    _fail(session, job, DEAD, outcome, "outbox.given_up")


def _fail(session: Session, job: Job, state: str, outcome: Outcome, kind: str) -> None:
    row = _held(session, job)
    if row is None:
        return
    row.state, row.lease_until, row.last_error = state, None, outcome.reason[:1000]
    if state == DEAD:
        row.sealed = ""
    tell(session, row, kind, outcome)


def tell(session: Session, row: Outbox, kind: str, outcome: Outcome, actor: Any = ACTOR) -> None:
    """Write what became of a row into the log, and let those hear who asked to."""
    _log(session, row, kind, actor)
    session.flush()
    outbox_hooks.tell(session, row, outcome)


def _log(session: Session, row: Outbox, kind: str, actor: Any = ACTOR) -> None:
    facts = {"kind": row.kind, **({"mail": row.payload.get("mail")} if row.kind == MAIL else {})}
    activity.record(session, actor, kind, customer_id=row.customer_id, subject=("outbox", row.id), facts=facts)


def _current(session: Session, job: Job) -> Outbox | None:
    return session.exec(select_rows(Outbox).where(Outbox.id == job.id).with_for_update()).first()


def _held(session: Session, job: Job) -> Outbox | None:
    row = _current(session, job)
    return row if row is not None and row.state == SENDING and row.attempts == job.attempts else None


def waiting(session: Session, kind: str | None = None) -> int:
    """Return how many rows wait to leave, perhaps of one kind."""
    statement = select_rows(func.count()).select_from(Outbox).where(col(Outbox.state).in_((PENDING, SENDING)))
    return session.exec(statement if kind is None else statement.where(Outbox.kind == kind)).one()


def to_decide(session: Session) -> int:
    """Return how many rows wait for a person: refused or given up."""
    statement = select_rows(func.count()).select_from(Outbox).where(col(Outbox.state).in_((OFFICE, DEAD)))
    return session.exec(statement).one()
