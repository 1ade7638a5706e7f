"""The work of the demo business: recurring plans, jobs and visits in every status, around now."""

from datetime import timedelta
from typing import Any

from portal_app.demo.crm.business.making import Calendar, money
from portal_app.demo.crm.business.today import today_visits
from portal_app.demo.crm.stamps import written
from portal_app.demo.crm.store import Record

_SERIES = (
    # id, customer, location, title, rhythm, rrule, next in days, ends in days
    (501, 1001, 2001, "Boiler maintenance plan", "Every year in late autumn", "FREQ=YEARLY", 365, None),
    (502, 1001, 2001, "Water softener check", "Every six months", "FREQ=MONTHLY;INTERVAL=6", 78, None),
    (503, 1001, 2002, "Landlord gas safety check", "Every year", "FREQ=YEARLY", 205, None),
    (504, 1003, 2005, "Legionella temperature test", "Every month", "FREQ=MONTHLY", 19, 700),
    (505, 1010, 2012, "Boiler house check", "Four times a year", "FREQ=MONTHLY;INTERVAL=3", 41, None),
    (506, 1011, 2013, "Heat pump service plan", "Every year in spring", "FREQ=YEARLY", 160, 900),
)
_JOBS = (
    # number, customer, location, series, title, status, opened in days, closed in days, description
    (3127, 1001, 2001, 501, "Annual boiler service", "open", -23, None, "Service, flue test and gas safety record."),
    (3140, 1001, 2001, 502, "Water softener check", "open", -9, None, "Salt, seals and hardness test."),
    (
        3133,
        1001,
        2003,
        None,
        "Radiator in the back bedroom stays cold",
        "on_hold",
        -8,
        None,
        "Cold from the bottom up.",
    ),
    (3136, 1001, 2002, None, "Bath tap drips", "open", -4, None, "The tenant says it drips day and night."),
    (3139, 1001, 2003, None, "Outside tap for the garden", "open", -2, None, "By the back door, with a frost valve."),
    (2950, 1001, 2003, None, "Power flush", "canceled", -240, -236, "Not needed after the new pump."),
    (3128, 1002, 2004, None, "New kitchen radiator", "open", -12, None, "Double panel, 600 by 1200."),
    (3101, 1002, 2004, None, "Boiler will not start", "completed", -70, -69, "Fault code E119."),
    (3142, 1002, 2004, None, "Thermostat upstairs", "open", -3, None, "A second zone for the bedrooms."),
    (3120, 1003, 2005, None, "Mixing valves in the treatment rooms", "awaiting_parts", -30, None, "Six valves, TMV3."),
    (2900, 1003, 2005, 504, "Legionella tests", "open", -430, None, "Monthly, all outlets by rotation."),
    (3105, 1004, 2006, None, "Sink in the dye room", "completed", -24, -21, "Belfast sink with trap."),
    (3090, 1005, 2007, None, "New shower pump", "completed", -95, -94, "The old one was loud."),
    (3143, 1005, 2007, None, "Shower pump check", "open", -5, None, "Under warranty."),
    (3044, 1006, 2008, None, "Toilet keeps running", "completed", -75, -74, "Fill valve."),
    (3110, 1007, 2009, None, "Hot water for the new kitchen", "completed", -36, -18, "Two heaters and pipework."),
    (3134, 1007, 2009, None, "Cellar sink and drain", "open", -6, None, "Before the weekend, please."),
    (3118, 1007, 2009, None, "Radiator in the ladies' room", "open", -26, None, "Leaks at the lockshield."),
    (3141, 1008, 2010, None, "Kitchen tap is stiff", "open", -1, None, "Ring, no e-mail."),
    (3119, 1009, 2011, None, "Bleed and balance the heating", "completed", -20, -16, "Upstairs is cold."),
    (3116, 1010, 2012, None, "Heating in the hall", "completed", -33, -27, "Fan convector replaced."),
    (3061, 1011, 2013, 506, "Heat pump service", "completed", -205, -204, "First service of the plan."),
    (3124, 1012, 2014, None, "Washing machine valve", "completed", -13, -13, "Valve seized."),
    (3144, 1013, 2015, None, "Thermostatic taps", "open", -7, None, "Four basins in the small children's room."),
)
_ROUTINE = "Serviced, cleaned and tested. Flue gas and tightness within limits, pressure 1.4 bar."
# Earlier rounds of the plans: series, first job number, step in job numbers, days between, rounds, technician, words
_ROUNDS = (
    (501, 3027, -100, 365, 6, 1, _ROUTINE),
    (502, 2990, -110, 183, 4, 3, "Salt topped up, resin tested. Hardness after the softener 3 °dH."),
    (503, 3098, -100, 365, 3, 1, "All appliances safe. Record left with the tenant."),
    (505, 3083, -90, 91, 5, 2, "Burners cleaned, pumps run in turn, no leaks."),
)
_FIRST_ROUND = {501: 365, 502: 104, 503: 160, 505: 50}
_VISITS = (
    # id, job, status, days, hour, minutes, technicians, more
    (
        4087,
        3127,
        "completed",
        -14,
        9,
        150,
        (1, 4),
        {
            "work_summary": "Replaced the diverter valve. Tested the heating and hot water before leaving.",
            "recommendations": [
                {
                    "id": "rec_71",
                    "title": "Fit a magnetic filter",
                    "detail": "There is black sludge in the system water. A filter on the return pipe keeps it out of"
                    " the boiler and the new valve.",
                    "price_from": money(18_000),
                    "price_to": money(24_000),
                    "state": "open",
                },
                {
                    "id": "rec_72",
                    "title": "Replace the hot water cylinder",
                    "detail": "The coil is scaled up and the tank is 24 years old.",
                    "price_from": None,
                    "price_to": None,
                    "state": "quoted",
                    "quote_id": "quo_1048",
                },
            ],
        },
    ),
    (4121, 3140, "scheduled", 78, 8, 60, (3,), {}),
    (4094, 3133, "on_hold", -3, 13, 40, (3,), {"status_reason": "We wait for a valve from the maker."}),
    (4108, 3136, "scheduled", 6, 13, 60, (3,), {}),
    (4125, 3139, "unscheduled", None, 0, 0, (), {}),
    (3811, 2950, "canceled", -236, 9, 0, (2,), {"status_reason": "Not needed any more."}),
    (
        4061,
        3101,
        "completed",
        -69,
        10,
        80,
        (2,),
        {"work_summary": "New ignition lead. Started ten times without fault."},
    ),
    (4117, 3142, "scheduled", 9, 10, 120, (2, 4), {}),
    (4098, 3120, "completed", -17, 8, 100, (3,), {"work_summary": "Measured, six valves ordered."}),
    (4110, 2900, "scheduled", 19, 8, 60, (4,), {}),
    (4090, 3105, "completed", -21, 14, 140, (3, 4), {"work_summary": "Sink, trap and splash panel fitted."}),
    (4038, 3090, "completed", -94, 9, 120, (2,), {"work_summary": "Pump replaced and set to 1.5 bar."}),
    (4104, 3143, "scheduled", 2, 10, 45, (2,), {}),
    (4049, 3044, "completed", -74, 15, 30, (4,), {"work_summary": "New fill valve."}),
    (4082, 3110, "completed", -18, 7, 420, (1, 3, 4), {"work_summary": "Both heaters in use, pipework lagged."}),
    (4096, 3118, "no_access", -5, 10, 0, (3,), {"status_raw": "No access", "status_reason": "Nobody opened."}),
    (4126, 3141, "unscheduled", None, 0, 0, (), {}),
    (4085, 3119, "completed", -16, 12, 90, (4,), {"work_summary": "All radiators balanced, 20 degrees everywhere."}),
    (4079, 3116, "canceled", -30, 8, 0, (2,), {"status_reason": "The hall was in use for the fair."}),
    (4083, 3116, "completed", -27, 8, 180, (2, 4), {"work_summary": "Fan convector replaced."}),
    (3902, 3061, "completed", -204, 9, 90, (2,), {"work_summary": "Refrigerant, strainer and glycol checked."}),
    (4092, 3124, "completed", -13, 16, 30, (4,), {"work_summary": "New valve, no leak."}),
    (4115, 3144, "scheduled", 13, 7, 180, (3,), {}),
)


