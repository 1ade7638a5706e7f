"""Paying several invoices from their list, and finding some: what a client is sent and may ask for."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal_app import clock
from portal_app.components.paying import ON_STRIPE
from portal_app.database import reading
from portal_app.gate.middleware import forget_cached_actors
from portal_app.integrations.stripe import close_clients
from portal_app.models import Contact, Invoice
from portal_app.pages.invoice.pay_state import PayState, _how_row
from portal_app.pages.invoices.pay_state import BY_DETAILS, GONE, MIXED, PayManyState
from portal_app.pages.invoices.state import InvoicesState
from portal_app.services.rights import ROLE_RIGHTS, Right, Role
from portal_app.workflows import pay
from portal_app.workflows.sync_attempt import sync_attempt
from tests.conftest import forget_settings
from tests.demo.running_stripe import RunningStripe
from tests.pages.tab import Tab, open_tab
from tests.services import people
from tests.services.people import Person, change, start_session
from tests.services.records import add_invoice
from tests.workflows.money import Money, money


@pytest.fixture
def till(stripe: RunningStripe, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Three invoices over 240.00, 100.00 and 60.00 GBP; the first two are overdue."""
    stripe.use(monkeypatch)
    with money(stripe, 24000, 10000, 6000) as ready:
        for row in (1, 2):
            change(Invoice, row, due_on=clock.now().date() - timedelta(days=9))
        yield ready


def cookie(till: Money) -> str:
    payer = till.payer
    return start_session(Person("ann@example.com", payer.login_id, payer.contact_id, payer.customer_id))


async def opened(tab: Tab, path: str = "/invoices") -> dict[str, Any]:
    """Open the list as its address does; returns what the client knows by then."""
    tab.path = path
    for handler in (PayManyState.load, InvoicesState.load, PayManyState.load_methods):
        await tab.call(handler)
    return tab.values


def value(tab: Tab, name: str) -> Any:
    return tab.values[f"pay_many_state.{name}"]


def rows(tab: Tab) -> list[tuple[str, str]]:
    return [(row.title, row.pick) for row in tab.values["invoices_state.view"].rows]


async def to_stripe(tab: Tab, till: Money) -> int:
    """Return what the page asks for to which the client was led."""
    attempt = till.attempt(tab.redirects[-1].rpartition("/")[2])
    assert attempt.state == "open"
    [session] = [one for one in till.stripe.state.find("checkout.session") if one["id"] == attempt.checkout_id]
    assert session["amount_total"] == attempt.amount_minor
    await close_clients()
    return attempt.amount_minor


async def test_it_works(till: Money):
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        assert [(one.key, one.words, one.first) for one in value(tab, "offers")] == [
            ("overdue.GBP", "Pay all overdue (£340.00)", True),
            ("everything.GBP", "Pay everything due (£400.00)", False),
        ]
        assert rows(tab) == [
            ("Invoice 2290", "Tick Invoice 2290, £240.00"),
            ("Invoice 2291", "Tick Invoice 2291, £100.00"),
            ("Invoice 2292", "Tick Invoice 2292, £60.00"),
        ]
        await tab.call(PayManyState.on_page, what="overdue.GBP")
        assert await to_stripe(tab, till) == 34000
        assert tab.failures == []


async def test_ticks_are_counted_and_paid(till: Money):
    first, second, third = till.invoices
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        for invoice in (first, third, second):
            await tab.call(PayManyState.pick, invoice=invoice, on=True)
        assert (value(tab, "bar").count, value(tab, "bar").amount) == ("3 invoices", "£400.00")
        await tab.call(PayManyState.pick, invoice=second, on=False)
        assert (value(tab, "bar").count, value(tab, "bar").amount) == ("2 invoices", "£300.00")
        await tab.call(PayManyState.on_page, what="picked")
        assert await to_stripe(tab, till) == 30000
        await tab.call(PayManyState.clear)
        assert (value(tab, "picked"), value(tab, "bar").count) == ([], "")
        assert value(tab, "answers") == 0
        await tab.call(PayManyState.on_page, what="picked")
        # The button that was pressed waits for this.
        assert (value(tab, "wrong"), value(tab, "answers")) == (GONE, 1)


