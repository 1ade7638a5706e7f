"""Paying with what is somebody else's and with amounts that cannot be, over the real socket and over HTTP."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from portal_app import routes
from tests.demo.running_stripe import RunningStripe
from tests.hostile.handlers import OWN
from tests.pages.office import FORM, form
from tests.running import wait_for
from tests.site import CUSTOMER, NEIGHBOUR, Site, running_site
from tests.socket_client import Tab, cookie_header

pytestmark = pytest.mark.timeout(240)
PAY = next(name for name in OWN if name.endswith("pay_state.on_page")).removesuffix("on_page")
ON_PAGE, PART, SAVED = (f"{PAY}{name}" for name in ("on_page", "part_on_page", "with_saved"))
# What the button of each of their own invoices says.
SEEN = "24000.GBP"
PAYMENT = next(name for name in OWN if name.endswith("payment___state____payment_state.load") and "office" not in name)
# Two invoices of each, over amounts that stand nowhere else.
MAKE = """
import json
from datetime import timedelta
from sqlmodel import select
from portal_app import clock
from portal_app.database import transaction
from portal_app.models import Contact, Invoice
made = {}
with transaction() as session:
    for email, total in (("customer@example.com", 24000), ("neighbour@example.com", 77777)):
        customer = session.exec(select(Contact.customer_id).where(Contact.email == email)).first()
        for number in range(2):
            invoice = Invoice(customer_id=customer, number=f"H-{total}-{number}", title="New valve", currency="GBP",
                subtotal_minor=total, total_minor=total, balance_minor=total, issued_on=clock.now().date(),
                due_on=clock.now().date() + timedelta(days=14))
            session.add(invoice)
            session.flush()
            made.setdefault(email, []).append(invoice.public_id)
print(json.dumps(made))
"""


@dataclass
class World:
    """A site with what belongs to the neighbour: invoices, a payment, a try that is open, its page, a saved card.

    `me` is a session of the other customer's, who tries to get at it, `neighbour` one of the neighbour's.
    """

    site: Site
    stripe: RunningStripe
    mine: list[str]
    theirs: list[str]
    me: str
    neighbour: str
    payment: str = ""
    attempt: str = ""
    page: str = ""
    card: str = ""

    def tries(self) -> int:
        """Return how many tries to pay there are, whoever began them."""
        with self.site.portal.rows() as rows:
            return rows.execute("select count(*) from payment_attempt").fetchone()[0]

    def charged(self) -> int:
        """Return how many payments Stripe has made."""
        return len(list(self.stripe.state.find("payment_intent")))


async def press(world: World, cookie: str, invoice: str, handler: str, payload: Any, *, dropped: bool = False) -> Tab:
    """Open an invoice's page with a session, call a handler, and return the tab once that has come to something.

    What is `dropped` comes to nothing: no handler takes it.
    """
    async with Tab(world.site.url, cookie, path=f"/invoices/{invoice}") as tab:
        await tab.until(lambda tab: tab.value("is_hydrated") is True)
        await tab.send(handler, payload)
        if not dropped:
            await tab.until(lambda tab: tab.redirects or tab.value("wrong") or tab.value("part_wrong"))
        await tab.settled()
        assert tab.io.connected
    return tab


def of_the_neighbour(tab: Tab) -> list[str]:
    """Return what a tab was sent of the neighbour's amounts, in words and in pence; ports and keys have a 777 too."""
    return [amount for amount in ("777.77", "77777") if amount in tab.text]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site of its own with the neighbour's money, made as the neighbour would."""
    with RunningStripe() as stripe, running_site(tmp_path_factory.mktemp("hostile-pay"), **stripe.settings) as site:
        stripe.send_events_to(f"{site.url}{routes.STRIPE_WEBHOOK}")
        made = json.loads(site.portal.python(MAKE).strip().splitlines()[-1])
        sessions = [cookie_header(site.portal.sign_in(who)) for who in (CUSTOMER, NEIGHBOUR)]
        world = World(site, stripe, made[CUSTOMER], made[NEIGHBOUR], *sessions)
        world.payment = _begun(world, world.theirs[0])
        stripe.pay(_newest(stripe, "checkout.session")["id"], save=True)
        world.card = _newest(stripe, "payment_method")["id"]
        with site.portal.rows() as rows:
            wait_for(lambda: rows.execute("select count(*) from payment").fetchone()[0], "the neighbour's payment")
        world.attempt = _begun(world, world.theirs[1])
        world.page = _newest(stripe, "checkout.session")["url"]
        yield world


def _begun(world: World, invoice: str) -> str:
    """Begin to pay as the neighbour; gives the try."""
    tab = asyncio.run(press(world, world.neighbour, invoice, ON_PAGE, {}))
    return tab.redirects[-1].rpartition("/")[2]


def _newest(stripe: RunningStripe, kind: str) -> dict[str, Any]:
    return next(stripe.state.find(kind))


async def test_the_way_to_pay_is_open_to_its_owner(world: World):
    tab = await press(world, world.me, world.mine[1], ON_PAGE, {})
    assert tab.redirects[-1].startswith("/pay/")


