"""Switching the portal on for many customers and inviting their people: counted first, then done in pieces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from portal_app.errors import Invalid
from portal_app.models import Activity, Contact, Customer, CustomerEntry
from portal_app.services import access, activity, customer_search, email_addresses, invitations, sessions
from portal_app.services.access import require_office
from portal_app.services.actors import Staff
from portal_app.services.customer_search import Place
from portal_app.services.rights import Permission

PIECE = 50
# So many invitations at once are no mistake of a mouse; more are asked for in parts.
MOST_CUSTOMERS = 20_000
MOST_TICKED = 100
STARTED, MOVED, ENDED = "bulk_invite.started", "bulk_invite.moved", "bulk_invite.ended"
_SUBJECT = "bulk_invite"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which customers: ticked ones by public id, else all that a search and a filter show."""

    ticked: tuple[str, ...] = ()
    typed: str = ""
    show: str = "all"


@dataclass(frozen=True, slots=True)
class Tally:
    """What inviting would do, or has done.

    `invited` people get a mail, `already` have been invited before or have signed in, `without_email` have no address
    mail could reach, `bounced` one from which mail came back, `disabled` were shut out by the office, `inactive`
    customers are no longer active; `switched` customers get access.
    """

    customers: int = 0
    switched: int = 0
    invited: int = 0
    already: int = 0
    without_email: int = 0
    bounced: int = 0
    disabled: int = 0
    inactive: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Return both added up."""
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the newest of somebody's bulks has come; `over` when nothing more will happen, `stopped` when
    that was before the end.
    """

    tally: Tally
    total: int
    over: bool
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What one piece did, and the place the next one goes on from; None at the end."""

    tally: Tally
    next: Place | None


def next_ids(session: Session, chosen: Chosen, after: Place | None, country: str) -> tuple[list[int], Place | None]:
    """Return the rows of the next customers, and the place after them, None at the end."""
    if chosen.ticked:
        statement = select(CustomerEntry.sort_name, CustomerEntry.customer_id).join(
            Customer, col(Customer.id) == CustomerEntry.customer_id
        )
        ticked = statement.where(col(Customer.public_id).in_(chosen.ticked[:MOST_TICKED]))
        places = sorted(Place(False, "", name, row) for name, row in session.exec(ticked))
        left = [place for place in places if after is None or place > after]
        return [place.customer_id for place in left[:PIECE]], left[PIECE - 1] if len(left) > PIECE else None
    what = customer_search.wanted(chosen.typed, chosen.show, country)
    found = customer_search.page(session, what, after=after, size=PIECE)
    return [place.customer_id for place in found.places], found.resume if found.more else None


def preview(session: Session, actor: Staff, chosen: Chosen, country: str) -> Tally:
    """Return what inviting would do, without doing it; raises Invalid when there are too many."""
    require_office(actor, Permission.INVITE)
    total, after = Tally(), None
    while True:
        ids, after = next_ids(session, chosen, after, country)
        total = total.plus(_tally(_people(session, ids)))
        if total.customers > MOST_CUSTOMERS:
            raise Invalid(f"That is more than {MOST_CUSTOMERS:,} customers. Please narrow the search down.")
        if after is None:
            return total


def start(session: Session, actor: Staff, expected: Tally) -> int:
    """Note that a bulk begins, and return its number."""
    require_office(actor, Permission.INVITE)
    row = activity.record(session, actor, STARTED, facts={"total": expected.customers})
    session.flush()
    row.subject_kind, row.subject_id = _SUBJECT, row.id
    session.flush()
    return row.id or 0


def piece(
    session: Session, actor: Staff, bulk: int, chosen: Chosen, place: Place | None, so_far: Tally, country: str
) -> Piece:
    """Do the next customers in the caller's transaction. Who was invited before is left alone: nobody is sent two."""
    require_office(actor, Permission.INVITE)
    if not sessions.standing(session, [actor.session_id]):
        raise Invalid("You were signed out, so the rest was not sent.")
    ids, following = next_ids(session, chosen, place, country)
    found = _people(session, ids)
    done = _tally(found)
    invited = 0
    for customer, people in found:
        if not customer.active:
            continue
        access.set_portal_access(session, actor, customer.public_id, on=True)
        wanted = [person.public_id for person in people if _kind(person) == "invited"]
        invited += invitations.invite_many(session, actor, wanted).count
    done = replace(done, invited=invited)
    total = so_far.plus(done)
    kind = MOVED if following else ENDED
    activity.record(session, actor, kind, subject=(_SUBJECT, bulk), facts=_facts(total))
    return Piece(done, following)


def stopped(session: Session, actor: Staff, bulk: int, so_far: Tally) -> None:
    """Note that a bulk ended before its end."""
    facts = {**_facts(so_far), "stopped": 1}
    activity.record(session, actor, ENDED, subject=(_SUBJECT, bulk), facts=facts)


def newest(session: Session, actor: Staff) -> Progress | None:
    """Return how far the newest bulk of this person has come, None when there was none."""
    statement = select(Activity).where(
        Activity.subject_kind == _SUBJECT, Activity.actor_id == actor.member_id, Activity.actor_kind == "staff"
    )
    row = session.exec(statement.order_by(col(Activity.subject_id).desc(), col(Activity.id).desc()).limit(1)).first()
    if row is None or row.subject_id is None:
        return None
    begun = session.get(Activity, row.subject_id)
    total = int(begun.facts.get("total", 0)) if begun else 0
    tally = Tally(**{name: int(row.facts.get(name, 0)) for name in Tally.__slots__})
    return Progress(tally, total, row.kind == ENDED, bool(row.facts.get("stopped")))


def _facts(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in Tally.__slots__}


def _people(session: Session, ids: Sequence[int]) -> list[tuple[Customer, list[Contact]]]:
    customers = {
        row.id: (row, [])
        for row in session.exec(select(Customer).where(col(Customer.id).in_(ids), col(Customer.deleted_at).is_(None)))
    }
    people = select(Contact).where(
        col(Contact.customer_id).in_(ids), col(Contact.deleted_at).is_(None), col(Contact.active)
    )
    for person in session.exec(people.order_by(col(Contact.id))):
        if person.customer_id in customers:
            customers[person.customer_id][1].append(person)
    return [customers[row] for row in ids if row in customers]


def _tally(found: Sequence[tuple[Customer, Sequence[Contact]]]) -> Tally:
    total = Tally()
    for customer, people in found:
        if not customer.active:
            total = total.plus(Tally(customers=1, inactive=1))
            continue
        total = total.plus(Tally(customers=1, switched=0 if customer.portal_access else 1))
        for person in people:
            total = total.plus(Tally(**{_kind(person): 1}))
        if not people:
            total = total.plus(Tally(without_email=1))
    return total


def _kind(person: Contact) -> str:
    """Return what would become of one person, by the names of a tally."""
    if person.disabled_at is not None:
        return "disabled"
    if not email_addresses.looks_right(person.email):
        return "without_email"
    if person.invited_at is not None or person.login_id is not None:
        return "already"
    return "bounced" if person.mail_problem else "invited"