def build_work(calendar: Calendar) -> dict[str, list[Record]]:
    """Give series, jobs and visits."""
    jobs = [_job(calendar, *row) for row in _JOBS]
    by_number = {job["number"]: job for job in jobs}
    visits = [_visit(calendar, by_number[str(row[1])], row) for row in _VISITS]
    for past_job, past_visit in _past_rounds(calendar):
        jobs.append(past_job)
        visits.append(past_visit)
    visits += _monthly_tests(calendar, by_number["2900"])
    visits += today_visits(calendar.now)
    return {"series": [_series(calendar, *row) for row in _SERIES], "jobs": jobs, "visits": visits}


def _series(
    calendar: Calendar,
    key: int,
    customer: int,
    location: int,
    title: str,
    rhythm: str,
    rrule: str,
    next_in: int,
    ends_in: int | None,
) -> Record:
    return {
        "external_id": f"ser_{key}",
        "updated_at": calendar.stamp(days=-23, minutes=key % 60),
        "deleted": False,
        "customer_id": f"cus_{customer}",
        "location_id": f"loc_{location}",
        "title": title,
        "rhythm": rhythm,
        "rrule": rrule,
        "next_on": calendar.date(calendar.workday(next_in)),
        "ends_on": None if ends_in is None else calendar.date(ends_in),
    }