@pytest.mark.parametrize("handler", ["on_page", "part_on_page", "with_saved"])
async def test_anothers_invoice_cannot_be_paid_or_looked_at(world: World, handler: str):
    payload = {
        "on_page": {},
        "part_on_page": {"form": form(amount="5.00")},
        "with_saved": {"method": world.card, "seen": SEEN},
    }
    before = (world.tries(), world.charged())
    for invoice in world.theirs:
        tab = await press(world, world.me, invoice, f"{PAY}{handler}", payload[handler])
        assert tab.redirects == []
        assert not of_the_neighbour(tab)
    assert (world.tries(), world.charged()) == before


@pytest.mark.parametrize("method", ["theirs", "pm_card_visa", "pm_nobody", "", "cus_x", "x" * 5000, 7, None, ["a"]])
async def test_only_ones_own_saved_methods_pay(world: World, method: Any):
    before = (world.tries(), world.charged())
    wanted = world.card if method == "theirs" else method
    dropped = not isinstance(method, str) or not 0 < len(method) <= 80
    tab = await press(world, world.me, world.mine[0], SAVED, {"method": wanted, "seen": SEEN}, dropped=dropped)
    assert tab.redirects == []
    assert (world.tries(), world.charged()) == before


NOT_SEEN = [
    "",
    "24000",
    "24000.gbp",
    "-1.GBP",
    "0.GBP",
    "1e9.GBP",
    "240.00.GBP",
    "9" * 30 + ".GBP",
    24000,
    None,
    ["24000.GBP"],
]


async def test_a_press_that_says_no_amount_pays_nothing(world: World):
    before = (world.tries(), world.charged())
    for seen in NOT_SEEN:
        tab = await press(world, world.me, world.mine[0], SAVED, {"method": "pm_x", "seen": seen}, dropped=True)
        assert tab.redirects == [], seen
    tab = await press(world, world.me, world.mine[0], SAVED, {"method": "pm_x"}, dropped=True)
    assert tab.redirects == []
    assert (world.tries(), world.charged()) == before


NOT_AMOUNTS = ["-1", "0", "0.00", "NaN", "Infinity", "1e309", "1e2", "9" * 30, "240.01", "$10", "USD 10", "10.001"]
# What is a form but no amount in it; JSON has no word for infinity, and Python writes one all the same.
NO_WORDS = [-1, 1e309, 10**30, None, [], {}]


async def test_amounts_that_cannot_be_are_refused_in_a_sentence(world: World):
    before = world.tries()
    for typed in [*NOT_AMOUNTS, "", "\x00", "١٠٠٠٠٠", "x" * 399]:
        tab = await press(world, world.me, world.mine[0], PART, {"form": form(amount=typed)})
        assert tab.redirects == [], typed
        assert str(tab.value("part_wrong")).endswith("."), typed
    assert world.tries() == before


async def test_amounts_that_are_no_words_are_dropped(world: World):
    before, failed = world.tries(), world.site.portal.log.count("handler_failed")
    for amount in NO_WORDS:
        for payload in ({"form": {"amount": amount}}, {"form": {FORM: [["amount", amount]]}}):
            tab = await press(world, world.me, world.mine[0], PART, payload, dropped=True)
            assert tab.redirects == [], payload
            assert "Traceback" not in tab.text
    assert world.tries() == before
    assert world.site.portal.log.count("handler_failed") == failed


def test_anothers_try_leads_nowhere_near_its_page(world: World):
    client = world.site.portal.sign_in(CUSTOMER)
    answer = client.get(routes.checkout(world.attempt))
    assert (answer.status_code, answer.headers["location"]) == (303, routes.payment(world.attempt))
    assert world.site.portal.sign_in(NEIGHBOUR).get(routes.checkout(world.attempt)).headers["location"] == world.page
    for path in (
        routes.receipt_file(world.payment),
        routes.invoice_file(world.theirs[0]),
        routes.office_receipt_file(world.payment),
        routes.office_invoice_file(world.theirs[0]),
    ):
        assert client.get(path).status_code == 404, path


async def test_anothers_payment_is_not_found(world: World):
    for public_id in (world.payment, world.attempt):
        async with Tab(world.site.url, world.me, path=routes.payment(public_id)) as tab:
            await tab.send(PAYMENT, {})
            await tab.until(lambda tab: tab.value("trouble"))
            await tab.settled()
            assert not of_the_neighbour(tab)
            assert not tab.value("loaded")


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "v1=", "x" * 5000])
def test_news_that_stripe_did_not_sign_books_nothing(world: World, signature: str):
    thing = {"id": "pi_forged", "object": "payment_intent", "metadata": {"attempt": world.attempt}}
    event = {"id": "evt_forged", "object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}}
    answer = world.site.portal.client().post(
        routes.STRIPE_WEBHOOK, content=json.dumps(event), headers={"stripe-signature": signature}
    )
    assert answer.status_code == 400
    with world.site.portal.rows() as rows:
        known = rows.execute("select count(*) from stripe_event where id = 'evt_forged'").fetchone()[0]
        state = rows.execute("select state from payment_attempt where public_id = ?", (world.attempt,)).fetchone()[0]
    assert (known, state) == (0, "open")


def test_nothing_of_all_this_went_wrong_on_the_server(world: World):
    assert "handler_failed" not in world.site.portal.log
    assert '"level": "error"' not in world.site.portal.log