async def test_ticks_are_still_there_after_looking_at_something_else(till: Money):
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[0], on=True)
        await opened(tab, "/invoices?show=paid")
        assert (value(tab, "picked"), value(tab, "bar").amount) == ([till.invoices[0]], "£240.00")
        change(Invoice, 1, balance_minor=0, status="paid")
        await opened(tab)
        assert (value(tab, "picked"), value(tab, "bar").count) == ([], "")


async def test_what_a_bank_is_looking_at_is_in_no_bundle_and_can_be_ticked(till: Money):
    begun = await pay.pay_on_page(till.payer, till.wants(0))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    await sync_attempt(begun.attempt)
    till.stripe.act(f"payments/{till.payments()[0].intent_id}/dispute")
    await sync_attempt(begun.attempt)
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        assert [one.words for one in value(tab, "offers")] == [
            "Pay £100.00 of what is overdue",
            "Pay £160.00 of what is due",
        ]
        for number in (2, 3):
            change(Invoice, number, balance_minor=0, status="paid")
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[0], on=True)
        assert (value(tab, "offers"), value(tab, "bar").amount) == ([], "£240.00")
        await close_clients()


async def test_what_a_client_may_not_ask_for(till: Money):
    noor = people.make_customer("noor@example.com")
    add_invoice(noor.customer_id or 0, "THEIRS")
    with reading() as session:
        foreign = session.get_one(Invoice, 4).public_id
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=foreign, on=True)
        assert (value(tab, "picked"), value(tab, "bar").count) == ([], "")
        for odd in (
            {"invoice": foreign},
            {"invoice": [till.invoices[0]], "on": True},
            {"invoice": "x" * 65, "on": True},
            {"invoice": till.invoices[0], "on": "yes"},
        ):
            assert await tab.call(PayManyState.pick, **odd) == {}
        for what in ("overdue", "overdue.gbp", "everything.GBP ", "picked.GBP", "", None, ["picked"]):
            assert await tab.call(PayManyState.on_page, what=what) == {}
        await tab.call(PayManyState.on_page, what="overdue.USD")
        assert value(tab, "wrong") == GONE
        await tab.call(PayManyState.with_saved, what="overdue.GBP", method="pm_of_somebody_else", seen="34000.GBP")
        assert value(tab, "wrong")
        assert value(tab, "answers") == 2
        assert till.payments() == []
        assert tab.redirects == []
        await close_clients()


async def test_mixed_currencies_are_said_and_not_paid(till: Money):
    add_invoice(till.payer.customer_id, "D", currency="USD", due_on=clock.now().date() + timedelta(days=3))
    with reading() as session:
        dollars = session.get_one(Invoice, 4).public_id
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        assert [one.key for one in value(tab, "offers")] == ["overdue.GBP", "everything.GBP", "everything.USD"]
        for invoice in (till.invoices[0], dollars):
            await tab.call(PayManyState.pick, invoice=invoice, on=True)
        assert (value(tab, "bar").amount, value(tab, "bar").problem) == ("", MIXED)
        await tab.call(PayManyState.on_page, what="picked")
        assert (value(tab, "wrong"), tab.redirects) == (GONE, [])


async def test_what_changed_since_it_was_shown_is_shown_again_first(till: Money):
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[0], on=True)
        change(Invoice, 1, balance_minor=25000)
        await tab.call(PayManyState.on_page, what="picked")
        assert value(tab, "wrong").startswith("This comes to £250.00 by now.")
        assert (value(tab, "bar").amount, value(tab, "offers")[0].words) == ("£250.00", "Pay all overdue (£350.00)")
        change(Invoice, 1, balance_minor=0, status="paid")
        await tab.call(PayManyState.on_page, what="picked")
        assert value(tab, "wrong") == "Invoice 2290 has nothing left to pay."
        assert (value(tab, "picked"), value(tab, "bar").count, tab.redirects) == ([], "", [])
        await close_clients()


