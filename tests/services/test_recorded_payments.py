"""On which days money that the office has taken can be recorded: those of the business, not of the server."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal_app import clock
from portal_app.database import transaction
from portal_app.errors import Invalid
from portal_app.models import Business
from portal_app.models import Customer as CustomerRow
from portal_app.services import recorded_payments
from portal_app.services.actors import Staff
from portal_app.services.recorded_payments import Recorded
from tests.services import people

pytestmark = pytest.mark.usefixtures("database_file")


def record(boss: Staff, day: date) -> date:
    """Record cash for a day, and return on which it stands."""
    with transaction() as session:
        customer, zone = session.get_one(CustomerRow, 1).public_id, session.get_one(Business, 1).zone
        made = recorded_payments.record(session, boss, customer, Recorded((), 2500, "GBP", "cash", day))
        assert made.paid_at <= clock.now()
        return clock.local(made.paid_at, zone).date()


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("Europe/London", datetime(2026, 11, 30, 12, tzinfo=UTC), date(2026, 11, 30)),
        ("Europe/London", datetime(2026, 6, 30, 23, 30, tzinfo=UTC), date(2026, 7, 1)),
        ("Pacific/Auckland", datetime(2026, 11, 30, 12, tzinfo=UTC), date(2026, 12, 1)),
        ("America/Los_Angeles", datetime(2026, 12, 1, 2, tzinfo=UTC), date(2026, 11, 30)),
    ],
)
def test_money_is_recorded_up_to_the_businesss_own_day(
    monkeypatch: pytest.MonkeyPatch, zone: str, now: datetime, today: date
):
    people.make_business()
    people.make_customer("ann@example.com")
    people.change(Business, 1, zone=zone)
    boss = people.actor_of(people.start_session(people.make_staff("boss@example.com")))
    assert isinstance(boss, Staff)
    monkeypatch.setattr(clock, "now", lambda: now)
    with pytest.raises(Invalid, match="still to come"):
        record(boss, today + timedelta(days=1))
    assert record(boss, today) == today
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    with pytest.raises(Invalid, match="very same payment"):
        record(boss, today)