def _job(
    calendar: Calendar,
    number: int,
    customer: int,
    location: int,
    series: int | None,
    title: str,
    status: str,
    opened: int,
    closed: int | None,
    description: str,
) -> Record:
    closed = None if closed is None else calendar.workday(closed)
    return {
        "external_id": f"job_{number}",
        "updated_at": calendar.stamp(days=opened if closed is None else closed, minutes=500 + number % 60),
        "deleted": False,
        "url": f"@crm/records/jobs/job_{number}",
        "number": str(number),
        "customer_id": f"cus_{customer}",
        "location_id": f"loc_{location}",
        "title": title,
        "description": description,
        "status": status,
        "status_raw": status.replace("_", " ").capitalize(),
        "series_id": f"ser_{series}" if series else None,
        "created_at": calendar.at(calendar.workday(opened), 9, number % 60),
        "closed_at": None if closed is None else calendar.at(closed, 17, number % 60),
    }


def _visit(calendar: Calendar, job: Record, row: tuple[Any, ...]) -> Record:
    key, _, status, days, hour, minutes, technicians, more = row
    visit: Record = {
        "external_id": f"vis_{key}",
        "updated_at": calendar.stamp(days=min(-1, days if days is not None else -1), minutes=540 + key % 60),
        "deleted": False,
        "url": f"@crm/records/visits/vis_{key}",
        "job_id": job["external_id"],
        "customer_id": job["customer_id"],
        "location_id": job["location_id"],
        "status": status,
        "status_raw": status.replace("_", " ").capitalize(),
        "technician_ids": [f"tec_{technician}" for technician in technicians],
        **dict.fromkeys(("window_start", "window_end", "scheduled_start", "scheduled_end", "eta_at", "eta_told_at")),
        **dict.fromkeys(("on_the_way_at", "started_at", "on_hold_at", "completed_at", "canceled_at")),
        "status_reason": None,
        "travel_updates": [],
        "work_summary": "",
        "recommendations": [],
    }
    if days is not None:
        visit |= _times(calendar, status, calendar.workday(days), hour, minutes, key)
    return visit | more


def _times(calendar: Calendar, status: str, days: int, hour: int, minutes: int, key: int) -> Record:
    times: Record = {
        "window_start": calendar.at(days, hour),
        "window_end": calendar.at(days, hour + 2),
        "scheduled_start": calendar.at(days, hour, 30),
        "scheduled_end": calendar.at(days + (hour + 1 + minutes // 60) // 24, (hour + 1 + minutes // 60) % 24),
    }
    if status == "canceled":
        return times | {"canceled_at": calendar.at(days - 1, 12, key % 60)}
    if status not in ("completed", "on_hold"):
        return times
    arrived = calendar.moment(days, hour, 20 + key % 35)
    left = arrived + timedelta(minutes=minutes)
    return times | {
        "on_the_way_at": written(arrived - timedelta(minutes=22)),
        "started_at": written(arrived),
        "completed_at" if status == "completed" else "on_hold_at": written(left),
    }


def _past_rounds(calendar: Calendar) -> list[tuple[Record, Record]]:
    rounds: list[tuple[Record, Record]] = []
    plans = {row[0]: row for row in _SERIES}
    for series, number, step, apart, count, technician, words in _ROUNDS:
        _, customer, location, title, *_ = plans[series]
        title = "Annual boiler service" if series == 501 else title
        for index in range(count):
            days = calendar.workday(-_FIRST_ROUND[series] - index * apart)
            key = number + index * step
            job = _job(calendar, key, customer, location, series, title, "completed", days - 20, days, "")
            row = (10 * key + series - 500, key, "completed", days, 10, 55 + index * 5, (technician,), {})
            visit = _visit(calendar, job, row)
            visit["work_summary"] = words
            rounds.append((job, visit))
    return rounds


def _monthly_tests(calendar: Calendar, job: Record) -> list[Record]:
    tests: list[Record] = []
    for index in range(14):
        row = (3700 - index, 2900, "completed", -11 - index * 30, 8, 35, (4,), {})
        tests.append(_visit(calendar, job, row))
        tests[-1]["work_summary"] = "Hot outlets above 50 °C within a minute, cold below 20 °C."
    return tests