async def test_a_saved_card_is_one_press(till: Money):
    async with open_tab(cookie(till)) as tab:
        begun = await pay.pay_on_page(till.payer, till.wants(2))
        till.stripe.pay(till.attempt(begun.attempt).checkout_id or "", save=True)
        await sync_attempt(begun.attempt)
        await opened(tab)
        card = value(tab, "offers")[0].method
        assert "ending in" in card.words
        await tab.call(PayManyState.pick, invoice=till.invoices[0], on=True)
        assert value(tab, "bar").method == card
        await tab.call(PayManyState.with_saved, what="overdue.GBP", method=card.id, seen="34000.GBP")
        assert [payment.amount_minor for payment in till.payments()] == [6000, 34000]
        assert tab.redirects[-1].startswith("/payments/")
        await opened(tab)
        assert value(tab, "offers") == []
        await close_clients()


async def test_a_saved_debit_is_offered_for_its_own_currency_alone(till: Money):
    async with open_tab(cookie(till)) as tab:
        begun = await pay.pay_on_page(till.payer, till.wants(2))
        till.stripe.pay(till.attempt(begun.attempt).checkout_id or "", "bacs_clears", save=True)
        await sync_attempt(begun.attempt)
        change(Invoice, 2, currency="EUR")
        await opened(tab)
        offers = {one.key: one.method.words for one in value(tab, "offers") if one.first}
        assert offers == {"overdue.GBP": "Bacs Direct Debit ending in 2345", "overdue.EUR": ""}
        for number, methods in ((0, 1), (1, 0)):
            tab.path = f"/invoices/{till.invoices[number]}"
            await tab.call(PayState.load)
            await tab.call(PayState.load_methods)
            assert len(tab.values["pay_state.methods"]) == methods
        await close_clients()


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_may_pay_is_offered_anything(till: Money, role: Role):
    change(Contact, till.payer.contact_id, role=role, rights=sorted(ROLE_RIGHTS[role]))
    forget_cached_actors()
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        may = {Right.VIEW_MONEY, Right.PAY} <= people.actor_of(tab.cookie).rights  # type: ignore[union-attr]
        assert bool(value(tab, "offers")) is may
        assert any(pick for _, pick in rows(tab)) is may
        if not may:
            for handler, given in (
                (PayManyState.pick, {"invoice": till.invoices[0], "on": True}),
                (PayManyState.on_page, {"what": "overdue.GBP"}),
            ):
                await tab.call(handler, **given)
            assert value(tab, "picked") == []
            assert set(tab.redirects) <= {"/"}


async def test_without_keys_nothing_pretends(till: Money, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("STRIPE_SECRET_KEY")
    forget_settings()
    async with open_tab(cookie(till)) as tab:
        await opened(tab)
        assert (value(tab, "offers"), value(tab, "hint")) == ([], BY_DETAILS)
        assert [pick for _, pick in rows(tab)] == ["", "", ""]


async def test_a_search_is_in_the_address_and_goes_over_all(till: Money):
    change(Invoice, 3, title="Boiler", status="paid", balance_minor=0)
    change(Invoice, 1, title="Boiler")
    async with open_tab(cookie(till)) as tab:
        tab.path = "/invoices?show=paid"
        await tab.call(InvoicesState.search, form={"q": "  Bo&ler 50%  "})
        assert tab.redirects == ["/invoices?q=Bo%26ler+50%25"]
        await opened(tab, "/invoices?q=boiler")
        view = tab.values["invoices_state.view"]
        assert sorted(row.title for row in view.rows) == ["Invoice 2290", "Invoice 2292"]
        assert (view.which, view.typed) == ("all", "boiler")
        assert [choice.href for choice in view.kinds] == [
            "/invoices?show=outstanding&q=boiler",
            "/invoices?show=paid&q=boiler",
            "/invoices?q=boiler",
        ]
        await opened(tab, "/invoices?show=outstanding&q=boiler")
        assert [row.title for row in tab.values["invoices_state.view"].rows] == ["Invoice 2290"]
        await opened(tab, "/invoices?q=" + "x" * 500)
        assert tab.values["invoices_state.view"].rows == []


async def test_a_declined_card_is_told_on_the_invoice(till: Money):
    begun = await pay.pay_on_page(till.payer, till.wants(0, 1))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "", "card_declined")
    await sync_attempt(begun.attempt)
    async with open_tab(cookie(till)) as tab:
        tab.path = f"/invoices/{till.invoices[1]}"
        await tab.call(PayState.load)
        shown = tab.values["pay_state.pay"]
        assert shown.failed.startswith("Your payment of £100.00 on ")
        assert shown.failed.endswith("Nothing was taken. You can try again here.")
        assert shown.failed_href == f"/payments/{begun.attempt}"
        till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
        await sync_attempt(begun.attempt)
        await tab.call(PayState.load)
        assert tab.values["pay_state.pay"].failed == ""
        await close_clients()


