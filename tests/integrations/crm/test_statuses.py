"""Words and timestamps become the contract's statuses."""

from typing import Any

import pytest

from portal_app.integrations.crm.records import Visit
from portal_app.integrations.crm.statuses import status_of, visit_status

T1, T2 = "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z"


def visit(**fields: Any) -> Visit:
    base = {"external_id": "v", "updated_at": T1, "job_id": "j", "customer_id": "c"}
    return Visit.model_validate(base | fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "scheduled"}, "scheduled"),
        ({"status": "dispatched"}, "scheduled"),
        ({"status": "En Route"}, "on_the_way"),
        ({"status": "on-site"}, "in_progress"),
        ({"status": "complete rated"}, "completed"),
        ({"status": "Hold"}, "on_hold"),
        ({"status": "unsuccessful"}, "canceled"),
        ({"status": "Cancelled"}, "canceled"),
        ({"status": "waiting_for_godot"}, "unknown"),
        ({"status": "unknown", "status_raw": "arrived"}, "in_progress"),
        ({"status": ""}, "unknown"),
        ({"status": "scheduled", "on_the_way_at": T1}, "on_the_way"),
        ({"status": "scheduled", "on_the_way_at": T1, "started_at": T2}, "in_progress"),
        ({"status": "on_the_way", "on_the_way_at": T1, "started_at": T1, "completed_at": T2}, "completed"),
        ({"status": "in_progress", "on_the_way_at": T1}, "in_progress"),
        ({"status": "unknown", "started_at": T1}, "in_progress"),
        ({"status": "on_hold", "started_at": T1}, "on_hold"),
        ({"status": "unknown", "started_at": T1, "on_hold_at": T2}, "on_hold"),
        ({"status": "in_progress", "started_at": T1, "on_hold_at": T2}, "in_progress"),
        ({"status": "canceled", "on_the_way_at": T1}, "canceled"),
        ({"status": "scheduled", "on_the_way_at": T1, "canceled_at": T2}, "canceled"),
        ({"status": "completed", "completed_at": T1, "canceled_at": T2}, "canceled"),
        ({"status": "completed", "completed_at": T2, "canceled_at": T1}, "completed"),
    ],
)
def test_a_visit(fields: dict[str, Any], expected: str) -> None:
    assert visit_status(visit(**fields), {}) == expected


def test_the_connections_own_words_come_first() -> None:
    own = {"Parts ordered": "on_hold", "scheduled": "unscheduled", "nonsense": "no such word"}
    assert visit_status(visit(status="unknown", status_raw="parts  ordered"), own) == "on_hold"
    assert visit_status(visit(status="scheduled"), own) == "unscheduled"
    assert visit_status(visit(status="nonsense"), own) == "unknown"
    assert visit_status(visit(status="Parts ordered", completed_at=T1), own) == "completed"


def test_other_streams() -> None:
    assert status_of("jobs", "Complete", "", {}) == "completed"
    assert status_of("invoices", "partially paid", "", {}) == "partially_paid"
    assert status_of("quotes", "Won", "", {"won": "approved"}) == "approved"
    assert status_of("quotes", "en route", "", {}) == "unknown"
