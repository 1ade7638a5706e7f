"""Technicians: who sees a change of one, and our own copies of their photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session

from portal_app.models import Technician, Visit, VisitTechnician
from portal_app.models.base import table_of
from portal_app.services import activity
from portal_app.services.actors import System
from portal_app.services.crm_reading import ACTOR, Fact, Written
from portal_app.services.crm_store import chunks

_TECHNICIAN = table_of(Technician)
_VISIT = table_of(Visit)
_LINK = table_of(VisitTechnician)
EXPECTED = ("unscheduled", "scheduled", "on_the_way", "in_progress", "on_hold")
_MOST_CUSTOMERS = 1000
PHOTOS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class WantedPhoto:
    """A technician whose photo is to be fetched."""

    technician_id: int
    url: str


def customers_expecting(session: Session, technician_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return (technician, customer) for visits still to come or under way; at most a thousand customers."""
    found: list[tuple[int, int]] = []
    for part in chunks(technician_ids):
        statement = (
            select(_LINK.c.technician_id, _VISIT.c.customer_id)
            .join(_VISIT, _VISIT.c.id == _LINK.c.visit_id)
            .where(_LINK.c.technician_id.in_(part), _VISIT.c.status.in_(EXPECTED), _VISIT.c.deleted_at.is_(None))
            .distinct()
            .limit(_MOST_CUSTOMERS)
        )
        found += [(technician, customer) for technician, customer in session.connection().execute(statement)]
    return found


def facts_for_customers(session: Session, written: Sequence[Written]) -> list[Fact]:
    """Return the change of a technician as each customer who expects them learns of it."""
    by_row = {one.row_id: one for one in written}
    return [
        Fact(
            "technician.changed",
            by_row[technician].record.external_id,
            technician,
            customer,
            by_row[technician].record.updated_at,
            by_row[technician].content_hash,
            {"fields": list(by_row[technician].changed)},
        )
        for technician, customer in customers_expecting(session, list(by_row))
    ]


def wanted_photos(session: Session, connection_id: int, now: datetime) -> list[WantedPhoto]:
    """Return some technicians whose photo address is new, or failed a while ago."""
    c = _TECHNICIAN.c
    statement = (
        select(c.id, c.photo_url)
        .where(
            c.connection_id == connection_id,
            c.photo_url != c.photo_fetched_url,
            or_(c.photo_try_at.is_(None), c.photo_try_at <= now),
        )
        .order_by(c.id)
        .limit(PHOTOS_AT_ONCE)
    )
    return [WantedPhoto(row_id, url) for row_id, url in session.connection().execute(statement)]


def keep_photo(session: Session, photo: WantedPhoto, content_hash: str | None, error: str) -> bool:
    """Note the outcome for good: our copy's hash (None without one) or why there is none; False when outdated."""
    values: dict[str, object] = {"photo_fetched_url": photo.url, "photo_error": error[:300], "photo_try_at": None}
    if not error:
        values["photo_hash"] = content_hash
    return _update(session, photo, values)


def try_photo_later(session: Session, photo: WantedPhoto, error: str, at: datetime) -> bool:
    """Note that fetching failed in a way that may pass; False when the address changed meanwhile."""
    return _update(session, photo, {"photo_error": error[:300], "photo_try_at": at})


def tell_customers(session: Session, photo: WantedPhoto, content_hash: str | None) -> None:
    """Tell the customers who expect this technician that the photo is another one."""
    for _, customer_id in customers_expecting(session, [photo.technician_id]):
        activity.record(
            session,
            System(ACTOR),
            "technician.changed",
            customer_id=customer_id,
            subject=("technician", photo.technician_id),
            facts={"fields": ["photo"], "photo": content_hash},
        )


def _update(session: Session, photo: WantedPhoto, values: dict[str, object]) -> bool:
    c = _TECHNICIAN.c
    statement = update(_TECHNICIAN).where(c.id == photo.technician_id, c.photo_url == photo.url).values(values)
    return session.connection().execute(statement).rowcount == 1
