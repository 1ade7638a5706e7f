"""A business of any size for measurements: linked, realistic records with stamps spread over years."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from portal_app.demo.crm.business.making import Item, lines, money, sums, tax_summary
from portal_app.demo.crm.stamps import written
from portal_app.demo.crm.store import Record, Store

_FIRST = [
    "Alice",
    "Ben",
    "Chloe",
    "Dev",
    "Ewa",
    "Femi",
    "Grace",
    "Hugo",
    "Ines",
    "Jack",
    "Kofi",
    "Lena",
    "Maya",
    "Noor",
    "Owen",
    "Priya",
    "Rosa",
    "Sam",
    "Tara",
    "Zoe",
]
_LAST = [
    "Abara",
    "Baker",
    "Clarke",
    "Dunn",
    "Evans",
    "Frost",
    "Gill",
    "Hale",
    "Ikeda",
    "Jones",
    "Khan",
    "Lund",
    "Moss",
    "Novak",
    "Price",
    "Reed",
    "Shaw",
    "Voss",
]
_STREETS = [
    "Chestnut",
    "Mill",
    "Abbey",
    "Lansdown",
    "Park",
    "Station",
    "Church",
    "Brunswick",
    "Quarry",
    "Orchard",
    "Weston",
    "Bridge",
]
_TOWNS = (("Bath", "BA1"), ("Corsham", "SN13"), ("Keynsham", "BS31"), ("Frome", "BA11"), ("Radstock", "BA3"))
_WORK = [
    "Boiler service",
    "Leaking tap",
    "New radiator",
    "Blocked drain",
    "Power flush",
    "Cylinder check",
    "Shower pump",
]
_BATCH = 5_000
_YEARS = timedelta(days=4 * 365)


def fill(
    store: Store,
    customers: int = 20_000,
    visits: int = 60_000,
    invoices: int = 40_000,
    jobs: int | None = None,
    now: datetime | None = None,
    seed: int = 1,
) -> dict[str, int]:
    """Put a large business into a store and give the number of records of each stream.

    Each customer has one contact and one location; `jobs` is half the visits unless given. The same seed and now
    give the same records; ids are `cus_v000001`, `vis_v000001` and so on, so the demo business may stand beside.
    """
    maker = _Maker(now or datetime.now(UTC), random.Random(seed), customers, jobs or max(1, visits // 2))
    plan = {
        "technicians": (12, maker.technician),
        "customers": (customers, maker.customer),
        "contacts": (customers, maker.contact),
        "locations": (customers, maker.location),
        "jobs": (maker.jobs, maker.job),
        "visits": (visits, maker.visit),
        "invoices": (invoices, maker.invoice),
    }
    for stream, (count, make) in plan.items():
        _put(store, stream, (make(number) for number in range(count)))
    return {stream: count for stream, (count, _) in plan.items()}


def fill_customer(store: Store, jobs: int, email: str, key: str = "cus_big", now: datetime | None = None) -> str:
    """Put one customer with so many jobs, each with a visit and an invoice, into a store and give the customer's id."""
    maker = _Maker(now or datetime.now(UTC), random.Random(jobs), 1, jobs)
    owner = {"customer_id": key, "location_id": f"{key}_loc"}
    named = {"external_id": key, "name": f"Customer of {jobs} jobs", "active": True}
    _put(store, "customers", [maker.customer(0) | named])
    contact = {"external_id": f"{key}_con", "customer_id": key, "emails": [email]}
    _put(store, "contacts", [maker.contact(0) | contact])
    _put(store, "locations", [maker.location(0) | {"external_id": f"{key}_loc", "customer_id": key}])
    _put(store, "technicians", (maker.technician(number) for number in range(12)))

    def own(number: int) -> Record:
        return owner | {"external_id": f"{key}_{number:06}"}

    _put(store, "jobs", (maker.job(number) | own(number) for number in range(jobs)))
    for stream, make in (("visits", maker.visit), ("invoices", maker.invoice)):
        records = (make(number) | own(number) | {"job_id": f"{key}_{number:06}"} for number in range(jobs))
        _put(store, stream, records)
    return key


def _put(store: Store, stream: str, records: Iterator[Record] | list[Record]) -> None:
    remaining = iter(records)
    while batch := list(islice(remaining, _BATCH)):
        store.put_many(stream, batch)


