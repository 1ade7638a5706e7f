"""Fill a portal with some customers, index them, and search; print seconds of each search, and of the floor."""

import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert

from portal_app import clock
from portal_app.database import get_engine, migrate, reading, transaction
from portal_app.models import Contact, Customer, Location
from portal_app.models.base import new_public_id
from portal_app.services import customer_index, customer_list
from portal_app.services.actors import Staff
from portal_app.services.crm_store import chunks
from portal_app.services.rights import Permission

SEED = 7
# As many first and last names as a town has: with a handful each, the order of names would sort the last names too.
_STARTS = [
    "Al",
    "An",
    "Be",
    "Ca",
    "Da",
    "El",
    "Fi",
    "Ga",
    "Ha",
    "Is",
    "Jo",
    "Ka",
    "Li",
    "Ma",
    "Ni",
    "Ol",
    "Pe",
    "Ro",
    "Sø",
]
_MIDDLES = ["", "n", "ri", "la", "mi", "ta", "ve", "do", "su", "ki"]
_FIRST = [f"{start}{middle}{end}" for start in _STARTS for middle in _MIDDLES for end in ("a", "en", "ie", "us")]
_STEMS = [
    f"{start}{middle}"
    for start in ("whit", "lind", "hart", "kil", "lar", "ash", "com", "pri", "fair", "bra", "stan")
    for middle in ("", "e", "wo", "den", "mar", "ling")
]
_ENDS = ["combe", "qvist", "ley", "field", "well", "ton", "son", "man", "er", "by", "ford", "worth", "s", "wick"]
_TOWNS = ["Bath", "Bristol", "Corsham", "Keynsham", "Box", "Frome", "Wells", "Radstock", "Trowbridge", "Chippenham"]
_STREETS = ["Chestnut", "Mill", "Station", "Church", "High", "Orchard", "Park", "Victoria", "Kelston", "Wellsway"]
_KINDS = ["Road", "Street", "Lane", "Avenue", "Close"]
_OFFICE = Staff(1, 1, 1, "Ruth", "owner", frozenset(Permission))


def fill(count: int) -> None:
    """Write customers, each with a contact and a property, and index them."""
    pick = random.Random(SEED)
    for part in chunks(range(1, count + 1), 5_000):
        rows = [_customer(number, pick) for number in part]
        with transaction() as session:
            for table, index in ((Customer, 0), (Contact, 1), (Location, 2)):
                session.connection().execute(insert(table), [row[index] for row in rows])
    with transaction() as session:
        customer_index.mark_missing(session)
    while _index_some():
        pass


def _index_some() -> int:
    with transaction() as session:
        return customer_index.write_due(session, 2_000)


def _customer(number: int, pick: random.Random) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    first, last = pick.choice(_FIRST).title(), (pick.choice(_STEMS) + pick.choice(_ENDS)).title()
    address = {
        "line1": f"{pick.randint(1, 240)} {pick.choice(_STREETS)} {pick.choice(_KINDS)}",
        "city": pick.choice(_TOWNS),
        "postal_code": f"BA{pick.randint(1, 16)} {pick.randint(1, 9)}{pick.choice('ABDEFGHJ')}{pick.choice('LNPQRS')}",
    }
    name, now = f"{first} {last}", clock.now()
    email = f"{first}.{last}{number}@{pick.choice(('example.com', 'example.org', 'mail.example'))}".lower()
    phone = f"07700 9{number % 100_000:05d}"
    return (
        {"id": number, "name": name, "number": str(40_000 + number), "portal_access": pick.random() < 0.6}
        | {"public_id": new_public_id(), "created_at": now},
        {"customer_id": number, "name": name, "email": email, "emails": [email], "public_id": new_public_id()}
        | {"phones": [{"kind": "mobile", "number": phone}], "created_at": now}
        | {"invited_at": now if pick.random() < 0.3 else None},
        {"customer_id": number, "label": "", "address": address, "public_id": new_public_id(), "created_at": now},
    )


def questions(count: int, times: int) -> Iterator[dict[str, str]]:
    """Yield what people type and choose: rare and common, one word and several, by every field, with every filter."""
    pick = random.Random(SEED + 1)
    for _ in range(times):
        number = pick.randint(1, count)
        row = _customer(number, random.Random(number))
        first, last = row[0]["name"].split()
        town, street = row[2]["address"]["city"], row[2]["address"]["line1"]
        for typed in (
            "",
            "s",
            first[:2],
            first,
            last[:4],
            f"{first} {last}",
            f"{first[0]} {last[0]}",
            f"{last[:3]} {town[:3]}",
            f"{last} {street}",
            town,
            f"{first} {town} {street.split()[1]}",
            row[1]["email"],
            row[1]["email"].partition("@")[0],
            row[1]["phones"][0]["number"],
            row[1]["phones"][0]["number"][-6:],
            row[0]["number"],
            row[2]["address"]["postal_code"],
            "nobody of that name",
        ):
            yield {
                "typed": typed,
                "show": pick.choice(("all", "all", "all", "on", "off", "active", "invited", "never")),
            }


def measure(count: int, times: int) -> dict[str, Any]:
    """Return the seconds of each search with what was asked, and of reading one page's customers by key."""
    today = clock.now().date()
    taken = []
    for asked in [*questions(count, 1), *questions(count, times)]:
        began = time.perf_counter()
        with reading() as session:
            page = customer_list.page(session, _OFFICE, country="GB", today=today, **asked)
        taken.append((time.perf_counter() - began, asked, len(page.lines)))
    taken = taken[len(taken) // (times + 1) :]
    return {"taken": taken, "floor": _floor(count, times)}


def _floor(count: int, times: int) -> list[float]:
    """Return the seconds the bare driver needs for 25 customers with a contact and a property, by key."""
    pick, taken = random.Random(SEED + 2), []
    connection = sqlite3.connect(str(get_engine().url.database))
    for _ in range(times * 18):
        ids = [pick.randint(1, count) for _ in range(customer_list.customer_search.PAGE)]
        began = time.perf_counter()
        marks = ",".join("?" * len(ids))
        for table, key in (("customer", "id"), ("contact", "customer_id"), ("location", "customer_id")):
            connection.execute(f"select * from {table} where {key} in ({marks})", ids).fetchall()
        taken.append(time.perf_counter() - began)
    connection.close()
    return taken


if __name__ == "__main__":
    wanted, repeated = int(sys.argv[1]), int(sys.argv[2])
    migrate()
    began = time.perf_counter()
    fill(wanted)
    indexing = time.perf_counter() - began
    print(json.dumps({"filling": indexing, **measure(wanted, repeated)}))
