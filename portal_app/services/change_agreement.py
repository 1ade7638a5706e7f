"""What the CRM says of a field its customer has changed, held against what they wrote."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from portal_app import clock
from portal_app.models import ContactChange
from portal_app.services import business, contact_changes, outbox, telephones
from portal_app.services.actors import System
from portal_app.services.contact_changes import APPLIED, CONFLICT, WITHDRAWN

_MOVED = "The CRM says something else by now, so the office decides."
_POLL = System("crm_poll")


def met(session: Session, changes: Sequence[ContactChange], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns a changed record may fill, given the open changes of its row; settles those it can.

    `said` are the columns as the CRM has them now.
    """
    values = dict(said)
    for name in {name for change in changes for name in change.change}:
        chain = [change for change in changes if name in change.change]
        if not _agreed(session, chain, name, said[name]):
            values[name] = chain[-1].change[name]
            if name == "emails":
                values["email"] = values[name][0].lower() if values[name] else ""
    return values


def _agreed(session: Session, chain: Sequence[ContactChange], name: str, said: Any) -> bool:
    """Hold what the CRM says of a field against the changes of it, oldest first; True when it agrees with the last.

    The CRM takes them in order, so what it says is the value before the first, or after one of them.
    """
    country = _country(session)
    values = [chain[0].base[name], *(change.change[name] for change in chain)]
    places = [place for place, value in enumerate(values) if same(name, value, said, country)]
    if not places:
        _disagree(session, chain, name, said)
        return False
    # Somebody who changes a thing and changes it back: only what has left can have arrived.
    place = places[-1] if len(places) == 1 or _has_left(session, chain[-1]) else places[0]
    for change in chain[:place]:
        change.state, change.resolved_at, change.reason = APPLIED, clock.now(), ""
        contact_changes.tell(session, _POLL, "contact.change_applied", change)
    if place < len(chain) and chain[-1].state == CONFLICT:
        chain[-1].theirs = {name: said}
    return place == len(chain)


def _disagree(session: Session, chain: Sequence[ContactChange], name: str, said: Any) -> None:
    last = chain[-1]
    for change in chain[:-1]:
        contact_changes.end(session, _POLL, change, WITHDRAWN)
    known = last.state == CONFLICT and last.theirs == {name: said}
    last.state, last.theirs, last.reason = CONFLICT, {name: said}, last.reason or _MOVED
    if not known:
        contact_changes.tell(session, _POLL, "contact.change_conflict", last)


def _has_left(session: Session, change: ContactChange) -> bool:
    row = contact_changes.outbox_row(session, change)
    return row is not None and row.state == outbox.DONE


def _country(session: Session) -> str:
    found = business.get(session)
    return found.country if found else ""


def same(name: str, ours: Any, theirs: Any, country: str) -> bool:
    """Return whether two values of a field mean the same: systems write numbers and addresses in their own ways."""
    if name == "phones":
        return _phones(ours, country) == _phones(theirs, country)
    if name == "emails":
        return [email.strip().lower() for email in ours] == [email.strip().lower() for email in theirs]
    if name == "name":
        return " ".join(ours.split()) == " ".join(theirs.split())
    return _address(ours) == _address(theirs)


def _phones(phones: Sequence[Mapping[str, str]], country: str) -> list[tuple[str, str]]:
    return [(phone.get("kind", "").lower(), telephones.key(phone.get("number", ""), country)) for phone in phones]


def _address(address: Mapping[str, str]) -> dict[str, str]:
    return {key: " ".join(value.split()) for key, value in address.items() if value and value.strip()}
