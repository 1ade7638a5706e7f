"""The customer's home: when somebody comes, what is owed, what waits, what comes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from portal_app import clock
from portal_app.models import Customer as CustomerRow
from portal_app.models import Location, Quote, Recommendation, Visit
from portal_app.money import Money
from portal_app.services import crm_connection, timeline, visits
from portal_app.services import owed as owing
from portal_app.services.actors import Customer
from portal_app.services.rights import Right
from portal_app.services.timeline import Paper
from portal_app.services.visits import VisitFacts

PLACES_LIMIT = 60
COMING_SHOWN = 4
WAITING_SHOWN = 3
# Which visit the card shows: the first status that any visit of today has.
CARD_ORDER = ("in_progress", "on_the_way", "on_hold", "scheduled", "unknown", "unscheduled", "completed", "canceled")


@dataclass(frozen=True, slots=True)
class Advice:
    """An open recommendation of a finished visit; `prices` is from and to, where given."""

    title: str
    detail: str
    prices: tuple[Money | None, Money | None]


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the home page says, as facts; `places` maps location rows to (label, first address line, city)."""

    customer_name: str
    places: dict[int, tuple[str, str, str]]
    card: VisitFacts | None
    coming: tuple[VisitFacts, ...]
    coming_more: int
    owed: tuple[owing.Owed, ...]
    due_first: owing.DueInvoice | None
    quotes: tuple[Paper, ...]
    advice: tuple[Advice, ...]
    as_of: datetime | None


def home(session: Session, actor: Customer, zone: str) -> Home:
    """Return the home of one contact; a constant number of bounded queries, each limited to what they may see."""
    now = clock.now()
    today = clock.local(now, zone).date()
    around = visits.around_now(session, actor, _start_of(today, zone))
    card = card_visit(around, today, zone)
    coming = [visit for visit in around if visit is not card and visit.status in {"scheduled", "unknown"}]
    connection = crm_connection.get(session)
    return Home(
        customer_name=session.exec(select(CustomerRow.name).where(CustomerRow.id == actor.customer_id)).one(),
        places=_places(session, actor),
        card=card,
        coming=tuple(coming[:COMING_SHOWN]),
        coming_more=max(0, len(coming) - COMING_SHOWN),
        owed=tuple(owing.owed(session, actor, today)),
        due_first=owing.due_first(session, actor),
        quotes=_quotes_to_decide(session, actor, today),
        advice=_advice(session, actor),
        as_of=connection.last_success_at if connection else None,
    )


def card_visit(around: list[VisitFacts], today: date, zone: str) -> VisitFacts | None:
    """Return the visit that leads the page: the liveliest of today, else the next one."""
    of_today = [v for v in around if v.status in visits.UNDER_WAY or clock.local(v.sort_at, zone).date() == today]
    if of_today:
        return min(of_today, key=lambda visit: (CARD_ORDER.index(visit.status), visit.sort_at))
    return next((visit for visit in around if visit.status in {"scheduled", "unknown"}), None)


def _start_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _places(session: Session, actor: Customer) -> dict[int, tuple[str, str, str]]:
    statement = (
        select(Location)
        .where(Location.customer_id == actor.customer_id, col(Location.deleted_at).is_(None))
        .order_by(col(Location.id))
        .limit(PLACES_LIMIT)
    )
    if actor.locations is not None:
        statement = statement.where(col(Location.id).in_(actor.locations))
    return {
        row.id or 0: (row.label, row.address.get("line1", ""), row.address.get("city", ""))
        for row in session.exec(statement)
    }


def _quotes_to_decide(session: Session, actor: Customer, today: date) -> tuple[Paper, ...]:
    if not actor.may(Right.VIEW_QUOTES):
        return ()
    statement = (
        select(Quote)
        .where(
            *timeline.visible_quotes(actor),
            Quote.status == "sent",
            or_(col(Quote.expires_on).is_(None), col(Quote.expires_on) >= today),
        )
        .order_by(col(Quote.id).desc())
        .limit(WAITING_SHOWN)
    )
    return tuple(timeline.quote_paper(row) for row in session.exec(statement))


def _advice(session: Session, actor: Customer) -> tuple[Advice, ...]:
    if not actor.may(Right.VIEW_JOBS):
        return ()
    statement = (
        select(Recommendation)
        .join(Visit, col(Visit.id) == Recommendation.visit_id)
        .where(
            Recommendation.customer_id == actor.customer_id,
            Recommendation.state == "open",
            Visit.sort_at > clock.now() - timedelta(days=365),
            *visits.visible(actor),
        )
        .order_by(col(Recommendation.id).desc())
        .limit(WAITING_SHOWN)
    )
    return tuple(
        Advice(row.title, row.detail, (_price(row.price_from_minor, row), _price(row.price_to_minor, row)))
        for row in session.exec(statement)
    )


def _price(minor: int | None, row: Recommendation) -> Money | None:
    return Money(minor, row.currency) if minor is not None and row.currency else None
