"""The customer's home: when somebody comes, what is owed, what waits, what comes, what was."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select
from sqlmodel import Session, col

from portal_app import clock
from portal_app.models import CrmConnection, Job, Location, PaymentSettings, Recommendation, ServiceRequest, Visit
from portal_app.models import Customer as CustomerRow
from portal_app.money import Money
from portal_app.services import crm_connection, payment_settings, reach, timeline, visits
from portal_app.services import owed as owing
from portal_app.services.actors import Customer
from portal_app.services.properties import narrowed
from portal_app.services.rights import Right
from portal_app.services.timeline import Paper
from portal_app.services.visits import VisitFacts

PROPERTIES_LIMIT = 60
WAITING_SHOWN = 5
ADVICE_LENGTH = 300
# Of how many open recommendations, newest first, those of finished visits are looked for.
ADVICE_READ = 40
ADVICE_AGE = timedelta(days=365)
# How long a visit that nobody has closed still counts as what happens now.
ON_THE_WAY_FOR = timedelta(hours=18)
IN_PROGRESS_FOR = timedelta(days=14)
ON_HOLD_FOR = timedelta(days=60)
UNSCHEDULED_FOR = timedelta(days=90)
TO_COME = ("scheduled", "unknown")
# How what is owed can be paid by this reader: here, here perhaps, as the office's words say, or as the invoice says.
ONLINE, SOME_ONLINE, TRANSFER, DETAILS, NOT_THEIRS = "online", "some_online", "transfer", "details", ""


@dataclass(frozen=True, slots=True)
class Advice:
    """An open recommendation of a finished visit of a job, of which no quote was asked for.

    `low` and `high` are its prices, where given. `detail` is cut.
    """

    public_id: str
    title: str
    detail: str
    low: Money | None
    high: Money | None
    job_public_id: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page says, as facts.

    `properties` are (label, first address line, city), at most PROPERTIES_LIMIT. `coming` are the visits after the
    card's, soonest first, `coming_total` how many there are (100 stands for any more). `sees_money` tells nothing
    owed from nothing to be seen. `way` is how the reader can pay: ONLINE, SOME_ONLINE (at some of the properties they
    see), TRANSFER, DETAILS, or NOT_THEIRS.
    """

    customer_name: str
    properties: tuple[tuple[str, str, str], ...]
    card: VisitFacts | None
    coming: tuple[VisitFacts, ...]
    coming_total: int
    sees_money: bool
    owed: tuple[owing.Owed, ...]
    quotes: tuple[Paper, ...]
    advice: tuple[Advice, ...]
    history: timeline.Page
    as_of: datetime | None
    now: datetime
    way: str = NOT_THEIRS


def home(
    session: Session,
    actor: Customer,
    zone: str,
    *,
    now: datetime | None = None,
    rows: int = timeline.PAGE,
    location_id: int | None = None,
) -> Home:
    """Return the home of one contact: ten bounded queries at most, each limited to what they may see.

    `zone` is the business's; `rows` is how long a timeline is wanted, at most timeline.LONGEST_PAGE. With a property
    its visits and recommendations alone are told; what is owed and what was is the whole account's.
    """
    here = narrowed(actor, location_id)
    now = now or clock.now()
    today = clock.local(now, zone).date()
    ends = clock.ends_of(today, zone)
    around = visits.around_now(session, here, *ends)
    history = timeline.page(session, actor, zone, now=now, limit=rows)
    people = visits.technicians_of(session, [*(visit.id for visit in around.visits), *history.visit_ids()])
    staffed = [visits.with_technicians(visit, people) for visit in around.visits]
    card = card_visit(staffed, now, zone)
    coming = coming_visits(staffed, card, now, zone)
    name, properties = _customer(session, actor)
    as_of, stored, transfer = _settings(session)
    return Home(
        customer_name=name,
        properties=properties,
        card=card,
        coming=tuple(coming),
        coming_total=_coming_total(around, staffed, card, coming),
        sees_money=actor.may(Right.VIEW_MONEY),
        owed=tuple(owing.owed(session, actor, today)),
        quotes=timeline.quotes_to_decide(session, actor, today, WAITING_SHOWN),
        advice=_advice(session, here, now),
        history=history.with_technicians(people),
        as_of=as_of,
        now=now,
        way=_way(actor, stored, transfer),
    )


