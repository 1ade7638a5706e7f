"""The visits of the day, around now, so that the demo is alive at any hour."""

from datetime import datetime, timedelta

from portal_app.demo.crm.business.making import ZONE
from portal_app.demo.crm.stamps import written
from portal_app.demo.crm.store import Record

ON_THE_WAY = "vis_4102"


def today_visits(now: datetime) -> list[Record]:
    """Give one visit on the way, one in progress and one later today."""
    hour = now.astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    return [_on_the_way(now, hour), _in_progress(now, hour), _later(now, hour)]


def _on_the_way(now: datetime, hour: datetime) -> Record:
    """Give Sarah Whitcombe's boiler service: window from this full hour on, arrival in about twenty minutes."""
    told = now - timedelta(minutes=9)
    likely = now + timedelta(minutes=20)
    likely -= timedelta(minutes=likely.minute % 5, seconds=likely.second, microseconds=likely.microsecond)
    visit = _visit(ON_THE_WAY, "job_3127", 1001, 2001, [1], hour, told)
    return visit | {
        "status": "on_the_way",
        "status_raw": "On the way",
        "eta_at": written(likely),
        "eta_told_at": written(told),
        "on_the_way_at": written(told),
        "travel_updates": [{"at": written(told), "text": "Dave has finished his last job in Larkhall."}],
    }


def _in_progress(now: datetime, hour: datetime) -> Record:
    started = now - timedelta(minutes=35)
    left = started - timedelta(minutes=25)
    visit = _visit("vis_4103", "job_3128", 1002, 2004, [2, 4], hour - timedelta(hours=1), started)
    return visit | {
        "status": "in_progress",
        "status_raw": "In progress",
        "eta_at": written(started),
        "eta_told_at": written(left),
        "on_the_way_at": written(left),
        "started_at": written(started),
    }


def _later(now: datetime, hour: datetime) -> Record:
    booked = now - timedelta(days=2, minutes=13)
    visit = _visit("vis_4105", "job_3134", 1007, 2009, [3], hour + timedelta(hours=3), booked)
    return visit | {"status": "scheduled", "status_raw": "Scheduled"}


def _visit(
    key: str, job: str, customer: int, location: int, technicians: list[int], start: datetime, stamp: datetime
) -> Record:
    return {
        "external_id": key,
        "updated_at": written(stamp),
        "deleted": False,
        "url": f"@crm/records/visits/{key}",
        "job_id": job,
        "customer_id": f"cus_{customer}",
        "location_id": f"loc_{location}",
        "technician_ids": [f"tec_{number}" for number in technicians],
        "window_start": written(start),
        "window_end": written(start + timedelta(hours=2)),
        "scheduled_start": written(start + timedelta(minutes=30)),
        "scheduled_end": written(start + timedelta(minutes=90)),
        **dict.fromkeys(("eta_at", "eta_told_at", "on_the_way_at", "started_at", "on_hold_at")),
        **dict.fromkeys(("completed_at", "canceled_at", "status_reason")),
        "travel_updates": [],
        "work_summary": "",
        "recommendations": [],
    }
