"""The demo business hangs together: totals to the penny, references that lead somewhere, alive at any hour."""

import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from portal_app.demo.crm import business
from portal_app.demo.crm.stamps import from_stamp, read_rfc3339
from portal_app.demo.crm.store import STREAMS, Record, Store

MOMENTS = [
    datetime(2025, 11, 26, 10, 51, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 58, 59, tzinfo=UTC),
    datetime(2026, 11, 22, 6, 2, tzinfo=UTC),
]
PREFIXES = {"cus": "customers", "con": "contacts", "loc": "locations", "tec": "technicians", "ser": "series"} | {
    "job": "jobs",
    "vis": "visits",
    "quo": "quotes",
    "inv": "invoices",
}


@pytest.fixture(params=MOMENTS, ids=str)
def built(request: pytest.FixtureRequest) -> tuple[datetime, dict[str, list[Record]]]:
    return request.param, business.build(request.param)


def minor(money: Record) -> int:
    assert money["currency"] == "GBP"
    assert type(money["amount_minor"]) is int
    return money["amount_minor"]


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def check_lines(lines: list[Record], paper: Record) -> None:
    for line in lines:
        assert minor(line["total"]) == rounded(Decimal(line["quantity"]) * minor(line["unit_price"]))
        assert minor(line["tax"]) == rounded(minor(line["total"]) * Decimal(line["tax_rate"]) / 100)
    firm = [line for line in lines if not line["optional"]]
    assert minor(paper["subtotal"]) == sum(minor(line["total"]) for line in firm)
    assert minor(paper["tax"]) == sum(minor(line["tax"]) for line in firm)
    assert minor(paper["total"]) == minor(paper["subtotal"]) + minor(paper["tax"])


def test_it_works(built: tuple[datetime, dict[str, list[Record]]]) -> None:
    now, records = built
    assert tuple(records) == tuple(sorted(records, key=STREAMS.index)) or set(records) == set(STREAMS)
    for stream in STREAMS:
        ids = [record["external_id"] for record in records[stream]]
        assert len(ids) == len(set(ids)), stream
        assert ids
        for record in records[stream]:
            assert from_stamp(read_rfc3339(record["updated_at"])) <= now, record["external_id"]


def test_the_same_now_gives_the_same_business() -> None:
    assert business.build(MOMENTS[0]) == business.build(MOMENTS[0])


def test_every_reference_leads_somewhere(built: tuple[datetime, dict[str, list[Record]]]) -> None:
    _, records = built
    known = {record["external_id"] for stream in STREAMS for record in records[stream]}
    known |= {line["id"] for paper in records["quotes"] + records["invoices"] for line in paper["lines"]}
    for stream in STREAMS:
        for found in re.findall(r"'((?:cus|con|loc|tec|ser|job|vis|quo|inv)_\d+)'", str(records[stream])):
            assert found in known, (stream, found)
    owners = {record["external_id"]: record["customer_id"] for record in records["locations"] + records["jobs"]}
    for stream in ("jobs", "visits", "quotes", "invoices", "series"):
        for record in records[stream]:
            for name in ("location_id", "job_id"):
                if record.get(name):
                    assert owners[record[name]] == record["customer_id"], record["external_id"]


def test_invoices_add_up(built: tuple[datetime, dict[str, list[Record]]]) -> None:
    _, records = built
    paid: dict[str, int] = {}
    for payment in records["payments"]:
        assert sum(minor(part["amount"]) for part in payment["allocations"]) == minor(payment["amount"])
        if payment["status"] == "succeeded":
            for part in payment["allocations"]:
                paid[part["invoice_id"]] = paid.get(part["invoice_id"], 0) + minor(part["amount"])
    for invoice in records["invoices"]:
        check_lines(invoice["lines"], invoice)
        assert sum(minor(row["net"]) for row in invoice["tax_summary"]) == minor(invoice["subtotal"])
        assert sum(minor(row["tax"]) for row in invoice["tax_summary"]) == minor(invoice["tax"])
        settled = paid.get(invoice["external_id"], 0)
        owed = 0 if invoice["status"] == "void" else minor(invoice["total"]) - settled
        assert minor(invoice["balance"]) == owed, invoice["number"]
        assert (invoice["status"] == "paid") == (owed == 0 and invoice["status"] != "void")
        assert (invoice["status"] == "partially_paid") == (settled > 0 and owed > 0)


