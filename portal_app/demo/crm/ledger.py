"""Small acts on records that the effects of commands share."""

from typing import Any

from portal_app.demo.crm.context import Crm
from portal_app.demo.crm.store import Record


class Rejected(Exception):
    """The office says no; the message is the reason, one sentence."""


def answered(status: str, external_id: str | None, reason: str | None = None) -> Record:
    """Give the answer to a command."""
    return {"status": status, "external_id": external_id, "reason": reason}


def existing(crm: Crm, stream: str, external_id: Any, noun: str) -> Record:
    """Give a record's fields; raise Rejected when there is none."""
    fields = crm.store.fields(stream, external_id)
    if fields is None:
        raise Rejected(f"There is no {noun} {external_id}.")
    return fields


def change(crm: Crm, stream: str, external_id: str, **changes: Any) -> None:
    """Merge fields into a record and stamp it."""
    fields = crm.store.fields(stream, external_id) or {}
    crm.store.put(stream, external_id, fields | changes, crm.clock.now())


def created(crm: Crm, stream: str, prefix: str, fields: Record) -> str:
    """Make a new record and give its id."""
    external_id = crm.store.next_id(prefix)
    crm.store.put(stream, external_id, fields, crm.clock.now())
    return external_id