@asynccontextmanager
async def with_card(till: Money) -> AsyncIterator[tuple[Tab, str]]:
    """Pay the third invoice and save the card; gives a tab and the card's id."""
    begun = await pay.pay_on_page(till.payer, till.wants(2))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "", save=True)
    await sync_attempt(begun.attempt)
    [card] = await pay.saved_methods(till.payer)
    async with open_tab(cookie(till)) as tab:
        yield tab, card.id
        await close_clients()


async def test_what_a_press_does_is_said_before_it(till: Money):
    async with with_card(till) as (tab, _):
        await opened(tab)
        assert value(tab, "hint").startswith("A saved card is charged as soon as you press its button")
        tab.path = f"/invoices/{till.invoices[0]}"
        await tab.call(PayState.load)
        assert tab.values["pay_state.hint"] == ON_STRIPE
        await tab.call(PayState.load_methods)
        assert tab.values["pay_state.hint"] == value(tab, "hint")


async def test_money_that_came_another_way_has_its_row(till: Money):
    change(Invoice, 1, balance_minor=12000, status="partially_paid")
    begun = await pay.pay_on_page(till.payer, till.wants(0, amount=5000))
    till.stripe.pay(till.attempt(begun.attempt).checkout_id or "")
    await sync_attempt(begun.attempt)
    async with open_tab(cookie(till)) as tab:
        tab.path = f"/invoices/{till.invoices[0]}"
        await tab.call(PayState.load)
        assert [
            (one.words.partition(", ")[2] or one.words, one.amount) for one in tab.values["pay_state.pay"].paid
        ] == [
            ("Visa ending in 4242", "£50.00"),
            ("Paid to us in another way", "£120.00"),
        ]
        # What a bank takes back in part still pays the rest, and that came here.
        payment = till.payments()[0]
        found = till.stripe.act(f"payments/{payment.intent_id}/dispute")["id"]
        till.stripe.state.things[found]["amount"] = 2000
        await sync_attempt(begun.attempt)
        await tab.call(PayState.load)
        assert [one.amount for one in tab.values["pay_state.pay"].paid if one.key == "elsewhere"] == ["£120.00"]
        await close_clients()


async def test_one_tap_takes_no_other_amount_than_the_pressed_button_has_said(till: Money):
    async with with_card(till) as (tab, card):
        tab.path = f"/invoices/{till.invoices[0]}"
        await tab.call(PayState.load)
        seen = tab.values["pay_state.pay"].seen
        assert seen == "24000.GBP"
        change(Invoice, 1, balance_minor=99900, total_minor=99900)
        # The server has read it anew, and the press was on its way already.
        await tab.call(PayState.load)
        await tab.call(PayState.with_saved, method=card, seen=seen)
        assert tab.values["pay_state.wrong"].startswith("This comes to £999.00 by now.")
        assert len(till.payments()) == 1
        shown = tab.values["pay_state.pay"]
        assert (shown.whole, shown.seen) == ("£999.00", "99900.GBP")
        await tab.call(PayState.with_saved, method=card, seen=shown.seen)
        assert [payment.amount_minor for payment in till.payments()] == [6000, 99900]