def test_quotes_add_up(built: tuple[datetime, dict[str, list[Record]]]) -> None:
    _, records = built
    for quote in records["quotes"]:
        for option in quote["options"]:
            net = sum(minor(line["total"]) + minor(line["tax"]) for line in option["lines"])
            assert minor(option["total"]) == net
        check_lines(quote["options"][0]["lines"] if quote["options"] else quote["lines"], quote)


def test_the_figures_of_the_story() -> None:
    records = business.build(MOMENTS[0])
    by_id = {record["external_id"]: record for stream in STREAMS for record in records[stream]}
    invoice, quote, visit = by_id["inv_2291"], by_id["quo_1048"], by_id["vis_4102"]
    assert (minor(invoice["total"]), minor(invoice["balance"])) == (60_000, 48_000)
    assert invoice["due_on"] == "2025-11-28"
    assert minor(quote["total"]) == 204_600
    assert (visit["window_start"], visit["window_end"]) == (
        "2025-11-26T10:00:00.000000Z",
        "2025-11-26T12:00:00.000000Z",
    )
    assert (visit["eta_at"], visit["eta_told_at"]) == ("2025-11-26T11:10:00.000000Z", "2025-11-26T10:42:00.000000Z")
    assert by_id["con_3001"]["emails"] == ["customer@example.com"]
    assert [place["customer_id"] for place in records["locations"]].count("cus_1001") == 3
    owed = {
        number: minor(by_id[f"inv_{number}"]["balance"]) for number in (2271, 2290, 2281, 2259, 2283, 2285, 2279, 2289)
    }
    assert owed == {
        2271: 64_000,
        2290: 127_840,
        2281: 31_200,
        2259: 8_600,
        2283: 246_000,
        2285: 17_400,
        2279: 96_000,
        2289: 5_850,
    }


def test_every_status_is_there() -> None:
    records = business.build(MOMENTS[0])

    def words(stream: str) -> set[str]:
        return {record["status"] for record in records[stream]}

    assert words("visits") >= {
        "unscheduled",
        "scheduled",
        "on_the_way",
        "in_progress",
        "on_hold",
        "completed",
        "canceled",
    }
    assert words("visits") - {
        "unscheduled",
        "scheduled",
        "on_the_way",
        "in_progress",
        "on_hold",
        "completed",
        "canceled",
    }
    assert words("jobs") == {"open", "on_hold", "completed", "canceled", "awaiting_parts"}
    assert words("invoices") == {"draft", "open", "partially_paid", "paid", "void", "uncollectible"}
    assert words("quotes") >= {"draft", "sent", "changes_requested", "approved", "declined", "expired", "converted"}
    assert words("payments") == {"pending", "succeeded", "failed", "refunded"}
    assert words("service-requests") == {"received", "scheduled", "converted", "declined"}
    plan = [job["external_id"] for job in records["jobs"] if job["series_id"] == "ser_501"]
    rounds = [visit for visit in records["visits"] if visit["job_id"] in plan and visit["status"] == "completed"]
    assert len({visit["completed_at"][:4] for visit in rounds}) >= 6


def test_people_are_invented() -> None:
    for contact in business.build(MOMENTS[0])["contacts"]:
        for email in contact["emails"]:
            assert email.endswith(("@example.com", ".example")), email
        for phone in contact["phones"]:
            assert phone["number"].startswith(("07700 900", "01632 960"))


def test_the_day_is_brought_up_to_date(tmp_path: Path) -> None:
    store = Store(tmp_path / "crm.db")
    business.seed(store, MOMENTS[0])
    business.bring_up_to_date(store, MOMENTS[0] + timedelta(hours=2))
    unchanged = store.fields("visits", "vis_4102")
    assert unchanged is not None
    assert unchanged["window_start"] == "2025-11-26T10:00:00.000000Z"
    business.bring_up_to_date(store, MOMENTS[4])
    moved = store.fields("visits", "vis_4102")
    assert moved is not None
    assert moved["window_start"] == "2026-11-22T06:00:00.000000Z"
    assert moved["status"] == "on_the_way"
    store.close()
