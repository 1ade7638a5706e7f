"""The outbox as the office sees it: what waits, what needs a person, what has left, and the three things one can do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from portal_app import clock
from portal_app.errors import Invalid, NotAllowed, NotFound
from portal_app.models import Customer, Outbox, StaffMember
from portal_app.services import crm_connection, mail_design, mail_settings, mail_words, mails, outbox
from portal_app.services.actors import Actor, Staff
from portal_app.services.business import Look
from portal_app.services.mails import Mail
from portal_app.services.outbox import DEAD, DONE, MAIL, OFFICE, PENDING, SENDING, WITHDRAWN
from portal_app.services.outbox_hooks import Outcome
from portal_app.services.rights import Permission

PAGE = 50
SHOWN = {"open": outbox.OPEN, "waiting": (PENDING, SENDING), "needs": (OFFICE, DEAD), "left": outbox.FINISHED}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One row: what it is, for whom, how it stands and why; `blocked` when one before it waits for a decision."""

    public_id: str
    kind: str
    mail: Mail | None
    to: str
    customer: str
    customer_public_id: str
    state: str
    attempts: int
    reason: str
    blocked: bool
    written_at: datetime
    next_at: datetime
    done_at: datetime | None
    done_by: str
    may_retry: bool
    may_finish: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Some of the rows, newest first; `older` says where the next ones start, empty at the end.

    `mail_set` is False while mail has no way out, `crm_stopped` True while the CRM refuses the portal's token.
    """

    items: tuple[OutboxItem, ...]
    older: str
    waiting: int
    needs: int
    mail_set: bool
    crm_stopped: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One row in full: a mail as it reads, without its code and link, or a command's fields."""

    item: OutboxItem
    subject: str
    text: str
    fields: tuple[tuple[str, str], ...]


def page(session: Session, actor: Actor, *, show: str, before: str = "") -> OutboxPage:
    """Return one page of the rows that `show` names (open, waiting, needs or left), from `before` on."""
    _require(actor, Permission.VIEW_SYNC)
    limit_id = _id_of(session, before)
    rows = _newest(session, SHOWN.get(show, outbox.OPEN), limit_id)
    more = rows[PAGE:]
    rows = rows[:PAGE]
    connection = crm_connection.get(session)
    return OutboxPage(
        items=tuple(_items(session, rows)),
        older=rows[-1].public_id if more else "",
        waiting=outbox.waiting(session),
        needs=outbox.to_decide(session),
        mail_set=mail_settings.is_set(session),
        crm_stopped=connection is not None and connection.state == crm_connection.STOPPED,
    )


def read(session: Session, actor: Actor, public_id: str, look: Look) -> Reading:
    """Return one row in full, for the office: never its code nor its link."""
    _require(actor, Permission.VIEW_SYNC)
    row = _one(session, public_id)
    [item] = _items(session, [row])
    if row.kind != MAIL or item.mail is None:
        return Reading(item, "", "", tuple(_fields(row.payload)))
    words = mail_words.masked(item.mail, row.payload.get("facts") or {}, look)
    link = f"…/{mail_words.MASK}" if words.button and words.button[1] else ""
    return Reading(item, words.subject, mail_design.as_text(words, look, link), ())


def retry(session: Session, actor: Actor, public_id: str) -> None:
    """Let a row leave now, with all its tries before it."""
    row = _to_change(session, actor, public_id)
    if not _may_retry(row):
        raise Invalid("Its code or link is gone, so it cannot be sent again. Please send a new one.")
    row.state, row.next_at, row.attempts = PENDING, clock.now(), 0
    outbox.tell(session, row, "outbox.retried", Outcome(PENDING), actor)


def finish_by_hand(session: Session, actor: Actor, public_id: str) -> None:
    """Note that somebody has entered it in the CRM by hand; what waits behind it goes on."""
    row = _to_change(session, actor, public_id)
    if row.kind == MAIL:
        raise Invalid("A mail cannot be sent by hand here. Retry it, or withdraw it.")
    row.state, row.done_at, row.sealed = DONE, clock.now(), ""
    row.done_by = actor.member_id if isinstance(actor, Staff) else None
    outbox.tell(session, row, "outbox.done_by_hand", Outcome(DONE, by_hand=True), actor)


def withdraw(session: Session, actor: Actor, public_id: str) -> None:
    """Take a row out: it never leaves, and what waits behind it goes on."""
    row = _to_change(session, actor, public_id)
    row.state, row.done_at, row.sealed = WITHDRAWN, clock.now(), ""
    row.done_by = actor.member_id if isinstance(actor, Staff) else None
    outbox.tell(session, row, "outbox.withdrawn", Outcome(WITHDRAWN, reason="The office withdrew it."), actor)


def _require(actor: Actor, permission: Permission) -> None:
    if not isinstance(actor, Staff):
        raise NotAllowed
    actor.require(permission)


