"""The facts behind the health endpoint."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from portal_app import __version__, clock, database, logs
from portal_app.models import CrmConnection, Outbox
from portal_app.settings import get_settings

log = logs.get(__name__)
WAITING = ("pending", "sending")
OUTBOX_LATE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Ages in whole seconds; None where there is nothing to be old."""

    database: str
    migration: str
    crm_age_s: int | None
    crm_late: bool
    outbox_oldest_s: int | None

    @property
    def http_status(self) -> int:
        """503 only when the database or a migration is wrong: a CRM outage is no reason for a restart."""
        return 200 if self.database == "ok" and self.migration == "ok" else 503

    @property
    def status(self) -> str:
        """One word: ok, degraded (something outside is late) or failed."""
        if self.http_status != 200:
            return "failed"
        late = self.crm_late or (self.outbox_oldest_s or 0) > OUTBOX_LATE_SECONDS
        return "degraded" if late else "ok"

    def as_dict(self) -> dict[str, Any]:
        """Return the answer of `/healthz`."""
        return {
            "status": self.status,
            "version": __version__,
            "database": self.database,
            "migration": self.migration,
            "crm": {"age_s": self.crm_age_s},
            "outbox": {"oldest_s": self.outbox_oldest_s},
        }


def report() -> HealthReport:
    """Return how the portal is; never raises."""
    try:
        current, newest = database.revisions()
        if current != newest:
            return HealthReport("ok", "behind", None, False, None)
        with database.reading() as session:
            return _facts(session)
    except SQLAlchemyError as error:
        log.error("health_database_failed", error=type(error).__name__)
        return HealthReport("failed", "unknown", None, False, None)


def _facts(session: Session) -> HealthReport:
    connection = session.exec(select(CrmConnection).order_by(col(CrmConnection.id)).limit(1)).first()
    oldest = session.exec(select(func.min(Outbox.created_at)).where(col(Outbox.state).in_(WAITING))).one()
    age = None if connection is None else _age(connection.last_success_at or connection.created_at)
    allowed = max(300.0, 5 * get_settings().crm_poll_seconds)
    late = connection is not None and (connection.state != "active" or (age or 0) > allowed)
    return HealthReport("ok", "ok", age, late, None if oldest is None else _age(oldest))


def _age(moment: datetime) -> int:
    return max(0, int((clock.now() - moment).total_seconds()))
