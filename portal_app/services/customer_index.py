"""Keeping the words and the list entries of customers: what is due, and writing it anew in a few statements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, literal, select
from sqlmodel import Session

from portal_app.models import Business, Contact, Customer, CustomerEntry, CustomerWord, CustomerWordDue, Location, Login
from portal_app.models.base import table_of
from portal_app.services.crm_store import chunks, delete_where_in, insert_new
from portal_app.services.customer_words import rank, sort_name, words_of

CHUNK = 200
OFF, IDLE, INVITED, ACTIVE = "off", "idle", "invited", "active"
_WORD, _DUE, _ENTRY, _CUSTOMER, _CONTACT, _LOCATION, _LOGIN, _BUSINESS = map(
    table_of, (CustomerWord, CustomerWordDue, CustomerEntry, Customer, Contact, Location, Login, Business)
)


def mark(session: Session, customer_ids: Iterable[int | None]) -> None:
    """Note, in the transaction that changes them, that these customers must be found by other words."""
    rows = [{"customer_id": customer_id} for customer_id in sorted({one for one in customer_ids if one})]
    for part in chunks(rows):
        insert_new(session, _DUE, part)


def mark_login(session: Session, login_id: int) -> None:
    """Note the same of every customer a login belongs to."""
    theirs = select(_CONTACT.c.customer_id).where(_CONTACT.c.login_id == login_id)
    mark(session, session.connection().execute(theirs).scalars())


def mark_missing(session: Session) -> int:
    """Note every customer that has never been indexed; returns how many."""
    unknown = select(_CUSTOMER.c.id).where(
        _CUSTOMER.c.deleted_at.is_(None),
        ~exists().where(_ENTRY.c.customer_id == _CUSTOMER.c.id),
        ~exists().where(_DUE.c.customer_id == _CUSTOMER.c.id),
    )
    return session.connection().execute(insert(_DUE).from_select(["customer_id"], unknown)).rowcount


def any_due(session: Session) -> bool:
    """Return whether anything is due; one cheap query."""
    return session.connection().execute(select(literal(1)).select_from(_DUE).limit(1)).first() is not None


def write_due(session: Session, limit: int = CHUNK) -> int:
    """Write the words of some customers that are due; returns how many, 0 when nothing is."""
    ids = list(session.connection().execute(select(_DUE.c.customer_id).limit(limit)).scalars())
    if ids:
        write(session, ids)
    return len(ids)


def write(session: Session, customer_ids: Sequence[int]) -> None:
    """Write the words and entries of these customers anew, and take them off what is due."""
    session.flush()
    country = session.connection().execute(select(_BUSINESS.c.country).limit(1)).scalar() or ""
    words, entries = [], []
    for part in chunks(customer_ids):
        for known in _facts(session, part):
            found = words_of(
                names=known["names"],
                number=known["number"],
                emails=known["emails"],
                phones=known["phones"],
                addresses=known["addresses"],
                country=country,
            )
            entry = {"customer_id": known["id"], "sort_name": sort_name(known["name"]), "state": _state(known)}
            ranked = rank(found, entry["sort_name"])
            words += [{**entry, "word": word, "leads": leads, "shared": shared} for word, leads, shared in ranked]
            entries.append(entry)
    for table in (_WORD, _ENTRY, _DUE):
        delete_where_in(session, table, "customer_id", customer_ids)
    insert_new(session, _WORD, words)
    insert_new(session, _ENTRY, entries)


def _facts(session: Session, customer_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what is known of these customers, the deleted ones left out."""
    c = _CUSTOMER.c
    given = select(c.id, c.name, c.number, c.billing_address, c.portal_access, c.active)
    known: dict[int, dict[str, Any]] = {}
    for row in session.connection().execute(given.where(c.id.in_(customer_ids), c.deleted_at.is_(None))).mappings():
        more: Mapping[str, list[Any]] = {"names": [row["name"]], "emails": [], "phones": [], "people": []}
        known[row["id"]] = {**row, **more, "addresses": [row["billing_address"] or {}]}
    _add_people(session, known)
    c = _LOCATION.c
    places = select(c.customer_id, c.label, c.address).where(c.customer_id.in_(list(known)), c.deleted_at.is_(None))
    for customer_id, label, address in session.connection().execute(places):
        known[customer_id]["names"].append(label)
        known[customer_id]["addresses"].append(address or {})
    return list(known.values())


def _add_people(session: Session, known: dict[int, dict[str, Any]]) -> None:
    c = _CONTACT.c
    people = (
        select(c.customer_id, c.name, c.email, c.emails, c.phones, c.invited_at, _LOGIN.c.last_sign_in_at)
        .outerjoin(_LOGIN, _LOGIN.c.id == c.login_id)
        .where(c.customer_id.in_(list(known)), c.deleted_at.is_(None), c.active)
    )
    for row in session.connection().execute(people).mappings():
        one = known[row["customer_id"]]
        one["names"].append(row["name"])
        one["emails"] += [row["email"], *(row["emails"] or ())]
        one["phones"] += [str(phone.get("number") or "") for phone in row["phones"] or ()]
        one["people"].append((row["invited_at"], row["last_sign_in_at"]))


def _state(known: Mapping[str, Any]) -> str:
    people: list[tuple[datetime | None, datetime | None]] = known["people"]
    if not (known["portal_access"] and known["active"]):
        return OFF
    if any(signed_in for _, signed_in in people):
        return ACTIVE
    return INVITED if any(invited for invited, _ in people) else IDLE
