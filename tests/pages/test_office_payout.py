"""One payout in the office, as page and as file: whose it is, what its lines are of, and that no cell is a formula."""

import csv
import io
import re
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from portal_app import clock
from portal_app.components.words import Words
from portal_app.database import transaction
from portal_app.endpoints.office_files import PAYOUT_HEAD, ROUTES, _payout_cells
from portal_app.integrations.stripe import close_clients
from portal_app.integrations.stripe.reading import read_payout
from portal_app.integrations.stripe.values import Payout
from portal_app.models import Customer, Payment
from portal_app.pages.office.payout import views
from portal_app.pages.office.payout.state import PayoutState
from portal_app.services import sessions
from portal_app.services.actors import Staff
from portal_app.services.business import look
from portal_app.services.rights import StaffRole
from portal_app.workflows.payouts import FoundPayout
from portal_app.workflows.refund import give_back
from tests.conftest import forget_settings
from tests.pages.office import cookie
from tests.pages.tab import open_tab
from tests.pages.tills import paid as paid
from tests.services import people
from tests.workflows.money import Money, run

READERS = [StaffRole.OFFICE, StaffRole.READER]
FORMULA = "=cmd|'/C calc'!A0"


@pytest.fixture
def owner(till: Money) -> str:
    """The cookie of somebody who may read the books."""
    return cookie()


@pytest.fixture
def payout(till: Money, paid: Payment, owner: str) -> str:
    """The id of a payout of a payment, of a part of it that was given back, and of one from outside the portal."""
    with transaction() as session:
        session.get_one(Customer, paid.customer_id).name = FORMULA
    boss = people.actor_of(owner)
    assert isinstance(boss, Staff)
    run(give_back(boss, paid.public_id, 4000, "reopen", ""))
    # The portal is never told of it.
    till.stripe.pay(till.begin(1)[1])
    return till.stripe.act("payouts")["id"]


async def page_of(payout: str, token: str) -> dict[str, Any]:
    async with open_tab(token) as tab:
        tab.path = f"/office/payouts/{payout}"
        await tab.call(PayoutState.load)
        assert tab.failures == []
        return {name: tab.values[f"payout_state.{name}"] for name in ("view", "trouble")}


async def file_of(payout: str, token: str) -> httpx.Response:
    headers = {"cookie": f"{sessions.cookie_name(https=False)}={token}"} if token else {}
    transport = httpx.ASGITransport(Starlette(routes=ROUTES), client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        return await client.get(f"/office/files/payouts/{payout}.csv", headers=headers)


async def test_what_is_in_it(paid: Payment, payout: str, owner: str, monkeypatch: pytest.MonkeyPatch):
    view = (await page_of(payout, owner))["view"]
    assert re.fullmatch(r"Payout of £29\d\.\d\d", view.heading)
    assert view.arrival.startswith("Arrived on ")
    assert (view.state, view.stripe_url) == ("Paid out", "")
    lines = {(one.kind, one.name): one for one in view.lines}
    mine, back, other = lines["Payment", FORMULA], lines["Refund", FORMULA], lines["Payment", "Payment"]
    assert mine.href == back.href == f"/office/payments/{paid.public_id}"
    assert mine.sub == f"Payment · Invoice 2290 · Receipt {paid.receipt_number}"
    assert (mine.gross, back.gross, other.gross) == ("£240.00", "-£40.00", "£100.00")
    assert (other.href, other.sub) == ("", "Not taken through the portal")
    monkeypatch.setattr(views, "SHOWN", 1)
    short = (await page_of(payout, owner))["view"]
    assert (len(short.lines), short.more) == (1, "And 2 more, which the file has.")


async def test_the_file_adds_up(till: Money, paid: Payment, payout: str, owner: str):
    answer = await file_of(payout, owner)
    assert answer.headers["content-disposition"] == f'attachment; filename="payout-{payout}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert sorted((one["kind"], one["customer"], one["gross"]) for one in found) == [
        ("charge", "", "100.00"),
        ("charge", f"'{FORMULA}", "240.00"),
        ("refund", f"'{FORMULA}", "-40.00"),
    ]
    [mine] = [one for one in found if one["gross"] == "240.00"]
    assert (mine["invoices"], mine["receipt"], mine["stripe_id"]) == ("2290", paid.receipt_number, paid.intent_id)
    [back] = [one for one in found if one["kind"] == "refund"]
    assert back["stripe_id"] == till.refunds()[0].stripe_id
    net = sum(round(float(one["net"]) * 100) for one in found)
    heading = (await page_of(payout, owner))["view"].heading
    assert heading == f"Payout of £{net / 100:.2f}"


