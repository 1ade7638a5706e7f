"""The accountant's file: what is posted, for whom it is, and that no cell becomes a formula."""

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from portal_app import clock
from portal_app.database import transaction
from portal_app.endpoints.office_files import ROUTES
from portal_app.gate.middleware import forget_cached_actors
from portal_app.models import Customer, Payment, PaymentReversal, Refund
from portal_app.services import recorded_payments, refunds, sessions
from portal_app.services.actors import Staff
from portal_app.services.recorded_payments import Recorded
from portal_app.services.rights import StaffRole
from tests.services import people

PATH = "/office/files/payments.csv"


@pytest.fixture(autouse=True)
def business(database_file: Path) -> Iterator[None]:
    people.make_business()
    forget_cached_actors()
    yield
    forget_cached_actors()


def ask(token: str, **query: str) -> httpx.Response:
    headers = {"cookie": f"{sessions.cookie_name(https=False)}={token}"} if token else {}

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=ROUTES), client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            return await client.get(PATH, params=query, headers=headers)

    return asyncio.run(get())


def staff(role: StaffRole = StaffRole.OWNER) -> str:
    return people.start_session(people.make_staff(f"{role}@example.com", role))


def whole_year() -> dict[str, str]:
    today = clock.now().date()
    return {"from": (today - timedelta(days=360)).isoformat(), "to": (today + timedelta(days=1)).isoformat()}


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def posted(name: str = "=cmd|'/C calc'!A0") -> None:
    person = people.make_customer("kim@example.com")
    owner = people.actor_of(staff())
    assert isinstance(owner, Staff)
    with transaction() as session:
        customer = session.get_one(Customer, person.customer_id)
        customer_id = customer.id or 0
        customer.name = name
        wanted = Recorded((), 5000, "GBP", "cash", clock.now().date() - timedelta(days=3), "-12")
        cash = recorded_payments.record(session, owner, customer.public_id, wanted)
        refunds.ask(session, owner, cash.public_id, 2000, "reopen", "")
        card = Payment(
            customer_id=customer_id,
            intent_id="pi_1",
            currency="GBP",
            amount_minor=123450,
            method="card",
            method_words="Visa ending in 4242",
            status="succeeded",
            paid_at=clock.now() - timedelta(days=2),
            fee_minor=150,
            net_minor=123300,
            fee_currency="GBP",
            receipt_number="R-9",
        )
        with_bank = Payment(
            customer_id=customer_id,
            currency="GBP",
            amount_minor=1,
            method="bank",
            status="pending",
            paid_at=clock.now(),
        )
        session.add_all([card, with_bank])
        session.flush()
        for number, reason in enumerate(("disputed", "dispute_won")):
            session.add(
                PaymentReversal(
                    payment_id=card.id or 0,
                    source_id="dp_1",
                    reason=reason,
                    amount_minor=123450,
                    at=clock.now() - timedelta(hours=2 - number),
                )
            )
        session.add(Refund(payment_id=card.id or 0, amount_minor=7, status="failed", treatment="reopen"))


def test_it_works():
    posted()
    answer = ask(staff(StaffRole.MANAGER), **whole_year())
    assert answer.status_code == 200
    assert answer.content.startswith("\ufeff".encode())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="payments-20')
    found = rows(answer)
    assert [(row["kind"], row["amount"]) for row in found] == [
        ("payment", "50.00"),
        ("payment", "1234.50"),
        ("fee", "-1.50"),
        ("disputed", "-1234.50"),
        ("dispute_won", "1234.50"),
        ("refund", "-20.00"),
    ]
    assert {row["customer"] for row in found} == {"'=cmd|'/C calc'!A0"}
    assert [found[0]["reference"], found[1]["stripe_id"], found[3]["stripe_id"]] == ["'-12", "pi_1", "dp_1"]
    assert (found[1]["receipt"], found[5]["treatment"]) == ("R-9", "reopen")
    assert found[0]["date"] == (clock.now().date() - timedelta(days=3)).isoformat()


def test_days_outside_the_period_are_left_out():
    posted()
    day = (clock.now().date() - timedelta(days=3)).isoformat()
    assert [row["kind"] for row in rows(ask(staff(StaffRole.MANAGER), **{"from": day, "to": day}))] == ["payment"]


def test_a_long_period_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch):
    posted()
    whole = rows(ask(staff(StaffRole.MANAGER), **whole_year()))
    monkeypatch.setattr("portal_app.services.accounting.BATCH", 1)
    assert (
        rows(ask(people.start_session(people.make_staff("two@example.com", StaffRole.MANAGER)), **whole_year()))
        == whole
    )


@pytest.mark.parametrize("role", [StaffRole.OFFICE, StaffRole.READER])
def test_roles_without_it_find_nothing(role: StaffRole):
    posted()
    answer = ask(staff(role), **whole_year())
    assert (answer.status_code, answer.text) == (404, "We could not find that.")


def test_customers_and_strangers_find_nothing():
    posted()
    for token in (people.start_session(people.make_customer("eve@example.com")), "", "x" * 43):
        assert ask(token, **whole_year()).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-01-01"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "20260101__", "to": "2026-03-01"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "0001-01-01", "to": "9999-12-31"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"from": "x" * 5000, "to": "'"},
    ],
)
def test_days_that_are_none_lead_back_to_the_form(query: dict[str, str]):
    answer = ask(staff(), **query)
    assert answer.status_code == 303
    typed = {name: query.get(name, "")[:20] for name in ("from", "to")}
    assert answer.headers["location"] == f"/office/payments?{urlencode({'tab': 'accountant', **typed})}"
    assert answer.headers["cache-control"] == "no-store"
