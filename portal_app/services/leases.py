"""The right of one process to run a named task; kept in the database, so it holds whatever the number of workers."""

import os
import secrets
import socket
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session

from portal_app import clock
from portal_app.models import Lease
from portal_app.models.base import table_of
from portal_app.services.crm_store import insert_new

_LEASE = table_of(Lease)


def new_holder() -> str:
    """Return a name for this holder that no other process has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"


def acquire(session: Session, name: str, holder: str, seconds: float) -> bool:
    """Take the lease, or keep it, for some seconds from now; False while somebody else has it."""
    now = clock.now()
    until = now + timedelta(seconds=seconds)
    c = _LEASE.c
    statement = (
        update(_LEASE)
        .where(c.name == name, or_(c.holder == holder, c.expires_at <= now))
        .values(holder=holder, expires_at=until)
    )
    if session.connection().execute(statement).rowcount == 1:
        return True
    insert_new(session, _LEASE, [{"name": name, "holder": holder, "expires_at": until}])
    return holder_of(session, name) == holder


def holder_of(session: Session, name: str) -> str | None:
    """Return who has the lease now, None when nobody does."""
    c = _LEASE.c
    statement = select(c.holder).where(c.name == name, c.expires_at > clock.now())
    return session.connection().execute(statement).scalar()


def release(session: Session, name: str, holder: str) -> None:
    """Give the lease back; nothing happens when somebody else has it."""
    c = _LEASE.c
    session.connection().execute(delete(_LEASE).where(c.name == name, c.holder == holder))