async def test_one_tap_for_several_takes_no_other_amount_than_the_pressed_button_has_said(till: Money):
    async with with_card(till) as (tab, card):
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[1], on=True)
        offer, bar = value(tab, "offers")[0], value(tab, "bar")
        assert (offer.seen, bar.seen) == ("34000.GBP", "10000.GBP")
        change(Invoice, 2, balance_minor=12000, total_minor=12000)
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[1], on=True)
        for what, seen, words in (("overdue.GBP", offer.seen, "£360.00"), ("picked", bar.seen, "£120.00")):
            await tab.call(PayManyState.with_saved, what=what, method=card, seen=seen)
            assert value(tab, "wrong").startswith(f"This comes to {words} by now.")
        assert len(till.payments()) == 1
        assert (value(tab, "offers")[0].seen, value(tab, "bar").seen) == ("36000.GBP", "12000.GBP")
        await tab.call(PayManyState.with_saved, what="picked", method=card, seen="12000.GBP")
        assert [payment.amount_minor for payment in till.payments()] == [6000, 12000]


@pytest.mark.parametrize("seen", ["24000.EUR", "1.GBP", "999999999999999.GBP"])
async def test_an_amount_that_was_never_shown_charges_nothing(till: Money, seen: str):
    async with with_card(till) as (tab, card):
        tab.path = f"/invoices/{till.invoices[0]}"
        await tab.call(PayState.load)
        await tab.call(PayState.with_saved, method=card, seen=seen)
        assert tab.values["pay_state.wrong"].startswith("This comes to £240.00 by now.")
        assert tab.values["pay_state.answers"] == 1
        await tab.call(PayState.part_on_page, form={"amount": "lots"})
        assert tab.values["pay_state.answers"] == 2
        assert len(till.payments()) == 1


async def test_what_is_too_little_to_be_paid_online_is_said_and_not_offered(till: Money):
    async with with_card(till) as (tab, _):
        change(Invoice, 1, balance_minor=29, total_minor=29)
        change(Invoice, 2, balance_minor=59, total_minor=59)
        tab.path = f"/invoices/{till.invoices[0]}"
        await tab.call(PayState.load)
        shown = tab.values["pay_state.pay"]
        assert (shown.whole, shown.how[0].words.startswith("£0.29 is too little to be paid online")) == ("", True)
        tab.path = f"/invoices/{till.invoices[1]}"
        await tab.call(PayState.load)
        shown = tab.values["pay_state.pay"]
        assert (shown.whole, shown.parts) == ("£0.59", False)
        change(Invoice, 2, balance_minor=60, total_minor=60)
        await tab.call(PayState.load)
        shown = tab.values["pay_state.pay"]
        assert (shown.parts, shown.part_hint) == (True, "At least £0.30, at most £0.30.")
        await opened(tab)
        await tab.call(PayManyState.pick, invoice=till.invoices[0], on=True)
        assert value(tab, "bar").problem.startswith("£0.29 is too little to be paid online")
        change(Invoice, 2, balance_minor=0, status="paid")
        await opened(tab)
        assert value(tab, "offers") == []


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("Account number: 12345678", "Account number", "12345678"),
        ("Transfers before 14:30 arrive the same day.", "Transfers before 14:30 arrive the same day.", ""),
        ("Pay at https://bank.example/x", "Pay at https://bank.example/x", ""),
        ("Note: " + "x" * 51, "Note: " + "x" * 51, ""),
        ("Sort code:", "Sort code:", ""),
    ],
)
def test_only_what_looks_like_a_detail_of_an_account_is_copied(line: str, name: str, value: str):
    row = _how_row(line, 0)
    assert (row.words, row.value) == (name, value)