class _Maker:
    """Makes the record of a number; a job's customer follows from its number, a visit's job likewise."""

    def __init__(self, now: datetime, dice: random.Random, customers: int, jobs: int) -> None:
        self.now, self.dice, self.customers, self.jobs = now, dice, customers, jobs

    def customer(self, number: int) -> Record:
        company = number % 9 == 0
        name = f"{self.dice.choice(_LAST)} & Co" if company else self._person()
        address = self._address(number)
        return self._head("cus", number) | {
            "kind": "company" if company else "person",
            "name": name,
            "number": str(50_000 + number),
            "billing_address": address,
            "locale": "en-GB",
            "parent_id": None,
            "active": number % 40 != 0,
        }

    def contact(self, number: int) -> Record:
        return self._head("con", number) | {
            "customer_id": _id("cus", number),
            "name": self._person(),
            "emails": [] if number % 25 == 0 else [f"person{number}@example.com"],
            "phones": [{"kind": "mobile", "number": f"07700 900{number % 1000:03}"}],
            "role": "Owner",
            "billing": number % 9 == 0,
            "active": True,
        }

    def location(self, number: int) -> Record:
        return self._head("loc", number) | {
            "customer_id": _id("cus", number),
            "label": "Home",
            "address": self._address(number),
            "access_notes": "Ring twice." if number % 5 == 0 else "",
        }

    def technician(self, number: int) -> Record:
        return self._head("tec", number) | {
            "name": self._person(),
            "photo_url": None,
            "phone_public": None,
            "qualification": "Gas Safe registered",
            "active": True,
        }

    def job(self, number: int) -> Record:
        opened = self._moment()
        closed = number % 5 != 0
        return self._head("job", number, opened) | {
            "number": str(100_000 + number),
            **self._owner(number),
            "title": _WORK[number % len(_WORK)],
            "description": "Please ring before coming; the stopcock is under the kitchen sink.",
            "status": "completed" if closed else "open",
            "status_raw": "Completed" if closed else "Open",
            "series_id": None,
            "created_at": written(opened),
            "closed_at": written(opened + timedelta(days=3)) if closed else None,
        }

    def visit(self, number: int) -> Record:
        job = number % self.jobs
        start = self._moment().replace(minute=0, second=0, microsecond=0)
        ahead = number % 12 == 0
        if ahead:
            start = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1 + number % 60)
        done = None if ahead else written(start + timedelta(hours=2))
        return self._head("vis", number, None if ahead else start) | {
            "job_id": _id("job", job),
            **self._owner(job),
            "status": "scheduled" if ahead else "completed",
            "status_raw": "Scheduled" if ahead else "Done",
            "technician_ids": [_id("tec", number % 12)],
            "window_start": written(start),
            "window_end": written(start + timedelta(hours=2)),
            "scheduled_start": written(start + timedelta(minutes=30)),
            "scheduled_end": written(start + timedelta(minutes=90)),
            "eta_at": None,
            "eta_told_at": None,
            "on_the_way_at": None if ahead else written(start + timedelta(minutes=10)),
            "started_at": None if ahead else written(start + timedelta(minutes=35)),
            "on_hold_at": None,
            "completed_at": done,
            "canceled_at": None,
            "status_reason": None,
            "travel_updates": [],
            "work_summary": "" if ahead else "Serviced, cleaned and tested. Pressure 1.4 bar.",
            "recommendations": [],
        }

    def invoice(self, number: int) -> Record:
        job = number % self.jobs
        issued = self._moment()
        counted = lines(
            _id("inv", number),
            [Item("Labour, hours", 6_000, f"{1 + number % 7}.5"), Item("Parts", 1_999 + number % 9_000)],
        )
        subtotal, tax, total = sums(counted)
        paid = number % 6 != 0
        return self._head("inv", number, issued) | {
            "number": str(200_000 + number),
            "title": _WORK[job % len(_WORK)],
            "job_id": _id("job", job),
            **self._owner(job),
            "status": "paid" if paid else "open",
            "lines": counted,
            "tax_summary": tax_summary(counted),
            "subtotal": money(subtotal),
            "tax": money(tax),
            "total": money(total),
            "balance": money(0 if paid else total),
            "issued_on": issued.date().isoformat(),
            "due_on": (issued + timedelta(days=14)).date().isoformat(),
            "terms": "Please use the number as the reference if you pay by bank transfer.",
            "pdf_url": None,
        }

    def _head(self, prefix: str, number: int, changed: datetime | None = None) -> Record:
        return {"external_id": _id(prefix, number), "updated_at": written(changed or self._moment())}

    def _owner(self, job: int) -> Record:
        customer = job % self.customers
        return {"customer_id": _id("cus", customer), "location_id": _id("loc", customer)}

    def _moment(self) -> datetime:
        return self.now - timedelta(minutes=10) - _YEARS * self.dice.random()

    def _person(self) -> str:
        return f"{self.dice.choice(_FIRST)} {self.dice.choice(_LAST)}"

    def _address(self, number: int) -> Record:
        town, code = _TOWNS[number % len(_TOWNS)]
        return {
            "line1": f"{1 + number % 180} {_STREETS[number % len(_STREETS)]} Road",
            "line2": "",
            "city": town,
            "region": "Somerset",
            "postal_code": f"{code} {1 + number % 9}AA",
            "country": "GB",
        }


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_v{number:06}"