def card_visit(around: list[VisitFacts], now: datetime, zone: str) -> VisitFacts | None:
    """Return the visit that leads the page.

    Somebody on the way or at work, else work paused today, else who comes today, else what ended or was cancelled
    today, else who comes next, else older work on hold, else what still has no time.
    """
    rank = _ranking(now, zone)
    ranked = [(rank(visit), visit) for visit in around]
    candidates = [(place, visit) for place, visit in ranked if place is not None]
    return min(candidates, key=lambda found: (found[0], found[1].sort_at, found[1].id))[1] if candidates else None


def coming_visits(around: list[VisitFacts], card: VisitFacts | None, now: datetime, zone: str) -> list[VisitFacts]:
    """Return what else is under way and then what comes after the card's visit, soonest first."""
    rank = _ranking(now, zone)
    others = [visit for visit in around if visit is not card]
    under_way = [visit for visit in others if rank(visit) in {0, 1}]
    to_come = [visit for visit in others if visit.status in TO_COME and rank(visit) is not None]
    return [*_by_time(under_way), *_by_time(to_come)]


def _by_time(found: list[VisitFacts]) -> list[VisitFacts]:
    return sorted(found, key=lambda visit: (visit.sort_at, visit.id))


def _coming_total(
    around: visits.Around, staffed: list[VisitFacts], card: VisitFacts | None, coming: list[VisitFacts]
) -> int:
    """Return how many visits stand under "coming" or behind it: the count knows of the card's and of past windows."""
    read = sum(visit.status in TO_COME for visit in staffed)
    return len(coming) + max(0, around.coming - read)


def _ranking(now: datetime, zone: str) -> Callable[[VisitFacts], int | None]:
    today = clock.local(now, zone).date()

    def is_today(moment: datetime | None) -> bool:
        return moment is not None and clock.local(moment, zone).date() == today

    def scheduled(visit: VisitFacts) -> int | None:
        still_open = visit.sort_at < now and visit.window_end is not None and visit.window_end > now
        if is_today(visit.sort_at) or still_open:
            return 3 if visit.status == "scheduled" else 4
        return 7 if visit.sort_at > now else None

    def rank(visit: VisitFacts) -> int | None:
        """Return the place in the order, None for what is over or too old to be believed."""
        if visit.status in TO_COME:
            return scheduled(visit)
        newest = max(moment for moment in (visit.sort_at, visit.on_the_way_at, visit.started_at) if moment)
        age = now - newest
        held_today = is_today(visit.sort_at) or is_today(visit.on_hold_at)
        places: dict[str, tuple[bool, int]] = {
            "on_the_way": (age < ON_THE_WAY_FOR, 0),
            "in_progress": (age < IN_PROGRESS_FOR, 1),
            "on_hold": (age < ON_HOLD_FOR, 2 if held_today else 8),
            "completed": (is_today(visit.completed_at or visit.sort_at), 5),
            "canceled": (is_today(visit.sort_at), 6),
            "unscheduled": (age < UNSCHEDULED_FOR, 9),
        }
        counts, place = places.get(visit.status, (False, 0))
        return place if counts else None

    return rank


def _customer(session: Session, actor: Customer) -> tuple[str, tuple[tuple[str, str, str], ...]]:
    """Return the customer's name and the properties that the contact may see."""
    statement = _customer_statement(limited=reach.limited(actor))
    rows = session.connection().execute(statement, reach.values(actor)).all()
    properties = [
        (label or "", address.get("line1", ""), address.get("city", "")) for _, row, label, address in rows if row
    ]
    return (rows[0][0] if rows else ""), tuple(properties)