@pytest.mark.parametrize("role", READERS)
async def test_it_is_not_for_every_role(payout: str, role: StaffRole):
    token = cookie(role)
    shown = await page_of(payout, token)
    assert shown["trouble"].kind == "denied"
    assert not shown["view"].lines
    assert (await file_of(payout, token)).status_code == 404


async def test_it_is_for_no_customer_and_no_stranger(till: Money, payout: str):
    customers = people.start_session(people.make_customer("kim@example.com"))
    for token in ("", customers):
        assert (await file_of(payout, token)).status_code == 404


@pytest.mark.parametrize("wrong", ["po_nobody", "pi_1", "po_", "po_1%2F..%2F..%2Frefunds", "x" * 300])
async def test_a_payout_that_is_none(owner: str, wrong: str):
    shown = await page_of(wrong, owner)
    assert shown["trouble"].kind == "lost"
    assert (await file_of(wrong, owner)).status_code == 404


async def test_stripe_is_away(payout: str, owner: str, monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("STRIPE_API_BASE", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        forget_settings()
        assert (await page_of(payout, owner))["trouble"].sentence.startswith("Stripe could not be reached")
        answer = await file_of(payout, owner)
        assert (answer.status_code, "Stripe could not be reached" in answer.text) == (502, True)
        await close_clients()


async def test_without_a_key_there_is_none(payout: str, owner: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "")
    forget_settings()
    assert (await page_of(payout, owner))["trouble"].kind == "lost"


async def test_the_file_is_not_asked_for_without_end(owner: str):
    answers = [(await file_of("po_nobody", owner)).status_code for _ in range(61)]
    assert (answers[0], answers[-1]) == (404, 429)


def told(amount: int, status: str, *lines: tuple[str, int, int]) -> Payout:
    """Read a payout of five days ago with lines of a kind, an amount and a fee."""
    day = int((clock.now() - timedelta(days=5)).timestamp())
    plain = {"id": "po_1", "amount": amount, "currency": "gbp", "status": status, "arrival_date": day, "created": day}
    movements = [
        {
            "id": f"txn_{kind}",
            "type": kind,
            "amount": gross,
            "fee": fee,
            "currency": "gbp",
            "created": day,
            "source": None,
        }
        for kind, gross, fee in lines
    ]
    return read_payout(plain, movements)


@pytest.mark.parametrize(
    ("amount", "status", "begins"),
    [
        (5000, "paid", "Arrived on "),
        (5000, "in_transit", "Due on "),
        (-500, "paid", "Taken from your bank on "),
        (5000, "failed", ""),
        (5000, "canceled", ""),
    ],
)
def test_when_it_is_there(database_file: Path, amount: int, status: str, begins: str):
    people.make_business()
    view = views.payout_view(FoundPayout(told(amount, status, ("charge", amount, 0)), {}), "", Words(look()))
    assert (view.arrival[: len(begins)], bool(view.arrival)) == (begins, bool(begins))


def test_what_stripe_does_not_tell_is_not_made_up(database_file: Path):
    people.make_business()
    view = views.payout_view(FoundPayout(told(5000, "paid"), {}), "", Words(look()))
    assert (view.net, view.gross, view.fees, view.file, view.telling) == ("£50.00", "", "", "", False)


def cells(found: Payout) -> list[dict[str, str]]:
    """Return the file of a payout, line by line."""
    rows = (_payout_cells(FoundPayout(found, {}), line, "Europe/London") for line in found.lines)
    return [dict(zip(PAYOUT_HEAD, row, strict=True)) for row in rows]


def test_what_stripe_charges_by_itself_is_a_fee():
    fees = (("stripe_fee", -200, 0), ("tax_fee", -100, 0), ("stripe_fx_fee", -50, 0))
    found = told(9350, "paid", ("charge", 10000, 300), *fees)
    assert (found.gross, found.fees, found.net) == (10000, 650, 9350)
    sums = {name: sum(round(float(one[name] or 0) * 100) for one in cells(found)) for name in ("gross", "fee", "net")}
    assert sums == {"gross": 10000, "fee": 650, "net": 9350}


@pytest.mark.parametrize(
    ("status", "arrives"), [("paid", True), ("in_transit", True), ("failed", False), ("canceled", False)]
)
def test_the_file_names_no_day_on_which_nothing_arrives(status: str, arrives: bool):
    [line] = cells(told(5000, status, ("charge", 5000, 0)))
    assert (line["status"], bool(line["arrives"])) == (status, arrives)
