"""What a CRM may not do to people: hand out access, move a sign-in; and what it ends at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from portal_app.integrations.crm import records
from portal_app.integrations.crm.records import Record
from portal_app.models import Contact, ContactChange
from portal_app.models.base import table_of
from portal_app.services import change_agreement, mails, sessions
from portal_app.services.actors import System
from portal_app.services.crm_reading import ACTOR, Fact, Written
from portal_app.services.crm_store import chunks
from portal_app.services.crm_streams import Values
from portal_app.services.rights import ROLE_RIGHTS, Role

_CONTACT = table_of(Contact)
_ENDED = "the CRM ended it"
# What customers are found by, beside their own records.
FOUND_BY = ("customers", "contacts", "locations")


def starting_values(
    session: Session, stream: str, fresh: Sequence[tuple[Record, Values]]
) -> dict[str, Mapping[str, Any]]:
    """Return, per new record, the columns that are the portal's own and how they start."""
    if stream == "contacts":
        return _new_contacts(session, fresh)
    same = _STARTING.get(stream)
    return {record.external_id: same for record, _ in fresh} if same else {}


_STARTING: dict[str, Mapping[str, Any]] = {
    "customers": {"portal_access": False, "photo_download": "inherit"},
    "technicians": {"photo_hash": None, "photo_fetched_url": "", "photo_error": "", "photo_try_at": None},
}


def _new_contacts(session: Session, fresh: Sequence[tuple[Record, Values]]) -> dict[str, Mapping[str, Any]]:
    peopled: set[int] = set()
    for part in chunks({values["customer_id"] for _, values in fresh}):
        c = _CONTACT.c
        rows = session.connection().execute(select(c.customer_id).where(c.customer_id.in_(part)).distinct())
        peopled |= {customer_id for (customer_id,) in rows}
    starting: dict[str, Mapping[str, Any]] = {}
    for record, values in fresh:
        assert isinstance(record, records.Contact)
        role = _role(record, first=values["customer_id"] not in peopled)
        peopled.add(values["customer_id"])
        starting[record.external_id] = {
            "login_id": None,
            "pending_email": "",
            "role": role.value,
            "rights": sorted(right.value for right in ROLE_RIGHTS[role]),
            "all_locations": True,
            "invited_at": None,
            "disabled_at": None,
        }
    return starting


def _role(record: records.Contact, first: bool) -> Role:
    """Choose what a new contact is: their rights are the office's to change from then on."""
    word = record.role.strip().lower()
    if first or word == Role.OWNER:
        return Role.OWNER
    if record.billing:
        return Role.BOOKKEEPER
    return Role(word) if word in set(Role) else Role.VIEWER


def guarded(
    session: Session, stream: str, old: Mapping[str, Any], values: Values, waiting: Sequence[ContactChange]
) -> Values:
    """Return the columns a changed record may fill.

    What customers have changed and the CRM has not agreed to (`waiting`) stays theirs; another main e-mail of somebody
    who can sign in must wait.
    """
    if waiting:
        values = change_agreement.met(session, waiting, values)
    if stream != "contacts":
        return values
    wanted = values["email"]
    if old["login_id"] is None or not old["active"] or wanted == old["email"]:
        return {**values, "pending_email": ""}
    others = [email for email in values["emails"] if email.lower() not in (wanted, old["email"])]
    return {**values, "email": old["email"], "emails": [old["email"], *others], "pending_email": wanted}


def end_access(session: Session, stream: str, written: Sequence[Written]) -> list[Fact]:
    """End the sessions of people and customers that are no longer active; returns the facts to be told."""
    if stream not in ("contacts", "customers"):
        return []
    facts = []
    for one in written:
        if one.old is None:
            continue
        ended = bool(one.old["active"]) and not one.new["active"]
        if stream == "customers" and ended:
            sessions.end_for_customer(session, one.row_id, _ENDED, actor=System(ACTOR))
            facts.append(_fact(one, "customer.access_ended", one.row_id))
        if stream == "contacts":
            facts += _contact_facts(session, one, ended)
    return facts


def _contact_facts(session: Session, one: Written, ended: bool) -> list[Fact]:
    owner = one.value("customer_id")
    facts = []
    if ended:
        facts.append(_fact(one, "contact.disabled", owner))
    if one.old and "customer_id" in one.changed and one.old["login_id"] is not None:
        facts.append(_fact(one, "contact.moved", owner))
    if facts:
        sessions.end_for_contact(session, one.row_id, _ENDED, actor=System(ACTOR))
    if one.old and "email" in one.changed:
        mails.forget_problem(session.get_one(Contact, one.row_id, populate_existing=True))
    if "pending_email" in one.changed and one.new["pending_email"]:
        facts.append(_fact(one, "contact.email_pending", owner))
    return facts


def _fact(one: Written, kind: str, customer_id: int) -> Fact:
    record = one.record
    return Fact(kind, record.external_id, one.row_id, customer_id, record.updated_at, one.content_hash, {})


def end_access_of_deleted(session: Session, stream: str, rows: Iterable[int]) -> None:
    """End the sessions of contacts or customers that were deleted in the CRM."""
    for row_id in rows:
        if stream == "contacts":
            sessions.end_for_contact(session, row_id, _ENDED, actor=System(ACTOR))
        elif stream == "customers":
            sessions.end_for_customer(session, row_id, _ENDED, actor=System(ACTOR))


def found_by(stream: str, written: Sequence[Written]) -> list[int]:
    """Return the customers, those that were left too, who are found by these records."""
    if stream not in FOUND_BY:
        return []
    if stream == "customers":
        return [one.row_id for one in written]
    olds = [one.old["customer_id"] for one in written if one.old is not None and "customer_id" in one.changed]
    return [one.value("customer_id") for one in written] + olds