@cache
def _customer_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    here = and_(
        col(Location.customer_id) == col(CustomerRow.id),
        reach.of_customer(Location.customer_id),
        col(Location.deleted_at).is_(None),
        *((reach.at_locations(Location.id),) if limited else ()),
    )
    return (
        select(col(CustomerRow.name), col(Location.id), col(Location.label), col(Location.address))
        .outerjoin(Location, here)
        .where(reach.of_customer(CustomerRow.id))
        .limit(PROPERTIES_LIMIT)
    )


def _advice(session: Session, actor: Customer, now: datetime) -> tuple[Advice, ...]:
    if not actor.may(Right.VIEW_JOBS):
        return ()
    statement = _advice_statement(limited=reach.limited(actor))
    given = reach.values(actor, oldest=now - ADVICE_AGE)
    rows = sorted(session.connection().execute(statement, given), key=lambda row: -row.id)
    return tuple(
        Advice(
            row.public_id,
            row.title,
            row.detail,
            price(row.price_from_minor, row.currency),
            price(row.price_to_minor, row.currency),
            row.job_public_id,
        )
        for row in rows[:WAITING_SHOWN]
    )


@cache
def _advice_statement(*, limited: bool) -> Select[*tuple[Any, ...]]:
    one = Recommendation
    newest = (
        select(
            col(one.id),
            col(one.visit_id),
            col(one.public_id),
            col(one.title),
            func.substr(col(one.detail), 1, ADVICE_LENGTH).label("detail"),
            col(one.price_from_minor),
            col(one.price_to_minor),
            col(one.currency),
        )
        .where(reach.of_customer(one.customer_id), col(one.state) == "open")
        .order_by(col(one.id).desc())
        .limit(ADVICE_READ)
        .subquery()
    )
    return (
        select(newest, col(Job.public_id).label("job_public_id"))
        .join(Visit, col(Visit.id) == newest.c.visit_id)
        .join(Job, reach.job_of_visit())
        .where(
            ~exists().where(col(ServiceRequest.recommendation_id) == newest.c.id),
            col(Job.deleted_at).is_(None),
            col(Visit.status) == "completed",
            col(Visit.sort_at) > bindparam("oldest"),
            *reach.within(Visit, limited=limited),
        )
    )


def price(minor: int | None, currency: str) -> Money | None:
    """Return a price, None where there is none or nobody has said in what money."""
    return Money(minor, currency) if minor is not None and currency else None


def _settings(session: Session) -> tuple[datetime | None, str, str]:
    """Return when the CRM was last heard (None when there is none or it never answered), and how payments are set.

    That is what holds the office's key to Stripe, sealed, and its words for bank transfers.
    """
    heard, stored, transfer = session.connection().execute(_settings_statement()).one()
    return heard, stored or "", transfer or ""


def last_heard(session: Session) -> datetime | None:
    """Return when the CRM was last heard; None when there is none or it has never answered."""
    return _settings(session)[0]


@cache
def _settings_statement() -> Select[*tuple[Any, ...]]:
    heard = select(col(CrmConnection.last_success_at)).where(col(CrmConnection.name) == crm_connection.NAME)
    set_so = [
        select(column).where(col(PaymentSettings.id) == payment_settings.ONLY_ROW).scalar_subquery()
        for column in (col(PaymentSettings.sealed), col(PaymentSettings.transfer))
    ]
    return select(heard.scalar_subquery(), *set_so)


def _way(actor: Customer, stored: str, transfer: str) -> str:
    if not (actor.may(Right.VIEW_MONEY) and actor.may(Right.PAY)):
        return NOT_THEIRS
    if not payment_settings.is_connected(stored):
        return TRANSFER if transfer else DETAILS
    pays, sees = actor.places(Right.PAY), actor.places(Right.VIEW_MONEY)
    everywhere = pays is None or (sees is not None and sees <= pays)
    return ONLINE if everywhere else SOME_ONLINE