def _one(session: Session, public_id: str, *, lock: bool = False) -> Outbox:
    statement = select(Outbox).where(Outbox.public_id == public_id)
    row = session.exec(statement.with_for_update() if lock else statement).first()
    if row is None:
        raise NotFound
    return row


def _to_change(session: Session, actor: Actor, public_id: str) -> Outbox:
    """Return the row, locked, when it can still be changed."""
    _require(actor, Permission.RUN_SYNC)
    row = _one(session, public_id, lock=True)
    if row.state == SENDING:
        raise Invalid("It is being sent at this very moment. Please look again in a few seconds.")
    if row.state in outbox.FINISHED:
        raise Invalid("It has been dealt with already.")
    return row


def _may_retry(row: Outbox) -> bool:
    if row.state not in (PENDING, OFFICE, DEAD):
        return False
    if row.kind != MAIL:
        return True
    useless = mails.useless_from(row.payload, row.created_at)
    sealed_gone = mails.of(row.payload) in mails.SECRET and not row.sealed
    return not sealed_gone and (useless is None or clock.now() < useless)


def _id_of(session: Session, public_id: str) -> int | None:
    return session.exec(select(Outbox.id).where(Outbox.public_id == public_id)).first() if public_id else None


def _newest(session: Session, states: Iterable[str], before: int | None) -> list[Outbox]:
    """Return the newest rows in these states, one more than a page; each state by an index of its own."""
    found: list[Outbox] = []
    for state in states:
        statement = select(Outbox).where(Outbox.state == state)
        if before is not None:
            statement = statement.where(col(Outbox.id) < before)
        found += session.exec(statement.order_by(col(Outbox.id).desc()).limit(PAGE + 1))
    return sorted(found, key=lambda row: row.id or 0, reverse=True)[: PAGE + 1]


def _items(session: Session, rows: list[Outbox]) -> list[OutboxItem]:
    customers = _names(session, {row.customer_id for row in rows})
    members = _members(session, {row.done_by for row in rows})
    held_up = _held_up(session, {row.subject for row in rows if row.state == PENDING and row.subject})
    blocked = {row.id for row in rows if row.state == PENDING and held_up.get(row.subject, row.id or 0) < (row.id or 0)}
    return [
        OutboxItem(
            public_id=row.public_id,
            kind=row.kind,
            mail=mails.of(row.payload) if row.kind == MAIL else None,
            to=str(row.payload.get("to") or "")[:254] if row.kind == MAIL else "",
            customer=customers.get(row.customer_id, ("", ""))[0],
            customer_public_id=customers.get(row.customer_id, ("", ""))[1],
            state=row.state,
            attempts=row.attempts,
            reason=row.last_error,
            blocked=row.id in blocked,
            written_at=row.created_at,
            next_at=row.next_at,
            done_at=row.done_at,
            done_by=members.get(row.done_by, ""),
            may_retry=row.id not in blocked and _may_retry(row),
            may_finish=row.kind != MAIL and row.state in (PENDING, OFFICE, DEAD),
            may_withdraw=row.state in (PENDING, OFFICE, DEAD),
        )
        for row in rows
    ]


def _names(session: Session, ids: set[int | None]) -> dict[int | None, tuple[str, str]]:
    wanted = select(Customer.id, Customer.name, Customer.public_id).where(col(Customer.id).in_(ids - {None}))
    return {row_id: (name, public_id) for row_id, name, public_id in session.exec(wanted)}


def _members(session: Session, ids: set[int | None]) -> dict[int | None, str]:
    wanted = select(StaffMember.id, StaffMember.name).where(col(StaffMember.id).in_(ids - {None}))
    return {row_id: name for row_id, name in session.exec(wanted)}  # noqa: C416 - rows are no pairs to pyright


def _held_up(session: Session, subjects: set[str]) -> dict[str, int]:
    """Return, by subject, the first row that waits for a decision."""
    waiting = select(Outbox.subject, Outbox.id).where(
        col(Outbox.subject).in_(subjects), col(Outbox.state).in_((OFFICE, DEAD))
    )
    found: dict[str, int] = {}
    for subject, row_id in session.exec(waiting):
        found[subject] = min(found.get(subject, row_id or 0), row_id or 0)
    return found


def _fields(payload: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield a command's fields as words; of a change, what it was and what it shall be."""
    base, change = payload.get("base"), payload.get("change")
    if isinstance(base, dict) and isinstance(change, dict):
        for name, value in list(change.items())[:20]:
            yield _word(name), f"{_shown(base.get(name))} → {_shown(value)}"
        return
    for name, value in list(payload.items())[:20]:
        yield _word(name), _shown(value)


def _word(name: str) -> str:
    return str(name).replace("_", " ").capitalize()[:60]


def _shown(value: Any) -> str:
    """Return a value as somebody would write it down."""
    if isinstance(value, dict):
        shown = ", ".join(_shown(part) for part in value.values() if part not in (None, ""))
    elif isinstance(value, list):
        shown = "; ".join(_shown(part) for part in value)
    else:
        shown = "" if value is None else str(value)
    return shown[:_LONGEST] or "nothing"
